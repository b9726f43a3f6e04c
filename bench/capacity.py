#!/usr/bin/env python3
"""How throughput should grow with replicas, by simulating the gateway's choice among them.

    bench/capacity.py --service-ms 24 --gateway-ms 1.1 --cores 1
    bench/capacity.py --samples embed-ms.txt --gateway-ms 1.1 --cores 8 --replicas 1 2 4 8 16

One request after the other runs on a replica, each for a time drawn from the measured ones (--samples: milliseconds, one a line) or always
the same (--service-ms). A request first takes --gateway-ms of a processor of the gateway, of which there are --cores, and goes to the
replica with the fewest requests under way, as the gateway chooses. Clients, --clients a replica, each ask again as soon as they have an
answer. Prints requests a second, latencies and how busy both are; --json the same for programs. Needs nothing but Python.
"""
import argparse
import heapq
import json
import pathlib
import random


class Simulation:
    """Some clients, a gateway and some replicas, in simulated seconds."""

    def __init__(self, replicas: int, args: argparse.Namespace, samples: list[float]):
        self.args, self.samples = args, samples
        self.random = random.Random(1)
        self.now = 0.0
        self.events: list[tuple[float, int, str, tuple]] = []
        self.count = 0
        self.cores, self.gateway_queue, self.gateway_busy = args.cores, [], 0.0
        self.queues = [[] for _ in range(replicas)]
        self.under_way = [0] * replicas
        self.replica_busy = 0.0
        self.latencies: list[float] = []
        self.turn = 0

    def at(self, delay: float, what: str, *arguments) -> None:
        self.count += 1
        heapq.heappush(self.events, (self.now + delay, self.count, what, arguments))

    def run(self, clients: int, seconds: float) -> None:
        for _ in range(clients):
            self.at(self.random.random() * 0.1, "arrive")
        while self.events and self.events[0][0] < seconds:
            self.now, _, what, arguments = heapq.heappop(self.events)
            getattr(self, what)(*arguments)

    def arrive(self) -> None:
        self.gateway_queue.append(self.now)
        self.work_gateway()

    def work_gateway(self) -> None:
        if self.cores > 0 and self.gateway_queue:
            self.cores -= 1
            cost = self.args.gateway_ms / 1_000
            self.gateway_busy += cost
            self.at(cost, "forward", self.gateway_queue.pop(0))

    def forward(self, begun: float) -> None:
        self.cores += 1
        self.work_gateway()
        self.turn += 1
        count = len(self.queues)
        chosen = min(range(count), key=lambda r: (self.under_way[r], (r + self.turn) % count))
        self.under_way[chosen] += 1
        self.queues[chosen].append(begun)
        if len(self.queues[chosen]) == 1:
            self.serve(chosen)

    def serve(self, replica: int) -> None:
        cost = self.random.choice(self.samples) / 1_000
        self.replica_busy += cost
        self.at(cost, "answer", replica)

    def answer(self, replica: int) -> None:
        self.latencies.append(self.now - self.queues[replica].pop(0))
        self.under_way[replica] -= 1
        if self.queues[replica]:
            self.serve(replica)
        self.at(0, "arrive")


def simulate(replicas: int, args: argparse.Namespace, samples: list[float]) -> dict:
    simulation = Simulation(replicas, args, samples)
    simulation.run(args.clients * replicas, args.seconds)
    latencies = sorted(simulation.latencies)
    return {"replicas": replicas, "requests_per_second": len(latencies) / args.seconds,
            "p50_ms": 1_000 * latencies[len(latencies) // 2], "p99_ms": 1_000 * latencies[int(0.99 * len(latencies))],
            "gateway_busy": simulation.gateway_busy / args.seconds / args.cores,
            "replicas_busy": simulation.replica_busy / args.seconds / replicas}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=pathlib.Path, help="measured times of service in ms, one a line")
    parser.add_argument("--service-ms", type=float, default=24)
    parser.add_argument("--gateway-ms", type=float, required=True, help="processor time of the gateway for a request")
    parser.add_argument("--cores", type=int, default=1, help="processors of the gateway")
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 2, 3, 4, 8, 16])
    parser.add_argument("--clients", type=int, default=8, help="for each replica")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    samples = [float(line) for line in args.samples.read_text().split()] if args.samples else [args.service_ms]
    results = [simulate(replicas, args, samples) for replicas in args.replicas]
    if args.json:
        print(json.dumps(results, indent=2))
        return
    print("replicas  requests/s  times that of the first   p50 ms   p99 ms  gateway busy  replicas busy")
    for result in results:
        print(f"{result['replicas']:8d} {result['requests_per_second']:11.1f} "
              f"{result['requests_per_second'] / results[0]['requests_per_second']:24.2f} {result['p50_ms']:8.1f} "
              f"{result['p99_ms']:8.1f} {100 * result['gateway_busy']:12.0f}% {100 * result['replicas_busy']:13.0f}%")


if __name__ == "__main__":
    main()
