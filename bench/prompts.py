#!/usr/bin/env python3
"""What long prompts cost: themselves the second time, and the streams beside them.

    ./weft up && python3 bench/prompts.py

turns: chats with a first turn of --first words; the time to the first token of the second turn, most of whose prompt is
in the prefix cache, as a share of the first turn's.

beside: eight streams of 120 tokens alone, then eight others among which a prompt of --long words arrives; the gaps between
tokens in the 99th percentile with the prompt, as a multiple of those without. The first eight gaps of each stream are left
out: there the streams wait for each other's prompts.

Each takes --rounds rounds, with words of its own; medians of the rounds' ratios. Needs the standard library only.
"""
import argparse
import concurrent.futures
import http.client
import json
import random
import statistics
import time
import urllib.parse

WORDS = ("river stone market garden winter signal copper harbour window letter forest bridge "
         "planet kitchen silver thunder meadow castle orange ladder pepper violin desert anchor").split()
STREAMS = 8


class Answer:
    """A streamed chat: seconds to the first token and between tokens, the text and the usage."""

    def __init__(self, url: str, model: str, messages: list[dict], tokens: int):
        body = json.dumps({"model": model, "messages": messages, "max_tokens": tokens, "temperature": 0, "ignore_eos": True,
                           "stream": True, "stream_options": {"include_usage": True}})
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=600)
        started = time.perf_counter()
        connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise SystemExit(f"status {response.status}: {response.read()[:300]!r}")
        stamps, texts = [], []
        for line in response:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[len("data: "):])
            self.usage = event.get("usage")
            content = event["choices"][0]["delta"].get("content") if event["choices"] else None
            if content:
                stamps.append(time.perf_counter())
                texts.append(content)
        connection.close()
        self.first = stamps[0] - started
        self.gaps = [after - before for before, after in zip(stamps, stamps[1:])]
        self.text = "".join(texts)


def user(text: str) -> dict:
    return {"role": "user", "content": text}


def words(count: int) -> str:
    return " ".join(random.choices(WORDS, k=count))


def p99(gaps: list[float]) -> float:
    return sorted(gaps)[int(0.99 * len(gaps))]


def turns(args: argparse.Namespace) -> float:
    messages = [user(words(args.first))]
    first = Answer(args.url, args.model, messages, 16)
    second = Answer(args.url, args.model, messages + [{"role": "assistant", "content": first.text}, user("And then?")], 8)
    ratio = second.first / first.first
    print(f"turns: {first.usage['prompt_tokens']} tokens after {first.first * 1000:.0f} ms, second turn "
          f"{second.first * 1000:.0f} ms: {ratio:.2f} x", flush=True)
    return ratio


def beside(args: argparse.Namespace) -> float:
    with concurrent.futures.ThreadPoolExecutor(STREAMS + 1) as pool:
        def streams() -> list[concurrent.futures.Future]:
            return [pool.submit(Answer, args.url, args.model, [user(words(12))], 120) for _ in range(STREAMS)]

        def gaps(answers: list[concurrent.futures.Future]) -> list[float]:
            return [gap for answer in answers for gap in answer.result().gaps[8:]]

        plain = gaps(streams())
        answers = streams()
        time.sleep(0.9)
        prompt = pool.submit(Answer, args.url, args.model, [user(words(args.long))], 2)
        with_prompt = gaps(answers)
        long = prompt.result()
    ratio = p99(with_prompt) / p99(plain)
    print(f"beside: {long.usage['prompt_tokens']} tokens, first after {long.first:.2f} s; gaps p99 {p99(plain) * 1000:.0f} -> "
          f"{p99(with_prompt) * 1000:.0f} ms: {ratio:.2f} x", flush=True)
    return ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--first", type=int, default=970, help="words of the first turn")
    parser.add_argument("--long", type=int, default=1960, help="words of the long prompt")
    args = parser.parse_args()
    for name, measure in (("turns", turns), ("beside", beside)):
        print(f"{name}, median of {args.rounds}: {statistics.median(measure(args) for _ in range(args.rounds)):.2f} x")


if __name__ == "__main__":
    main()
