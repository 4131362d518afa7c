"""When the Workbook's policies fire and resolve: minutes after the trouble began, by arithmetic.

https://sre.google/workbook/alerting-on-slos/ at 99.9 % and 1 000 requests a minute. A long window of W minutes that was
clean before reaches a burn of f after ceil(f x 0.001 x W / share that fails) minutes; a short one of w minutes goes
quiet w minutes after the last failure at the latest.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import isnan

import numpy as np
import pytest

from app.domain import budgets, burning
from app.domain.sli_minutes import SliMinutes
from app.domain.slos import BurnPair, Severity, Slo
from app.domain.sums import Sums
from tests.domain.slo_values import DAY, WORKBOOK, minutes, objective

FIRING = 2
CLEAN = 5 * DAY


def firing(counted: SliMinutes, slo: Slo, *, count: int, first: int = 0) -> dict[str, list[int]]:
    """By policy the minutes, the first after `first` being 1, in which it starts or stops to fire."""
    found = burning.replayed(counted, slo, first=first, end=first + count)
    return {
        pair.name: [at + 1 for at, (was, now) in enumerate(pairwise([0, *row])) if (was == FIRING) != (now == FIRING)]
        for pair, row in zip(slo.alerting.pairs, found.state.tolist(), strict=True)
    }


def after_clean_days(bad: Sequence[float], total: float = 1_000) -> SliMinutes:
    return minutes(-CLEAN, [0.0] * CLEAN + list(bad), total)


def test_fifteen_percent_for_ten_minutes_page_from_the_sixth_to_the_fifteenth() -> None:
    """14.4 x 0.001 x 60 / 0.15 = 5.76; and 6 x 0.001 x 360 / 0.15 = 14.4 is more than 10."""
    found = firing(after_clean_days([150.0] * 10 + [0.0] * 600), objective(), count=610)
    assert found == {"1h/5m": [6, 15], "6h/30m": [], "1d/2h": [], "3d/6h": []}


def test_a_total_outage_pages_within_its_first_minute() -> None:
    """0.864, 2.16, 4.32 and 4.32 minutes of outage reach the four burns."""
    found = firing(after_clean_days([1_000.0] * 600), objective(), count=600)
    assert found == {"1h/5m": [1], "6h/30m": [3], "1d/2h": [5], "3d/6h": [5]}


def test_ten_minutes_of_outage_resolve_when_the_short_windows_are_past_it() -> None:
    found = firing(after_clean_days([1_000.0] * 10 + [0.0] * 590), objective(), count=600)
    assert found == {"1h/5m": [1, 15], "6h/30m": [3, 40], "1d/2h": [5, 130], "3d/6h": [5, 370]}


def test_a_constant_burn_of_two_is_a_ticket_after_a_day_and_a_half() -> None:
    """0.001 x 4 320 / 0.002 = 2 160."""
    found = firing(after_clean_days([2.0] * 3_000), objective(), count=3_000)
    assert found == {"1h/5m": [], "6h/30m": [], "1d/2h": [], "3d/6h": [2_160]}


def test_a_constant_burn_of_two_spends_a_month_of_budget_in_fifteen_days() -> None:
    month = 30 * DAY
    bad = np.cumsum(np.full(15 * DAY, 2_000_000))
    left = budgets.left(bad, month * 1_000_000_000, 0.001)
    assert left[7 * DAY + DAY // 2 - 1] == pytest.approx(0.5)
    assert left[-2] > 0
    assert left[-1] == pytest.approx(0.0, abs=1e-12)


def few(hours: int, *, failing_from: int) -> SliMinutes:
    """Ten requests an hour, in its minutes 1, 7, .. 55; from an hour on the first fails. Other minutes have none."""
    bad, total = [], []
    for hour in range(hours):
        for minute in range(1, 61):
            asked = minute % 6 == 1
            total.append(1.0 if asked else 0.0)
            bad.append(1.0 if minute == 1 and hour >= failing_from else 0.0)
    return minutes(0, bad, total)


def test_one_failure_an_hour_at_ten_an_hour_pages_every_hour() -> None:
    """Short windows of 5 minutes without a request hold what they found: the page resolves with the next request."""
    found = firing(few(96, failing_from=90), objective(), first=90 * 60, count=360)
    assert found["1h/5m"] == [at + 60 * hour for hour in range(6) for at in (1, 7)]
    assert found["6h/30m"] == [at + 60 * hour for hour in range(6) for at in (1, 31)]
    assert (found["1d/2h"], found["3d/6h"]) == ([1], [1])


def test_a_least_number_of_failures_keeps_low_traffic_from_paging_at_once() -> None:
    """The second failure comes in minute 61, when the first has left the hour but no longer window."""
    found = firing(few(96, failing_from=90), objective(least_failures=2), first=90 * 60, count=360)
    assert found["1h/5m"] == []
    assert found["6h/30m"] == [at + 60 * hour for hour in range(5) for at in (61, 91)]
    assert (found["1d/2h"], found["3d/6h"]) == ([61], [61])


def test_a_least_number_of_events_is_of_the_long_window() -> None:
    """Ten requests an hour: the six hours have 60."""
    quiet = firing(few(96, failing_from=90), objective(least_events=61), first=90 * 60, count=360)
    loud = firing(few(96, failing_from=90), objective(least_events=60), first=90 * 60, count=360)
    assert quiet["6h/30m"] == []
    assert quiet["1d/2h"] == [1]
    assert loud["6h/30m"][:2] == [1, 31]


def test_silence_holds_a_firing_alert_and_raises_none() -> None:
    quiet: list[float | None] = [None] * 600
    down = minutes(-CLEAN, [0.0] * CLEAN + [1_000.0] * 3 + quiet)
    assert firing(down, objective(), count=603) == {"1h/5m": [1], "6h/30m": [3], "1d/2h": [], "3d/6h": []}


def test_a_policy_that_has_to_hold_is_pending_first() -> None:
    pair = BurnPair("held", Severity.PAGE, 60, 5, Decimal("14.4"), hold_minutes=4)
    counted = after_clean_days([150.0] * 10 + [0.0] * 60)
    slo = objective(pairs=(pair,))
    assert firing(counted, slo, count=70) == {"held": [10, 15]}
    states = burning.replayed(counted, slo, first=0, end=70).state[0].tolist()
    assert states[4:10] == [0, 1, 1, 1, 1, 2]


def sums(bad: Sequence[int], total: Sequence[int]) -> Sums:
    """One row: the compliance window, then long and short of one pair."""
    nothing = [0] * 6
    columns = [np.array([[0, *values, *nothing]], dtype=np.int64) for values in (bad, total)]
    return Sums(
        until_minute=0,
        slo_ids=np.array([1]),
        window_minutes=np.full((1, 9), -1),
        bad=columns[0],
        total=columns[1],
        known_ms=columns[1],
        newest_known=np.array([0]),
    )


@pytest.mark.parametrize(
    ("bad", "total", "expected"),
    [
        pytest.param((144, 144), (10_000, 10_000), 1, id="a share that just reaches 14.4 x 0.001"),
        pytest.param((143, 144), (10_000, 10_000), 0, id="a long window just below"),
        pytest.param((144, 143), (10_000, 10_000), 0, id="a short window just below"),
        pytest.param((144, 0), (10_000, 0), -1, id="a short window without an event"),
        pytest.param((0, 0), (0, 0), -1, id="no event at all"),
    ],
)
def test_a_policy_is_breached(bad: tuple[int, int], total: tuple[int, int], expected: int) -> None:
    of = burning.watched([objective(pairs=WORKBOOK[:1])])
    assert burning.breached(sums(bad, total), of).tolist() == [[expected, 0, 0, 0]]


@pytest.mark.parametrize("factor", ["14.4", "13.44", "6", "5.6", "3", "1", "0.933"])
@pytest.mark.parametrize("target", ["0.9", "0.95", "0.99", "0.999", "0.9999", "0.99999"])
def test_a_share_that_just_reaches_its_threshold_breaches_whatever_the_decimals(target: str, factor: str) -> None:
    """One event of 10^9 fewer does not. In floats 1 - 0.999 is more than 0.001, and thresholds would be missed."""
    threshold = (1 - Decimal(target)) * Decimal(factor)
    if threshold >= 1:
        return
    total = 10**9
    reached = int(threshold * total)
    assert Decimal(reached) == threshold * total
    of = burning.watched([objective(target=target, pairs=(BurnPair("a", Severity.PAGE, 60, 5, Decimal(factor)),))])
    assert burning.breached(sums((reached, reached), (total, total)), of)[0, 0] == 1
    assert burning.breached(sums((reached - 1, reached), (total, total)), of)[0, 0] == 0


def test_a_burn_of_one_spends_the_budget_and_no_event_has_no_burn() -> None:
    found = burning.rates(np.array([1, 100, 0]), np.array([1_000, 1_000, 0]), 0.001).tolist()
    assert found[:2] == pytest.approx([1, 100])  # the Workbook prints 1,000 for the second
    assert isnan(found[2])


def test_an_objective_without_policies_has_nothing_to_replay() -> None:
    found = burning.replayed(minutes(0, [0.0] * 10), objective(pairs=()), first=0, end=10)
    assert [column.shape for column in (found.long, found.short, found.breached, found.state)] == [(0, 10)] * 4
