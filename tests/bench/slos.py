"""Objectives: 30 days of availability and eight burn windows of each, evaluated; beside the same in PromQL.

Every service has two counters, requests that went well and that failed, with a sample a minute for 30 days. The peers
get the samples by remote write. What Burnline keeps of them are minutes of SLIs: they are written into its tables as
sealing would have, for sealing is measured elsewhere; what is measured begins with a start from those tables.
"""

import gc
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from app.actions.evaluate import Evaluator
from app.actions.meter import Meter
from app.demo import remote_write
from app.demo.remote_write import Group
from app.domain.counters import Counters
from app.domain.samples import Ints
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Alerting, BurnPair, Severity
from app.store import journal, migrate, sli_rollups, slo_schema
from app.store.codec import Columns
from app.store.engine import Connection, Store, open_store
from tests.bench import peers, sending, slo_backfill, slo_page
from tests.bench.peers import Peer
from tests.bench.plan import Plan, say
from tests.bench.table import Table, met
from tests.domain.slo_values import WORKBOOK
from tests.objectives import failures, objective, stored

DAYS = 30
MINUTE_MS = 60_000
DAY_MINUTES = 1_440
MINUTES = DAYS * DAY_MINUTES
OBJECTIVES = (100, 1_000, 10_000)
PEER_SERVICES = 100
WINDOWS = ("30d", "5m", "1h", "30m", "6h", "2h", "1d", "3d", "10m")
ROUNDS = 20
MOST_SECONDS = {100: 0.020, 1_000: 0.020, 10_000: 10.0}
MOST_START_SECONDS = {1_000: 3.0}
# The Workbook's pairs have 6 h in common; with another short window there are eight burn windows, all different.
PAIRS = (*WORKBOOK[:3], BurnPair("3d/10m", Severity.TICKET, 4_320, 10, WORKBOOK[3].factor))


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What the services had, minute by minute: (services, MINUTES) of whole requests."""

    first: int
    good: Ints
    bad: Ints

    @staticmethod
    def of(services: int, *, first: int) -> "Course":
        chance = np.random.default_rng(11)
        total = chance.poisson(600, size=(services, MINUTES))
        share = chance.choice([0.0001, 0.0005, 0.001, 0.01], size=(services, 1))
        bad = chance.binomial(total, share)
        return Course(first, total - bad, bad)

    def minutes(self, service: int) -> SliMinutes:
        minute = np.arange(self.first, self.first + MINUTES, dtype=np.int64)
        bad, good = self.bad[service], self.good[service]
        return SliMinutes(minute, bad * EVENT, (bad + good) * EVENT, np.full(MINUTES, 60_000, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one evaluation: seconds until it is done, and of a processor."""

    seconds: float
    cpu_seconds: float


