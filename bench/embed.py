#!/usr/bin/env python3
"""Embeddings per second over /v1/embeddings, side by side with sentence-transformers if asked for.

    .cache/venv/bin/python bench/embed.py --model all-minilm-l6-v2
    python bench/embed.py --model all-minilm-l6-v2 --reference FOLDER   # needs sentence-transformers

Texts of mixed lengths (4 to 200 words), 32 a request, four requests at a time. With --reference
the same texts go through SentenceTransformer(FOLDER).encode(batch_size=32) on as many threads as there
are cores, in turn with Weft, round by round. Prints each round, and the median ratio.
"""
import argparse
import concurrent.futures
import os
import random
import statistics
import time

from openai import OpenAI

WORDS = ("the cat sat on a mat because interest rates of every model and service rose "
         "while rivers carried tea past quiet harbours").split()


def texts(count: int) -> list[str]:
    chosen = random.Random(7)
    lengths = [min(200, max(4, int(chosen.lognormvariate(3.3, 0.8)))) for _ in range(count)]
    return [" ".join(chosen.choices(WORDS, k=length)) for length in lengths]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--model", required=True)
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reference", help="Hugging Face folder for sentence-transformers")
    args = parser.parse_args()

    client = OpenAI(base_url=args.url + "/v1", api_key="none", max_retries=0)
    batch = texts(args.count)
    requests = [batch[i:i + 32] for i in range(0, len(batch), 32)]

    def weft() -> None:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda r: client.embeddings.create(model=args.model, input=r), requests))

    sides = {"weft": weft}
    if args.reference:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(os.cpu_count())
        model = SentenceTransformer(args.reference, device="cpu")
        sides["reference"] = lambda: model.encode(batch, batch_size=32)

    rates = {name: [] for name in sides}
    for number in range(args.rounds + 1):  # round 0 warms up
        for name, run in sides.items():
            started = time.perf_counter()
            run()
            rate = len(batch) / (time.perf_counter() - started)
            if number:
                rates[name].append(rate)
                print(f"round {number} {name:<10} {rate:8.1f} embeddings/s", flush=True)
    for name, values in rates.items():
        print(f"median  {name:<10} {statistics.median(values):8.1f} embeddings/s")
    if args.reference:
        ratio = statistics.median(w / r for w, r in zip(rates["weft"], rates["reference"]))
        print(f"median  ratio      {ratio:8.2f}")


if __name__ == "__main__":
    main()
