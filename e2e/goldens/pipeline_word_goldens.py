#!/usr/bin/env python3
"""Which tokens transformers' TokenClassificationPipeline takes for one word, which the tokenizer service has to repeat.

    python e2e/goldens/pipeline_word_goldens.py

Runs the pipeline's own rule (`is_subword` of gather_pre_entities) over the texts of tokenizer_goldens.py with the tiny
tokenizers of the service's test resources, and writes pipeline-words.goldens.json beside them. The rule asks nothing of
a model, so there is none.
"""

import json
import warnings
from types import SimpleNamespace

import numpy as np
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast, TokenClassificationPipeline
from transformers.pipelines.token_classification import AggregationStrategy

from tokenizer_goldens import OUTPUT, TEXTS

UNKNOWN = {"minilm": "[UNK]", "roberta": "<unk>", "xlmroberta": "<unk>"}


def words(encoder, tokenizer, text):
    """Numbers of the words, -1 for special tokens."""
    encoding = encoder.encode(text)
    pipeline = SimpleNamespace(tokenizer=tokenizer, framework="np")
    entities = TokenClassificationPipeline.gather_pre_entities(
        pipeline, text, np.array(encoding.ids), np.zeros((len(encoding.ids), 1)), encoding.offsets,
        np.array(encoding.special_tokens_mask), AggregationStrategy.FIRST)
    numbers = [-1] * len(encoding.ids)
    word = -1
    for entity in entities:
        word += 0 if entity["is_subword"] and word >= 0 else 1
        numbers[entity["index"]] = word
    return numbers


def main():
    warnings.filterwarnings("ignore", category=UserWarning)
    goldens = {}
    for name, unknown in UNKNOWN.items():
        file = str(OUTPUT / "tokenizers" / f"{name}.json")
        # The wrapper would change how the first word's space is treated, so it does not encode.
        encoder = Tokenizer.from_file(file)
        encoder.no_truncation()
        encoder.no_padding()
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=file, unk_token=unknown)
        goldens[name] = [{"text": text, "words": words(encoder, tokenizer, text)} for text in TEXTS]
    path = OUTPUT / "pipeline-words.goldens.json"
    path.write_text(json.dumps(goldens, ensure_ascii=True, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
