"""Calendar periods of an objective that are over: as they were closed, and as they stand if that has changed since."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from app.domain import budgets, spending
from app.domain.changes import Change
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.reports import formats, slo_history, slo_words
from app.store import changes, slo_periods
from app.store.engine import Connection
from app.store.slo_periods import Closed

MOST = 120
MOST_SHARES = 3
MOSTLY_KNOWN = 0.995


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """`compliance_now` is None unless late data or the ledger have changed the period since it was closed."""

    start_ms: int
    end_ms: int
    target: Decimal
    bad: float
    total: float
    known_seconds: float
    compliance: float | None
    budget_left: float | None
    compliance_now: float | None
    closed_ms: int

    def holds(self, at_ms: int) -> bool:
        return self.start_ms <= at_ms < self.end_ms

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None when nothing was known."""
        return None if self.budget_left is None else self.budget_left >= 0


def closed(board: SloBoard, db: Connection, slo: Slo) -> list[ClosedPeriod]:
    """Newest first."""
    found = slo_periods.of_slo(db, slo.id)[:MOST]
    if not found:
        return []
    begins, ends = (np.array([getattr(one, name) for one in found]) // MINUTE_MS for name in ("start_ms", "end_ms"))
    minutes = slo_history.counted(board, db, slo, first=int(begins.min()), end=int(ends.max()))
    now = slo_history.sums(minutes, begins=begins, ends=ends)
    return [_row(one, bad=int(now.bad[at]), total=int(now.total[at])) for at, one in enumerate(found)]


def explained(board: SloBoard, db: Connection, slo: Slo) -> list[tuple[ClosedPeriod, str]]:
    """The same, each with what its budget went on."""
    found = closed(board, db, slo)
    if not found:
        return []
    begin, end = min(one.start_ms for one in found), max(one.end_ms for one in found)
    minutes = slo_history.counted(board, db, slo, first=begin // MINUTE_MS, end=end // MINUTE_MS)
    deploys = changes.between(db, service=slo.service, start_ms=begin, end_ms=end)
    return [(one, " ".join(_why(one, slo, minutes, deploys))) for one in found]


def _why(one: ClosedPeriod, slo: Slo, minutes: SliMinutes, deploys: list[Change]) -> Iterator[str]:
    if one.total <= 0:
        yield "Nothing was heard of it." if one.known_seconds <= 0 else "There was no traffic."
        return
    inside = minutes.between(one.start_ms // MINUTE_MS, one.end_ms // MINUTE_MS)
    shares = spending.by_change(inside, [(each.at_ms, each.version) for each in deploys if one.holds(each.at_ms)])
    spent = float(inside.bad.sum()) / EVENT
    budget = float(1 - one.target) * one.total
    yield f"{slo_words.count(one.bad)} {slo_words.unit(slo)} of {slo_words.count(one.total)}."
    if spent > 0 and budget > 0:
        parts = [f"{each.name} -{slo_words.share(each.bad / budget)}" for each in shares[:MOST_SHARES] if each.bad > 0]
        yield f"Of the budget: {', '.join(parts)}."
    known = one.known_seconds * 1000 / (one.end_ms - one.start_ms)
    if known < MOSTLY_KNOWN:
        yield f"{formats.percent(known)} of the time is known."
    if one.compliance_now is not None:
        now = slo_words.compliance(one.compliance_now, of=one.target)
        yield f"It would be {now} now: data came late, or the ledger was changed since."


def _row(one: Closed, *, bad: int, total: int) -> ClosedPeriod:
    left = float(budgets.left(one.bad, one.total, float(1 - one.target)))
    return ClosedPeriod(
        start_ms=one.start_ms,
        end_ms=one.end_ms,
        target=one.target,
        bad=one.bad / EVENT,
        total=one.total / EVENT,
        known_seconds=one.known_seconds,
        compliance=_told(float(budgets.compliance(one.bad, one.total))),
        budget_left=_told(left),
        compliance_now=_told(float(budgets.compliance(bad, total))) if (bad, total) != (one.bad, one.total) else None,
        closed_ms=one.closed_ms,
    )


def _told(value: float) -> float | None:
    return None if np.isnan(value) else value
