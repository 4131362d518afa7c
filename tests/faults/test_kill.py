"""Killed in the middle of ingest: what was acknowledged is there, once, and nothing that was never sent."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import cramjam
import httpx2
import numpy as np
import pytest

from app.domain.samples import Floats, Ints
from app.store import chunks, journal, services
from app.store.engine import open_store
from tests.wire.metrics.remote_write_requests import Sample, Series, write_v1

KILLS = 20
WRITERS = 4
SERIES_A_WRITER = 25
HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}

Key = tuple[int, int]  # writer and series as one number, time


@dataclass(slots=True)
class Writer:
    """One sender with series of its own; times only ascend. It keeps what it sent and what was acknowledged."""

    number: int
    next_ms: int
    sent: set[Key] = field(default_factory=set)
    acknowledged: set[Key] = field(default_factory=set)

    def write(self, client: httpx2.Client) -> None:
        """One request: a sample of each series at the next second."""
        at_ms, self.next_ms = self.next_ms, self.next_ms + 1_000
        keys = {(self.number * SERIES_A_WRITER + series, at_ms) for series in range(SERIES_A_WRITER)}
        self.sent |= keys
        body = write_v1(*(_series(*key) for key in sorted(keys)))
        answer = client.post("/api/v1/write", content=bytes(cramjam.snappy.compress_raw(body)), headers=HEADERS)
        if answer.status_code == httpx2.codes.NO_CONTENT:
            self.acknowledged |= keys

    def write_until_it_ends(self, url: str) -> None:
        with httpx2.Client(base_url=url, timeout=10) as client:
            while True:
                try:
                    self.write(client)
                except httpx2.HTTPError:
                    return


def value_of(series: int, at_ms: int) -> float:
    """The only value a sample can have: no two are likely to be alike."""
    return float(crc32(f"{series} {at_ms}".encode()))


def _series(number: int, at_ms: int) -> Series:
    labels = {"__name__": f"killed_{number}", "job": "kill"}
    return Series(labels, (Sample(value_of(number, at_ms), at_ms),))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is not as it should be; all empty when nothing is lost, invented, changed or doubled."""

    lost: frozenset[Key]
    phantom: frozenset[Key]
    wrong: frozenset[Key]
    doubled: frozenset[Key]


def judge(stored: list[tuple[Key, float]], *, sent: set[Key], acknowledged: set[Key]) -> Verdict:
    times = Counter(key for key, _ in stored)
    return Verdict(
        lost=frozenset(acknowledged - set(times)),
        phantom=frozenset(set(times) - sent),
        wrong=frozenset(key for key, value in stored if value != value_of(*key)),
        doubled=frozenset(key for key, count in times.items() if count > 1),
    )


def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path: Path, free_port: int) -> None:
    chance = random.Random(20)
    start_ms = time.time_ns() // 1_000_000 - 86_400_000  # noqa: TID251  # the server takes what is near its own clock
    writers = [Writer(number, start_ms) for number in range(WRITERS)]
    for _ in range(KILLS):
        _run_and_kill(tmp_path, free_port, writers, seconds=chance.uniform(0.2, 0.6))
    sent = set().union(*(writer.sent for writer in writers))
    acknowledged = set().union(*(writer.acknowledged for writer in writers))
    verdict = judge(list(_stored(tmp_path)), sent=sent, acknowledged=acknowledged)
    assert verdict == Verdict(frozenset(), frozenset(), frozenset(), frozenset())
    assert len(acknowledged) > KILLS * SERIES_A_WRITER


def _run_and_kill(folder: Path, port: int, writers: list[Writer], *, seconds: float) -> None:
    program = [sys.executable, "-c", "from app.cli import cli; cli()", "serve"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BURNLINE_")}  # noqa: TID251  # of a child
    with (folder / "log").open("a", encoding="utf-8") as log:
        server = subprocess.Popen(
            [*program, "--port", str(port), "--data-dir", str(folder)], env=clean, stderr=log, stdout=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, server)
        with ThreadPoolExecutor(WRITERS) as pool:
            writing = [pool.submit(writer.write_until_it_ends, url) for writer in writers]
            time.sleep(seconds)
            server.send_signal(signal.SIGKILL)
            for one in writing:
                one.result()
    finally:
        server.kill()
        server.wait()


def _wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx2.get(f"{url}/readyz", timeout=5).status_code == httpx2.codes.OK:
                return
        except httpx2.HTTPError:
            time.sleep(0.05)
    pytest.fail("The server did not become ready.")


def _stored(folder: Path) -> Iterator[tuple[Key, float]]:
    """Every stored sample: those in chunks, and those the journal still holds."""
    store = open_store(f"sqlite:///{folder / 'burnline.db'}")
    with store.reading() as db:
        assert db.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert services.all_services(db) == []  # no recipe knows these series
        names = {
            series_id: int(metric.removeprefix("killed_"))
            for series_id, metric in db.exec_driver_sql("SELECT id, metric FROM series")
        }
        rows = [journal.one(db, row.seq) for row in journal.outline(db)]
        unsealed = [one for row in rows for one in _keyed(names, row.series, row.at_ms, row.values)]
        sealed = [
            one
            for series_id, data in db.exec_driver_sql("SELECT series_id, data FROM chunks")
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
    return [((names[series_id], at), value) for series_id, at, value in found]


def test_the_judge_sees_a_lost_an_invented_a_changed_and_a_doubled_sample() -> None:
    one, two, three = (1, 1_000), (1, 2_000), (2, 1_000)
    stored = [(one, value_of(*one)), (one, value_of(*one)), (three, 0.0)]
    verdict = judge(stored, sent={one, two}, acknowledged={one, two})
    assert verdict == Verdict(frozenset({two}), frozenset({three}), frozenset({three}), frozenset({one}))
