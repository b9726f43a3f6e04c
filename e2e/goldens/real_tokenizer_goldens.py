#!/usr/bin/env python3
"""What published tokenizers make of 20,000 lines, by the tokenizers library and transformers, as one hash a chunk.

    python3 e2e/assets.py
    python e2e/goldens/real_tokenizer_goldens.py

Reads the tokenizers that assets.py fetched and the lines of tokenizer_lines.py. A hash covers, for each line of a chunk of
100: ids, offsets in code points and in UTF-16, words, special tokens, and the text decoded with and without special tokens;
of a line that the library refuses (a lone surrogate) only that it does. `RealTokenizersTest` repeats it. To see the lines
of a chunk that differs:

    python e2e/goldens/real_tokenizer_goldens.py NAME CHUNK
"""

import hashlib
import json
import shutil
import sys
import tempfile
from array import array
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tokenizers import Tokenizer
from transformers import GPT2TokenizerFast, T5TokenizerFast

from tokenizer_lines import ROOT, line

ASSETS = ROOT / ".cache/assets"
TARGET = ROOT / "tokenizer-service/src/test/resources/io/weft/tokenizer/real/tokenizers.goldens.json"
LINES, CHUNK = 20_000, 100


def gpt2():
    """The package calls GPT-2's two files otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ASSETS / "gpt2/encoder.json", f"{folder}/vocab.json")
        shutil.copy(ASSETS / "gpt2/vocab.bpe", f"{folder}/merges.txt")
        return GPT2TokenizerFast.from_pretrained(folder).backend_tokenizer


def unigram():
    """A SentencePiece model without a class: as T5, without its sentinels.

    By way of its tokenizer.json, as everybody loads it: the library's JSON reader rounds some scores in the last bit, which
    decides between cuts that are equally likely.
    """
    t = T5TokenizerFast(str(ASSETS / "unigram-32k/spm_32k.model"), extra_ids=0, add_prefix_space=True).backend_tokenizer
    return Tokenizer.from_str(t.to_str())


def published(name):
    t = Tokenizer.from_file(str(ASSETS / name / "tokenizer.json"))
    t.no_truncation()
    t.no_padding()
    return t


TOKENIZERS = {
    "gpt2": gpt2, "unigram-32k": unigram,
    **{name: lambda name=name: published(name) for name in ("bert-cased", "bert-uncased", "qwen3", "xlm-roberta")}}


def numbers(values):
    values = array("i", values)
    values.byteswap() if sys.byteorder == "little" else None
    return len(values).to_bytes(4, "big") + values.tobytes()


def string(text):
    utf8 = text.encode()
    return len(utf8).to_bytes(4, "big") + utf8


def utf16(text, spans, special):
    """Special tokens have no place; their spans stay."""
    positions = [0]
    for c in text:
        positions.append(positions[-1] + (2 if c > "\uffff" else 1))
    return [p if s else positions[p] for span, s in zip(spans, special) for p in span]


def answer(t, text):
    try:
        e = t.encode(text)
    except (UnicodeEncodeError, TypeError):
        if not any("\ud800" <= c <= "\udfff" for c in text):
            raise
        return b"refused"
    return b"".join([
        numbers(e.ids), numbers([p for span in e.offsets for p in span]), numbers(utf16(text, e.offsets, e.special_tokens_mask)),
        numbers([-1 if w is None else w for w in e.word_ids]), numbers(e.special_tokens_mask),
        string(t.decode(e.ids, skip_special_tokens=True)), string(t.decode(e.ids, skip_special_tokens=False))])


def chunk_lines(chunk):
    return [line(n) for n in range(chunk * CHUNK, (chunk + 1) * CHUNK)]


def hashes(name):
    t, out = TOKENIZERS[name](), []
    for chunk in range(LINES // CHUNK):
        digest = hashlib.sha256()
        for text in chunk_lines(chunk):
            digest.update(answer(t, text))
        out.append(digest.hexdigest()[:16])
    return out


def line_hashes():
    out = []
    for chunk in range(LINES // CHUNK):
        text = "".join(json.dumps(x) + "\n" for x in chunk_lines(chunk))
        out.append(hashlib.sha256(text.encode()).hexdigest()[:16])
    return out


def show(name, chunk):
    """Each line and the hash of its answer."""
    t = TOKENIZERS[name]()
    for text in chunk_lines(chunk):
        print(hashlib.sha256(answer(t, text)).hexdigest()[:16], json.dumps(text)[:200])


def main():
    if len(sys.argv) == 3:
        show(sys.argv[1], int(sys.argv[2]))
        return
    with ProcessPoolExecutor(2) as pool:
        goldens = dict(lines=line_hashes(), tokenizers=dict(zip(TOKENIZERS, pool.map(hashes, TOKENIZERS))))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(goldens, separators=(",", ":")).replace("],", "],\n") + "\n")


if __name__ == "__main__":
    main()
