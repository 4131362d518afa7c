"""Histogram samples come back as they were."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain import histogram_codec
from app.domain.histograms import MAX_SCALE, MIN_SCALE, Buckets, ExplicitHistogram, ExponentialHistogram, Histogram
from app.domain.samples import HistogramSample

counts = st.lists(st.floats(0, 1e300) | st.integers(0, 2**53).map(float), max_size=20)
totals = st.none() | st.floats(allow_nan=False)
bounds = st.lists(st.floats(-1e300, 1e300), max_size=10, unique=True).map(sorted)
offsets = st.integers(-(2**31), 2**31 - 1)


@st.composite
def explicit(draw: st.DrawFn) -> ExplicitHistogram:
    edges = draw(bounds)
    size = len(edges) + 1
    found = draw(st.lists(st.floats(0, 1e300), min_size=size, max_size=size))
    return ExplicitHistogram(np.array(edges), np.array(found), draw(totals))


buckets = st.builds(lambda offset, found: Buckets(offset, np.array(found)), offsets, counts)
exponential = st.builds(
    ExponentialHistogram,
    st.integers(MIN_SCALE, MAX_SCALE),
    st.floats(0, 1e300),
    st.floats(0, 1e300),
    buckets,
    buckets,
    totals,
)
histograms: st.SearchStrategy[Histogram | None] = st.none() | explicit() | exponential
times = st.integers(-(2**63), 2**63 - 1)
samples = st.builds(HistogramSample, st.integers(0, 2**40), times, histograms, times)


def told(sample: HistogramSample) -> tuple[object, ...]:
    """All that a sample says, comparable bit for bit."""
    one = sample.histogram
    head = (sample.series, sample.at_ms, sample.start_ms)
    if one is None:
        return head
    total = None if one.total is None else one.total.hex()
    if isinstance(one, ExplicitHistogram):
        return (*head, one.bounds.tobytes(), one.counts.tobytes(), total)
    sides = [(side.offset, side.counts.tobytes()) for side in (one.positive, one.negative)]
    return (*head, one.scale, one.zero_threshold, one.zero_count, *sides, total)


@given(st.lists(samples, max_size=8))
def test_samples_come_back_in_their_order(found: list[HistogramSample]) -> None:
    assert [told(one) for one in histogram_codec.unpack(histogram_codec.pack(found))] == [told(one) for one in found]


@given(st.lists(samples, max_size=5))
def test_the_last_distribution_is_found_without_reading_the_others(found: list[HistogramSample]) -> None:
    newest = histogram_codec.newest(histogram_codec.pack(found))
    known = [one for one in found if one.histogram is not None]
    assert (None if newest is None else told(newest)) == (told(known[-1]) if known else None)


def test_what_comes_back_can_be_counted() -> None:
    sample = HistogramSample(1, 2, ExplicitHistogram(np.array([0.5]), np.array([1.0, 2.0]), 3.5))
    (found,) = histogram_codec.unpack(histogram_codec.pack([sample]))
    assert found.histogram is not None
    assert found.histogram.count == 3
