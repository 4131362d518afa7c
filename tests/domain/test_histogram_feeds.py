"""What histogram samples tell of new observations: in which minutes, over how many seconds, into which lanes."""

from math import inf

import numpy as np
import pytest

from app.domain.assignments import Feed, Role
from app.domain.distributions import Bins
from app.domain.feeds import Feeds
from app.domain.histogram_feeds import HistogramSeries, grown_by, spread
from app.domain.histograms import ExplicitHistogram, Histogram
from app.domain.lanes import Lanes
from app.domain.live import Live
from app.domain.samples import HistogramSample
from app.domain.signals import MINUTE_MS

T0 = 29_916_667 * MINUTE_MS


def histogram(count: float, total: float | None = None) -> ExplicitHistogram:
    return ExplicitHistogram(np.array([100.0]), np.array([count, 0.0]), total)


def sample(seconds: float, count: float, start: float | None = None, total: float | None = None) -> HistogramSample:
    start_ms = 0 if start is None else T0 + round(start * 1000)
    return HistogramSample(1, T0 + round(seconds * 1000), histogram(count, total), start_ms)


def told(last: tuple[float, float] | None, one: HistogramSample, *, delta: bool = False) -> tuple[float, float] | None:
    """(observations, seconds) after a sample at (seconds, count)."""
    before: tuple[int, Histogram] | None = None
    if last is not None:
        before = (T0 + round(last[0] * 1000), histogram(last[1]))
    grown = grown_by(before, one, delta=delta)
    return None if grown is None else (grown[0].count, grown[1])


@pytest.mark.parametrize(
    ("last", "one", "expected"),
    [
        (None, sample(60, 5), None),
        (None, sample(60, 5, start=30), (5, 30)),
        (None, sample(60, 5, start=60 - 600), (5, 600)),
        (None, sample(60, 5, start=60 - 601), None),
        (None, sample(60, 5, start=61), None),
        ((0, 3), sample(60, 5), (2, 60)),
        ((0, 3), sample(60, 5, start=-3600), (2, 60)),
        ((0, 3), sample(60, 5, start=30), (5, 60)),
        ((0, 3), sample(60, 2), (2, 60)),
        ((0, 3), sample(600, 5), (2, 600)),
        ((0, 3), sample(601, 5), None),
        ((0, 3), sample(1200, 5, start=1100), (5, 100)),
    ],
    ids=[
        "a first sample tells nothing",
        "a first sample with a start counts from there",
        "a start of ten minutes ago",
        "a start of longer ago",
        "a start in the future",
        "the difference to the one before",
        "a start that stays",
        "a start after the one before is a reset",
        "less than before is a reset",
        "a gap of ten minutes",
        "a longer gap stays one",
        "a start within a longer gap",
    ],
)
def test_a_cumulative_histogram(
    last: tuple[float, float] | None, one: HistogramSample, expected: tuple[float, float] | None
) -> None:
    assert told(last, one) == expected


@pytest.mark.parametrize(
    ("one", "expected"),
    [(sample(60, 5), (5, 60)), (sample(60, 5, start=45), (5, 15)), (sample(60, 5, start=-900), (5, 60))],
    ids=["a minute unless it says otherwise", "since its start", "a start too long ago to believe"],
)
def test_a_delta_histogram_always_counts(one: HistogramSample, expected: tuple[float, float]) -> None:
    assert told((0, 99), one, delta=True) == expected


def test_a_staleness_marker_tells_nothing() -> None:
    assert grown_by((T0, histogram(1)), HistogramSample(1, T0 + 1, None), delta=False) is None


def test_growth_within_two_minutes_belongs_to_the_later_one_and_longer_is_shared() -> None:
    bins = Bins(np.array([1.0, inf]), np.array([6.0, 3.0]), 12.0, exponential=False)
    ((minute, seconds, all_of_it),) = spread(T0 + 65_000, bins, 60.0)
    assert (minute, seconds, all_of_it) == (T0 // MINUTE_MS + 1, 60.0, bins)
    parts = spread(T0 + 190_000, bins, 180.0)
    assert [minute - T0 // MINUTE_MS for minute, _, _ in parts] == [1, 2, 3]
    assert all(part.counts.tolist() == [2.0, 1.0] and part.total == 4.0 for _, _, part in parts)
    assert [seconds for _, seconds, _ in parts] == [60.0, 60.0, 60.0]


# --- into lanes


def series(*feeds: Feed, delta: bool = False) -> tuple[HistogramSeries, Live]:
    lanes = Lanes()
    live = Live(Feeds(lanes))
    return HistogramSeries(feeds, lanes.row(1, "test", rank=1), delta=delta), live


def test_a_histogram_feeds_requests_failures_durations_and_their_sum_in_seconds() -> None:
    one, live = series(Feed(Role.REQUESTS), Feed(Role.ERRORS), Feed(Role.DURATION, scale=0.001))
    one.take(sample(0, 0, total=0.0), live)
    one.take(sample(30, 8, total=400.0), live)
    ((row, minutes, found),) = live.flush()
    assert (row.source, minutes) == ("test", [T0 // MINUTE_MS])
    assert (found.requests.tolist(), found.errors.tolist()) == ([8.0], [8.0])
    assert (found.duration_count.tolist(), found.duration_sum.tolist()) == ([8.0], [0.4])
    assert (found.bounds.tolist(), found.bucket_counts.tolist()) == ([0.1, inf], [[8.0, 0.0]])


def test_one_that_feeds_requests_alone_makes_no_distribution() -> None:
    one, live = series(Feed(Role.REQUESTS))
    one.take(sample(0, 0), live)
    one.take(sample(30, 8), live)
    ((_, _, found),) = live.flush()
    assert (found.requests.tolist(), len(found.bounds)) == ([8.0], 0)


def test_late_and_repeated_samples_are_left_to_sealing() -> None:
    one, live = series(Feed(Role.REQUESTS))
    for seconds, count in ((0, 0), (30, 8), (30, 8), (15, 4), (45, 9)):
        one.take(sample(seconds, count), live)
    ((_, _, found),) = live.flush()
    assert found.requests.tolist() == [9.0]


def test_a_series_goes_on_from_the_sample_it_stood_at() -> None:
    one, live = series(Feed(Role.REQUESTS))
    one.resume(sample(0, 5))
    one.resume(HistogramSample(1, T0 + 1, None))
    one.take(sample(30, 8), live)
    ((_, _, found),) = live.flush()
    assert found.requests.tolist() == [3.0]


def test_the_newest_sample_of_a_row_is_known_even_when_it_tells_nothing() -> None:
    one, live = series(Feed(Role.REQUESTS))
    one.take(sample(12, 5), live)
    assert live.row_newest[0] == T0 + 12_000
    assert live.flush() == []
