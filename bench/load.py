#!/usr/bin/env python3
"""Closed-loop streaming load on any OpenAI-compatible chat server.

    .cache/venv/bin/python bench/load.py --model smollm2-135m-instruct --concurrency 1,16 --rounds 5

Each of the concurrent clients sends one request after the other; every prompt is different, so that
no prompt cache answers for the server, and every request asks for exactly --max-tokens tokens.
Prints one line a round and concurrency, then the median of each over the rounds, and the median of
the ratios to the first concurrency, taken round by round.
"""
import argparse
import asyncio
import random
import statistics
import sys
import time

from openai import AsyncOpenAI

TOPICS = ["weaving", "harbours", "glaciers", "clocks", "beekeeping", "bridges", "comets", "tea",
          "lighthouses", "maps", "owls", "printing", "rivers", "salt", "trains", "violins"]


def prompt(seed: int, words: int) -> str:
    chosen = random.Random(seed)
    return "Write a long story about " + " and ".join(chosen.choices(TOPICS, k=words // 2)) + "."


async def stream(client: AsyncOpenAI, args: argparse.Namespace, seed: int) -> dict:
    started = time.perf_counter()
    arrivals, tokens, finish = [], 0, None
    response = await client.chat.completions.create(
        model=args.model,
        messages=[{"role": "user", "content": prompt(seed, args.prompt_words)}],
        max_tokens=args.max_tokens,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
        extra_body={"ignore_eos": True},
    )
    async for chunk in response:
        if chunk.usage:
            tokens = chunk.usage.completion_tokens
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            if choice.delta.content:
                arrivals.append(time.perf_counter())
    if finish is None or not arrivals or tokens != args.max_tokens:
        raise RuntimeError(f"incomplete stream: {tokens} tokens, finish reason {finish}")
    gaps = [later - earlier for earlier, later in zip(arrivals, arrivals[1:])]
    return {"tokens": tokens, "ttft": arrivals[0] - started, "gaps": gaps}


async def load(args: argparse.Namespace, concurrency: int, first_seed: int) -> dict:
    client = AsyncOpenAI(base_url=args.url + "/v1", api_key="none", max_retries=0, timeout=600)
    seeds = iter(range(first_seed, first_seed + max(args.requests, concurrency)))
    done, failed = [], []

    async def one_client() -> None:
        for seed in seeds:
            try:
                done.append(await stream(client, args, seed))
            except Exception as e:  # a failed request is a result of the load, not its end
                failed.append(repr(e)[:200])

    started = time.perf_counter()
    await asyncio.gather(*(one_client() for _ in range(concurrency)))
    wall = time.perf_counter() - started
    await client.close()
    for message in failed:
        print("  failed:", message, file=sys.stderr)
    gaps = sorted(gap for result in done for gap in result["gaps"])
    return {
        "failed": len(failed),
        "tokens_per_s": sum(result["tokens"] for result in done) / wall,
        "ttft_ms": 1e3 * statistics.median([r["ttft"] for r in done]) if done else float("nan"),
        "itl_ms": 1e3 * statistics.median(gaps) if gaps else float("nan"),
        "itl_p99_ms": 1e3 * gaps[int(0.99 * (len(gaps) - 1))] if gaps else float("nan"),
    }


def show(label: str, result: dict) -> None:
    print(f"{label:<12} {result['tokens_per_s']:8.1f} tokens/s   TTFT {result['ttft_ms']:7.1f} ms   "
          f"ITL {result['itl_ms']:6.2f} ms (p99 {result['itl_p99_ms']:6.2f})   "
          f"failed {result['failed']:.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--model", required=True)
    parser.add_argument("--concurrency", default="1,16")
    parser.add_argument("--requests", type=int, default=16, help="requests a round, at least one a client")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--prompt-words", type=int, default=40)
    parser.add_argument("--max-tokens", type=int, default=64)
    args = parser.parse_args()

    levels = [int(level) for level in args.concurrency.split(",")]
    base = random.SystemRandom().randrange(1 << 30)  # new prompts every time the tool runs
    asyncio.run(load(args, levels[0], base))  # warm-up
    rounds = {level: [] for level in levels}
    for number in range(1, args.rounds + 1):
        for level in levels:
            base += 100_000
            result = asyncio.run(load(args, level, base))
            rounds[level].append(result)
            show(f"round {number} c={level}", result)
    for level in levels:
        show(f"median c={level}", {key: statistics.median(r[key] for r in rounds[level])
                                   for key in rounds[level][0]})
        ratios = [result["tokens_per_s"] / first["tokens_per_s"]
                  for result, first in zip(rounds[level], rounds[levels[0]])]
        print(f"{'':<12} {statistics.median(ratios):8.2f} x the tokens per second of c={levels[0]}")
    sys.exit(1 if any(r["failed"] for results in rounds.values() for r in results) else 0)


if __name__ == "__main__":
    main()
