#!/usr/bin/env python3
"""A network that can be made bad, between this machine and a network namespace of its own.

    bench/netfault.py weft-net 10.77.0.1 10.77.0.2 10.77.0.3 10.77.0.4

Makes the namespace, a TUN device with the first address here and one with the others in it, and carries packets
between the two; what it is told on standard input holds for both directions from then on:

    delay 200    milliseconds that each packet is held, half of them each way
    loss 5       percent of packets that are dropped
    cut          drops everything
    heal         carries everything at once again

Prints "ready" once packets flow, and removes all when its standard input ends. Does what tc's netem does, in
user space: the kernels of many machines come without netem. Needs root.
"""
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
MTU = 1500
CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


def run(*command: str) -> None:
    subprocess.run(command, check=True)


def open_tun(name: str) -> int:
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def within(namespace: str, action):
    """Runs something while this process is in a network namespace."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter(os.open(f"/run/netns/{namespace}", os.O_RDONLY))
    try:
        return action()
    finally:
        enter(home)


def enter(namespace: int) -> None:
    if libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Network:
    """Carries packets as it was last told. One thread."""

    def __init__(self, here: int, there: int):
        self.other = {here: there, there: here}
        self.delay, self.loss, self.is_cut = 0.0, 0.0, False
        self.held: list[tuple[float, int, int, bytes]] = []
        self.count = 0

    def tell(self, words: list[str]) -> None:
        match words:
            case ["delay", ms]:
                self.delay = float(ms) / 2_000
            case ["loss", percent]:
                self.loss = float(percent) / 100
            case ["cut"]:
                self.is_cut = True
            case ["heal"]:
                self.delay, self.loss, self.is_cut = 0.0, 0.0, False
            case _:
                raise SystemExit(f"no such thing: {' '.join(words)}")

    def take(self, fd: int) -> None:
        packet = os.read(fd, MTU)
        if self.is_cut or random.random() < self.loss:
            return
        self.count += 1
        heapq.heappush(self.held, (time.monotonic() + self.delay, self.count, self.other[fd], packet))

    def give(self) -> None:
        while self.held and self.held[0][0] <= time.monotonic():
            _, _, fd, packet = heapq.heappop(self.held)
            os.write(fd, packet)

    def carry(self) -> None:
        while True:
            wait = max(0.0, self.held[0][0] - time.monotonic()) if self.held else None
            for ready in select.select([*self.other, sys.stdin], [], [], wait)[0]:
                if ready is sys.stdin:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    self.tell(line.split())
                    print(line.strip(), flush=True)
                else:
                    self.take(ready)
            self.give()


def main() -> None:
    namespace, here_address, *there_addresses = sys.argv[1:]
    subprocess.run(["ip", "netns", "del", namespace], stderr=subprocess.DEVNULL, check=False)
    run("ip", "netns", "add", namespace)
    try:
        here, there = open_tun("weft0"), within(namespace, lambda: open_tun("weft1"))
        run("ip", "addr", "add", f"{here_address}/24", "dev", "weft0")
        run("ip", "link", "set", "weft0", "up")
        inside = ("ip", "-n", namespace)
        run(*inside, "link", "set", "lo", "up")
        for address in there_addresses:
            run(*inside, "addr", "add", f"{address}/24", "dev", "weft1")
        run(*inside, "link", "set", "weft1", "up")
        print("ready", flush=True)
        Network(here, there).carry()
    finally:
        run("ip", "netns", "del", namespace)


if __name__ == "__main__":
    main()
