"""What is spent and left, and when nothing is: by hand."""

from datetime import UTC, datetime
from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import budgets
from app.domain.sli_minutes import EVENT
from app.domain.sums import Exhaustion
from app.domain.windows import Period

COUNTS = st.integers(0, 10**12)


def millionths(*events: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([round(one * EVENT) for one in events], dtype=np.int64)


def test_a_budget_is_spent_overspent_and_untouched() -> None:
    bad, total = millionths(0, 300, 1_000, 1_080), millionths(*[1_000_000] * 4)
    assert budgets.left(bad, total, 0.001).tolist() == pytest.approx([1, 0.7, 0, -0.08])
    assert budgets.events(total, 0.001).tolist() == pytest.approx([1_000] * 4)
    assert budgets.left_events(bad, total, 0.001).tolist() == pytest.approx([1_000, 700, 0, -80])
    assert budgets.compliance(bad, total).tolist() == pytest.approx([1, 0.9997, 0.999, 0.99892])


def test_no_event_is_neither_all_nor_nothing() -> None:
    nothing = millionths(0)
    for figure in (
        budgets.compliance(nothing, nothing),
        budgets.left(nothing, nothing, 0.001),
        budgets.events(nothing, 0.001),
        budgets.left_events(nothing, nothing, 0.001),
        budgets.left_seconds(nan, nothing, nothing),
    ):
        assert isnan(figure[0])


def test_of_one_objective_the_same_lines_give_a_scalar() -> None:
    assert float(budgets.left(300 * EVENT, 1_000_000 * EVENT, 0.001)) == pytest.approx(0.7)


def test_a_credit_beyond_what_was_bad_is_worth_no_more_than_that() -> None:
    bad, total = millionths(-5), millionths(1_000)
    assert budgets.compliance(bad, total).tolist() == [1]
    assert budgets.left(bad, total, 0.01).tolist() == [1]
    assert budgets.left_events(bad, total, 0.01).tolist() == pytest.approx([10])


def test_what_is_left_lasts_so_long_at_the_traffic_of_the_last_hour() -> None:
    """700 events at 50 a second; 3 500 s of the hour were observed."""
    found = budgets.left_seconds([700, 700, -70], millionths(175_000, 0, 175_000), np.array([3_500_000] * 3))
    assert found[[0, 2]].tolist() == pytest.approx([14, -1.4])
    assert isnan(found[1])


@given(COUNTS, COUNTS, COUNTS, COUNTS, st.sampled_from([0.0001, 0.001, 0.05]))
def test_a_budget_is_the_sum_of_those_of_adjoining_spans(
    bad: int, good: int, more_bad: int, more_good: int, allowed: float
) -> None:
    spans = [(bad, bad + good), (more_bad, more_bad + more_good)]
    parts = [float(budgets.left_events(one, total, allowed)) for one, total in spans if total]
    whole = float(budgets.left_events(bad + more_bad, sum(total for _, total in spans), allowed))
    if parts:
        assert whole == pytest.approx(sum(parts), rel=1e-12, abs=1e-6)


@given(COUNTS, COUNTS, st.integers(1, 10**12), st.sampled_from([0.0001, 0.001, 0.05]))
def test_more_good_events_never_leave_less(bad: int, good: int, more: int, allowed: float) -> None:
    before, after = (budgets.left(bad, bad + good + added, allowed) for added in (0, more))
    assert np.isnan(before) or after >= before
    assert budgets.left_events(bad, bad + good + more, allowed) >= budgets.left_events(bad, bad + good, allowed) or (
        bad + good == 0
    )


# --- when nothing is left

NOW_MS = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1000)
HOUR_MS = 3_600_000


def exhausted(left: float | None, *bad: float, least: int = 0, period_end_ms: int | None = None) -> Exhaustion:
    """Bad events in windows of 1, 6, 24 and 72 hours."""
    return budgets.exhaustion(
        left,
        bad=[round(one * EVENT) for one in bad],
        minutes=[60, 360, 1_440, 4_320][: len(bad)],
        least_failures=least,
        until_ms=NOW_MS,
        period_end_ms=period_end_ms,
    )


def hours(*after: float | None) -> list[int | None]:
    return [None if one is None else NOW_MS + round(one * HOUR_MS) for one in after]


@pytest.mark.parametrize(
    ("found", "expected", "minutes"),
    [
        pytest.param(exhausted(120, 10, 30, 240), [12, 12, 24], 60, id="10, 5 and 10 an hour"),
        pytest.param(exhausted(120, 1, 30, 240, least=2), [24, 12, 120], 360, id="too few in the hour to go by"),
        pytest.param(exhausted(120, 10, 30, 48, 7_200), [12, 12, 60], 60, id="the fourth policy is not in the band"),
        pytest.param(exhausted(120, 0, 30, 240), [None, 12, None], 60, id="not at all at the rate of an hour"),
        pytest.param(exhausted(0, 10, 30, 240), [0, 0, 0], 60, id="nothing is left already"),
        pytest.param(exhausted(None, 10, 30, 240), [None, None, None], 60, id="nobody knows what is left"),
        pytest.param(exhausted(120), [None, None, None], 0, id="no policy has a rate"),
    ],
)
def test_nothing_is_left_after(found: Exhaustion, expected: list[float | None], minutes: int) -> None:
    assert [found.at_ms, found.earliest_ms, found.latest_ms] == hours(*expected)
    assert found.rate_minutes == minutes


def test_nothing_runs_out_after_the_end_of_a_period() -> None:
    found = exhausted(120, 10, 30, 240, period_end_ms=NOW_MS + 20 * HOUR_MS)
    assert [found.at_ms, found.earliest_ms, found.latest_ms] == hours(12, 12, None)


def test_of_many_objectives_the_seconds_are_the_same() -> None:
    bad = np.array([[10, 30], [1, 30], [0, 0], [10, 30], [0, 0]], dtype=np.int64) * EVENT
    minutes = np.array([[60, 360]] * 4 + [[-1, -1]], dtype=np.int64)
    found = budgets.out_seconds([120, 120, 120, -5, 120], bad, minutes, [0, 2, 0, 0, 0]).tolist()
    assert found[:4] == [12 * 3_600, 24 * 3_600, inf, 0]
    assert isnan(found[4])


def test_a_third_of_a_month_with_a_million_events_will_have_had_three() -> None:
    month = Period(0, 30 * 24 * HOUR_MS)
    assert float(budgets.projected(10**12, month, until_ms=10 * 24 * HOUR_MS)) == pytest.approx(3 * 10**12)
    assert isnan(budgets.projected(0, month, until_ms=0))
