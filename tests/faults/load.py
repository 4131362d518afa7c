"""Senders with a memory of what they sent and what was acknowledged, and the judge of what is stored after a fault."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from zlib import crc32

import cramjam
import httpx2
import numpy as np
import pytest

from app.actions.seal import Sealer
from app.domain.counters import Counters
from app.domain.samples import Floats, Ints
from app.store import chunks, journal
from app.store.engine import open_store
from tests.wire.metrics.remote_write_requests import Sample, Series, write_v1

FACTOR = int(os.environ.get("FAULT_FACTOR", "1"))  # noqa: TID251  # `make faults` looks longer
SERIES_A_WRITER = 25
DAY_MS = 86_400_000
HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}

Key = tuple[int, int]  # writer and series as one number, time


@dataclass(slots=True)
class Writer:
    """One sender with series of its own; times only ascend. `statuses` counts what it was answered."""

    number: int
    next_ms: int
    sent: set[Key] = field(default_factory=set)
    acknowledged: set[Key] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    without_retry_after: int = 0
    repeats: bool = False  # what was not acknowledged is sent again until it is, as real senders do
    repeated: int = 0
    pause: float = 0.0  # seconds between requests
    slowest: float = 0.0  # seconds until a request ended, however it did

    def write(self, client: httpx2.Client) -> bool:
        """One request: a sample of each series at the next second. Whether it was acknowledged."""
        at_ms = self.next_ms
        began = time.monotonic()
        done = False
        try:
            done = self._send(client, at_ms)
        finally:
            self.slowest = max(self.slowest, time.monotonic() - began)
            if done or not self.repeats:
                self.next_ms += 1_000
            else:
                self.repeated += 1
        return done

    def _send(self, client: httpx2.Client, at_ms: int) -> bool:
        keys = {(self.number * SERIES_A_WRITER + series, at_ms) for series in range(SERIES_A_WRITER)}
        self.sent |= keys
        body = write_v1(*(_series(*key) for key in sorted(keys)))
        answer = client.post("/api/v1/write", content=bytes(cramjam.snappy.compress_raw(body)), headers=HEADERS)
        self.statuses[answer.status_code] += 1
        if answer.status_code == httpx2.codes.NO_CONTENT:
            self.acknowledged |= keys
            return True
        self.without_retry_after += "retry-after" not in answer.headers
        return False

    def write_until_it_ends(self, url: str, stopping: threading.Event) -> None:
        """Until told to stop. A server that is gone is tried again; what it did not answer may be stored or not."""
        with httpx2.Client(base_url=url, timeout=15) as client:
            while not stopping.is_set():
                try:
                    stopping.wait(self.pause if self.write(client) else 0.05)
                except httpx2.HTTPError:
                    stopping.wait(0.05)


def writers(count: int = 4, *, repeats: bool = False, pause: float = 0.0) -> list[Writer]:
    """Each begins a day ago, as old as it can be without being refused soon."""
    start_ms = time.time_ns() // 1_000_000 - DAY_MS  # noqa: TID251  # the server takes what is near its own clock
    return [Writer(number, start_ms, repeats=repeats, pause=pause) for number in range(count)]


def statuses(crowd: list[Writer]) -> Counter[int]:
    """What all of them were answered."""
    return sum((one.statuses for one in crowd), Counter())


def acknowledged_samples(crowd: list[Writer]) -> int:
    return sum(len(one.acknowledged) for one in crowd)


@contextmanager
def writing(crowd: list[Writer], url: str) -> Iterator[None]:
    """All of them write while the block runs."""
    stopping = threading.Event()
    with ThreadPoolExecutor(len(crowd)) as pool:
        found: list[Future[None]] = [pool.submit(one.write_until_it_ends, url, stopping) for one in crowd]
        try:
            yield
        finally:
            stopping.set()
            for one in found:
                one.result()


def wait_for(crowd: list[Writer], requests: int, *, seconds: float = 60) -> None:
    """Until so many more requests were acknowledged, or for so many seconds."""
    wanted = _acknowledged(crowd) + requests
    until = time.monotonic() + seconds
    while _acknowledged(crowd) < wanted and time.monotonic() < until:
        time.sleep(0.002)


def wait_until(happened: Callable[[], bool], *, seconds: float = 60) -> None:
    """Fails when it does not happen."""
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            pytest.fail(f"It did not happen within {seconds:g} s.")
        time.sleep(0.002)


def _acknowledged(crowd: list[Writer]) -> int:
    return sum(one.statuses[httpx2.codes.NO_CONTENT] for one in crowd)


def value_of(series: int, at_ms: int) -> float:
    """The only value a sample can have: no two are likely to be alike."""
    return float(crc32(f"{series} {at_ms}".encode()))


def _series(number: int, at_ms: int) -> Series:
    labels = {"__name__": f"killed_{number}", "job": "kill"}
    return Series(labels, (Sample(value_of(number, at_ms), at_ms),))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is not as it should be; all empty when nothing is lost, invented, changed or doubled."""

    lost: frozenset[Key] = frozenset()
    phantom: frozenset[Key] = frozenset()
    wrong: frozenset[Key] = frozenset()
    doubled: frozenset[Key] = frozenset()


