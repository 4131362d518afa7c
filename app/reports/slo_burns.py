"""Every burn policy of an objective at every step of stored history: what would have fired, and when."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.domain import burning
from app.domain.burn_states import STATES, UNKNOWN
from app.domain.burning import Replayed
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.reports import slo_budgets, slo_history
from app.store.engine import Connection

LEAD_MINUTES = 1_440
"""So much before a range a replay begins: what fires at its start has begun before it."""


@dataclass(frozen=True, slots=True)
class BurnPoint:
    """A policy at the end of a minute; `breached` is None when one of its windows had no event."""

    at_ms: int
    pair: str
    severity: str
    factor: float
    long_burn: float | None
    short_burn: float | None
    breached: bool | None
    state: str


@dataclass(frozen=True, slots=True, eq=False)
class Burns:
    """`whole` is every minute, `ends` the steps that are shown: minutes whose ends they are."""

    slo: Slo
    whole: Replayed
    ends: Ints

    def points(self) -> Iterator[BurnPoint]:
        for end in self.ends.tolist():
            yield from (self.point(number, end) for number in range(len(self.slo.alerting.pairs)))

    def point(self, number: int, end: int) -> BurnPoint:
        pair, at = self.slo.alerting.pairs[number], end - 1 - self.whole.first
        breached = int(self.whole.breached[number, at])
        return BurnPoint(
            at_ms=end * MINUTE_MS,
            pair=pair.name,
            severity=pair.severity.value,
            factor=float(pair.factor),
            long_burn=_told(self.whole.long[number, at]),
            short_burn=_told(self.whole.short[number, at]),
            breached=None if breached == UNKNOWN else bool(breached),
            state=STATES[int(self.whole.state[number, at])].value,
        )


def between(board: SloBoard, db: Connection, slo: Slo, *, start_ms: int, end_ms: int, step_ms: int) -> Burns:
    """What the evaluator would have seen at every minute of [start_ms, end_ms), shown at every step."""
    ends = slo_budgets.steps(start_ms, end_ms, step_ms=step_ms, until=board.until_minute)
    first = int(ends[0]) - LEAD_MINUTES if len(ends) else 0
    end = int(ends[-1]) if len(ends) else 0
    longest = max((pair.long_minutes for pair in slo.alerting.pairs), default=0)
    minutes = slo_history.counted(board, db, slo, first=first - longest, end=end)
    return Burns(slo, burning.replayed(minutes, slo, first=first, end=end), ends)


def _told(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
