"""Bad points in good exports: each is left out by name, the rest is taken. In every encoding."""

import math
from collections.abc import Callable

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric

from app.domain.samples import Refusal
from app.wire.metrics.otlp.points import MAX_QUANTILES
from tests.wire.metrics.otlp.exports import (
    AT,
    CUMULATIVE,
    DELTA,
    SECOND,
    TIMES,
    Decode,
    attributes,
    export,
    gauge,
    histogram_keys,
    keys,
)


def number(name: str = "bad", **point: object) -> Metric:
    metric = Metric(name=name)
    metric.sum.aggregation_temporality = DELTA
    metric.sum.data_points.add(**({"as_int": 1} | TIMES | point))
    return metric


def explicit(**point: object) -> Metric:
    metric = Metric(name="bad")
    metric.histogram.aggregation_temporality = CUMULATIVE
    metric.histogram.data_points.add(**(TIMES | point))
    return metric


def exponential(**point: object) -> Metric:
    metric = Metric(name="bad")
    metric.exponential_histogram.aggregation_temporality = CUMULATIVE
    made = metric.exponential_histogram.data_points.add(**(TIMES | {"count": 1} | point))
    made.positive.bucket_counts.append(1)
    return metric


def without_temporality() -> Metric:
    metric = Metric(name="bad")
    metric.histogram.data_points.add(count=1, **TIMES)
    return metric


def summary_of(quantiles: int) -> Metric:
    metric = Metric(name="bad")
    point = metric.summary.data_points.add(count=1, **TIMES)
    for number_of in range(quantiles):
        point.quantile_values.add(quantile=number_of / quantiles)
    return metric


def labelled(count: int) -> Metric:
    return number(attributes=attributes({f"label.{i}": "x" for i in range(count)}))


BAD: dict[str, tuple[Callable[[], Metric], str, str]] = {
    "a point without a time": (
        lambda: number(time_unix_nano=0),
        "timestamp_missing",
        "bad has points without a time.",
    ),
    "a delta that ends before it starts": (
        lambda: number(start_time_unix_nano=AT + SECOND),
        "start_after_time",
        "bad has deltas that end before they start.",
    ),
    "a point without a value": (
        lambda: number(as_int=None),
        "value_missing",
        "bad has points without a value.",
    ),
    "a metric without a name": (
        lambda: number(name=""),
        "name_missing",
        "A series has no metric name (`__name__`).",
    ),
    "a name that holds a control character": (
        lambda: number(name="ba\x07d"),
        "label_invalid",
        "The metric name 'ba\\x07d' holds a control character.",
    ),
    "a name of 257 bytes": (
        lambda: number(name="b" * 257),
        "label_too_long",
        f"The metric name of {'b' * 79}… is longer than 256 bytes.",
    ),
    "an attribute without a name": (
        lambda: number(attributes=attributes({"": "x"})),
        "label_invalid",
        "bad has a label without a name.",
    ),
    "an attribute twice": (
        lambda: number(attributes=[*attributes({"k": "x"}), *attributes({"k": "y"})]),
        "label_invalid",
        "bad has the label k twice.",
    ),
    "a value with a NUL": (
        lambda: number(attributes=attributes({"k": "a\x00b"})),
        "label_nul",
        "The value of k of bad holds a NUL character.",
    ),
    "a value of 4 KiB and a byte": (
        lambda: number(attributes=attributes({"k": "v" * 4097})),
        "label_too_long",
        "The value of k of bad is longer than 4096 bytes.",
    ),
    "41 attributes": (lambda: labelled(41), "too_many_labels", "bad has 41 labels; the limit is 40."),
    "129 attributes": (
        lambda: labelled(129),
        "too_many_labels",
        "bad has points of more than 128 attributes.",
    ),
    "a temporality that is not said": (
        without_temporality,
        "temporality_missing",
        "bad does not say whether its points are deltas or cumulative (aggregation_temporality).",
    ),
    "a bucket too few": (
        lambda: explicit(count=3, bucket_counts=[1, 2], explicit_bounds=[1, 2]),
        "histogram_invalid",
        "bad has a malformed histogram: 2 bounds need 3 counts, not 2.",
    ),
    "bounds without buckets": (
        lambda: explicit(count=3, explicit_bounds=[1, 2]),
        "histogram_invalid",
        "bad has a malformed histogram: 2 bounds need 3 counts, not 1.",
    ),
    "buckets that do not add up to the count": (
        lambda: explicit(count=4, bucket_counts=[1, 2], explicit_bounds=[1]),
        "histogram_invalid",
        "bad has a malformed histogram: its buckets hold 3 observations, its count says 4.",
    ),
    "bounds that fall": (
        lambda: explicit(count=3, bucket_counts=[1, 1, 1], explicit_bounds=[2, 1]),
        "histogram_invalid",
        "bad has a malformed histogram: bounds must be finite and ascending.",
    ),
    "a bound that is NaN": (
        lambda: explicit(count=2, bucket_counts=[1, 1], explicit_bounds=[math.nan]),
        "histogram_invalid",
        "bad has a malformed histogram: bounds must be finite and ascending.",
    ),
    "a scale over 20": (
        lambda: exponential(scale=100),
        "histogram_invalid",
        "bad has a malformed histogram: scale 100 is outside -10 to 20.",
    ),
    "a scale below -10": (
        lambda: exponential(scale=-100),
        "histogram_invalid",
        "bad has a malformed histogram: scale -100 is outside -10 to 20.",
    ),
    "a zero threshold that is NaN": (
        lambda: exponential(zero_threshold=math.nan),
        "histogram_invalid",
        "bad has a malformed histogram: the zero threshold must be a number of at least 0.",
    ),
    "exponential buckets that do not add up to the count": (
        lambda: exponential(count=5, zero_count=3),
        "histogram_invalid",
        "bad has a malformed histogram: its buckets hold 4 observations, its count says 5.",
    ),
    "a summary of 101 quantiles": (
        lambda: summary_of(MAX_QUANTILES + 1),
        "summary_invalid",
        f"bad has a point with more than {MAX_QUANTILES} quantiles.",
    ),
}


