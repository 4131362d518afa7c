"""What is laid over charts: the lines objectives draw, and announced work as stretches."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.assignments import Role
from app.domain.ledger import Effects, Exclusion, Treatment
from app.domain.selectors import SignalSelector
from app.domain.signals import MINUTE_MS
from app.domain.slis import Indicator
from app.domain.slis.latency import Latency
from app.domain.slis.ratio import Ratio
from app.domain.slis.saturation import Saturation, Tells
from app.domain.slos import Budgeting, Method, Slo
from app.reports import marks
from app.reports.marks import Promise
from tests.reports.slo_cast import SloCast

ERRORS, REQUESTS, DURATION, CPU = (
    SignalSelector("checkout", "http", frozenset({role}))
    for role in (Role.ERRORS, Role.REQUESTS, Role.DURATION, Role.RATIO)
)


def slo(slug: str, indicator: Indicator, target: str = "0.999", *, budgeting: Budgeting | None = None) -> Slo:
    made = SloCast().find("checkout-availability")
    alerting = replace(made.alerting, pairs=())
    counted = budgeting or made.budgeting
    return replace(made, slug=slug, indicator=indicator, target=Decimal(target), alerting=alerting, budgeting=counted)


AVAILABILITY = slo("availability", Ratio(bad=ERRORS, total=REQUESTS))
LATENCY = slo("latency", Latency(DURATION, 0.4), "0.99")
FULLNESS = slo("fullness", Saturation(CPU, Tells.RATIO, 0.8), "0.99")
SLICES = slo(
    "slices",
    Ratio(bad=ERRORS, total=REQUESTS),
    "0.99",
    budgeting=Budgeting(Method.TIME_SLICES, 5, Decimal("0.95")),
)


@pytest.mark.parametrize(
    ("one", "signal", "value"),
    [
        (AVAILABILITY, "errors", 0.001),
        (LATENCY, "latency", 0.4),
        (FULLNESS, "saturation", 0.8),
        (SLICES, "errors", 0.05),
    ],
    ids=["what a ratio allows", "a threshold of latency", "a share taken", "what a slice allows"],
)
def test_an_objective_draws_the_line_it_judges_by(one: Slo, signal: str, value: float) -> None:
    assert marks.promise(one) == Promise(signal, pytest.approx(value), one.slug, one.name)  # type: ignore[arg-type]


def test_an_indicator_of_something_else_draws_none() -> None:
    assert marks.promise(SloCast().find("checkout-availability")) is None


def test_the_strictest_two_of_a_signal_are_drawn() -> None:
    looser = [slo(f"latency-{at}", Latency(DURATION, at), "0.99") for at in (2.0, 1.0, 0.4)]
    found = list(marks.promises([*looser, LATENCY]))
    assert [(one.signal, one.value) for one in found] == [("latency", 0.4), ("latency", 1.0)]


class Excluding(SloCast):
    """A board of one objective with announced work."""

    def effects(self, slo_id: int) -> Effects:
        spans = ((10, 20), (15, 30), (40, 50), (90, 200))
        return Effects(exclusions=tuple(Exclusion(1, first, end, Treatment.REMOVED) for first, end in spans))


def test_announced_work_is_told_once_and_within_the_range() -> None:
    found = marks.of(Excluding(), "checkout", start_ms=12 * MINUTE_MS, end_ms=100 * MINUTE_MS)
    assert [(first // MINUTE_MS, end // MINUTE_MS) for first, end in found.maintenance] == [
        (12, 30),
        (40, 50),
        (90, 100),
    ]
