#!/usr/bin/env python3
"""Minutes of random load on a running copy of Weft, to find leaks and broken streams.

    ./weft up && python3 bench/soak.py --minutes 10

Clients send, at random: chats and completions of all lengths, streamed and whole, of one or several
sequences; embeddings; bad requests; streams whose socket is closed midway; requests that are given
up after some milliseconds. The shape of every stream that is read to its end is checked: one role a
choice, one finish reason a choice and nothing after it, the usage, [DONE], and the end.

Meanwhile resident memory (without the bounded prefix cache), threads and open files of each service
are sampled from /proc (Linux only). The load rests after the first minute and at the end, and each
service then collects its garbage and gives back what its C library keeps free. The run fails (exit
code 1) when a stream was not as it must be, when a service holds more at the second rest than at the
first, or when slots or requests are still held a while after the load. Needs Python, and jcmd of a JDK.

429 (the queue is full) is an answer like any other here. Give it more clients than the gateway takes
requests to see many of them.
"""
import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

WORDS = ("river stone market engine garden winter signal copper harbor window letter forest bridge planet "
         "kitchen silver thunder meadow castle orange ladder pepper violin desert anchor").split()
SERVICES = {"tokenizer": 9081, "encoder": 9082, "generator": 9083, "gateway": 9080}
JCMD = shutil.which("jcmd", path=os.path.join(os.environ.get("JAVA_HOME", ""), "bin")) or shutil.which("jcmd") or ""


class Broken(Exception):
    """An answer that is not as it must be."""


class Client:
    """One request at a time, each on a connection of its own."""

    def __init__(self, args: argparse.Namespace, seed: int):
        self.args = args
        self.random = random.Random(seed)

    def text(self, most: int) -> str:
        count = int(most ** self.random.random())  # as many of 1 to 10 words as of 100 to 1,000
        return " ".join(self.random.choice(WORDS) for _ in range(max(1, count)))

    def body(self, chat: bool, stream: bool) -> tuple[str, dict]:
        body = {"model": self.args.chat_model, "stream": stream, "max_tokens": self.random.randint(1, 120),
                "n": self.random.choice([1, 1, 1, 2, 4]), "temperature": self.random.choice([0, 0.7, 1.5]),
                "ignore_eos": self.random.random() < 0.3}
        if stream:
            body["stream_options"] = {"include_usage": True}
        if chat:
            body["messages"] = [{"role": "user", "content": self.text(1_000)}]
            return "/v1/chat/completions", body
        body["prompt"] = self.text(1_000)
        return "/v1/completions", body

    def open(self, path: str, body: dict, timeout: float) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        host, port = self.args.host, 8080 + self.args.offset
        connection = http.client.HTTPConnection(host, port, timeout=timeout)
        connection.request("POST", path, json.dumps(body),
                           {"Content-Type": "application/json",
                            "Authorization": f"Bearer soak-{self.random.randint(1, 5)}"})
        return connection, connection.getresponse()

    def whole(self) -> str:
        path, body = self.body(self.random.random() < 0.5, False)
        connection, response = self.open(path, body, 300)
        answer = json.loads(response.read())
        connection.close()
        if response.status == 429:
            return "refused"
        if response.status != 200:
            raise Broken(f"{path}: {response.status} {str(answer)[:200]}")
        reasons = [choice["finish_reason"] for choice in answer["choices"]]
        if len(reasons) != body["n"] or not set(reasons) <= {"stop", "length"}:
            raise Broken(f"{path}: finish reasons {reasons}, {body['n']} expected")
        if not 1 <= answer["usage"]["completion_tokens"] <= body["n"] * body["max_tokens"]:
            raise Broken(f"{path}: usage {answer['usage']}")
        return "whole"

    def stream(self) -> str:
        path, body = self.body(self.random.random() < 0.7, True)
        connection, response = self.open(path, body, 300)
        if response.status == 429:
            connection.close()
            return "refused"
        if response.status != 200:
            raise Broken(f"{path}: {response.status} {response.read()[:200]}")
        events = [line[6:].strip().decode() for line in response if line.startswith(b"data: ")]
        connection.close()
        check_stream(events, body, path.endswith("/chat/completions"))
        return "streamed"

    def embed(self) -> str:
        texts = [self.text(200) for _ in range(self.random.choice([1, 1, 4, 16]))]
        connection, response = self.open("/v1/embeddings", {"model": self.args.embedding_model, "input": texts}, 120)
        answer = json.loads(response.read())
        connection.close()
        if response.status == 429:
            return "refused"
        if response.status != 200 or [item["index"] for item in answer["data"]] != list(range(len(texts))):
            raise Broken(f"embeddings: {response.status} {str(answer)[:200]}")
        return "embedded"

    def bad(self) -> str:
        path, body = self.body(True, self.random.random() < 0.5)
        connection, response = self.open(path, body | {"temperature": 9}, 60)
        response.read()
        connection.close()
        if response.status not in (400, 429):
            raise Broken(f"a temperature of 9 was answered {response.status}")
        return "bad"

    def disconnect(self) -> str:
        path, body = self.body(True, True)
        connection, response = self.open(path, body | {"max_tokens": 1_000, "ignore_eos": True}, 300)
        for _ in range(self.random.randint(0, 40)):
            response.readline()
        response.close()
        connection.close()
        return "disconnected"

    def give_up(self) -> str:
        path, body = self.body(True, self.random.random() < 0.5)
        try:
            connection, response = self.open(path, body, self.random.uniform(0.005, 0.5))
            response.read()
            connection.close()
            return "fast enough"
        except TimeoutError:
            return "given up"

    def next(self) -> str:
        action = self.random.choices([self.stream, self.whole, self.embed, self.bad, self.disconnect, self.give_up],
                                     [8, 4, 4, 1, 3, 2])[0]
        return action()


