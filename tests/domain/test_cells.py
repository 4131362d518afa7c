"""Every rule of minute cells by hand: a sample is (second, value[, start's second]), a cell (minute, total, weight)."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cells import COUNTER, DELTA, GAUGE, NEVER, Cells, Standing, cells_of

BASE_MS = 1_795_000_020_000 // 60_000 * 60_000

Sent = tuple[float, float] | tuple[float, float, float]
Made = list[tuple[int, float, float]]


def cells(kind: int, *sent: Sent, before: tuple[float, float] | None = None) -> Cells:
    """The cells of one series, which stood at `before` (seconds, value)."""
    starts = [_ms(one[2]) if len(one) == 3 else 0 for one in sent]
    standing = Standing(
        np.array([kind], dtype=np.int8),
        np.array([NEVER if before is None else _ms(before[0])], dtype=np.int64),
        np.array([0.0 if before is None else before[1]]),
    )
    return cells_of(
        np.zeros(len(sent), dtype=np.int64),
        np.array([_ms(one[0]) for one in sent], dtype=np.int64),
        np.array([one[1] for one in sent], dtype=np.float64),
        np.array(starts, dtype=np.int64),
        standing=standing,
    )


def made(kind: int, *sent: Sent, before: tuple[float, float] | None = None) -> Made:
    """[(minute, total, weight)]"""
    found = cells(kind, *sent, before=before)
    minutes = (found.minute - BASE_MS // 60_000).tolist()
    return list(zip(minutes, found.total.tolist(), found.weight.tolist(), strict=True))


def _ms(seconds: float) -> int:
    return BASE_MS + round(seconds * 1000)


# --- counters: true differences


def test_an_increase_belongs_to_the_later_samples_minute() -> None:
    assert made(COUNTER, (10, 100), (25, 103), (40, 110)) == [(0, 10, 30)]
    assert made(COUNTER, (50, 100), (65, 103)) == [(1, 3, 15)], "not shared with the minute before, however near"
    assert made(COUNTER, (0, 100), (119, 220)) == [(1, 120, 119)], "not even when most of it lies there"


def test_a_first_sample_tells_nothing() -> None:
    assert made(COUNTER, (10, 5000)) == []


def test_what_stood_before_is_the_neighbour_of_the_first_sample() -> None:
    assert made(COUNTER, (10, 112), before=(-5, 100)) == [(0, 12, 15)]


def test_a_counter_that_stands_still_is_zero_and_known() -> None:
    assert made(COUNTER, (10, 100), (40, 100)) == [(0, 0, 30)]


# --- counters: resets


def test_a_drop_is_a_reset_and_all_of_the_new_value_an_increase() -> None:
    assert made(COUNTER, (10, 100), (25, 4), (40, 6)) == [(0, 4 + 2, 30)]


def test_a_start_time_after_the_sample_before_is_a_reset_though_nothing_dropped() -> None:
    assert made(COUNTER, (10, 100), (25, 150, 20)) == [(0, 150, 15)]


def test_a_start_time_that_stays_is_no_reset() -> None:
    assert made(COUNTER, (10, 100, -3600), (25, 150, -3600)) == [(0, 50, 15)]
    assert made(COUNTER, (10, 100, -3600), (25, 150, 10)) == [(0, 50, 15)], "it began with the sample before"


# --- counters: first samples with a start time


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (5, [(0, 30, 5)]),
        (-40, [(0, 30, 50)]),
        (-110, [(-1, 15, 60), (0, 15, 60)]),
        (10, [(0, 30, 0)]),
        (10 - 600, [(minute, 3.0, 60) for minute in range(-9, 1)]),
        (10 - 600.001, []),
        (11, []),
    ],
    ids=[
        "in the same minute",
        "in the minute before",
        "two minutes before: even shares of what lies after its minute",
        "at the very moment",
        "ten minutes before",
        "longer ago",
        "in the future, which is no start",
    ],
)
def test_a_first_sample_counts_from_a_start_time_of_at_most_ten_minutes_ago(start: float, expected: Made) -> None:
    assert made(COUNTER, (10, 30, start)) == expected


# --- counters: gaps


def test_neighbours_further_apart_share_their_increase_evenly() -> None:
    """From 0:30 to 3:30 lie 180 s and the minutes 1, 2 and 3 after the first sample's."""
    assert made(COUNTER, (30, 100), (210, 160)) == [(1, 20, 60), (2, 20, 60), (3, 20, 60)]


def test_a_gap_of_ten_minutes_is_spread_and_a_longer_one_stays_a_gap() -> None:
    spread = made(COUNTER, (0, 100), (600, 200))
    assert spread == [(minute, 10, 60) for minute in range(1, 11)]
    assert made(COUNTER, (0, 100), (600.001, 200)) == []
    assert made(COUNTER, (0, 100), (700, 200), (715, 203)) == [(11, 3, 15)], "and counting goes on after it"


def test_after_a_gap_a_start_time_within_it_counts_from_there() -> None:
    assert made(COUNTER, (0, 100), (1200, 40, 1185)) == [(20, 40, 15)]
    assert made(COUNTER, (0, 100), (1200, 140, -60)) == [], "it began before the gap: how it was spread nobody knows"


