import math

import numpy as np
import pytest

from app.domain.errors import Invalid, TooLarge
from app.domain.histograms import MAX_BUCKETS, ExplicitHistogram, ExponentialHistogram, Histogram
from app.wire.metrics import remote_write_histograms, remote_write_v1, remote_write_v2
from tests.wire.metrics.remote_write_cases import custom
from tests.wire.metrics.remote_write_requests import STALE, Series, Spans, native_histogram, write_v1, write_v2


def _read(encoded: bytes) -> Histogram | None:
    return remote_write_histograms.read(remote_write_histograms.parse(encoded))


def _exponential(encoded: bytes) -> ExponentialHistogram:
    histogram = _read(encoded)
    assert isinstance(histogram, ExponentialHistogram)
    return histogram


def test_an_integer_histogram_is_spans_and_deltas() -> None:
    histogram = _exponential(
        native_histogram(
            at_ms=1,
            count=29,
            total=-3.5,
            schema=3,
            zero_threshold=1e-128,
            zero_count=3,
            positive=Spans(((-2, 3), (2, 2)), deltas=(1, 2, 1, 3, 1)),
            negative=Spans(((4, 2),), deltas=(1, 1)),
        )
    )
    assert (histogram.scale, histogram.zero_threshold, histogram.zero_count, histogram.total) == (3, 1e-128, 3.0, -3.5)
    # Prometheus' bucket i ends at base**i; the domain's, as OpenTelemetry's, begins there.
    assert (histogram.positive.offset, histogram.positive.counts.tolist()) == (-3, [1, 3, 4, 0, 0, 7, 8])
    assert (histogram.negative.offset, histogram.negative.counts.tolist()) == (3, [1, 2])
    assert histogram.count == 29


def test_a_float_histogram_is_spans_and_counts() -> None:
    histogram = _exponential(
        native_histogram(
            at_ms=1, count=2.75, total=4.0, zero_count=0.5, positive=Spans(((1, 1), (1, 1)), counts=(1.5, 0.75))
        )
    )
    assert (histogram.zero_count, histogram.positive.offset) == (0.5, 0)
    assert histogram.positive.counts.tolist() == [1.5, 0.0, 0.75]


def test_a_bucket_holds_the_values_prometheus_puts_there() -> None:
    """Schema 0, one observation of 1.5: client_golang's key is ceil(log2 1.5) = 1, the bucket (1, 2]."""
    histogram = _exponential(native_histogram(at_ms=1, count=1, total=1.5, positive=Spans(((1, 1),), deltas=(1,))))
    base = 2.0**2.0**-histogram.scale
    assert base**histogram.positive.offset < 1.5 <= base ** (histogram.positive.offset + 1)


def test_custom_buckets_are_an_explicit_histogram() -> None:
    histogram = _read(custom(1))
    assert isinstance(histogram, ExplicitHistogram)
    assert histogram.bounds.tolist() == [0.1, 0.5, 1.0, 2.5, 5.0, 10.0]
    assert histogram.counts.tolist() == [2, 3, 5, 8, 7, 5, 0]
    assert histogram.total == 1.0


def test_custom_buckets_that_are_not_told_are_empty() -> None:
    spans = Spans(((1, 1), (1, 1)), counts=(4.0, 2.0))
    histogram = _read(native_histogram(at_ms=1, count=6.0, schema=-53, positive=spans, bounds=(1.0, 2.0, 3.0)))
    assert isinstance(histogram, ExplicitHistogram)
    assert histogram.counts.tolist() == [0, 4, 0, 2]


@pytest.mark.parametrize("schema", [-53, 0])
def test_a_stale_sum_ends_the_series_whatever_else_is_said(schema: int) -> None:
    assert _read(native_histogram(at_ms=1, total=STALE, schema=schema)) is None


@pytest.mark.parametrize("total", [math.nan, math.inf, -math.inf])
def test_a_sum_that_is_no_number_is_unknown(total: float) -> None:
    spans = Spans(((0, 1),), deltas=(2,))
    assert _exponential(native_histogram(at_ms=1, count=2, total=total, positive=spans)).total is None


