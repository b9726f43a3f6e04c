#!/usr/bin/env python3
"""Restarts every service in turn under load, two replicas of each: nothing may fail.

    ./weft build && python3 bench/rolling.py --minutes 5

Starts two tokenizers, two encoders, two generators and two gateways from this copy's build, each on ports of
its own, and loads the gateways as a Kubernetes Service would: requests go to gateways that are ready, as
/q/health/ready said within the last quarter of a second. Embeddings come at a constant rate, streamed chats
from clients that each begin the next when one has ended. Meanwhile one process after the other is told to end
(SIGTERM), must end with exit code 0, is started again and must be ready before the next.

Exits with 1 when an embedding was not answered 200, when a stream was not whole, or when a process did not end
with 0. Needs nothing but Python, and the models all-minilm-l6-v2 and smollm2-135m-instruct.
"""
import argparse
import collections
import http.client
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEAP = {"tokenizer": "192m", "encoder": "256m", "generator": "384m", "gateway": "192m"}
#: Base of each kind of port; replica r of service s has base + s + 10 * r.
GRPC, HTTP, MANAGEMENT = 9000, 8080, 9080
SERVICES = {"gateway": 0, "tokenizer": 1, "encoder": 2, "generator": 3}


class Replica:
    """One process of a service."""

    def __init__(self, service: str, number: int, args: argparse.Namespace):
        self.service, self.number, self.args = service, number, args
        shift = args.offset + 10 * number + SERVICES[service]
        self.grpc, self.http, self.management = GRPC + shift, HTTP + shift, MANAGEMENT + shift
        self.ready = False
        self.start()

    @property
    def name(self) -> str:
        return f"{self.service} {self.number}"

    def start(self) -> None:
        upper = self.service.upper()
        env = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
        env |= {f"WEFT_{upper}_GRPC_PORT": str(self.grpc), "WEFT_MODELS_DIR": str(self.args.models)}
        if self.service == "gateway":
            env |= {"WEFT_GATEWAY_HTTP_PORT": str(self.http), "WEFT_GATEWAY_MANAGEMENT_PORT": str(self.management),
                    "WEFT_GATEWAY_SHUTDOWN_DELAY": "2s", "WEFT_GATEWAY_SHUTDOWN_GRACE": "60s"}
        else:
            env |= {f"WEFT_{upper}_HTTP_PORT": str(self.management), f"WEFT_{upper}_SHUTDOWN_GRACE": "60s"}
        for other, shift in SERVICES.items():
            if other != "gateway":
                addresses = [f"127.0.0.1:{GRPC + self.args.offset + 10 * r + shift}" for r in range(self.args.replicas)]
                env[f"WEFT_{other.upper()}_ADDRESSES"] = ",".join(addresses)
        if self.service == "generator":
            env |= {"WEFT_TOKENIZER_GRPC_PORT": str(GRPC + self.args.offset + SERVICES["tokenizer"]),
                    "WEFT_GENERATOR_MODELS": self.args.chat_model}
        if self.service == "encoder":
            env["WEFT_ENCODER_MODELS"] = self.args.embedding_model
        module = "gateway" if self.service == "gateway" else f"{self.service}-service"
        log = open(self.args.run / f"{self.service}-{self.number}.log", "ab")
        self.process = subprocess.Popen(
            [str(pathlib.Path(os.environ["JAVA_HOME"]) / "bin/java"), "--enable-native-access=ALL-UNNAMED",
             "--sun-misc-unsafe-memory-access=allow", "-XX:+UseSerialGC", f"-Xmx{HEAP[self.service]}", "-jar",
             str(ROOT / module / "target/quarkus-app/quarkus-run.jar")],
            env=env, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)

    def look(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.management}/q/health/ready", timeout=2) as answer:
                self.ready = answer.status == 200
        except OSError:
            self.ready = False
        return self.ready

    def await_ready(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not self.look():
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit(f"{self.name} is not ready; see {self.args.run}")
            time.sleep(0.2)

    def restart(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(90)
        self.start()
        self.await_ready()
        return code


class Load:
    """Clients of the gateways, and what they saw."""

    def __init__(self, gateways: list[Replica], args: argparse.Namespace):
        self.gateways, self.args = gateways, args
        self.counts, self.failures = collections.Counter(), []
        self.latencies: list[float] = []
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.turn = itertools.count()

    def note(self, kind: str, failure: str = "") -> None:
        with self.lock:
            self.counts[kind] += 1
            if failure:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {kind}: {failure[:300]}")

    def post(self, path: str, body: dict) -> http.client.HTTPResponse:
        ready = [gateway for gateway in self.gateways if gateway.ready] or self.gateways
        gateway = ready[next(self.turn) % len(ready)]
        connection = http.client.HTTPConnection("127.0.0.1", gateway.http, timeout=120)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        return connection.getresponse()

    def embed(self) -> None:
        begun = time.monotonic()
        try:
            response = self.post("/v1/embeddings", {"model": self.args.embedding_model, "input": "a river in winter"})
            answer = response.read()
            self.note("embedding", "" if response.status == 200 else f"{response.status} {answer!r}")
            self.latencies.append(time.monotonic() - begun)
        except OSError as e:
            self.note("embedding", repr(e))

    def embeddings(self) -> None:
        begun, sent = time.monotonic(), 0
        while not self.over.is_set():
            time.sleep(max(0.0, begun + sent / self.args.rate - time.monotonic()))
            threading.Thread(target=self.embed).start()
            sent += 1

    def chat(self, tokens: int) -> str:
        body = {"model": self.args.chat_model, "stream": True, "max_tokens": tokens, "ignore_eos": True,
                "stream_options": {"include_usage": True}, "messages": [{"role": "user", "content": "Tell me of winter."}]}
        response = self.post("/v1/chat/completions", body)
        if response.status != 200:
            return f"{response.status} {response.read()!r}"
        events = [line[6:].strip() for line in response if line.startswith(b"data: ")]
        if not events or events[-1] != b"[DONE]":
            return f"cut off after {len(events)} events: {events[-1:]}"
        usage = json.loads(events[-2])["usage"]["completion_tokens"]
        return "" if usage == tokens else f"{usage} of {tokens} tokens"

    def chats(self, number: int) -> None:
        while not self.over.is_set():
            try:
                self.note("stream", self.chat(20 + 10 * (next(self.turn) % 10) + number))
            except (OSError, http.client.HTTPException) as e:
                self.note("stream", repr(e))

    def watch(self) -> None:
        while not self.over.is_set():
            for gateway in self.gateways:
                gateway.look()
            time.sleep(0.25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--rate", type=float, default=10, help="embeddings a second")
    parser.add_argument("--streams", type=int, default=4, help="chats at a time")
    parser.add_argument("--offset", type=int, default=25_000, help="added to every port")
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "models")
    if "JAVA_HOME" not in os.environ:
        parser.error("JAVA_HOME has to name a JDK 25")
    parser.add_argument("--run", type=pathlib.Path, default=ROOT / "run/rolling", help="folder for logs")
    parser.add_argument("--chat-model", default="smollm2-135m-instruct")
    parser.add_argument("--embedding-model", default="all-minilm-l6-v2")
    args = parser.parse_args()
    args.models, args.run = args.models.resolve(), args.run.resolve()
    args.run.mkdir(parents=True, exist_ok=True)
    replicas = [Replica(service, number, args)
                for service in ("tokenizer", "encoder", "generator", "gateway") for number in range(args.replicas)]
    try:
        for replica in replicas:
            replica.await_ready()
        sys.exit(roll(replicas, args))
    finally:
        for replica in replicas:
            replica.process.kill()


def roll(replicas: list[Replica], args: argparse.Namespace) -> int:
    load = Load([replica for replica in replicas if replica.service == "gateway"], args)
    threads = [threading.Thread(target=load.embeddings), threading.Thread(target=load.watch)]
    threads += [threading.Thread(target=load.chats, args=(n,)) for n in range(args.streams)]
    for thread in threads:
        thread.start()
    end, restarts, bad_exits = time.monotonic() + 60 * args.minutes, 0, 0
    time.sleep(3)
    for replica in itertools.cycle(replicas):
        if time.monotonic() > end and restarts >= len(replicas):
            break
        begun, code = time.monotonic(), replica.restart()
        restarts, bad_exits = restarts + 1, bad_exits + (code != 0)
        print(f"{replica.name}: exit code {code}, ready again after {time.monotonic() - begun:.1f} s", flush=True)
        time.sleep(2)  # the others notice it
    load.over.set()
    for thread in threads:
        thread.join()
    time.sleep(3)
    failed = collections.Counter(failure.split()[1].rstrip(":") for failure in load.failures)
    latencies = sorted(load.latencies)
    print(f"{restarts} restarts, {bad_exits} not with exit code 0")
    print(f"{load.counts['embedding']} embeddings, {failed['embedding']} failed; p50 {1000 * latencies[len(latencies) // 2]:.0f} ms, "
          f"p99 {1000 * latencies[int(0.99 * len(latencies))]:.0f} ms, longest {1000 * latencies[-1]:.0f} ms")
    print(f"{load.counts['stream']} streams, {failed['stream']} broken")
    print("\n".join(load.failures[:20]))
    return 1 if load.failures or bad_exits else 0


if __name__ == "__main__":
    main()