@pytest.mark.parametrize(("make", "code", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_bad_metric_refuses_only_itself(decode: Decode, make: Callable[[], Metric], code: str, sentence: str) -> None:
    bad = make()
    batch = decode(export(gauge("before"), bad, gauge("after")))
    assert [key.metric for key in keys(batch)] == ["before", "after"]
    assert batch.histograms == ()
    assert [(one.code, one.message, one.samples + one.histograms) for one in batch.refusals] == [(code, sentence, 1)]


def test_a_refused_histogram_is_counted_as_one(decode: Decode) -> None:
    batch = decode(export(explicit(count=4, bucket_counts=[1]), explicit(time_unix_nano=0), number(time_unix_nano=0)))
    assert {(one.code, one.samples, one.histograms) for one in batch.refusals} == {
        ("histogram_invalid", 0, 1),
        ("timestamp_missing", 1, 1),
    }


def test_refusals_of_a_kind_are_one_with_a_count_and_the_first_ones_name(decode: Decode) -> None:
    metrics = [number(f"metric.{i}", time_unix_nano=0) for i in range(3)]
    metrics[0].sum.data_points.add(as_int=2, start_time_unix_nano=AT)
    assert decode(export(*metrics)).refusals == (
        Refusal("timestamp_missing", "metric.0 has points without a time.", samples=4),
    )


def test_a_good_point_beside_a_bad_one_of_the_same_metric_is_taken(decode: Decode) -> None:
    metric = explicit(count=4, bucket_counts=[1])
    metric.histogram.data_points.add(count=4, bucket_counts=[4], **TIMES)
    metric.histogram.data_points.add(count=4, bucket_counts=[4], attributes=attributes({"": "x"}), **TIMES)
    batch = decode(export(metric))
    assert [sample.histogram.count for sample in batch.histograms if sample.histogram] == [4.0]
    assert [key.labels for key in histogram_keys(batch)] == [()]
    assert [one.code for one in batch.refusals] == ["label_invalid", "histogram_invalid"]


def test_a_unit_over_63_letters_or_with_a_control_character_is_left_out(decode: Decode) -> None:
    metrics = [gauge("a"), gauge("b"), gauge("c")]
    metrics[0].unit, metrics[1].unit, metrics[2].unit = "x" * 64, "m\x00s", "x" * 63
    assert [key.unit for key in keys(decode(export(*metrics)))] == ["", "", "x" * 63]


def test_a_description_is_kept_short_and_without_nul(decode: Decode) -> None:
    metric = gauge("a")
    metric.description = "\x00" + "y" * 5_000
    (metadata,) = decode(export(metric)).metadata
    assert metadata.help == "y" * 999 + "…"


def test_what_is_refused_whole_has_no_metadata(decode: Decode) -> None:
    assert decode(export(number(name="ba\x00d"), without_temporality())).metadata == ()