def judge(stored: list[tuple[Key, float]], *, sent: set[Key], acknowledged: set[Key]) -> Verdict:
    times = Counter(key for key, _ in stored)
    return Verdict(
        lost=frozenset(acknowledged - set(times)),
        phantom=frozenset(set(times) - sent),
        wrong=frozenset(key for key, value in stored if value != value_of(*key)),
        doubled=frozenset(key for key, count in times.items() if count > 1),
    )


def seal(url: str) -> None:
    """Move everything out of the journal, which may hold a sample twice that was sent again: what is sealed may not."""
    store = open_store(url)
    now_ms = time.time_ns() // 1_000_000  # noqa: TID251  # as the server's
    Sealer(store, counters=Counters()).seal(now_ms=now_ms, lag_ms=0)
    with store.reading() as db:
        assert journal.outline(db) == []
    store.close()


def verdict(crowd: list[Writer], url: str) -> Verdict:
    """What a database holds of what these sent."""
    sent = set().union(*(one.sent for one in crowd))
    acknowledged = set().union(*(one.acknowledged for one in crowd))
    return judge(list(stored(url)), sent=sent, acknowledged=acknowledged)


def stored(url: str) -> Iterator[tuple[Key, float]]:
    """Every stored sample: those in chunks, and those the journal still holds. The database has to be whole."""
    store = open_store(url)
    with store.reading() as db:
        if store.is_sqlite:
            assert db.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        names = {
            series_id: int(metric.removeprefix("killed_"))
            for series_id, metric in db.exec_driver_sql("SELECT id, metric FROM series")
            if metric.startswith("killed_")
        }
        rows = [journal.one(db, row.seq) for row in journal.outline(db)]
        unsealed = [one for row in rows for one in _keyed(names, row.series, row.at_ms, row.values)]
        sealed = [
            one
            for series_id, data in db.exec_driver_sql("SELECT series_id, data FROM chunks")
            if series_id in names
            for one in _of_chunk(names, series_id, bytes(data))
        ]
    store.close()
    yield from unsealed
    yield from sealed


def _of_chunk(names: dict[int, int], series_id: int, data: bytes) -> list[tuple[Key, float]]:
    at_ms, values, _, _ = chunks.unpack(data)
    return _keyed(names, np.full(len(at_ms), series_id), at_ms, values)


def _keyed(names: dict[int, int], series: Ints, at_ms: Ints, values: Floats) -> list[tuple[Key, float]]:
    found = zip(series.tolist(), at_ms.tolist(), values.tolist(), strict=True)
    return [((names[series_id], at), value) for series_id, at, value in found if series_id in names]
