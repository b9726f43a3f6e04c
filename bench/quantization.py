#!/usr/bin/env python3
"""Speed and quality of decoder folders that differ in their number formats.

    python bench/quantization.py --text FILE --reference models/x-fp32 models/x-int4 models/x-int8

Needs numpy, onnxruntime and tokenizers. For each folder: size of the weights; tokens per second at decode with
1, 4 and 16 rows of 64 tokens, and of a prefill of 128; over the first --tokens tokens of the text the perplexity and,
against the reference folder, the mean Kullback-Leibler divergence in nats and how often the most probable token
is the same. Speeds are the best of --rounds, folders in turn, so that a busy moment hits all alike; figures
are worth stating from an idle machine only.
"""
import argparse
import json
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

BATCHES = (1, 4, 16)
PREFILL = 128
PAST = 64
STEPS = 16


class Decoder:
    """A decoder folder in a session of its own; feeds its cache as docs/model-folder.md says."""

    def __init__(self, folder: Path, threads: int):
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.folder = folder
        self.manifest = json.loads((folder / "model.json").read_text())
        self.session = ort.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        types = {i.name: i.type for i in self.session.get_inputs()}
        self.element = np.float16 if "float16" in types["past.0.key"] else np.float32

    def cache(self, rows: int, capacity: int) -> dict[str, ort.OrtValue]:
        shape = (rows, self.manifest["kv_heads"], capacity, self.manifest["head_size"])
        return {
            f"{layer}.{kind}": ort.OrtValue.ortvalue_from_numpy(np.zeros(shape, self.element))
            for layer in range(self.manifest["layers"])
            for kind in ("key", "value")
        }

    def run(self, cache, ids: np.ndarray, past: int, wanted: np.ndarray) -> np.ndarray:
        """Appends ids (rows, tokens) to rows that hold `past` tokens each."""
        rows, tokens = ids.shape
        binding = self.session.io_binding()
        total = past + tokens
        binding.bind_cpu_input("input_ids", ids.astype(np.int64))
        binding.bind_cpu_input("seqlens_k", np.full(rows, total - 1, np.int32))
        binding.bind_cpu_input("total_sequence_length", np.array(total, np.int32))
        binding.bind_cpu_input("logits_index", wanted.astype(np.int64))
        for name, value in cache.items():
            binding.bind_ortvalue_input("past." + name, value)
            binding.bind_ortvalue_output("present." + name, value)
        binding.bind_output("logits")
        self.session.run_with_iobinding(binding)
        return binding.get_outputs()[-1].numpy()

    def decode_rate(self, rows: int) -> float:
        cache = self.cache(rows, PAST + STEPS + 1)
        ids = np.ones((rows, 1))
        self.run(cache, ids, PAST, np.arange(rows))
        start = time.perf_counter()
        for step in range(STEPS):
            self.run(cache, ids, PAST + step, np.arange(rows))
        return rows * STEPS / (time.perf_counter() - start)

    def prefill_rate(self) -> float:
        cache = self.cache(1, PREFILL)
        ids = np.arange(PREFILL).reshape(1, -1) % self.manifest["vocabulary_size"]
        start = time.perf_counter()
        self.run(cache, ids, 0, np.array([PREFILL - 1]))
        return PREFILL / (time.perf_counter() - start)

    def log_probabilities(self, ids: list[int]) -> np.ndarray:
        """(tokens, vocabulary), each from all tokens up to its own."""
        cache = self.cache(1, len(ids))
        found = []
        for start in range(0, len(ids), PREFILL):
            part = np.array([ids[start : start + PREFILL]])
            logits = self.run(cache, part, start, np.arange(part.shape[1])).astype(np.float64)
            logits -= logits.max(-1, keepdims=True)
            found.append(logits - np.log(np.exp(logits).sum(-1, keepdims=True)))
        return np.concatenate(found)


def quality(found: np.ndarray, reference: np.ndarray, ids: list[int]) -> tuple[float, float, float]:
    perplexity = np.exp(-found[np.arange(len(ids) - 1), ids[1:]].mean())
    divergence = (np.exp(reference) * (reference - found)).sum(-1).mean()
    same = (found.argmax(-1) == reference.argmax(-1)).mean()
    return perplexity, divergence, same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--reference", required=True, type=Path)
    parser.add_argument("--text", required=True, type=Path)
    parser.add_argument("--tokens", type=int, default=1_024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    tokenizer = Tokenizer.from_file(str(args.reference / "tokenizer.json"))
    ids = tokenizer.encode(args.text.read_text(encoding="utf-8")).ids[: args.tokens]
    decoders = [Decoder(folder, args.threads) for folder in [args.reference, *args.folders]]
    rates = {d.folder: [0.0] * (len(BATCHES) + 1) for d in decoders}
    for _ in range(args.rounds):
        for decoder in decoders:
            round_rates = [decoder.decode_rate(b) for b in BATCHES] + [decoder.prefill_rate()]
            rates[decoder.folder] = [max(a, b) for a, b in zip(rates[decoder.folder], round_rates)]

    reference = decoders[0].log_probabilities(ids)
    heads = [f"decode {b}" for b in BATCHES] + [f"prefill {PREFILL}"]
    print("| folder | MB |", " | ".join(heads), "| perplexity | KL divergence | same top token |")
    print("|" + " --- |" * (len(heads) + 5))
    for decoder in decoders:
        found = reference if decoder is decoders[0] else decoder.log_probabilities(ids)
        perplexity, divergence, same = quality(found, reference, ids)
        size = (decoder.folder / "model.bin").stat().st_size / 1e6
        speeds = " | ".join(f"{rate:.0f}" for rate in rates[decoder.folder])
        print(
            f"| {decoder.folder.name} | {size:.1f} | {speeds} | {perplexity:.2f} |"
            f" {divergence:.4f} | {same:.3f} |"
        )


if __name__ == "__main__":
    main()