def tables(plan: Plan) -> Iterator[Table]:
    now_ms = time.time_ns() // 1_000_000
    course = Course.of(PEER_SERVICES, first=now_ms // MINUTE_MS - MINUTES)
    table = Table(
        f"Objectives over {DAYS} days: compliance, budget and eight burn windows of all, once",
        ("system", "objectives", "seconds", "CPU seconds", "allowed", "met", "start s", "met "),
    )
    for count in OBJECTIVES:
        say(f"{count} objectives")
        _ours(table, course, count, plan.folder / f"burnline-{count}", now_ms=now_ms)
    for start, path in ((peers.prometheus, "api/v1/query"), (peers.victoria_metrics, "prometheus/api/v1/query")):
        _theirs(table, course, start, plan.folder / start.__name__, path)
    table.note(f"The median of {ROUNDS} evaluations; peers are asked one query a window, with nothing recorded before.")
    table.note("10 000 objectives share the courses of 100 services.")
    yield table
    yield slo_backfill.table(plan)
    yield slo_page.table(plan)


def _ours(table: Table, course: Course, count: int, folder: Path, *, now_ms: int) -> None:
    folder.mkdir(parents=True)
    store = open_store(f"sqlite:///{folder / 'burnline.db'}")
    migrate.upgrade(store)
    _fill(store, course, count, now_ms=now_ms)
    board, counters = SloBoard(), Counters()
    gc.collect()
    began = time.perf_counter()
    with store.reading() as db:
        Meter(store, board, clock_ms=lambda: now_ms).start(db)
    start_seconds = time.perf_counter() - began
    evaluator = Evaluator(store, board, counters=counters, clock_ms=lambda: now_ms)
    evaluator.evaluate()  # notes the health of each
    found = _median(evaluator.evaluate, time.process_time)
    table.add(
        "Burnline",
        f"{count:,}",
        f"{found.seconds:.4f}",
        f"{found.cpu_seconds:.4f}",
        f"{MOST_SECONDS[count]:g}",
        met(found.cpu_seconds, MOST_SECONDS[count]),
        f"{start_seconds:.2f}",
        met(start_seconds, MOST_START_SECONDS[count]) if count in MOST_START_SECONDS else "",
    )
    store.close()


def _fill(store: Store, course: Course, count: int, *, now_ms: int) -> None:
    """The objectives and the minutes of their SLIs; somebody has just sent something."""
    of_service = [course.minutes(at) for at in range(PEER_SERVICES)]
    with store.writing() as db:
        wanted = objective(failures(job="s0"), slug="s0", service="s0")
        first = stored(db, replace(wanted, alerting=Alerting(PAIRS)), now_ms=now_ms)
        _repeat(db, slo_schema.slis, "fields", count)
        _repeat(db, slo_schema.slos, "slug", count)
        db.execute(slo_schema.slis.update().values(filled_ms=course.first * MINUTE_MS))
        journal.append(db, Columns(np.array([1]), np.array([now_ms]), np.array([1.0])), received_ms=now_ms)
    for begin in range(0, count, 100):
        minutes = {first.sli_id + number: of_service[number % PEER_SERVICES] for number in range(begin, begin + 100)}
        with store.writing() as db:
            sli_rollups.write(
                db, sli_rollups.merged(db, minutes, {sli_id: one.minute for sli_id, one in minutes.items()})
            )


def _repeat(db: Connection, table: sa.Table, name: str, count: int) -> None:
    """Let the one row of a table stand for s1, s2 and so on, too: one by one each would look for its like."""
    row = db.execute(sa.select(table)).mappings().one()
    rows = []
    for number in range(1, count):
        one = {**row, "id": row["id"] + number, name: row[name].replace("s0", f"s{number}")}
        if "digest" in row:
            one["digest"] = number.to_bytes(16, "big")
        if "sli_id" in row:
            one["sli_id"] = row["sli_id"] + number
        rows.append(one)
    db.execute(table.insert(), rows)


def _theirs(table: Table, course: Course, start: Callable[[Path], Peer | None], folder: Path, path: str) -> None:
    folder.mkdir(parents=True)
    peer = start(folder)
    if peer is None:
        return
    try:
        say(f"{peer.name} takes the samples")
        sending.send(peer.url, [list(_bodies(course))])
        peer.settle()
        base = peer.url.removesuffix("api/v1/write")
        at = (course.first + MINUTES) * 60
        failed = [_asked(f"{base}{path}", window, at) for window in WINDOWS]
        assert min(failed) == PEER_SERVICES, failed
        found = _median(lambda: [_asked(f"{base}{path}", window, at) for window in WINDOWS], peer.cpu_seconds, rounds=3)
        figures = (f"{found.seconds:.3f}", f"{found.cpu_seconds:.3f}")
        table.add(f"{peer.name}, PromQL", str(PEER_SERVICES), *figures, *[""] * 4)
    finally:
        peer.stop()


def _bodies(course: Course) -> Iterator[bytes]:
    """An hour a request, in the order of time."""
    encoded = [
        remote_write.series((("__name__", "requests_total"), ("code", code), ("job", f"s{number}")))
        for code in ("200", "500")
        for number in range(PEER_SERVICES)
    ]
    values = np.cumsum(np.concatenate((course.good, course.bad)), axis=1).astype(np.float64)
    for begin in range(0, MINUTES, 60):
        at_ms = (course.first + 1 + np.arange(begin, begin + 60, dtype=np.int64)) * MINUTE_MS
        yield remote_write.body([Group(encoded, at_ms, values[:, begin : begin + 60])])


def _asked(url: str, window: str, at_seconds: int) -> int:
    """The share of failures of every service; gives of how many there is one."""
    failed, all_of_them = (f"sum by (job) (increase(requests_total{of}[{window}]))" for of in ('{code="500"}', ""))
    asked = urllib.parse.urlencode({"query": f"{failed} / {all_of_them}", "time": at_seconds, "nocache": "1"})
    with urllib.request.urlopen(f"{url}?{asked}", timeout=300) as answer:
        return int(answer.read().count(b'"metric"'))


def _median(work: Callable[[], object], cpu_seconds: Callable[[], float], *, rounds: int = ROUNDS) -> Outcome:
    found = []
    for _ in range(rounds):
        began, used = time.perf_counter(), cpu_seconds()
        work()
        found.append((time.perf_counter() - began, cpu_seconds() - used))
    return Outcome(*(float(np.median(column)) for column in zip(*found, strict=True)))
