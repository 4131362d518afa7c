"""The agreement behind an objective: what is given back below which compliance, and how far the next step is away."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.slos import CreditStep


@dataclass(frozen=True, slots=True)
class Standing:
    """Where compliance stands on the steps.

    credit           share of the fee that is owed now, 0 when none
    next             the step that comes next as compliance falls, None below the last
    headroom         bad events that may still come before it; at the traffic of the window
    """

    credit: Decimal
    next: CreditStep | None
    headroom: float | None


def standing(bad: float, total: float, steps: Sequence[CreditStep]) -> Standing:
    """`bad` and `total` events of the period. Without an event nothing is owed, and nobody knows how far it is."""
    if total <= 0:
        return Standing(Decimal(0), None, None)
    falling = sorted(steps, key=lambda step: step.below, reverse=True)
    failed = max(0.0, bad)
    reached = [step for step in falling if failed > _bearable(step, total)]
    credit = max((step.credit for step in reached), default=Decimal(0))
    ahead = [step for step in falling if step not in reached]
    if not ahead:
        return Standing(credit, None, None)
    return Standing(credit, ahead[0], _bearable(ahead[0], total) - failed)


def headroom(step: CreditStep, *, bad: float, total: float) -> float | None:
    """Bad events that may still come before a step, below 0 once it is reached; None without an event."""
    return _bearable(step, total) - max(0.0, bad) if total > 0 else None


def _bearable(step: CreditStep, total: float) -> float:
    """Bad events with which compliance is just not below the step."""
    return float((1 - step.below) * Decimal(total))
