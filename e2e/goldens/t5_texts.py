"""What transformers writes with the tiny encoder-decoders, as text, for the tests on running services.

usage: python t5_texts.py [OUTPUT]

OUTPUT is e2e/src/test/resources/goldens/tiny-t5-texts.json by default. Reads the checkpoints that
tiny_t5.py made; greedy decoding, the end of a sequence banned, so nothing is random.
"""

import sys
from pathlib import Path

import torch
from transformers import AutoModelForSeq2SeqLM, PreTrainedTokenizerFast

from tiny_models import DEFAULT_OUTPUT, ROOT, write_json

MODELS = ["tiny-t5", "tiny-mt5"]
TEXTS = [
    "translate: The dog sleeps in the sun.",
    "Paris",
    "Every morning the baker made bread for the people of the town, and every evening he read.",
]
TOKENS = 24


def cases(name):
    folder = DEFAULT_OUTPUT / name
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype=torch.float32).eval()
    for text in TEXTS:
        ids = tokenizer(text).input_ids
        output = model.generate(
            torch.tensor([ids]),
            do_sample=False,
            num_beams=1,
            use_cache=False,
            min_new_tokens=TOKENS,
            max_new_tokens=TOKENS,
        )[0, 1:].tolist()
        yield {
            "model": name,
            "prompt": text,
            "prompt_tokens": len(ids),
            "text": tokenizer.decode(output, skip_special_tokens=True, clean_up_tokenization_spaces=False),
        }


def main():
    default = ROOT / "e2e/src/test/resources/goldens/tiny-t5-texts.json"
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    write_json(output, {"tokens": TOKENS, "cases": [case for name in MODELS for case in cases(name)]})


if __name__ == "__main__":
    main()
