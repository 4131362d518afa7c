"""What each kind of point becomes, in every encoding. The expected numbers are arithmetic on what was sent."""

import math

import numpy as np
import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from app.domain.histograms import ExplicitHistogram, ExponentialHistogram
from app.domain.samples import Mark, Metadata
from app.domain.series import Kind, Shape
from tests.wire.metrics.otlp.exports import (
    AT,
    AT_MS,
    CUMULATIVE,
    DELTA,
    SECOND,
    START,
    START_MS,
    TIMES,
    Decode,
    attributes,
    export,
    gauge,
    histogram_keys,
    keys,
)

NO_RECORDED_VALUE = 1


def test_a_gauge_is_a_value_without_a_start(decode: Decode) -> None:
    metric = Metric(name="memory.share", unit="1")
    metric.gauge.data_points.add(as_double=0.625, **TIMES)
    batch = decode(export(metric))
    (key,) = keys(batch)
    assert (key.metric, key.shape, key.kind, key.unit) == ("memory.share", Shape.VALUE, Kind.GAUGE, "1")
    assert (batch.values.tolist(), batch.at_ms.tolist(), batch.start_ms, batch.marks) == ([0.625], [AT_MS], None, None)


@pytest.mark.parametrize(
    ("temporality", "monotonic", "shape", "kind", "start"),
    [
        pytest.param(CUMULATIVE, True, Shape.VALUE, Kind.COUNTER, [START_MS], id="a cumulative sum that only grows"),
        pytest.param(CUMULATIVE, False, Shape.VALUE, Kind.GAUGE, None, id="a cumulative sum that may fall"),
        pytest.param(DELTA, True, Shape.DELTA, Kind.COUNTER, [START_MS], id="a delta sum that only grows"),
        pytest.param(DELTA, False, Shape.DELTA, Kind.GAUGE, [START_MS], id="a delta sum that may fall"),
    ],
)
def test_a_sum_keeps_its_temporality_and_its_start(
    decode: Decode, temporality: int, monotonic: bool, shape: Shape, kind: Kind, start: list[int] | None
) -> None:
    metric = Metric(name="orders", unit="{order}")
    metric.sum.aggregation_temporality = temporality  # type: ignore[assignment]
    metric.sum.is_monotonic = monotonic
    metric.sum.data_points.add(as_int=41, **TIMES)
    batch = decode(export(metric))
    (key,) = keys(batch)
    assert (key.shape, key.kind) == (shape, kind)
    assert batch.values.tolist() == [41.0]
    assert (None if batch.start_ms is None else batch.start_ms.tolist()) == start


@pytest.mark.parametrize(
    ("temporality", "shape"),
    [(CUMULATIVE, Shape.HISTOGRAM), (DELTA, Shape.DELTA_HISTOGRAM)],
    ids=["cumulative", "delta"],
)
def test_an_explicit_histogram_keeps_bounds_counts_and_sum(decode: Decode, temporality: int, shape: Shape) -> None:
    metric = Metric(name="http.server.request.duration", unit="s")
    metric.histogram.aggregation_temporality = temporality  # type: ignore[assignment]
    metric.histogram.data_points.add(
        count=6, sum=1.75, bucket_counts=[1, 2, 3], explicit_bounds=[0.1, 0.5], min=0.01, max=2.0, **TIMES
    )
    batch = decode(export(metric))
    (sample,) = batch.histograms
    assert histogram_keys(batch)[0].shape is shape
    assert (sample.at_ms, sample.start_ms) == (AT_MS, START_MS)
    assert isinstance(sample.histogram, ExplicitHistogram)
    assert sample.histogram.bounds.tolist() == [0.1, 0.5]
    assert sample.histogram.counts.tolist() == [1.0, 2.0, 3.0]
    assert (sample.histogram.count, sample.histogram.total) == (6.0, 1.75)
    assert sample.histogram.counts.dtype == sample.histogram.bounds.dtype == np.float64


def test_a_histogram_without_buckets_is_one_bucket_up_to_infinity(decode: Decode) -> None:
    metric = Metric(name="size")
    metric.histogram.aggregation_temporality = CUMULATIVE
    metric.histogram.data_points.add(count=9, sum=4.5, **TIMES)
    (sample,) = decode(export(metric)).histograms
    assert isinstance(sample.histogram, ExplicitHistogram)
    assert (sample.histogram.bounds.tolist(), sample.histogram.counts.tolist()) == ([], [9.0])


