"""Five thousand screens: what so many open `/live` streams take from one process, and how late its beats reach them.

Streams are held by a process of their own, which notes when each one heard each beat. A beat counts from the moment the
server put into it (`now`), and both processes read the same clock. Memory is the growth of the server's, resident, from
before the first stream to after the last beat; the share of a core is what it spent while they were told, less what it
spends on samples without them.
"""

import asyncio
import contextlib
import multiprocessing
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

import numpy as np

from tests.bench import paced, processes
from tests.bench.plan import Plan, say
from tests.bench.systems import Burnline
from tests.bench.table import Table, met

STREAMS = 5_000
BEATS = 4
BEAT_SECONDS = 10.0
BAR_LATE_SECONDS, BAR_STREAM_BYTES, BAR_CORE = 1.0, 30_000, 0.25


@dataclass(slots=True)
class Heard:
    """What all streams heard: seconds from a beat to its being read, and how much else there was."""

    opened: int = 0
    late: list[float] = field(default_factory=list)
    patches: int = 0
    lost: int = 0


def tables(plan: Plan) -> Iterator[Table]:
    made = Table(
        f"{STREAMS:,} open streams on one process, {BEATS} beats",
        ("while", "opened", "lost", "beat p50", "p99", "slowest", "memory each", "one core", "patches/s", "met"),
    )
    for name, busy in (("nothing comes in", False), ("20 000 samples/s come in", True)):
        with Burnline(plan.folder / name.split()[0]) as system:
            if busy:
                paced.introduce(system)
            time.sleep(3)
            _add(made, name, system, busy=busy)
    made.note(
        f"Bars: p99 {BAR_LATE_SECONDS:.0f} s, {BAR_STREAM_BYTES // 1000} kB, {BAR_CORE:.0%} of a core. "
        "Memory while samples come in is growth for whatever reason."
    )
    yield made


def _add(made: Table, name: str, system: Burnline, *, busy: bool) -> None:
    seconds = BEATS * BEAT_SECONDS + 5
    sender = paced.prepared(system.url, seconds=2 * seconds + 30) if busy else None
    with sender or contextlib.nullcontext():
        time.sleep(8 if busy else 0)
        without = _share(system, seconds) if busy else 0.0
        before = processes.rss(system.pid)
        with holding(system.base) as held:
            say(f"{held.recv():,} streams are open")
            began, spent = time.perf_counter(), system.cpu_seconds()
            heard: Heard = held.recv()
            share = (system.cpu_seconds() - spent) / (time.perf_counter() - began) - without
            each = (processes.rss(system.pid) - before) / STREAMS
            held.send("over")
    p50, p99 = np.percentile(heard.late, (50, 99))
    good = p99 < BAR_LATE_SECONDS and each <= BAR_STREAM_BYTES and share <= BAR_CORE and not heard.lost
    made.add(
        name,
        f"{heard.opened:,}",
        f"{heard.lost}",
        f"{p50:.2f} s",
        f"{p99:.2f} s",
        f"{max(heard.late):.2f} s",
        f"{each / 1000:.1f} kB",
        f"{share:.0%}",
        f"{heard.patches / STREAMS / (BEATS * BEAT_SECONDS):.2f}",
        met(0 if good else 2, 1),
    )


def _share(system: Burnline, seconds: float) -> float:
    began, spent = time.perf_counter(), system.cpu_seconds()
    time.sleep(seconds)
    return (system.cpu_seconds() - spent) / (time.perf_counter() - began)


@contextlib.contextmanager
def holding(base: str) -> Iterator[Connection]:
    """Streams held elsewhere: it tells how many are open, then, after so many beats, what they heard."""
    ours, theirs = multiprocessing.Pipe()
    holder = multiprocessing.get_context("spawn").Process(target=_hold, args=(base, theirs))
    holder.start()
    try:
        yield ours
    finally:
        holder.join(30)
        holder.kill()


def _hold(base: str, told: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    asyncio.run(_listen(base, told))


async def _listen(base: str, told: Connection) -> None:
    heard, all_answered, address = Heard(), asyncio.Event(), urlsplit(base)
    loop = asyncio.get_running_loop()
    readers: list[Reader] = []
    for _ in range(STREAMS):
        reader = Reader(heard, all_answered)
        await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", address.port or 80)  # type: ignore[misc]
        readers.append(reader)
    await asyncio.wait_for(all_answered.wait(), 120)
    await asyncio.sleep(3)
    told.send(heard.opened)
    heard.late, heard.patches = [], 0
    await asyncio.sleep(BEATS * BEAT_SECONDS)
    told.send(heard)
    await asyncio.to_thread(told.recv)
    for reader in readers:
        reader.leave()


class Reader(asyncio.Protocol):
    """One stream. What it does with an answer is little: five thousand of them share a core with one another."""

    def __init__(self, heard: Heard, all_answered: asyncio.Event) -> None:
        self._heard = heard
        self._all_answered = all_answered
        self._rest = b""
        self._opened = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        at = time.time()  # both processes read this clock
        if not self._opened:
            self._opened = True
            good = data.startswith(b"HTTP/1.1 200")
            self._heard.opened += good
            self._heard.lost += not good
            if self._heard.opened + self._heard.lost >= STREAMS:
                self._all_answered.set()
        data = self._rest + data
        *events, self._rest = data.split(b"\n\n")
        for event in events:
            if b"event: beat\n" in event:
                begin = event.index(b'"now":') + 6
                self._heard.late.append(at - int(event[begin : event.index(b",", begin)]) / 1000)
            self._heard.patches += b"event: patch\n" in event

    def connection_lost(self, error: Exception | None) -> None:
        self._heard.lost += self._opened

    def leave(self) -> None:
        self._opened = False
        self._transport.abort()