def check_stream(events: list[str], body: dict, chat: bool) -> None:
    """Raises Broken unless these are the events of a whole stream."""
    if not events or events[-1] != "[DONE]" or "[DONE]" in events[:-1]:
        raise Broken(f"a stream of {len(events)} events ended with {events[-1][:200] if events else 'nothing'}")
    chunks = [json.loads(event) for event in events[:-1]]
    usage = chunks[-1].get("usage")
    if not usage or chunks[-1]["choices"] or any(chunk.get("usage") for chunk in chunks[:-1]):
        raise Broken("not exactly one usage, in the last chunk")
    if not 1 <= usage["completion_tokens"] <= body["n"] * body["max_tokens"]:
        raise Broken(f"usage {usage} of at most {body['n']} times {body['max_tokens']} tokens")
    begun, finished = set(), set()
    for choice in (choice for chunk in chunks[:-1] for choice in chunk["choices"]):
        index = choice["index"]
        if index in finished:
            raise Broken(f"choice {index} goes on after its end")
        if chat and ("role" in choice["delta"]) == (index in begun):
            raise Broken(f"choice {index}: the role is not in its first chunk, and only there")
        begun.add(index)
        if choice["finish_reason"] is not None:
            if choice["finish_reason"] not in ("stop", "length"):
                raise Broken(f"finish reason {choice['finish_reason']}")
            finished.add(index)
    if finished != set(range(body["n"])):
        raise Broken(f"choices {sorted(finished)} ended, {body['n']} expected")


class Process:
    """What /proc says of one service."""

    def __init__(self, pid: int):
        self.pid = pid
        self.folder = pathlib.Path(f"/proc/{pid}")
        self.samples: list[dict] = []

    def sample(self, cache_mib: float) -> None:
        status = (self.folder / "status").read_text()
        self.samples.append({
            "MiB": int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024 - cache_mib,
            "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
            "files": len(os.listdir(self.folder / "fd"))})


def metric(args: argparse.Namespace, service: str, name: str) -> float:
    url = f"http://{args.host}:{SERVICES[service] + args.offset}/q/metrics"
    with urllib.request.urlopen(url, timeout=10) as response:
        lines = response.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if re.match(re.escape(name) + r"[{ ]", line))


def sample(args: argparse.Namespace, processes: dict[str, Process]) -> None:
    """Memory is counted without the prefix cache, which is bounded and fills up over minutes."""
    for service, process in processes.items():
        cache = metric(args, service, "weft_generator_prefix_cache_bytes") if service == "generator" else 0
        process.sample(cache / 2**20)


def held(args: argparse.Namespace) -> dict[str, float]:
    """What must be nothing once the load has ended."""
    return {"running sequences": metric(args, "generator", "weft_generator_running_sequences"),
            "waiting requests": metric(args, "generator", "weft_generator_waiting_requests"),
            "open requests": metric(args, "gateway", "weft_gateway_open_requests"),
            "open streams": metric(args, "gateway", "weft_gateway_open_streams")}