def test_a_histogram_without_a_sum_has_none(decode: Decode) -> None:
    metric = Metric(name="temperature.change")
    metric.histogram.aggregation_temporality = CUMULATIVE
    metric.histogram.data_points.add(count=1, bucket_counts=[1, 0], explicit_bounds=[0.0], **TIMES)
    (sample,) = decode(export(metric)).histograms
    assert sample.histogram is not None
    assert sample.histogram.total is None


@pytest.mark.parametrize(
    ("temporality", "shape"),
    [(CUMULATIVE, Shape.HISTOGRAM), (DELTA, Shape.DELTA_HISTOGRAM)],
    ids=["cumulative", "delta"],
)
def test_an_exponential_histogram_keeps_scale_offsets_and_counts(
    decode: Decode, temporality: int, shape: Shape
) -> None:
    metric = Metric(name="queue.wait", unit="s")
    metric.exponential_histogram.aggregation_temporality = temporality  # type: ignore[assignment]
    point = metric.exponential_histogram.data_points.add(
        count=1 + 300 + 2 + 4 + 70_000, sum=-2.5, scale=3, zero_count=1, zero_threshold=0.001, **TIMES
    )
    point.positive.offset = -5
    point.positive.bucket_counts.extend([300, 0, 2])
    point.negative.offset = 7
    point.negative.bucket_counts.extend([4, 70_000])
    batch = decode(export(metric))
    (sample,) = batch.histograms
    assert histogram_keys(batch)[0].shape is shape
    made = sample.histogram
    assert isinstance(made, ExponentialHistogram)
    assert (made.scale, made.zero_threshold, made.zero_count, made.total) == (3, 0.001, 1.0, -2.5)
    assert (made.positive.offset, made.positive.counts.tolist()) == (-5, [300.0, 0.0, 2.0])
    assert (made.negative.offset, made.negative.counts.tolist()) == (7, [4.0, 70_000.0])
    assert made.count == 70_307.0


def test_a_summary_becomes_the_series_a_prometheus_client_would_send(decode: Decode) -> None:
    metric = Metric(name="gc.pause", unit="s")
    point = metric.summary.data_points.add(count=7, sum=0.5, attributes=attributes({"gc": "young"}), **TIMES)
    point.quantile_values.add(quantile=0.5, value=0.02)
    point.quantile_values.add(quantile=1.0, value=math.nan)
    batch = decode(export(metric))
    assert [(str(key), key.kind, key.unit) for key in keys(batch)] == [
        ('gc.pause_count{gc="young"}', Kind.COUNTER, ""),
        ('gc.pause_sum{gc="young"}', Kind.COUNTER, "s"),
        ('gc.pause{gc="young",quantile="0.5"}', Kind.GAUGE, "s"),
        ('gc.pause{gc="young",quantile="1"}', Kind.GAUGE, "s"),
    ]
    assert batch.values[:3].tolist() == [7.0, 0.5, 0.02]
    assert math.isnan(batch.values[3])
    assert batch.start_ms is not None
    assert batch.start_ms.tolist() == [START_MS, START_MS, 0, 0]


def test_no_recorded_value_marks_the_end_of_a_series_of_every_kind(decode: Decode) -> None:
    metrics = [Metric(name=name) for name in ("gauge", "sum", "histogram", "exponential", "summary")]
    flagged = TIMES | {"flags": NO_RECORDED_VALUE}
    metrics[0].gauge.data_points.add(**flagged)
    metrics[1].sum.aggregation_temporality = CUMULATIVE
    metrics[1].sum.data_points.add(as_double=3.5, **flagged)
    metrics[2].histogram.aggregation_temporality = CUMULATIVE
    metrics[2].histogram.data_points.add(**flagged)
    metrics[3].exponential_histogram.aggregation_temporality = CUMULATIVE
    metrics[3].exponential_histogram.data_points.add(scale=99, **flagged)
    metrics[4].summary.data_points.add(**flagged)
    batch = decode(export(*metrics))
    assert [key.metric for key in keys(batch)] == ["gauge", "sum", "summary_count", "summary_sum"]
    assert batch.marks is not None
    assert batch.marks.tolist() == [Mark.STALE] * 4
    assert batch.values.tolist() == [0.0] * 4
    assert [key.metric for key in histogram_keys(batch)] == ["histogram", "exponential"]
    assert [sample.histogram for sample in batch.histograms] == [None, None]
    assert batch.refusals == ()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308])
