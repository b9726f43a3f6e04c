#!/usr/bin/env python3
"""Embeddings over /v1/embeddings, side by side with sentence-transformers if asked for.

    python bench/embed.py speed --model minilm --model minilm-int8 --reference FOLDER
    python bench/embed.py queries --model minilm

speed: texts of mixed lengths (4 to some 220 tokens, most of them short) in requests of 32 by eight callers, for each model, in the order in
which they come and sorted by length; then one text at a time. With --reference the same texts go through
SentenceTransformer(FOLDER).encode(batch_size=32), which sorts them itself, on as many threads as there are cores. All run for --warm-up
seconds in each form first (the JVM compiles what runs often, and a service is up for days), then take turns, round by round, each round with
texts of its own; medians over the rounds, and of ratios within a round.

queries: latency of single queries on an idle service, and again while it works on 10,000 texts.

Needs the standard library only; sentence-transformers for --reference.
"""
import argparse
import base64
import concurrent.futures
import http.client
import json
import os
import random
import statistics
import threading
import time
import urllib.parse

WORDS = ("the cat sat on a mat because interest rates of every model and service rose "
         "while rivers carried tea past quiet harbours").split()
BATCH = 32
CALLERS = 8
SINGLES = 20
local = threading.local()


def texts(count: int, seed: int) -> list[str]:
    chosen = random.Random(seed)
    lengths = [min(200, max(2, int(chosen.lognormvariate(3.3, 0.9)))) for _ in range(count)]
    return [" ".join(chosen.choices(WORDS, k=length)) for length in lengths]


def embed(url: str, model: str, inputs: list[str]) -> list[bytes]:
    """The vectors, as clients of OpenAI's API get them: base64 of 32-bit floats."""
    connection = getattr(local, "connection", None)
    if connection is None:
        connection = local.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=600)
    body = json.dumps({"model": model, "input": inputs, "encoding_format": "base64"})
    connection.request("POST", "/v1/embeddings", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise SystemExit(f"status {response.status}: {answer[:300]!r}")
    return [base64.b64decode(item["embedding"]) for item in json.loads(answer)["data"]]


def rate(url: str, model: str, batch: list[str]) -> float:
    requests = [batch[i:i + BATCH] for i in range(0, len(batch), BATCH)]
    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        started = time.perf_counter()
        done = sum(len(vectors) for vectors in pool.map(lambda part: embed(url, model, part), requests))
    return done / (time.perf_counter() - started)


def median_ms(run, singles: list[str]) -> float:
    taken = []
    for text in singles:
        started = time.perf_counter()
        run(text)
        taken.append((time.perf_counter() - started) * 1e3)
    return statistics.median(taken)


def warm_up(seconds: float, run) -> None:
    started = time.perf_counter()
    seed = 10_000
    while time.perf_counter() - started < seconds:
        run(seed)
        seed += 1


def speed(args: argparse.Namespace) -> None:
    sides = {}
    for model in args.model:
        sides[model] = (lambda batch, m=model: rate(args.url, m, batch),
                        lambda singles, m=model: median_ms(lambda text: embed(args.url, m, [text]), singles))
        sides[model + ", sorted"] = (lambda batch, m=model: rate(args.url, m, sorted(batch, key=len)), None)
    if args.reference:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(os.cpu_count())
        reference = SentenceTransformer(args.reference, device="cpu")

        def encode(batch: list[str]) -> float:
            started = time.perf_counter()
            reference.encode(batch, batch_size=BATCH)
            return len(batch) / (time.perf_counter() - started)

        sides["sentence-transformers"] = (encode, lambda singles: median_ms(reference.encode, singles))

    rates = {name: [] for name in sides}
    singles = {name: [] for name, (_, one) in sides.items() if one}
    for throughput, one in sides.values():
        warm_up(args.warm_up, lambda seed: throughput(texts(args.count, seed)))
        if one:
            warm_up(args.warm_up, lambda seed: one(texts(SINGLES, seed)))
    for number in range(1, args.rounds + 1):
        batch = texts(args.count, number)
        for name, (throughput, one) in sides.items():
            found = throughput(batch)
            alone = one(texts(SINGLES, 1000 + number)) if one else None
            rates[name].append(found)
            if alone is not None:
                singles[name].append(alone)
            print(f"round {number} {name:<28} {found:8.1f} texts/s" + (f"   one at a time p50 {alone:7.2f} ms" if alone else ""), flush=True)
    for name, values in rates.items():
        print(f"median  {name:<28} {statistics.median(values):8.1f} texts/s"
              + (f"   one at a time p50 {statistics.median(singles[name]):7.2f} ms" if name in singles else ""))
    first = args.model[0]
    others = [(name, "sentence-transformers") for name in args.model if args.reference]
    others += [(name, first) for name in args.model[1:]] + [(name, name + ", sorted") for name in args.model]
    for name, other in others:
        print(f"median ratio {name} / {other}: {statistics.median(a / b for a, b in zip(rates[name], rates[other])):.2f}")
    for name in args.model if args.reference else []:
        ratios = [a / b for a, b in zip(singles[name], singles["sentence-transformers"])]
        print(f"median ratio of p50, {name} / sentence-transformers: {statistics.median(ratios):.2f}")


def latencies(url: str, model: str, count: int, seed: int) -> list[float]:
    taken = []
    for text in texts(count, seed):
        started = time.perf_counter()
        embed(url, model, [text])
        taken.append((time.perf_counter() - started) * 1e3)
        time.sleep(0.02)
    return sorted(taken)


def queries(args: argparse.Namespace) -> None:
    model = args.model[0]
    latencies(args.url, model, 50, 0)
    ratios = []
    for number in range(1, args.rounds + 1):
        idle = latencies(args.url, model, 100, number)
        stop = threading.Event()

        def bulk() -> None:
            job = texts(10_000, 77)
            for i in range(0, len(job), 500):
                if stop.is_set():
                    return
                embed(args.url, model, job[i:i + 500])

        thread = threading.Thread(target=bulk)
        thread.start()
        time.sleep(0.5)
        busy = latencies(args.url, model, 100, number)
        still = thread.is_alive()
        stop.set()
        thread.join()
        ratios.append(busy[98] / idle[98])
        print(f"round {number}: idle p50 {idle[49]:.1f} p99 {idle[98]:.1f} ms; beside the bulk job p50 {busy[49]:.1f} p99 {busy[98]:.1f} ms"
              + ("" if still else " (the job ended early)"), flush=True)
    print(f"median ratio of p99: {statistics.median(ratios):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["speed", "queries"])
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--model", required=True, action="append", help="may be given several times, the fp32 one first")
    parser.add_argument("--count", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=float, default=15, help="seconds for each side and form")
    parser.add_argument("--reference", help="Hugging Face folder for sentence-transformers")
    args = parser.parse_args()
    {"speed": speed, "queries": queries}[args.what](args)


if __name__ == "__main__":
    main()
