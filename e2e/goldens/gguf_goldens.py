"""Makes the goldens of the GGUF tensor types for the tests of the importer.

usage: python gguf_goldens.py [OUTPUT]

Blocks of every type with the values that gguf-py reads from them, and Llamas in files of every type
with what transformers computes with the weights that gguf-py reads. gguf-py cannot write the K
types: their blocks are random bytes with finite scales. F32, Q8_0 and Q4_1 files are made by
tiny_models.py.
"""

import sys
from pathlib import Path

import gguf
import numpy as np
import torch

from tiny_models import (
    DEFAULT_OUTPUT,
    dequantized,
    llama_golden,
    llama_model,
    llama_tokenizer,
    write_gguf,
    write_json,
)

WRITTEN = ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0")
# Where in a block the halves lie that scale everything else.
HALVES = {"Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,)}
ROWS, COLUMNS = 4, 512


def random_blocks(random, kind, rows, columns, scale):
    """Random bytes of a K type, [rows, bytes]; `scale` is about the largest super-scale."""
    size, width = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[kind]]
    blocks = random.integers(0, 256, size=(rows * columns // size, width), dtype=np.uint8)
    for at in HALVES[kind]:
        halves = random.uniform(-scale, scale, size=len(blocks)).astype(np.float16)
        blocks[:, at : at + 2] = halves.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(rows, -1)


def make_block_goldens(output):
    random = np.random.default_rng(3)
    values = random.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    goldens = {}
    for kind in WRITTEN + tuple(HALVES):
        quantization = gguf.GGMLQuantizationType[kind]
        if kind in HALVES:
            data = random_blocks(random, kind, ROWS, COLUMNS, 1)
        else:
            data = gguf.quants.quantize(values, quantization)
        decoded = gguf.quants.dequantize(data, quantization).reshape(ROWS, COLUMNS)
        goldens[kind] = {
            "hex": data.tobytes().hex(),
            # The bits of the 32-bit floats, big-endian: nothing is rounded, and -0 is not 0.
            "values": decoded.astype(">f4").tobytes().hex(),
        }
    write_json(output / "gguf-blocks.json", goldens)


def random_quantizer(seed, deviation):
    """Quantises as gguf-py does; K types get random values of this standard deviation instead."""
    random = np.random.default_rng(seed)

    def quantize(weight, kind):
        if kind.name not in HALVES:
            return gguf.quants.quantize(weight, kind)
        sample = random_blocks(random, kind.name, 64, 256, 1)
        scale = deviation / gguf.quants.dequantize(sample, kind).std()
        return random_blocks(random, kind.name, *weight.shape, scale)

    return quantize


def make_file(output, kind, model, tokenizer):
    path = output / f"tiny-llama-{kind.lower()}.gguf"
    quantize = random_quantizer(5, model.config.initializer_range)
    write_gguf(path, model, tokenizer, gguf.GGMLQuantizationType[kind], quantize)
    copy = dequantized(path, model, model.config)
    goldens = {"prompts": llama_golden(copy, tokenizer)}
    write_json(output / f"tiny-llama-{kind.lower()}-goldens.json", goldens)


def make_files(output):
    tokenizer = llama_tokenizer()
    model = llama_model(tokenizer.get_vocab_size())
    for kind in ("F16", "BF16", "Q4_0", "Q5_0", "Q5_1"):
        make_file(output, kind, model, tokenizer)
    # The blocks of the K types hold 256 values: so many must a row have.
    wide = llama_model(
        tokenizer.get_vocab_size(),
        hidden_size=256,
        intermediate_size=256,
        num_hidden_layers=1,
        num_attention_heads=16,
    )
    for kind in HALVES:
        make_file(output, kind, wide, tokenizer)


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    make_block_goldens(output)
    with torch.no_grad():
        make_files(output)


if __name__ == "__main__":
    main()
