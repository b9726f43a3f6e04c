"""Exports the tiny BERT as others do it, with torch.onnx; its goldens are those of the tiny BERT.

usage: python onnx_export.py [OUTPUT]

OUTPUT is importer/src/test/resources/io/weft/importer/testing/tiny-bert-onnx by default:

    model.onnx   input_ids, attention_mask, token_type_ids -> last_hidden_state, 32-bit floats
    int8.onnx    the same with weights that onnxruntime.quantization made 8-bit integers
    tagger.onnx  encoders/distilbert/tag: input_ids, attention_mask -> logits, without states
"""

import sys
from pathlib import Path

import onnx
import torch
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic
from tiny_models import ROOT

TESTING = ROOT / "importer/src/test/resources/io/weft/importer/testing"


class LastHiddenState(torch.nn.Module):
    """A model with one output, which the exporter gives its name."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state


class Logits(torch.nn.Module):
    """A model with a head, which gives nothing else."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


def export(model, inputs, output, path):
    ids = torch.tensor([[1, 5, 2], [1, 2, 0]])
    values = {"input_ids": ids, "attention_mask": (ids > 0).long(), "token_type_ids": torch.zeros_like(ids)}
    torch.onnx.export(
        model.eval(),
        tuple(values[name] for name in inputs),
        str(path),
        input_names=inputs,
        output_names=[output],
        dynamic_axes={name: {0: "batch", 1: "sequence"} for name in [*inputs, output]},
        opset_version=17,
        dynamo=False,
    )
    onnx.checker.check_model(str(path))


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TESTING / "tiny-bert-onnx"
    target.mkdir(parents=True, exist_ok=True)
    model = transformers.BertModel.from_pretrained(
        TESTING / "tiny-bert", attn_implementation="eager", add_pooling_layer=False
    )
    path = target / "model.onnx"
    export(LastHiddenState(model), ["input_ids", "attention_mask", "token_type_ids"], "last_hidden_state", path)
    quantize_dynamic(path, target / "int8.onnx", per_channel=True, weight_type=QuantType.QInt8)
    tagger = transformers.DistilBertForTokenClassification.from_pretrained(
        TESTING / "encoders/distilbert/tag", dtype=torch.float32, attn_implementation="eager"
    )
    export(Logits(tagger), ["input_ids", "attention_mask"], "logits", target / "tagger.onnx")


if __name__ == "__main__":
    main()
