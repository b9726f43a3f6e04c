"""Makes the goldens of beam search: the sequences and scores that transformers' generate finds on tiny checkpoints.

usage: python beam_goldens.py [OUTPUT]

Reads the checkpoints among the importer's test resources (tiny_models.py, tiny_decoders.py, tiny_t5.py: run those first).
OUTPUT is generator-service/src/test/resources/beam-goldens.json by default.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_OUTPUT = ROOT / "generator-service/src/test/resources/beam-goldens.json"
CHECKPOINTS = ROOT / "importer/src/test/resources/io/weft/importer/testing"

DECODERS = ["llama", "llama3", "mistral", "qwen2", "qwen3", "phi3", "gpt2", "pythia", "neox-sequential"]
ENCODER_DECODERS = ["t5", "flan-t5"]
CASES = 6
EARLY = [False, True, "never"]


def options(random, likely):
    """One way to search. End tokens are likely ones, so that sequences end early and late."""

    def pick(*values):
        return values[random.integers(len(values))]

    beams = int(random.integers(2, 7))
    return {
        "num_beams": beams,
        "n": int(random.integers(1, beams + 1)),
        "length_penalty": pick(1.0, 1.0, 0.0, -1.5, 2.0, 0.5),
        "early_stopping": pick(*EARLY),
        "max_tokens": int(pick(1, 8, 16, 24)),
        "min_tokens": int(pick(0, 0, 0, 5)),
        "end_ids": [2] + random.choice(likely, random.integers(0, 4), replace=False).tolist(),
        "repetition_penalty": pick(1.0, 1.0, 1.2, 0.8),
        "no_repeat_ngram_size": int(pick(0, 0, 2, 3)),
    }


@torch.no_grad()
def search(model, ids, o):
    min_tokens = min(o["min_tokens"], o["max_tokens"])
    out = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones((1, len(ids)), dtype=torch.long),
        do_sample=False,
        num_beams=o["num_beams"],
        num_return_sequences=o["n"],
        length_penalty=o["length_penalty"],
        early_stopping=o["early_stopping"],
        max_new_tokens=o["max_tokens"],
        min_new_tokens=min_tokens if min_tokens else None,
        eos_token_id=o["end_ids"],
        pad_token_id=0,
        repetition_penalty=o["repetition_penalty"],
        no_repeat_ngram_size=o["no_repeat_ngram_size"],
        return_dict_in_generate=True,
        output_scores=True,
    )
    start = 1 if model.config.is_encoder_decoder else len(ids)
    sequences = []
    for row, beams in zip(out.sequences[:, start:].tolist(), out.beam_indices.tolist()):
        # What stands behind the end is padding; beam indices tell how long a sequence is.
        sequences.append(row[: sum(i >= 0 for i in beams)])
    return sequences, [round(float(s), 6) for s in out.sequences_scores]


def main():
    torch.set_num_threads(1)
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    cases = []
    for number, name in enumerate(DECODERS + ENCODER_DECODERS):
        kind = AutoModelForCausalLM if name in DECODERS else AutoModelForSeq2SeqLM
        model = kind.from_pretrained(CHECKPOINTS / f"tiny-{name}", attn_implementation="eager").eval().float()
        # Nothing else than what is asked for here.
        model.generation_config = type(model.generation_config)(
            decoder_start_token_id=model.generation_config.decoder_start_token_id
        )
        random = np.random.default_rng(number)
        vocabulary = model.config.vocab_size
        for case in range(CASES):
            ids = random.integers(3, vocabulary, random.integers(1, 20)).tolist()
            o = options(random, np.arange(3, vocabulary))
            if case % 2:
                # Tokens that a search without an end finds.
                free, _ = search(model, ids, o | {"end_ids": [2], "max_tokens": 16, "n": o["num_beams"]})
                likely = sorted({t for row in free for t in row})
                o = o | {"end_ids": [2] + random.choice(likely, min(3, len(likely)), replace=False).tolist()}
            sequences, scores = search(model, ids, o)
            o["early_stopping"] = {False: "likely", True: "first", "never": "never"}[o["early_stopping"]]
            cases.append({"model": name, "prompt": ids} | o | {"sequences": sequences, "scores": scores})
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"cases": cases}) + "\n")


if __name__ == "__main__":
    main()
