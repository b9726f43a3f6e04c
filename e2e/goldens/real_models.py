#!/usr/bin/env python3
"""Greedy continuations of SmolLM2 by transformers in fp32, which the generator has to repeat token by token.

    python e2e/goldens/real_models.py SMOLLM2.gguf

SMOLLM2.gguf is the file that the default model `smollm2-135m-instruct` is made from. `smallest_margin` is the least distance between the two
highest logits of any step; the prompts were chosen for margins far above the rounding of fp32, so that
two correct implementations cannot disagree.
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

TOKENS = 64
LEAST_MARGIN = 0.02
CHATS = {
    "chat-capital": "What is the capital of France?",
    "chat-photosynthesis": "Explain photosynthesis to a child.",
    "chat-haiku": "Write a haiku about looms.",
    "chat-translate": "Translate 'good morning' into Spanish.",
    "chat-romeo": "Who wrote Romeo and Juliet?",
}
TEXTS = {
    "text-fox": "The quick brown fox jumps over the lazy dog. The dog",
    "text-code": "def fibonacci(n):\n    ",
    "text-story": "Once upon a time, in a small village by a river, there lived",
    "text-numbers": "1, 2, 3, 4, 5,",
    "text-sql": "SELECT name FROM users WHERE",
}
OUTPUT = Path(__file__).parent.parent / "src/test/resources/goldens/smollm2-fp32-greedy.json"


@torch.no_grad()
def continue_greedily(model, prompt):
    output, margins = [], []
    step = model(torch.tensor([prompt]), use_cache=True)
    for _ in range(TOKENS):
        values, ids = step.logits[0, -1].topk(2)
        margins.append(float(values[0] - values[1]))
        output.append(int(ids[0]))
        step = model(torch.tensor([output[-1:]]), past_key_values=step.past_key_values)
    return output, min(margins)


def main():
    checkpoint = Path(sys.argv[1])
    source = {"pretrained_model_name_or_path": str(checkpoint.parent), "gguf_file": checkpoint.name}
    tokenizer = AutoTokenizer.from_pretrained(**source)
    model = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32).eval()
    prompts = {
        name: tokenizer.apply_chat_template([{"role": "user", "content": text}], add_generation_prompt=True)
        for name, text in CHATS.items()
    }
    prompts |= {name: tokenizer(text).input_ids for name, text in TEXTS.items()}
    cases = []
    for name, prompt in prompts.items():
        output, margin = continue_greedily(model, list(prompt))
        if margin < LEAST_MARGIN:
            sys.exit(f"{name}: the smallest margin is {margin:.4f}, choose another prompt")
        cases.append(
            {
                "name": name,
                "text": tokenizer.decode(output),
                "smallest_margin": round(margin, 4),
                "prompt_ids": list(prompt),
                "output_ids": output,
            }
        )
    golden = {
        "source_sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
        "made_with": f"transformers {transformers.__version__}, fp32, greedy",
        "cases": cases,
    }
    rows = json.dumps(golden, indent=1, ensure_ascii=False)
    OUTPUT.write_text(rows + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
