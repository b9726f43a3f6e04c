"""Makes the goldens of the generator's sampling: which tokens transformers' warpers keep, and with what
probabilities.

usage: python sampling_goldens.py [OUTPUT]

OUTPUT is generator-service/src/test/resources/sampling-goldens.json by default.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers.generation.logits_process import (
    LogitsProcessorList,
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_OUTPUT = ROOT / "generator-service/src/test/resources/sampling-goldens.json"

VOCABULARY = 1000
ROWS = {
    # Spread as a language model's logits are: some likely tokens, a long tail.
    "peaked": lambda random: random.gumbel(0, 1.1, VOCABULARY),
    "flat": lambda random: random.normal(0, 0.3, VOCABULARY),
    # Many equal values: filters must treat ties as transformers does.
    "tied": lambda random: np.round(random.normal(0, 3, VOCABULARY)),
}
# temperature, top_k, top_p, min_p
OPTIONS = [
    (1.0, 0, 1.0, 0.0),
    (0.7, 0, 1.0, 0.0),
    (1.0, 1, 1.0, 0.0),
    (1.0, 40, 1.0, 0.0),
    (1.5, 500, 1.0, 0.0),
    (1.0, 0, 0.9, 0.0),
    (0.5, 0, 0.3, 0.0),
    (2.0, 0, 0.99, 0.0),
    (1.0, 0, 1.0, 0.05),
    (1.3, 0, 1.0, 0.5),
    (0.8, 50, 0.95, 0.0),
    (1.2, 100, 0.8, 0.1),
    (0.01, 20, 0.5, 0.2),
]


def warpers(temperature, top_k, top_p, min_p):
    warpers = LogitsProcessorList()
    if temperature != 1.0:
        warpers.append(TemperatureLogitsWarper(temperature))
    if top_k:
        warpers.append(TopKLogitsWarper(top_k))
    if top_p < 1.0:
        warpers.append(TopPLogitsWarper(top_p))
    if min_p > 0.0:
        warpers.append(MinPLogitsWarper(min_p))
    return warpers


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    rows, cases = [], []
    for number, (name, make) in enumerate(ROWS.items()):
        row = make(np.random.default_rng(number)).astype(np.float32).round(4)
        rows.append({"name": name, "logits": [float(f"{x:.4f}") for x in row]})
        logits = torch.tensor(np.array([f"{x:.4f}" for x in row], dtype=np.float32))[None]
        logprobs = logits[0].log_softmax(-1)
        rows[-1]["logprobs"] = [round(float(x), 6) for x in logprobs[:20]]
        for options in OPTIONS:
            if name == "tied" and options[2] < 1.0:
                # Which of equal logits top-p keeps depends on an unstable sort.
                continue
            kept = warpers(*options)(torch.zeros((1, 1), dtype=torch.long), logits)[0]
            probabilities = kept.softmax(-1)
            ids = torch.nonzero(kept > -torch.inf).flatten().tolist()
            cases.append(
                {
                    "row": name,
                    "temperature": options[0],
                    "top_k": options[1],
                    "top_p": options[2],
                    "min_p": options[3],
                    "kept": len(ids),
                    # The first of them by id, and the probabilities of those.
                    "ids": ids[:40],
                    "probabilities": [round(float(probabilities[i]), 7) for i in ids[:40]],
                }
            )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"rows": rows, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
