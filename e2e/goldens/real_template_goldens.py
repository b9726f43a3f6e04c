#!/usr/bin/env python3
"""What Jinja2, set up as transformers does, makes of published chat templates, as hashes.

    python3 e2e/assets.py
    python e2e/goldens/real_template_goldens.py

Renders each template that assets.py fetched with each conversation of chat_conversations.json, which are our own. The
templates are not committed: a golden holds the SHA-256 of a template's text, and for each conversation that of the
prompt, or "refused". `RealTemplatesTest` repeats it. To see a prompt:

    python e2e/goldens/real_template_goldens.py TEMPLATE CONVERSATION
"""

import hashlib
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

from transformers.utils.chat_template_utils import _compile_jinja_template

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / ".cache/assets/llama-cpp"
RESOURCES = ROOT / "tokenizer-service/src/test/resources/io/weft/tokenizer/real"
NOW = datetime(2025, 1, 9, 5, 4, 3, 2000, tzinfo=timezone.utc)
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}


def render(source, chat):
    return _compile_jinja_template(source).render(
        messages=chat["messages"], tools=chat.get("tools"), documents=None,
        add_generation_prompt=chat.get("add_generation_prompt", True), strftime_now=NOW.strftime, **TOKENS, **chat.get("options", {}))


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def outcome(source, chat):
    try:
        return digest(render(source, chat))
    except Exception:  # a template may refuse a conversation, or not fit it
        return "refused"


def main():
    chats = json.loads((RESOURCES / "chat_conversations.json").read_text())
    if len(sys.argv) == 3:
        print(render((TEMPLATES / f"{sys.argv[1]}.jinja").read_text(), chats[sys.argv[2]]), end="")
        return
    goldens = {}
    for path in sorted(TEMPLATES.glob("*.jinja")):
        source = path.read_text()
        goldens[path.stem] = dict(sha256=digest(source), prompts={name: outcome(source, chat) for name, chat in chats.items()})
    (RESOURCES / "templates.goldens.json").write_text(json.dumps(goldens, indent=1) + "\n")
    refused = sum(o == "refused" for g in goldens.values() for o in g["prompts"].values())
    print(f"{len(goldens)} templates, {len(goldens) * len(chats)} prompts, {refused} of them refused")


if __name__ == "__main__":
    main()
