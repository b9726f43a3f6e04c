"""Makes the goldens of prompt log probabilities: what transformers' log-softmax gives every token of a
prompt, and the likeliest tokens in its place, with the tiny Llama of tiny_models.py.

usage: python prompt_logprob_goldens.py [OUTPUT]

OUTPUT is generator-service/src/test/resources/prompt-logprob-goldens.json by default.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_OUTPUT = ROOT / "generator-service/src/test/resources/prompt-logprob-goldens.json"
MODEL = ROOT / "importer/src/test/resources/io/weft/importer/testing/tiny-llama"
LENGTHS = [2, 31, 32, 33, 100]
TOP = 3


def golden(model, length):
    generator = torch.Generator().manual_seed(length)
    ids = torch.randint(0, model.config.vocab_size, (length,), generator=generator)
    with torch.no_grad():
        logprobs = model(ids[None]).logits[0].double().log_softmax(-1)
    top = logprobs[:-1].topk(TOP, -1)
    return {
        "ids": ids.tolist(),
        # Of the tokens from the second on: nothing precedes the first.
        "logprobs": [round(float(x), 6) for x in logprobs[:-1].gather(-1, ids[1:, None])[:, 0]],
        "top_ids": top.indices.tolist(),
        "top_logprobs": [[round(float(x), 6) for x in row] for row in top.values],
        "next": int(logprobs[-1].argmax()),
    }


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    model = AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()
    goldens = [golden(model, length) for length in LENGTHS]
    output.write_text(json.dumps(goldens) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
