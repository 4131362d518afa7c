"""An objective's budget over time: at each point that of the window which ends there."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.domain import ageing, budgets, periods
from app.domain.ageing import Leaving
from app.domain.changes import Change
from app.domain.samples import Floats, Ints
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.domain.windows import Calendar, Period, Rolling
from app.reports import slo_history
from app.store import changes, sli_rollups
from app.store.engine import Connection

CAUSE_MS = 15 * MINUTE_MS
"""A deploy so long before a bad time is named beside it; it is never called the cause."""


@dataclass(frozen=True, slots=True)
class Point:
    """The window that ends at `at_ms`. `projected`: what would be left of a calendar period's whole budget."""

    at_ms: int
    bad: float
    total: float
    known_seconds: float
    compliance: float | None
    budget_left: float | None
    projected: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Budget:
    """Columns, oldest first; NaN is "no data". `changes` are deploys of the service between the first and the last."""

    times_ms: list[int]
    bad: Floats
    total: Floats
    known_seconds: Floats
    compliance: Floats
    left: Floats
    projected: Floats
    changes: tuple[Change, ...]

    def points(self, *, newest: int = 0) -> Iterator[Point]:
        """All of them, or so many of the newest."""
        columns = (self.bad, self.total, self.known_seconds, self.compliance, self.left, self.projected)
        rows = zip(self.times_ms[-newest:], *(column[-newest:].tolist() for column in columns), strict=True)
        for at_ms, *values in rows:
            bad, total, known, *shares = values
            yield Point(at_ms, bad, total, known, *(None if math.isnan(one) else one for one in shares))


def between(board: SloBoard, db: Connection, slo: Slo, *, start_ms: int, end_ms: int, step_ms: int) -> Budget:
    """The budget at every step of [start_ms, end_ms), and at the newest complete minute when the range reaches it."""
    ends = steps(start_ms, end_ms, step_ms=step_ms, until=board.until_minute)
    first, end = reach(slo, ends)
    known = changes.between(db, service=slo.service, start_ms=start_ms, end_ms=end_ms)
    return of_counted(slo, slo_history.counted(board, db, slo, first=first, end=end), ends=ends, marks=tuple(known))


def reach(slo: Slo, ends: Ints) -> tuple[int, int]:
    """The minutes that the windows which end at these are made of."""
    begins, _ = _begins(slo, ends)
    return (int(begins.min()), int(ends[-1])) if len(ends) else (0, 0)


def of_counted(slo: Slo, counted: SliMinutes, *, ends: Ints, marks: tuple[Change, ...] = ()) -> Budget:
    """At the ends of these minutes; `counted` goes a window further back."""
    begins, lengths = _begins(slo, ends)
    found = slo_history.sums(counted, begins=begins, ends=ends)
    allowed = float(slo.allowed)
    with np.errstate(divide="ignore", invalid="ignore"):
        projected = 1 - (1 - budgets.left(found.bad, found.total, allowed)) * (ends - begins) / lengths
    return Budget(
        times_ms=(ends * MINUTE_MS).tolist(),
        bad=found.bad / EVENT,
        total=found.total / EVENT,
        known_seconds=found.known_ms / 1000,
        compliance=budgets.compliance(found.bad, found.total),
        left=budgets.left(found.bad, found.total, allowed),
        projected=projected if isinstance(slo.window, Calendar) else np.full(len(ends), np.nan),
        changes=marks,
    )


def steps(start_ms: int, end_ms: int, *, step_ms: int, until: int) -> Ints:
    """The minutes at which steps of a range end, not after `until`; that one too when the range reaches it."""
    step, until_ms = step_ms // MINUTE_MS, until * MINUTE_MS
    last = min(end_ms, until_ms) // step_ms * step
    ends = np.arange(start_ms // step_ms * step + step, last + 1, step, dtype=np.int64)
    reached = end_ms >= until_ms > start_ms and (len(ends) == 0 or ends[-1] < until)
    return np.append(ends, until) if reached else ends


def leaving(board: SloBoard, db: Connection, slo: Slo) -> list[tuple[Leaving, str]]:
    """What ages out of a rolling window next, each with the deploy that was shortly before it, "" without one."""
    if not isinstance(slo.window, Rolling):
        return []
    until = board.until_minute
    first = leaving_from(slo.window, until)
    counted = slo_history.counted(board, db, slo, first=first, end=until)
    span = {"start_ms": first * MINUTE_MS - CAUSE_MS, "end_ms": until * MINUTE_MS}
    return leaving_of(slo, counted, changes.between(db, service=slo.service, **span), until=until)


def leaving_from(window: Rolling, until: int) -> int:
    """The first minute of the hour that a window begins in."""
    return (until - window.minutes) // 60 * 60


def leaving_of(slo: Slo, counted: SliMinutes, deploys: Sequence[Change], *, until: int) -> list[tuple[Leaving, str]]:
    """The same of minutes and deploys that are read already, from `leaving_from` and CAUSE_MS before it on."""
    if not isinstance(slo.window, Rolling):
        return []
    hours = sli_rollups.hours_of(counted.between(leaving_from(slo.window, until), until))
    found = ageing.leaving(hours, window_minutes=slo.window.minutes, allowed=float(slo.allowed), until_minute=until)
    return [(one, _before(one, deploys)) for one in found]


def _before(one: Leaving, deploys: Sequence[Change]) -> str:
    near = [change for change in deploys if one.start_ms - CAUSE_MS <= change.at_ms < one.end_ms]
    return near[0].version if near else ""


def _begins(slo: Slo, ends: Ints) -> tuple[Ints, Ints]:
    """Where the windows that end at these minutes begin, and how long they are when they are over."""
    if isinstance(slo.window, Rolling):
        length = np.full(len(ends), slo.window.minutes, dtype=np.int64)
        return ends - length, length
    if len(ends) == 0:
        return ends, ends
    found = _periods(slo.window, first_ms=(int(ends[0]) - 1) * MINUTE_MS, last_ms=(int(ends[-1]) - 1) * MINUTE_MS)
    starts, stops = (np.array(one, dtype=np.int64) // MINUTE_MS for one in zip(*found, strict=True))
    at = np.searchsorted(starts, ends - 1, side="right") - 1
    return starts[at], (stops - starts)[at]


def _periods(window: Calendar, *, first_ms: int, last_ms: int) -> list[tuple[int, int]]:
    """The periods that hold a time of [first_ms, last_ms], oldest first."""
    period = periods.period_at(window, first_ms)
    found = [_bounds(period)]
    while period.end_ms <= last_ms:
        period = periods.period_at(window, period.end_ms)
        found.append(_bounds(period))
    return found


def _bounds(period: Period) -> tuple[int, int]:
    return period.start_ms, period.end_ms
