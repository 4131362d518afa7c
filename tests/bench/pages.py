"""Pages while 20 000 samples a second come in, on a store with one day of history and on the same with thirty.

A screen is open: somebody reads the live stream all the time. Wall times are of one reader with a connection that stays
open, compression included. CPU time is of the whole process: without load what it used while pages were asked for one
after the other; under load what it used beyond what it uses for the load and the stream alone, which is measured just
before, so that it is the difference of two larger numbers.

The overview is asked for across at least one full minute, after which every service's figures are made anew.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
WARM_SECONDS, ALONE_SECONDS = 5.0, 20.0
VISITS_A_SECOND = 5.0
OVERVIEW_SECONDS, SERVICE_SECONDS = 65.0, 20.0
LOAD_SECONDS = WARM_SECONDS + ALONE_SECONDS + OVERVIEW_SECONDS + SERVICE_SECONDS + 5.0
KILO = 1_000
OVERVIEW_BAR_MS, OVERVIEW_BAR_KB, SERVICE_BAR_MS = 100.0, 60.0, 20.0
OVERVIEW, SERVICE = "overview", "service page, 6 h"
PATHS = {OVERVIEW: ["/"], SERVICE: [f"/services/{targets.service_name(number)}?range=6h" for number in range(SERVICES)]}


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
    say("samples come in")
    time.sleep(WARM_SECONDS)
    before, began = system.cpu_seconds(), time.monotonic()
    time.sleep(ALONE_SECONDS)
    usual = (system.cpu_seconds() - before) / (time.monotonic() - began)
    for page, seconds in ((OVERVIEW, OVERVIEW_SECONDS), (SERVICE, SERVICE_SECONDS)):
        say(f"{page}, under load, which by itself takes {usual:.2f} CPU s a second")
        asked = _paths(page, round(seconds * VISITS_A_SECOND))
        before, began = system.cpu_seconds(), time.monotonic()
        visits = reading.visits(system.base, asked, a_second=VISITS_A_SECOND)
        spent = system.cpu_seconds() - before - usual * (time.monotonic() - began)
        yield Measured(page, under_load=True, visits=visits, cpu_seconds=spent)


def _paths(page: str, count: int) -> list[str]:
    return [PATHS[page][number % len(PATHS[page])] for number in range(count)]