def test_a_value_that_is_no_everyday_number_is_kept_to_the_bit(decode: Decode, value: float) -> None:
    batch = decode(export(gauge("odd", value)))
    assert batch.values.tobytes() == np.float64(value).tobytes()
    assert (batch.marks, batch.refusals) == (None, ())


def test_whole_numbers_are_integers_or_doubles_of_64_bits(decode: Decode) -> None:
    metric = Metric(name="whole")
    for value in (-(2**63), 2**63 - 1, 2**53, 0):
        metric.gauge.data_points.add(as_int=value, time_unix_nano=AT)
    assert decode(export(metric)).values.tolist() == [float(-(2**63)), float(2**63 - 1), float(2**53), 0.0]


def test_nanoseconds_are_cut_to_milliseconds(decode: Decode) -> None:
    metric = Metric(name="sum")
    metric.sum.aggregation_temporality = DELTA
    metric.sum.data_points.add(as_int=1, time_unix_nano=AT + 1_999_999, start_time_unix_nano=START + 999_999)
    batch = decode(export(metric))
    assert batch.at_ms.tolist() == [AT_MS + 1]
    assert batch.start_ms is not None
    assert batch.start_ms.tolist() == [START_MS]


def test_a_cumulative_start_that_lies_after_its_time_is_as_good_as_none(decode: Decode) -> None:
    metric = Metric(name="sum")
    metric.sum.aggregation_temporality = CUMULATIVE
    metric.sum.is_monotonic = True
    metric.sum.data_points.add(as_int=1, time_unix_nano=AT, start_time_unix_nano=AT + SECOND)
    batch = decode(export(metric))
    assert (batch.values.tolist(), batch.start_ms, batch.refusals) == ([1.0], None, ())


def test_points_of_one_series_share_a_position_even_across_scopes(decode: Decode) -> None:
    made = export(
        gauge("level", 1.0, labels={"a": "x", "b": 2}), gauge("level", 2.0, at=AT + SECOND, labels={"b": 2, "a": "x"})
    )
    made.resource_metrics[0].scope_metrics.add().metrics.append(gauge("level", 3.0, labels={"a": "x", "b": 2}))
    made.resource_metrics[0].scope_metrics[1].scope.name = "another.library"
    batch = decode(made)
    assert batch.series.tolist() == [batch.series[0]] * 3
    assert batch.values.tolist() == [1.0, 2.0, 3.0]


def test_the_same_metric_of_two_resources_is_two_series(decode: Decode) -> None:
    made = export(gauge("up"), resource={"service.name": "cart"})
    made.resource_metrics.append(export(gauge("up"), resource={"service.name": "search"}).resource_metrics[0])
    assert [key.label("service.name") for key in keys(decode(made))] == ["cart", "search"]


def test_metadata_says_what_the_sender_says_once_a_metric(decode: Decode) -> None:
    metric = Metric(name="orders", unit="{order}", description="Orders placed")
    metric.sum.aggregation_temporality = CUMULATIVE
    metric.sum.is_monotonic = True
    metric.sum.data_points.add(as_int=1, **TIMES)
    summary = Metric(name="gc.pause", unit="s")
    summary.summary.data_points.add(count=1, sum=1.0, **TIMES)
    made = export(metric, gauge("level"), metric, summary)
    assert decode(made).metadata == (
        Metadata("orders", "counter", help="Orders placed", unit="{order}"),
        Metadata("level", "gauge"),
        Metadata("gc.pause", "summary", unit="s"),
    )


def test_exemplars_are_counted(decode: Decode) -> None:
    metric = gauge("level")
    metric.gauge.data_points[0].exemplars.add(as_double=1.0, trace_id=b"\x01" * 16, span_id=b"\x02" * 8)
    metric.gauge.data_points[0].exemplars.add(as_int=2)
    assert decode(export(metric)).exemplars == 2


def test_an_export_of_nothing_is_nothing_amiss(decode: Decode) -> None:
    batch = decode(export())
    assert (len(batch), batch.histograms, batch.metadata, batch.refusals) == (0, (), (), ())


def test_a_metric_without_data_is_passed_over(decode: Decode) -> None:
    batch = decode(export(Metric(name="of a kind to come"), gauge("level")))
    assert [key.metric for key in keys(batch)] == ["level"]
    assert batch.refusals == ()