def test_observations_of_nan_are_counted_and_in_no_bucket() -> None:
    spans = Spans(((0, 1),), deltas=(2,))
    histogram = _exponential(native_histogram(at_ms=1, count=3, total=math.nan, positive=spans))
    assert histogram.count == 2
    with pytest.raises(Invalid, match="hold 2 observations and its count says 1"):
        _read(native_histogram(at_ms=1, count=1, total=math.nan, positive=spans))


def test_a_float_count_may_differ_by_rounding_only() -> None:
    spans = Spans(((0, 3),), counts=(0.1, 0.2, 0.3))
    assert _exponential(native_histogram(at_ms=1, count=0.6, positive=spans)).count == pytest.approx(0.6)
    with pytest.raises(Invalid):
        _read(native_histogram(at_ms=1, count=0.61, positive=spans))


def test_counts_beyond_what_a_float_holds_exactly_are_taken() -> None:
    histogram = _exponential(
        native_histogram(at_ms=1, count=2**53 + 1, zero_count=1, positive=Spans(((0, 2),), deltas=(2**52, 0)))
    )
    assert histogram.count == pytest.approx(2.0**53)


@pytest.mark.parametrize("schema", range(-4, 9))
def test_every_exponential_schema_is_spoken(schema: int) -> None:
    spans = Spans(((0, 1),), deltas=(1,))
    assert _exponential(native_histogram(at_ms=1, count=1, schema=schema, positive=spans)).scale == schema


def test_buckets_far_apart_are_merged_until_they_fit() -> None:
    """Schema 8 spans 1e-9 to 1e9 in 15 307 buckets; half the resolution is enough."""
    low, high = (math.ceil(math.log2(value) * 256) for value in (1e-9, 1e9))
    spans = Spans(((low, 2), (high - low - 2, 1)), deltas=(3, 1, -2))
    histogram = _exponential(native_histogram(at_ms=1, count=9, schema=8, positive=spans))
    assert histogram.scale == 7
    assert len(histogram.positive.counts) <= MAX_BUCKETS
    assert histogram.count == 9
    base = 2.0**2.0**-7
    filled = np.flatnonzero(histogram.positive.counts) + histogram.positive.offset
    assert base ** filled[0] < 1e-9 <= base ** (filled[0] + 1)
    assert base ** filled[-1] < 1e9 <= base ** (filled[-1] + 1)


def test_both_sides_are_merged_alike() -> None:
    spans = Spans(((0, 1), (11_999, 1)), deltas=(1, 0))
    near = Spans(((0, 3),), deltas=(1, 0, 0))
    histogram = _exponential(native_histogram(at_ms=1, count=5, schema=8, positive=spans, negative=near))
    assert histogram.scale == 7
    assert (histogram.negative.offset, histogram.negative.counts.tolist()) == (-1, [1, 2])


def test_a_span_across_all_integers_is_no_histogram() -> None:
    spans = Spans(((-(2**31), 1), (2**31 - 1, 1), (2**31 - 1, 1)), deltas=(1, 0, 0))
    with pytest.raises(Invalid, match="scale"):
        _read(native_histogram(at_ms=1, count=3, positive=spans))


def test_small_messages_do_not_become_gigabytes() -> None:
    """A histogram of two far buckets takes 50 bytes, and 8 750 buckets when it is kept."""
    spans = Spans(((-140_000, 1), (280_000, 1)), deltas=(1, 0))
    bomb = native_histogram(at_ms=1, count=2, schema=8, positive=spans)
    for decode, write in ((remote_write_v1.decode, write_v1), (remote_write_v2.decode, write_v2)):
        assert len(decode(write(Series({"__name__": "up"}, histograms=(bomb,) * 400))).histograms) == 400
        with pytest.raises(TooLarge) as refused:
            decode(write(Series({"__name__": "up"}, histograms=(bomb,) * 500)))
        assert refused.value.code == "too_many_buckets"


def test_bytes_that_are_no_message_are_invalid() -> None:
    with pytest.raises(Invalid) as refused:
        remote_write_histograms.parse(b"\x0a\xff")
    assert refused.value.code == "proto_decode"
