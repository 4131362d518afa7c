"""Whatever is sent: only an AppError may escape, what comes out is sound, and both encodings say the same."""

import contextlib
from pathlib import Path
from typing import cast

import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    SummaryDataPoint,
)

from app.domain.errors import AppError
from app.domain.histograms import ExplicitHistogram, ExponentialHistogram
from app.domain.samples import HistogramSample, SampleBatch
from app.wire import decompress
from app.wire.metrics import otlp
from tests.wire.metrics.otlp.exports import as_json, as_protobuf, export, histogram_keys, keys

FOLDER = Path(__file__).parents[1] / "captures" / "otlp"
PROTOBUF_BODIES = [
    decompress.bounded_decode("gzip" if "gzip" in path.name else "", path.read_bytes(), limit=1 << 20)
    for path in sorted(FOLDER.glob("*.body"))
    if "json" not in path.name
]
JSON_BODIES = [
    decompress.bounded_decode("gzip" if "gzip" in path.name else "", path.read_bytes(), limit=1 << 20)
    for path in sorted(FOLDER.glob("*json*.body"))
]

uint64 = st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1))
texts = st.text(max_size=8)
scalars = st.one_of(
    st.builds(AnyValue),
    st.builds(AnyValue, string_value=texts),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, double_value=st.floats()),
    st.builds(AnyValue, bytes_value=st.binary(max_size=8)),
)


def nested(inner: SearchStrategy[AnyValue]) -> SearchStrategy[AnyValue]:
    def array(values: list[AnyValue]) -> AnyValue:
        made = AnyValue()
        made.array_value.values.extend(values)
        return made

    def mapping(values: dict[str, AnyValue]) -> AnyValue:
        made = AnyValue()
        made.kvlist_value.values.extend(KeyValue(key=name, value=value) for name, value in values.items())
        return made

    return st.one_of(
        st.builds(array, st.lists(inner, max_size=3)), st.builds(mapping, st.dictionaries(texts, inner, max_size=3))
    )


attributes = st.lists(st.builds(KeyValue, key=texts, value=st.recursive(scalars, nested, max_leaves=5)), max_size=3)
point = {
    "attributes": attributes,
    "time_unix_nano": uint64,
    "start_time_unix_nano": uint64,
    "flags": st.one_of(st.integers(0, 1), st.integers(0, 2**32 - 1)),
}
distribution = point | {"count": uint64, "sum": st.one_of(st.none(), st.floats())}
number_points = st.one_of(
    st.builds(NumberDataPoint, as_double=st.floats(), **point),
    st.builds(NumberDataPoint, as_int=st.integers(-(2**63), 2**63 - 1), **point),
    st.builds(NumberDataPoint, **point),
)
histogram_points = st.one_of(
    st.builds(
        HistogramDataPoint,
        bucket_counts=st.lists(uint64, max_size=4),
        explicit_bounds=st.lists(st.floats(), max_size=3),
        **distribution,
    ),
    st.lists(st.integers(0, 2**60), min_size=3, max_size=3).flatmap(
        lambda counts: st.builds(
            HistogramDataPoint,
            bucket_counts=st.just(counts),
            explicit_bounds=st.just([0.5, 1.0]),
            **distribution | {"count": st.just(sum(counts))},
        )
    ),
)
buckets = st.builds(
    ExponentialHistogramDataPoint.Buckets,
    offset=st.integers(-(2**31), 2**31 - 1),
    bucket_counts=st.lists(uint64, max_size=4),
)
exponential_points = st.builds(
    ExponentialHistogramDataPoint,
    scale=st.one_of(st.integers(-11, 21), st.integers(-(2**31), 2**31 - 1)),
    zero_count=uint64,
    zero_threshold=st.one_of(st.just(0.0), st.floats()),
    positive=buckets,
    negative=buckets,
    **distribution,
)
quantiles = st.builds(SummaryDataPoint.ValueAtQuantile, quantile=st.floats(), value=st.floats())
summary_points = st.builds(
    SummaryDataPoint,
    **point | {"count": uint64, "sum": st.floats(), "quantile_values": st.lists(quantiles, max_size=3)},
)
temporalities = st.sampled_from([0, 1, 2])


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    made = Metric(name=draw(texts), unit=draw(texts), description=draw(texts))
    kind = draw(st.sampled_from(["gauge", "sum", "histogram", "exponential_histogram", "summary"]))
    points = {
        "gauge": number_points,
        "sum": number_points,
        "histogram": histogram_points,
        "exponential_histogram": exponential_points,
        "summary": summary_points,
    }[kind]
    data = getattr(made, kind)
    data.data_points.extend(draw(st.lists(points, max_size=3)))
    if kind in {"sum", "histogram", "exponential_histogram"}:
        data.aggregation_temporality = draw(temporalities)
    if kind == "sum":
        data.is_monotonic = draw(st.booleans())
    return made


exports = st.lists(metrics(), max_size=3).map(lambda made: export(*made, resource={"service.name": "cart"}))
spoiling = st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4), st.integers(0, 4)), min_size=1, max_size=4)


