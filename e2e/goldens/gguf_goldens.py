"""Makes the goldens of the GGUF tensor types for the tests of the importer.

usage: python gguf_goldens.py [OUTPUT]

Blocks of every type with the values that gguf-py reads from them. gguf-py cannot write the K types:
their blocks are random bytes with finite scales.
"""

import sys
from pathlib import Path

import gguf
import numpy as np

from tiny_models import DEFAULT_OUTPUT, write_json

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


def main():
    output = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_OUTPUT
    make_block_goldens(output)


if __name__ == "__main__":
    main()
