"""Growth in columns says what one sample after the other says, and is cut, joined and added up without loss."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import growth, histogram_codec, histogram_tables
from app.domain.cells import MAX_GAP_MS
from app.domain.growth import Growth
from app.domain.histogram_codec import Packed
from app.domain.histograms import Buckets, ExplicitHistogram, ExponentialHistogram, Histogram
from app.domain.samples import HistogramSample
from app.domain.signals import MINUTE_MS

T0 = 29_916_667 * MINUTE_MS
Minutes = dict[int, tuple[object, ...]]


def packed(samples: list[HistogramSample]) -> Packed:
    return histogram_codec.packed(tuple(samples))


def told(grown: list[Growth]) -> Minutes:
    """What each minute says, comparable bit for bit; bins that are empty say nothing."""
    found: Minutes = {}
    for one in grown:
        for k, minute in enumerate(one.minute.tolist()):
            held = one.counts[k] > 0
            numbers = (
                one.bounds[held].tolist(),
                one.counts[k][held].tolist(),
                one.seconds[k].hex(),
                one.total[k].hex(),
            )
            assert minute not in found
            found[minute] = (*numbers, one.exponential)
    return found


# --- all at once as one by one


@st.composite
def alike(draw: st.DrawFn, *, exponential: bool) -> list[HistogramSample]:
    """A series that counts up, starts over now and then, falls silent, and ends; now and then it knows its start."""
    size = draw(st.integers(1, 5))
    counts, at_ms, total = np.zeros(size), T0, 0.0
    found = []
    for _ in range(draw(st.integers(1, 12))):
        at_ms += draw(st.sampled_from([1, 15_000, 60_000, 61_000, 150_000, MAX_GAP_MS, MAX_GAP_MS + 1, 3_000_000]))
        if draw(st.integers(0, 5)) == 0:
            counts, total = np.zeros(size), 0.0
        counts = counts + draw(st.lists(st.sampled_from([0.0, 0.0, 1.0, 7.0, 0.1]), min_size=size, max_size=size))
        total += draw(st.sampled_from([0.0, 0.1, 3.25]))
        start_ms = draw(
            st.sampled_from([0, 0, at_ms, at_ms - 1_000, at_ms - 130_000, at_ms - MAX_GAP_MS - 1, at_ms + 1])
        )
        sent: Histogram | None = form(draw, counts, draw(st.sampled_from([total, None])), exponential=exponential)
        if draw(st.integers(0, 9)) == 0:
            sent = None
        found.append(HistogramSample(1, at_ms, sent, start_ms))
    return found


def form(draw: st.DrawFn, counts: np.ndarray, total: float | None, *, exponential: bool) -> Histogram:
    """The same counts in any of the forms that count as alike."""
    if not exponential:
        return ExplicitHistogram(np.arange(len(counts) - 1) / 4, counts, total)
    zeros = float(draw(st.integers(0, 2)))
    if draw(st.booleans()):
        return ExponentialHistogram(3, 0.001, zeros, Buckets(-1, counts), total=total)
    finer = np.repeat(counts, 2) * np.tile([0.5, 0.5], len(counts))
    return ExponentialHistogram(4, 0.001, zeros, Buckets(-2, finer), total=total)


@given(st.booleans().flatmap(lambda exponential: alike(exponential=exponential)), st.booleans())
def test_samples_that_are_alike_grow_at_once_as_they_do_one_by_one(samples: list[HistogramSample], delta: bool) -> None:
    said = packed([one for one in samples if one.histogram is not None])
    assert len(said) == 0 or histogram_tables.table(said) is not None
    expected = growth.from_bins(growth.one_by_one(samples, is_delta=delta))
    assert told(growth.by_minute(packed(samples), is_delta=delta)) == told(expected)


def explicit(
    at_s: float, *counts: float, bounds: tuple[float, ...] = (0.1, 1.0), start_s: float = 0
) -> HistogramSample:
    start_ms = T0 + round(start_s * 1000) if start_s else 0
    return HistogramSample(
        1, T0 + round(at_s * 1000), ExplicitHistogram(np.array(bounds), np.array(counts, dtype=float)), start_ms
    )


def exponential(at_s: float, *counts: float, scale: int = 0, threshold: float = 0.0) -> HistogramSample:
    found = ExponentialHistogram(scale, threshold, 1.0, Buckets(0, np.array(counts, dtype=float)))
    return HistogramSample(1, T0 + round(at_s * 1000), found)


@pytest.mark.parametrize(
    "samples",
    [
        [
            explicit(0, 1, 1, 1),
            explicit(60, 2, 2, 2),
            explicit(120, 1, 5, bounds=(0.5,)),
            explicit(180, 2, 6, bounds=(0.5,)),
        ],
        [explicit(0, 1, 1, 1), explicit(60, 2, 2, 2, bounds=(0.2, 1.0)), explicit(120, 3, 3, 3, bounds=(0.2, 1.0))],
        [exponential(0, 1, scale=1), exponential(60, 5, scale=0), exponential(120, 9, scale=0)],
        [exponential(0, 1), exponential(60, 5, threshold=0.5), exponential(120, 9, threshold=0.5)],
        [explicit(0, 1, 1, 1), exponential(60, 1), exponential(120, 4)],
    ],
    ids=["other bounds", "as many other bounds", "another scale", "another zero", "another form"],
)
def test_samples_that_are_not_alike_grow_one_by_one(samples: list[HistogramSample]) -> None:
    assert histogram_tables.table(packed(samples)) is None
    expected = growth.from_bins(growth.one_by_one(samples, is_delta=False))
    assert told(growth.by_minute(packed(samples), is_delta=False)) == told(expected) != {}


def test_a_table_that_would_be_too_large_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histogram_tables, "MOST_NUMBERS", 20)
    few = [explicit(60 * n, n, n, n) for n in range(2)]
    assert histogram_tables.table(packed(few)) is not None
    assert histogram_tables.table(packed([*few, *few])) is None
    spread = [
        HistogramSample(1, T0 + n, ExponentialHistogram(0, 0.0, 0.0, Buckets(9 * n, np.ones(1)))) for n in range(5)
    ]
    assert histogram_tables.table(packed(spread[:2])) is not None
    assert histogram_tables.table(packed(spread)) is None


def test_markers_alone_are_no_growth() -> None:
    assert growth.by_minute(packed([HistogramSample(1, T0, None)]), is_delta=True) == []


# --- cutting, comparing, joining


def grown(*minutes: tuple[int, float], bounds: tuple[float, ...] = (0.1, inf), total: float = 1.5) -> Growth:
    """(minute, observations in the last bin) each."""
    count = len(minutes)
    counts = np.zeros((count, len(bounds)))
    counts[:, -1] = [number for _, number in minutes]
    at = np.array([minute for minute, _ in minutes], dtype=np.int64)
    return Growth(at, np.full(count, 60.0), np.full(count, total), np.array(bounds), counts, exponential=False)


def minutes(found: list[Growth]) -> list[list[int]]:
    return [one.minute.tolist() for one in found]


def test_minutes_are_parted_at_a_first_and_a_last_one() -> None:
    both = [grown((1, 1), (2, 1), (4, 1)), grown((5, 1), (9, 1), bounds=(inf,))]
    assert [minutes(part) for part in growth.parted(both, (2, 6))] == [[[1]], [[2, 4], [5]], [[9]]]
    assert [minutes(part) for part in growth.parted(both, (10, 21))] == [[[1, 2, 4], [5, 9]], [], []]
    assert minutes(growth.without(both, np.array([1, 5, 9]))) == [[2, 4]]
    assert minutes(growth.only(both, np.array([1, 5, 7]))) == [[1], [5]]
    assert growth.minutes_of(both).tolist() == [1, 2, 4, 5, 9]
    assert growth.minutes_of([]).tolist() == []


def test_minutes_that_lie_among_each_other_are_put_in_order() -> None:
    one, other = grown((1, 1), (4, 2), (5, 3)), grown((2, 4), (9, 5), bounds=(inf,))
    found = growth.in_order([other, one])
    assert minutes(found) == [[1], [2], [4, 5], [9]]
    assert [part.counts[:, -1].tolist() for part in found] == [[1], [4], [2, 3], [5]]
    assert minutes(growth.in_order([one])) == [[1, 4, 5]]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [grown((1, 1))], [1]),
        ([grown((1, 1))], [], [1]),
        ([grown((1, 1), (2, 2))], [grown((1, 1), (2, 3), (4, 1))], [2, 4]),
        ([grown((1, 1))], [grown((1, 1), bounds=(0.1, 0.5, inf))], []),
        ([grown((1, 1), bounds=(0.1, 0.5, inf))], [grown((1, 1))], [1]),
        ([grown((1, 1), total=nan)], [grown((1, 1), total=nan)], []),
        ([grown((1, 1), total=nan)], [grown((1, 1))], [1]),
        ([grown((1, 1)), grown((2, 1), bounds=(inf,))], [grown((1, 1)), grown((2, 1), bounds=(inf,))], [1, 2]),
    ],
    ids=[
        "new",
        "gone",
        "another number",
        "more bounds say the same",
        "fewer bounds say less",
        "no total twice",
        "a total",
        "with several kinds of bins nobody looks closer",
    ],
)
def test_which_minutes_changed(before: list[Growth], after: list[Growth], expected: list[int]) -> None:
    assert growth.changed(before, after).tolist() == expected


def test_growths_of_the_same_bins_are_joined_and_of_others_kept_apart() -> None:
    found = growth.joined([grown((1, 1)), grown((2, 2)), grown((3, 3), bounds=(inf,)), grown((4, 4))])
    assert minutes(found) == [[1, 2], [3], [4]]
    assert growth.joined([]) == []


def test_hours_are_the_sums_of_their_minutes_in_bins_that_hold_those_of_all() -> None:
    parts = [grown((60, 1), (61, 2)), grown((62, 4), bounds=(0.5, inf)), grown((119, 8), (120, 16), (240, 32))]
    found = growth.by_hour(parts)
    assert minutes(found) == [[60], [120, 240]]
    assert found[0].bounds.tolist() == [0.1, 0.5, inf]
    assert [one.counts[:, -1].tolist() for one in found] == [[15], [16, 32]]
    assert [one.seconds.tolist() for one in found] == [[240], [60, 60]]
    assert [one.total.tolist() for one in found] == [[6], [1.5, 1.5]]
    (hour,) = growth.by_hour([grown((1, 1)), grown((2, 2), total=nan)])
    assert np.isnan(hour.total).all(), "what one minute does not tell, its hour does not"
