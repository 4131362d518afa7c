"""What ages out of a rolling window, and when, by hand."""

import numpy as np
import pytest

from app.domain.ageing import Leaving, leaving
from app.domain.sli_minutes import EVENT, SliMinutes, no_minutes

WINDOW = 30 * 24
HOUR_MS = 3_600_000


def hours(bad: list[float], *, total: float = 1_000) -> SliMinutes:
    """From hour 0 on."""
    column = np.full(len(bad), 3_600_000, dtype=np.int64)
    counts = np.array([round(one * EVENT) for one in bad], dtype=np.int64)
    return SliMinutes(np.arange(len(bad)) * 60, counts, np.full(len(bad), round(total * EVENT)), column)


def found(bad: list[float], *, allowed: float = 0.001) -> tuple[Leaving, ...]:
    return leaving(hours(bad), window_minutes=WINDOW * 60, allowed=allowed, until_minute=len(bad) * 60)


def test_an_outage_of_two_hours_comes_back_as_it_leaves_a_month_later() -> None:
    """720 000 events allow 720 bad ones; 100.8 of them are 14 %."""
    bad = [0.0] * WINDOW
    bad[100], bad[101] = 60, 40.8
    (one,) = found(bad)
    assert [at // HOUR_MS for at in (one.start_ms, one.end_ms)] == [100, 102]
    assert [at // HOUR_MS for at in (one.from_ms, one.at_ms)] == [100 + WINDOW, 102 + WINDOW]
    assert (one.bad_events, one.share) == pytest.approx((100.8, 0.14))


def test_hours_apart_leave_one_by_one_soonest_first() -> None:
    bad = [1.0] * WINDOW
    bad[3], bad[5], bad[600] = 100, 200, 50
    assert [(one.start_ms // HOUR_MS, one.bad_events) for one in found(bad)] == [(3, 100), (5, 200), (600, 50)]


def test_what_fails_evenly_is_no_bad_time() -> None:
    assert found([5.0] * WINDOW) == ()


def test_nothing_leaves_where_nothing_failed_or_happened() -> None:
    assert found([0.0] * WINDOW) == ()
    assert leaving(no_minutes(), window_minutes=WINDOW * 60, allowed=0.001, until_minute=WINDOW * 60) == ()


def test_what_has_left_already_leaves_no_more() -> None:
    assert [one.start_ms // HOUR_MS for one in found([500.0] + [0.0] * 719 + [300.0])] == [720]
