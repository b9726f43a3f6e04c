#!/usr/bin/env python3
"""Texts per second of the tokenizer service's Encode, side by side with the tokenizers library in this process.

    python bench/encode.py --model all-minilm-l6-v2 --tokenizer models/all-minilm-l6-v2/tokenizer.json
    python bench/encode.py --model all-minilm-l6-v2 --single       # what a bulk job does to single requests

Needs grpcio-tools and tokenizers. Batches of 100 texts of 4 to 24 words; the service gets them from --callers callers over
one gRPC connection, the library's encode_batch one after the other, on as many threads as there are cores. Both run for
--warm-up seconds first (the JVM compiles what runs often, and a service is up for days), then rounds alternate. Requests
are made before the clock starts, and of the replies, which come in full, one a round is read and compared; what the client does beside that takes the service's cores too. With --single a caller encodes one short text
at a time, first alone, then while another has 10,000 texts of 40 words encoded in one request after the other.
"""
import argparse
import os
import queue
import random
import statistics
import sys
import threading
import time
from pathlib import Path

import grpc

ROOT = Path(__file__).resolve().parents[1]
METHOD = "/weft.tokenizer.v1.TokenizerService/Encode"
WORDS = ("the cat sat on a mat because interest rates of every model and service rose "
         "while rivers carried tea past quiet harbours").split()
BATCHES, BATCH, REPEATS = 100, 100, 5


def contract():
    """The messages of the contract, compiled as they are now."""
    sys.path.append(str(ROOT / "proto/src/main/proto"))
    return grpc.protos("weft/tokenizer/v1/tokenizer.proto")


def texts(count, seed, shortest=4, longest=24):
    dice = random.Random(seed)
    return [" ".join(dice.choices(WORDS, k=dice.randint(shortest, longest))) + dice.choice([".", "?", "!", ""]) for _ in range(count)]


def request(protos, model, batch):
    return protos.EncodeRequest(model=model, inputs=[protos.TextInput(text=t) for t in batch]).SerializeToString()


def side_by_side(args, protos, channel):
    os.environ["RAYON_NUM_THREADS"] = str(os.cpu_count())
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    from tokenizers import Tokenizer

    reference = Tokenizer.from_file(args.tokenizer)
    reference.no_truncation()
    reference.no_padding()
    batches = [texts(BATCH, seed) for seed in range(BATCHES)]
    requests = [request(protos, args.model, b) for b in batches]
    encode = channel.unary_unary(METHOD)

    def weft():
        todo = queue.SimpleQueue()
        for i in range(BATCHES):
            todo.put(i)
        replies = [b""] * BATCHES

        def caller():
            while True:
                try:
                    i = todo.get_nowait()
                except queue.Empty:
                    return
                replies[i] = encode(requests[i], timeout=60)

        callers = [threading.Thread(target=caller) for _ in range(args.callers)]
        for c in callers:
            c.start()
        for c in callers:
            c.join()
        return [list(r.encoding.ids) for r in protos.EncodeResponse.FromString(replies[7]).results]

    def library():
        return [reference.encode_batch(b) for b in batches][7]

    rates = {"weft": [], "tokenizers": []}
    for number in range(args.rounds + 1):  # round 0 warms up
        got = {}
        for name, run in (("weft", weft), ("tokenizers", library)):
            started = time.perf_counter()
            runs = 0
            while runs < REPEATS or (number == 0 and time.perf_counter() - started < args.warm_up):
                got[name] = run()
                runs += 1
            if number:
                rates[name].append(runs * BATCHES * BATCH / (time.perf_counter() - started))
        if got["weft"] != [e.ids for e in got["tokenizers"]]:
            sys.exit("the service and the library disagree")
        if number:
            print(f"round {number}: weft {rates['weft'][-1]:,.0f} texts/s, tokenizers {rates['tokenizers'][-1]:,.0f}", flush=True)
    ratios = [w / t for w, t in zip(rates["weft"], rates["tokenizers"])]
    print(f"{args.callers} callers, medians: weft {statistics.median(rates['weft']):,.0f}, tokenizers "
          f"{statistics.median(rates['tokenizers']):,.0f} texts/s, ratio {statistics.median(ratios):.2f}")


def single(args, protos, channel):
    encode = channel.unary_unary(METHOD)
    short = request(protos, args.model, texts(1, 1))
    bulk = request(protos, args.model, texts(10_000, 2, 40, 40))
    stop = threading.Event()
    finished = []

    def load():
        with grpc.insecure_channel(args.url, options=OPTIONS) as other:
            call = other.unary_unary(METHOD)
            while not stop.is_set():
                started = time.perf_counter()
                call(bulk, timeout=60)
                finished.append(time.perf_counter() - started)

    def percentiles(count):
        taken = []
        for _ in range(count):
            started = time.perf_counter()
            encode(short, timeout=60)
            taken.append((time.perf_counter() - started) * 1_000)
            time.sleep(0.002)
        cuts = statistics.quantiles(taken, n=100)
        return f"p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms, most {max(taken):.2f} ms"

    percentiles(500)
    print("single texts, alone:       ", percentiles(args.singles), flush=True)
    loader = threading.Thread(target=load)
    loader.start()
    time.sleep(3)
    before = len(finished)
    print("single texts, beside bulk: ", percentiles(args.singles), flush=True)
    during = finished[before:]
    stop.set()
    loader.join()
    print(f"bulk requests of 10,000 texts finished meanwhile: {len(during)}, {statistics.mean(during or finished):.2f} s each")


OPTIONS = [("grpc.max_receive_message_length", 64 << 20), ("grpc.use_local_subchannel_pool", 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", default="127.0.0.1:9001")
    parser.add_argument("--model", required=True)
    parser.add_argument("--tokenizer", help="the model's tokenizer.json, for the library")
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=float, default=15, help="seconds for each side")
    parser.add_argument("--single", action="store_true")
    parser.add_argument("--singles", type=int, default=2_000)
    args = parser.parse_args()
    with grpc.insecure_channel(args.url, options=OPTIONS) as channel:
        (single if args.single else side_by_side)(args, contract(), channel)


if __name__ == "__main__":
    main()