@given(exports)
def test_both_encodings_of_any_export_say_the_same(made: MetricsData) -> None:
    one, other = as_protobuf(made), as_json(made)
    assert one.refusals == other.refusals
    assert one.metadata == other.metadata
    assert list(map(str, keys(one))) == list(map(str, keys(other)))
    assert [(key, key.kind, key.unit) for key in keys(one)] == [(key, key.kind, key.unit) for key in keys(other)]
    assert one.at_ms.tolist() == other.at_ms.tolist()
    assert bits(one) == bits(other)
    assert columns(one) == columns(other)
    assert histogram_keys(one) == histogram_keys(other)
    assert list(map(told, one.histograms)) == list(map(told, other.histograms))


@given(exports)
def test_every_point_is_taken_or_counted_among_the_refused(made: MetricsData) -> None:
    batch = as_protobuf(made)
    sent = [
        (metric.WhichOneof("data"), len(getattr(metric, str(metric.WhichOneof("data"))).data_points))
        for metric in made.resource_metrics[0].scope_metrics[0].metrics
        if metric.WhichOneof("data")
    ]
    histograms = sum(points for kind, points in sent if kind and "histogram" in kind)
    assert len(batch.histograms) + sum(one.histograms for one in batch.refusals) == histograms
    if not any(kind == "summary" for kind, _ in sent):
        numbers = sum(points for _, points in sent) - histograms
        assert len(batch) + sum(one.samples for one in batch.refusals) == numbers


@given(body=st.binary(max_size=200))
def test_bytes_at_random_raise_nothing_but_an_app_error(body: bytes) -> None:
    with contextlib.suppress(AppError):
        check(otlp.decode_protobuf(body))
    with contextlib.suppress(AppError):
        check(otlp.decode_json(body))


@given(body=st.sampled_from(PROTOBUF_BODIES), changes=spoiling)
def test_a_spoiled_protobuf_export_raises_nothing_but_an_app_error(
    body: bytes, changes: list[tuple[int, bytes, int]]
) -> None:
    with contextlib.suppress(AppError):
        check(otlp.decode_protobuf(spoiled(body, changes)))


@given(body=st.sampled_from(JSON_BODIES), changes=spoiling)
def test_a_spoiled_json_export_raises_nothing_but_an_app_error(
    body: bytes, changes: list[tuple[int, bytes, int]]
) -> None:
    with contextlib.suppress(AppError):
        check(otlp.decode_json(spoiled(body, changes)))


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


@given(body=st.sampled_from(JSON_BODIES), where=st.integers(0, 10_000), value=values)
def test_a_json_export_with_any_value_in_any_place_raises_nothing_but_an_app_error(
    body: bytes, where: int, value: object
) -> None:
    document: object = orjson.loads(body)
    places = list(each_place(document))
    holder, place = places[where % len(places)]
    holder[place] = value
    with contextlib.suppress(AppError):
        check(otlp.decode_json(orjson.dumps(document)))


def each_place(value: object) -> "list[tuple[dict[object, object], object]]":
    """Each list or object in a document with each of its indices or names."""
    if isinstance(value, dict):
        own = [(value, name) for name in value]
        return [*own, *(place for inner in value.values() for place in each_place(inner))]
    if isinstance(value, list):
        listed = cast("dict[object, object]", value)
        return [*((listed, at) for at in range(len(value))), *(place for inner in value for place in each_place(inner))]
    return []


def spoiled(body: bytes, changes: list[tuple[int, bytes, int]]) -> bytes:
    for at, put, cut in changes:
        place = at % len(body) if body else 0
        body = body[:place] + put + body[place + cut :]
    return body


def check(batch: SampleBatch) -> None:
    """What every batch keeps, whatever it was made from."""
    count = len(batch)
    assert len(batch.series) == len(batch.values) == count
    assert all(column is None or len(column) == count for column in (batch.marks, batch.start_ms))
    assert batch.series.dtype == batch.at_ms.dtype == np.int64
    assert all(key.fingerprint for key in (*keys(batch), *histogram_keys(batch)))
    for sample in batch.histograms:
        assert 0 <= sample.start_ms <= sample.at_ms
        if isinstance(sample.histogram, ExplicitHistogram):
            ExplicitHistogram(sample.histogram.bounds, sample.histogram.counts, sample.histogram.total)


def bits(batch: SampleBatch) -> bytes:
    """The values to the bit, but for NaN: JSON has one only."""
    return np.where(np.isnan(batch.values), np.nan, batch.values).tobytes()


def columns(batch: SampleBatch) -> list[list[int] | None]:
    return [None if column is None else column.tolist() for column in (batch.marks, batch.start_ms)]


def told(sample: HistogramSample) -> str:
    """A sample as text; NaN equals NaN in it."""
    made = sample.histogram
    parts: list[object] = [sample.at_ms, sample.start_ms]
    if isinstance(made, ExplicitHistogram):
        parts += [made.bounds.tolist(), made.counts.tolist(), made.total]
    if isinstance(made, ExponentialHistogram):
        parts += [made.scale, made.zero_threshold, made.zero_count, made.total]
        parts += [(side.offset, side.counts.tolist()) for side in (made.positive, made.negative)]
    return repr(parts)
