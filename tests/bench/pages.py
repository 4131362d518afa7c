"""Pages while 20 000 samples a second come in, on a store with one day of history and on the same with thirty.

A screen is open: somebody reads the live stream all the time. Wall times are of one reader with a connection that stays
open, compression included. CPU time is of the whole process: without load what it used while pages were asked for one
after the other; under load what it used beyond what the load and the stream take by themselves. As that is the
difference of two larger numbers, seconds with and without visits take turns, for two minutes. As often as a minute is
complete every service's figures are made anew, which is in both.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from tests.bench import history, paced, processes, reading, targets
from tests.bench.paced import INSTANCES, SERVICES
from tests.bench.plan import Plan, now_ms, say
from tests.bench.reading import Stream, Visit
from tests.bench.systems import Burnline
from tests.bench.table import Table, met

DAYS = 30
RETENTION = "31d"  # nothing is forgotten while it is measured
QUIET_VISITS = 100
WARM_SECONDS, MARGIN_SECONDS = 5.0, 10.0
ROUNDS, TURN_SECONDS = 12, 3.0
VISITS_A_SECOND = 7.0
KILO = 1_000
OVERVIEW_BAR_MS, OVERVIEW_BAR_KB, SERVICE_BAR_MS = 100.0, 60.0, 20.0
OVERVIEW, SERVICE = "overview", "service page, 6 h"
PATHS = {OVERVIEW: ["/"], SERVICE: [f"/services/{targets.service_name(number)}?range=6h" for number in range(SERVICES)]}
LOAD_SECONDS = WARM_SECONDS + ROUNDS * TURN_SECONDS * (1 + len(PATHS)) + MARGIN_SECONDS


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of page, asked for many times."""

    page: str
    under_load: bool
    visits: Sequence[Visit]
    cpu_seconds: float

    def row(self, store: str) -> tuple[str, ...]:
        p50, p95 = np.percentile([one.seconds for one in self.visits], (50, 95)) * 1000
        slowest = max(one.seconds for one in self.visits) * 1000
        size_kb = max(one.size_bytes for one in self.visits) / KILO
        bar_ms = OVERVIEW_BAR_MS if self.page == OVERVIEW else SERVICE_BAR_MS
        bar, kept = f"p95 {bar_ms:.0f} ms", met(p95, bar_ms)
        if self.page == OVERVIEW:
            bar, kept = f"{bar}, {OVERVIEW_BAR_KB:.0f} kB", met(max(p95 / bar_ms, size_kb / OVERVIEW_BAR_KB), 1.0)
        return (
            self.page,
            store,
            "20 000 samples/s" if self.under_load else "none",
            f"{p50:.1f} / {p95:.1f} / {slowest:.0f} ms",
            f"{self.cpu_seconds / len(self.visits) * 1000:.1f} ms",
            f"{size_kb:.1f} kB",
            bar,
            kept,
        )


def tables(plan: Plan) -> Iterator[Table]:
    made = Table(
        f"Pages: {SERVICES} services",
        ("page", "history", "load", "p50 / p95 / slowest", "CPU a request", "compressed", "bar", "met"),
    )
    end_ms = now_ms()
    with Burnline(plan.folder, raw_retention=RETENTION) as system:
        say(f"sending a day of {SERVICES} services")
        history.send_day(system, services=SERVICES, instances=INSTANCES, end_ms=end_ms)
    _add(made, plan, store="1 day")
    history.repeat_day(plan.folder, days=DAYS - 1, end_ms=end_ms)
    _add(made, plan, store=f"{DAYS} days")
    yield made


def _add(made: Table, plan: Plan, *, store: str) -> None:
    with Burnline(plan.folder, raw_retention=RETENTION) as system:
        made.note(f"{store}: started in {system.start_seconds:.1f} s, {system.disk_bytes() / 1e6:,.0f} MB.")
        processes.wait_until_idle(system.pid)
        paced.introduce(system)
        with Stream(system.base):
            found = [_alone(system, page) for page in PATHS]
            with paced.prepared(system.url, seconds=LOAD_SECONDS):
                found += _under_load(system)
    for one in sorted(found, key=lambda each: each.page):
        made.add(*one.row(store))


def _alone(system: Burnline, page: str) -> Measured:
    say(f"{page}, nothing comes in")
    before = system.cpu_seconds()
    visits = reading.visits(system.base, _paths(page, QUIET_VISITS))
    return Measured(page, under_load=False, visits=visits, cpu_seconds=system.cpu_seconds() - before)


def _under_load(system: Burnline) -> Iterator[Measured]:
    say("samples come in; turns of nothing else, and of each page")
    time.sleep(WARM_SECONDS)
    usual = Turns()
    turns = {page: Turns() for page in PATHS}
    for _ in range(ROUNDS):
        with usual.one(system):
            time.sleep(TURN_SECONDS)
        for page, each in turns.items():
            with each.one(system):
                first = len(each.visits)
                paths = _paths(page, round(TURN_SECONDS * VISITS_A_SECOND), first=first)
                each.visits += reading.visits(system.base, paths, a_second=VISITS_A_SECOND)
    say(f"the load by itself took {usual.share:.2f} CPU s a second")
    for page, each in turns.items():
        spent = each.cpu_seconds - usual.share * each.seconds
        yield Measured(page, under_load=True, visits=each.visits, cpu_seconds=spent)


@dataclass(slots=True)
class Turns:
    """What was done in turns, and what the server spent meanwhile."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    visits: list[Visit] = field(default_factory=list)

    @contextmanager
    def one(self, system: Burnline) -> Iterator[None]:
        before, began = system.cpu_seconds(), time.monotonic()
        yield
        self.seconds += time.monotonic() - began
        self.cpu_seconds += system.cpu_seconds() - before

    @property
    def share(self) -> float:
        return self.cpu_seconds / self.seconds


def _paths(page: str, count: int, *, first: int = 0) -> list[str]:
    return [PATHS[page][number % len(PATHS[page])] for number in range(first, first + count)]
