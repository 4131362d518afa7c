"""Objectives and minutes to compute with: literal values, and a second opinion on what they add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from app.domain import budgets
from app.domain.counting import counted
from app.domain.distributions import Bins
from app.domain.json_values import Value
from app.domain.ledger import NO_EFFECTS, Effects, Exclusion, Treatment
from app.domain.selectors import Candidate, Selector
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slis.kind import Doubt, LaneMinutes, Member, Operand, Tap
from app.domain.slos import Alerting, Budgeting, BurnPair, Method, Severity, Silence, Slo
from app.domain.windows import Rolling, Window

DAY = 1_440
OCCURRENCES = Budgeting()
NOW = 29_000_020  # a Unix minute of 2025, 20 minutes before an hour
MONTH = Rolling(30 * DAY)
WORKBOOK = (
    BurnPair("1h/5m", Severity.PAGE, 60, 5, Decimal("14.4")),
    BurnPair("6h/30m", Severity.PAGE, 360, 30, Decimal(6)),
    BurnPair("1d/2h", Severity.TICKET, 1_440, 120, Decimal(3)),
    BurnPair("3d/6h", Severity.TICKET, 4_320, 360, Decimal(1)),
)


@dataclass(frozen=True)
class Told:
    """An indicator whose minutes are given, not measured."""

    hold_minutes: int = 0
    kind: str = "told"
    members: tuple[Member, ...] = ()

    def selectors(self) -> Mapping[str, Selector]:
        return {}

    def taps(self, one: Candidate) -> tuple[Tap, ...]:
        return ()

    def amounts(self, one: Candidate, bins: Bins) -> Mapping[Operand, float]:
        return {}

    def minutes(self, of: LaneMinutes) -> SliMinutes:
        raise AssertionError

    def composed(self, of: Mapping[int, SliMinutes]) -> SliMinutes:
        raise AssertionError

    def settled(self, found: Mapping[str, Sequence[Candidate]]) -> "Told":
        return self

    def doubts(self, found: Mapping[str, Sequence[Candidate]]) -> tuple[Doubt, ...]:
        return ()

    def fields(self) -> dict[str, Value]:
        return {}

    def sentence(self) -> str:
        return "told"


def objective(
    slo_id: int = 1,
    *,
    target: str = "0.999",
    window: Window = MONTH,
    budgeting: Budgeting | None = None,
    pairs: tuple[BurnPair, ...] = WORKBOOK,
    least_events: int = 0,
    least_failures: int = 0,
    hold: int = 0,
    sli_id: int | None = None,
) -> Slo:
    return Slo(
        id=slo_id,
        slug=f"objective-{slo_id}",
        name=f"Objective {slo_id}",
        service="checkout",
        service_id=1,
        sli_id=slo_id if sli_id is None else sli_id,
        indicator=Told(hold_minutes=hold),
        target=Decimal(target),
        window=window,
        budgeting=budgeting or Budgeting(),
        alerting=Alerting(pairs, least_events=least_events, least_failures=least_failures),
        policy={},
    )


def minutes(first: int, bad: Sequence[float | None], total: float | Sequence[float] = 1_000) -> SliMinutes:
    """Wholly observed minutes from `first` on; None: no data."""
    totals = [total] * len(bad) if isinstance(total, int | float) else list(total)
    rows = [(first + at, one, all_) for at, (one, all_) in enumerate(zip(bad, totals, strict=True)) if one is not None]
    return SliMinutes(
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([round(row[1] * EVENT) for row in rows], dtype=np.int64),
        np.array([round(row[2] * EVENT) for row in rows], dtype=np.int64),
        np.full(len(rows), 60_000, dtype=np.int64),
    )


def in_hours(raw: SliMinutes) -> SliMinutes:
    """The same, an hour a row, as tables hold history."""
    hour = raw.minute // 60 * 60
    return SliMinutes(
        np.unique(hour),
        *(
            np.array([int(column[hour == one].sum()) for one in np.unique(hour)], dtype=np.int64)
            for column in (raw.bad, raw.total, raw.known_ms)
        ),
    )


def slices(
    size: int, target: str = "0.9", *, no_traffic: Silence = Silence.LEAVE_OUT, no_data: Silence = Silence.LEAVE_OUT
) -> Budgeting:
    return Budgeting(Method.TIME_SLICES, size, Decimal(target), no_traffic, no_data)


def ratio_slices(size: int, *, no_data: Silence = Silence.LEAVE_OUT) -> Budgeting:
    return Budgeting(Method.RATIO_TIME_SLICES, size, no_data=no_data)


def compliance(raw: SliMinutes, of: Budgeting, effects: Effects = NO_EFFECTS, *, first: int, end: int) -> float:
    found = counted(raw, of, effects, first=first, end=end)
    return float(budgets.compliance(found.bad.sum(), found.total.sum()))


def exclusion(first: int, end: int, treatment: Treatment = Treatment.REMOVED) -> Exclusion:
    return Exclusion(1, first, end, treatment)
