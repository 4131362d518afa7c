"""Calendar periods of an objective that are over: as they were closed, and as they stand if that has changed since."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from app.domain import budgets
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.reports import slo_history
from app.store import slo_periods
from app.store.engine import Connection
from app.store.slo_periods import Closed

MOST = 120


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
