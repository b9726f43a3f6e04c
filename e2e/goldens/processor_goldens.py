"""Makes the goldens of the generator's logits processors: whole probability distributions after transformers'
processors and warpers, each alone and in combination, over random logits and token histories. Presence and frequency
penalties, which transformers does not have, are OpenAI's formula.

usage: python processor_goldens.py [OUTPUT]

OUTPUT is generator-service/src/test/resources/processor-goldens.json by default.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers.generation.logits_process import (
    LogitsProcessor,
    LogitsProcessorList,
    MinPLogitsWarper,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    SequenceBiasLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    TypicalLogitsWarper,
)

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_OUTPUT = ROOT / "generator-service/src/test/resources/processor-goldens.json"

VOCABULARY = 400
ROWS = {
    "peaked": lambda random: random.gumbel(0, 1.3, VOCABULARY),
    "flat": lambda random: random.normal(0, 0.4, VOCABULARY),
    "steep": lambda random: random.normal(-3, 6, VOCABULARY),
}
NEUTRAL = {
    "logit_bias": {},
    "repetition_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "no_repeat_ngram_size": 0,
    "temperature": 1.0,
    "top_k": 0,
    "top_p": 1.0,
    "min_p": 0.0,
    "typical_p": 1.0,
}
ALONE = [
    {"logit_bias": {3: 2.5, 17: -100.0, 399: 100.0}},
    {"logit_bias": {1: -1.25, 256: 1.5}},
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.7},
    {"repetition_penalty": 10.0},
    {"presence_penalty": 1.5},
    {"presence_penalty": -2.0},
    {"frequency_penalty": 0.8},
    {"frequency_penalty": -0.3},
    {"presence_penalty": 0.5, "frequency_penalty": 1.1},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"no_repeat_ngram_size": 3},
    {"no_repeat_ngram_size": 64},
    {"temperature": 0.3},
    {"temperature": 1.7},
    {"top_k": 7},
    {"top_p": 0.6},
    {"min_p": 0.2},
    {"typical_p": 0.05},
    {"typical_p": 0.2},
    {"typical_p": 0.5},
    {"typical_p": 0.9},
    {"typical_p": 0.99},
]
COMBINATIONS = 40


class OutputPenalty(LogitsProcessor):
    """OpenAI: logit -= count * frequency_penalty + (count > 0) * presence_penalty, counting the output."""

    def __init__(self, prompt_length, presence, frequency):
        self.prompt_length, self.presence, self.frequency = prompt_length, presence, frequency

    def __call__(self, input_ids, scores):
        counts = torch.bincount(input_ids[0, self.prompt_length :], minlength=scores.shape[-1])
        return scores - counts * self.frequency - (counts > 0) * self.presence


def processors(options, prompt_length):
    """In the order of transformers' generate, where OpenAI's penalties follow the repetition penalty."""
    o = NEUTRAL | options
    made = LogitsProcessorList()
    if o["logit_bias"]:
        made.append(SequenceBiasLogitsProcessor([[[i], b] for i, b in o["logit_bias"].items()]))
    if o["repetition_penalty"] != 1.0:
        made.append(RepetitionPenaltyLogitsProcessor(o["repetition_penalty"]))
    if o["presence_penalty"] or o["frequency_penalty"]:
        made.append(OutputPenalty(prompt_length, o["presence_penalty"], o["frequency_penalty"]))
    if o["no_repeat_ngram_size"]:
        made.append(NoRepeatNGramLogitsProcessor(o["no_repeat_ngram_size"]))
    if o["temperature"] != 1.0:
        made.append(TemperatureLogitsWarper(o["temperature"]))
    if o["top_k"]:
        made.append(TopKLogitsWarper(o["top_k"]))
    if o["top_p"] < 1.0:
        made.append(TopPLogitsWarper(o["top_p"]))
    if o["min_p"] > 0.0:
        made.append(MinPLogitsWarper(o["min_p"]))
    if o["typical_p"] < 1.0:
        made.append(TypicalLogitsWarper(o["typical_p"]))
    return made


def combination(random):
    """Some of the options at once."""

    def pick(*values):
        return values[random.integers(len(values))]

    # The processor takes no id 0.
    ids = 1 + random.choice(VOCABULARY - 1, 4, replace=False)
    return {
        "logit_bias": pick({}, {int(i): float(random.integers(-8, 9)) / 2 for i in ids}),
        "repetition_penalty": pick(1.0, 1.1, 1.5, 0.8),
        "presence_penalty": pick(0.0, 0.6, -0.4),
        "frequency_penalty": pick(0.0, 0.3, -0.2, 2.0),
        "no_repeat_ngram_size": pick(0, 2, 3, 4),
        "temperature": pick(1.0, 0.6, 1.4),
        "top_k": pick(0, 30, 120),
        "top_p": pick(1.0, 0.75, 0.93),
        "min_p": pick(0.0, 0.02, 0.1),
        "typical_p": pick(1.0, 0.3, 0.8),
    }


def history(random):
    """A prompt and an output from few tokens, so that n-grams come again."""
    tokens = random.choice(VOCABULARY, 12, replace=False)
    prompt = random.choice(tokens, random.integers(1, 40)).tolist()
    output = random.choice(tokens, random.integers(0, 40)).tolist()
    # The end came before, with a different token after it each time.
    end = tokens[:3].tolist()
    return prompt + end + [int(tokens[3])] + end + [int(tokens[4])], output + end


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    rows, cases = {}, []
    for number, (name, make) in enumerate(ROWS.items()):
        random = np.random.default_rng(number)
        values = [float(f"{x:.4f}") for x in make(random)]
        rows[name] = values
        logits = torch.tensor([values], dtype=torch.float32)
        for options in ALONE + [combination(random) for _ in range(COMBINATIONS)]:
            prompt, generated = history(random)
            input_ids = torch.tensor([prompt + generated])
            scores = processors(options, len(prompt))(input_ids, logits.clone())
            probabilities = scores.softmax(-1)[0]
            kept = torch.nonzero(scores[0] > -torch.inf).flatten().tolist()
            cases.append(
                (NEUTRAL | options)
                | {
                    "row": name,
                    "prompt": prompt,
                    "output": generated,
                    "ids": kept,
                    "probabilities": [float(f"{probabilities[i]:.6g}") for i in kept],
                }
            )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"rows": rows, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