def load(args: argparse.Namespace, processes: dict[str, Process], clients: list[Client], minutes: float,
         outcomes: collections.Counter) -> list[str]:
    """Some minutes of load, and then the wait until nothing is left of it; returns what went wrong."""
    faults: list[str] = []
    end = time.monotonic() + 60 * minutes

    def run(client: Client) -> None:
        while time.monotonic() < end:
            try:
                outcomes[client.next()] += 1
            except Exception as e:  # whatever it is, it is a result of the load
                outcomes["BROKEN"] += 1
                faults.append(f"{type(e).__name__}: {e}"[:300])

    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        sample(args, processes)
        time.sleep(args.every)
    for thread in threads:
        thread.join()
    patience = time.monotonic() + 30
    while any(held(args).values()) and time.monotonic() < patience:
        time.sleep(0.2)
    return faults + [f"{count:.0f} {name} are left" for name, count in held(args).items() if count]


def idle(args: argparse.Namespace, processes: dict[str, Process]) -> dict[str, dict[str, float]]:
    """What each process holds now that it has nothing to do, without what is free: a heap grows up to its bound
    before Java collects all of it by itself, and malloc keeps what was given back in pieces."""
    for process in processes.values():
        for command in ("GC.run", "System.trim_native_heap"):
            subprocess.run([JCMD, str(process.pid), command], check=True, stdout=subprocess.DEVNULL)
    time.sleep(1)
    sample(args, processes)
    return {service: process.samples.pop() for service, process in processes.items()}


def growth(args: argparse.Namespace, processes: dict[str, Process], early: dict, late: dict) -> list[str]:
    """Prints a line a service; returns what has grown from one rest to the other."""
    limits = {"MiB": args.max_mib, "threads": args.max_threads, "files": args.max_files}
    found = []
    print(f"\n{'service':<11}" + "".join(f"{name + ' at rest':>16}{'loaded':>8}{'at end':>8}" for name in limits))
    for service, process in processes.items():
        line = f"{service:<11}"
        for name, most in limits.items():
            first, last = early[service][name], late[service][name]
            loaded = statistics.median(sample[name] for sample in process.samples[len(process.samples) // 2:])
            line += f"{first:16.0f}{loaded:8.0f}{last:8.0f}"
            if last - first > most:
                found.append(f"{service}: {name} grew from {first:.0f} to {last:.0f}, at most {most} more are allowed")
        print(line)
    return found


def main() -> None:
    root = pathlib.Path(__file__).resolve().parent.parent
    offset = int(os.environ.get("WEFT_PORT_OFFSET", "0"))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--warm", type=float, default=1, help="minutes until the first rest")
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--every", type=float, default=2, help="seconds between samples")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--offset", type=int, default=offset, help="of all ports, as WEFT_PORT_OFFSET")
    parser.add_argument("--run-dir", type=pathlib.Path, help="where the launcher keeps process ids")
    parser.add_argument("--chat-model", default="smollm2-135m-instruct")
    parser.add_argument("--embedding-model", default="all-minilm-l6-v2")
    parser.add_argument("--max-mib", type=float, default=24, help="growth of resident memory that is allowed")
    parser.add_argument("--max-threads", type=float, default=6)
    parser.add_argument("--max-files", type=float, default=24)
    args = parser.parse_args()
    if not JCMD:
        parser.error("jcmd is neither in JAVA_HOME nor in the PATH")
    if not 0 < args.warm < args.minutes:
        parser.error(f"--warm {args.warm:g} is not between 0 and --minutes {args.minutes:g}")
    run_dir = args.run_dir or pathlib.Path(os.environ.get(
        "WEFT_RUN_DIR", root / "run" / f"offset-{args.offset}" if args.offset else root / "run"))
    processes = {name: Process(int((run_dir / f"{name}.pid").read_text().split()[0])) for name in SERVICES}

    print(f"{args.minutes:g} minutes, {args.clients} clients, seed {args.seed}", flush=True)
    outcomes: collections.Counter = collections.Counter()
    clients = [Client(args, args.seed + i) for i in range(args.clients)]
    faults = load(args, processes, clients, args.warm, outcomes)
    early = idle(args, processes)
    faults += load(args, processes, clients, args.minutes - args.warm, outcomes)
    late = idle(args, processes)
    print("  ".join(f"{name} {count}" for name, count in outcomes.most_common()))
    faults += growth(args, processes, early, late)
    for fault in faults[:20]:
        print("FAULT", fault)
    print("failed" if faults else "passed")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
