"""Ingest side by side: the same requests to every system, one after the other, each on an empty folder."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.bench import bodies, peers, processes, sending
from tests.bench.bodies import Load
from tests.bench.plan import Plan, now_ms, say
from tests.bench.systems import Burnline, BurnlineOnPostgresql, System
from tests.bench.table import Table

MILLION = 1_000_000
MIB = 1 << 20
TARGETS = 60
WARM_UP_SCRAPES = 20

# What each of Burnline's threads does.
THREADS = {
    "MainThread": "event loop: HTTP",
    "ingest": "decompress, decode, answer",
    "journal-writer": "screen, journal, commit",
    "journal-follower": "follow: the live board",
    "worker": "seal, while samples come in",
    "settle": "seal, at the end",
}

STARTERS: dict[str, Callable[[Path], System | None]] = {
    "burnline": Burnline,
    "postgresql": BurnlineOnPostgresql,
    "victoria-metrics": peers.victoria_metrics,
    "prometheus": peers.prometheus,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a system needed. `folded` is CPU time after the last answer."""

    name: str
    samples: int
    cpu_seconds: float
    folded_cpu_seconds: float
    send_seconds: float
    latencies: Sequence[float]
    retries: int
    peak_rss: int
    disk_bytes: int
    thread_seconds: Mapping[str, float]

    @property
    def cpu_per_million(self) -> float:
        return self.cpu_seconds / self.samples * MILLION


def tables(plan: Plan) -> Iterator[Table]:
    load = Load(TARGETS, max(1, plan.samples // (TARGETS * 100)), end_ms=now_ms())
    found = []
    for one in outcomes(load, plan.systems, plan.folder):
        found.append(one)
        say(f"{one.name}: {one.cpu_per_million:.2f} CPU s / M, {one.send_seconds:.0f} s")
    yield table(found, load)
    yield threads_table(found)


def warm_up(folder: Path) -> None:
    """Have the hot loops compiled, which is done once per machine, before anything is measured."""
    with Burnline(folder) as system:
        sending.send(system.url, bodies.encode(Load(TARGETS, WARM_UP_SCRAPES, end_ms=now_ms())))
        system.settle()


def outcomes(load: Load, names: Sequence[str], folder: Path) -> Iterator[Outcome]:
    """One after the other; systems that are not installed are left out."""
    lanes = bodies.encode(load)
    for name in names:
        place = folder / name
        place.mkdir(parents=True)
        system = STARTERS[name](place)
        if system is not None:
            yield _outcome(system, load.samples, lanes)


def _outcome(system: System, samples: int, lanes: Sequence[Sequence[bytes]]) -> Outcome:
    try:
        processes.wait_until_idle(system.pid, seconds=10)
        idle = system.thread_seconds()
        before = system.cpu_seconds()
        sent = sending.send(system.url, lanes)
        acked = system.cpu_seconds()
        system.settle()
        after = system.cpu_seconds()
        spent = {name: seconds - idle.get(name, 0.0) for name, seconds in system.thread_seconds().items()}
        peak = processes.peak_rss(system.pid)
    finally:
        system.stop()
    return Outcome(
        system.name,
        samples,
        after - before,
        after - acked,
        sent.seconds,
        sent.latencies,
        sent.retries,
        peak,
        system.disk_bytes(),
        spent,
    )


def table(found: Sequence[Outcome], load: Load) -> Table:
    """The comparison, with the ratios to the first line."""
    made = Table(
        f"Ingest: remote write 1.0, {load.samples / MILLION:.1f} M samples in order, {load.series:,} series with "
        f"8 labels, {load.samples_a_request:,} a request, {load.connections} connections",
        (
            "system",
            "CPU s / M",
            "of it after the last answer",
            "samples/s",
            "answer p50 / p99",
            "peak RSS",
            "bytes / sample",
            "CPU, first line = 1",
        ),
    )
    for one in found:
        p50, p99 = np.percentile(one.latencies, (50, 99)) * 1000
        made.add(
            one.name,
            f"{one.cpu_per_million:.2f}",
            f"{one.folded_cpu_seconds / one.samples * MILLION:.2f}",
            f"{one.samples / one.send_seconds:,.0f}",
            f"{p50:.0f} / {p99:.0f} ms",
            f"{one.peak_rss / MIB:.0f} MiB",
            f"{one.disk_bytes / one.samples:.2f}",
            f"{one.cpu_per_million / found[0].cpu_per_million:.2f}",
        )
    return made


def threads_table(found: Sequence[Outcome]) -> Table:
    """Where Burnline's CPU time goes, by thread."""
    inside = [one for one in found if one.thread_seconds]
    made = Table("Where Burnline's CPU time goes, CPU s / M", ("thread", *(one.name for one in inside)))
    names = dict.fromkeys(name for one in inside for name in one.thread_seconds)
    for name in names:
        spent = (one.thread_seconds.get(name, 0.0) / one.samples * MILLION for one in inside)
        made.add(THREADS.get(name, name), *(f"{seconds:.2f}" for seconds in spent))
    return made