def test_a_reset_across_minutes_is_spread_like_any_increase() -> None:
    assert made(COUNTER, (30, 100), (150, 8)) == [(1, 4, 60), (2, 4, 60)]


# --- deltas


def test_every_delta_counts_and_covers_the_time_since_its_start() -> None:
    assert made(DELTA, (10, 5, 0), (20, 3, 10)) == [(0, 8, 20)]
    assert made(DELTA, (150, 9, 30)) == [(1, 4.5, 60), (2, 4.5, 60)]


def test_a_delta_without_a_start_covers_the_time_since_the_one_before() -> None:
    assert made(DELTA, (10, 5), (40, 3)) == [(0, 8, 60 + 30)], "the first a minute"
    assert made(DELTA, (30, 1), (150, 8)) == [(0, 1, 60), (1, 4, 60), (2, 4, 60)]
    assert made(DELTA, (0, 5), (1200, 3)) == [(0, 5, 60), (20, 3, 60)], "after a gap a minute again"


def test_a_delta_less_than_before_is_no_reset() -> None:
    assert made(DELTA, (10, 50, 0), (20, 3, 10), before=(-5, 1000)) == [(0, 53, 20)]


@pytest.mark.parametrize("start", [50, 45], ids=["after its end", "at its end"])
def test_a_delta_whose_start_makes_no_sense_covers_the_time_since_the_one_before(start: float) -> None:
    assert made(DELTA, (15, 1, 0), (45, 7, start)) == [(0, 8, 15 + 30)]


def test_deltas_whose_times_overlap_share_minutes() -> None:
    """Two processes under one name, each telling every two minutes what it counted: 0:00 to 2:00 and 0:30 to 2:30."""
    assert made(DELTA, (120, 10, 0), (150, 20, 30)) == [(1, 5 + 10, 60 + 60), (2, 5 + 10, 60 + 60)]


# --- gauges


def test_a_gauge_has_the_sum_number_and_extremes_of_its_values() -> None:
    found = cells(GAUGE, (10, 3), (25, -4), (40, 2), (70, 8))
    assert found.total.tolist() == [1, 8]
    assert found.weight.tolist() == [3, 1]
    assert found.low.tolist() == [-4, 8]
    assert found.high.tolist() == [3, 8]


def test_a_gauge_says_nothing_of_minutes_without_a_value() -> None:
    assert made(GAUGE, (10, 3), (300, 4)) == [(0, 3, 1), (5, 4, 1)]


# --- what is no number


@pytest.mark.parametrize("nothing", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_passed_over(nothing: float) -> None:
    assert made(COUNTER, (10, 100), (25, nothing), (40, 110)) == [(0, 10, 30)]
    assert made(GAUGE, (10, 3), (25, nothing)) == [(0, 3, 1)]
    assert made(DELTA, (10, 3, 0), (25, nothing, 10)) == [(0, 3, 10)]
    assert made(COUNTER, (10, nothing)) == []


def test_a_gap_made_of_nan_is_spread_as_if_nothing_had_come() -> None:
    nothing = [(float(second), math.nan) for second in range(30, 540, 15)]
    assert made(COUNTER, (0, 100), *nothing, (540, 190)) == [(minute, 10, 60) for minute in range(1, 10)]


# --- many series, any samples


def test_series_do_not_touch_each_other() -> None:
    standing = Standing(
        np.array([COUNTER, GAUGE, COUNTER], dtype=np.int8),
        np.array([NEVER, NEVER, _ms(-10)], dtype=np.int64),
        np.array([0.0, 0.0, 5.0]),
    )
    found = cells_of(
        np.array([0, 0, 1, 2], dtype=np.int64),
        np.array([_ms(0), _ms(30), _ms(30), _ms(30)], dtype=np.int64),
        np.array([100.0, 107.0, 3.0, 11.0]),
        np.zeros(4, dtype=np.int64),
        standing=standing,
    )
    assert found.series.tolist() == [0, 1, 2]
    assert found.total.tolist() == [7, 3, 6]


def test_no_samples_make_no_cells() -> None:
    assert len(cells(COUNTER)) == 0


steps = st.lists(st.tuples(st.integers(1, 900_000), st.integers(0, 50)), min_size=1, max_size=30)


@given(steps)
def test_without_resets_and_long_gaps_the_cells_of_a_counter_sum_to_what_it_grew_by(
    found: list[tuple[int, int]],
) -> None:
    at, value, sent = 0, 1_000, [(0.0, 1_000.0)]
    lost = 0
    for wait_ms, more in found:
        at, value = at + wait_ms, value + more
        sent.append((at / 1000, float(value)))
        lost += more if wait_ms > 600_000 else 0
    one = cells(COUNTER, *sent)
    assert one.total.sum() == pytest.approx(value - 1_000 - lost)
    assert (np.diff(one.minute) > 0).all()
    assert (one.weight > 0).all()


@given(st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(0, 700_000)), min_size=1, max_size=20))
def test_whatever_deltas_overlap_all_of_them_count_and_each_minute_stands_once(found: list[tuple[int, int]]) -> None:
    sent = [(at / 1000, 1.0, (at - covered) / 1000) for at, covered in dict(sorted(found)).items()]
    one = cells(DELTA, *sent)
    assert one.total.sum() == pytest.approx(len(sent))
    assert (np.diff(one.minute) > 0).all()
