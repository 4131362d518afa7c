"""OTLP metrics requests, made from columns: every point of a series has the same length, so that they are one array.

https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
"""

from collections.abc import Sequence

import numpy as np

from app.demo import export, protobuf
from app.demo.export import Attributes, Export, Metric, Points, Shape
from app.domain.samples import Ints

HEADERS = {"Content-Type": "application/x-protobuf"}

SCOPE = protobuf.text(1, "larkspur.telemetry") + protobuf.text(2, "1.4.0")
DELTA, CUMULATIVE = 1, 2
FIELDS = {Shape.GAUGE: 5, Shape.SUM: 7, Shape.LEVEL: 7, Shape.HISTOGRAM: 9, Shape.EXPONENTIAL: 10}
COUNT_BYTES = 4  # a bucket counts less than 2**28 in the life of a process


def body(exports: Sequence[Export]) -> bytes:
    """An ExportMetricsServiceRequest."""
    return b"".join(protobuf.field(1, _resource_metrics(one)) for one in exports)


def _resource_metrics(exported: Export) -> bytes:
    metrics = b"".join(protobuf.field(2, _metric(metric)) for metric in exported.metrics if metric.points)
    scope_metrics = protobuf.field(1, SCOPE) + metrics
    return protobuf.field(1, _attributes(1, exported.resource)) + protobuf.field(2, scope_metrics)


def _metric(metric: Metric) -> bytes:
    write = {Shape.HISTOGRAM: _histogram, Shape.EXPONENTIAL: _exponential}.get(metric.shape, _number)
    data = b"".join(write(points) for points in metric.points)
    if metric.shape is not Shape.GAUGE:
        data += protobuf.whole(2, DELTA if metric.delta else CUMULATIVE)
    if metric.shape is Shape.SUM:
        data += protobuf.whole(3, 1)
    return protobuf.text(1, metric.name) + protobuf.text(3, metric.unit) + protobuf.field(FIELDS[metric.shape], data)


def _number(points: Points) -> bytes:
    """NumberDataPoints: start 2, time 3, as_double 4, attributes 7."""
    value = (b"\x21", protobuf.eight(points.values))
    return protobuf.records(1, len(points.at_ms), (_attributes(7, points.attributes), *_times(points), *value))


def _histogram(points: Points) -> bytes:
    """HistogramDataPoints: count 4, sum 5, bucket_counts 6, explicit_bounds 7, attributes 9."""
    counts = points.values.astype(np.int64)
    bounds = np.array(export.BOUNDS).tobytes()
    parts = (
        _attributes(9, points.attributes),
        *_times(points),
        *_count_and_sum(counts, points),
        b"\x32" + protobuf.varint(8 * counts.shape[1]),
        protobuf.eight(counts),
        protobuf.field(7, bounds),
    )
    return protobuf.records(1, len(counts), parts)


def _exponential(points: Points) -> bytes:
    """ExponentialHistogramDataPoints: attributes 1, count 4, sum 5, scale 6, zero_count 7, positive 8."""
    counts = points.values.astype(np.int64)
    offset = protobuf.varint(1 << 3) + protobuf.zigzag(export.LOWEST)
    size = COUNT_BYTES * counts.shape[1]
    packed = b"\x12" + protobuf.varint(size)
    parts = (
        _attributes(1, points.attributes),
        *_times(points),
        *_count_and_sum(counts, points),
        b"\x30" + protobuf.zigzag(export.SCALE) + b"\x39" + bytes(8),
        b"\x42" + protobuf.varint(len(offset) + len(packed) + size) + offset + packed,
        protobuf.wide_varints(counts, COUNT_BYTES).reshape(len(counts), -1),
    )
    return protobuf.records(1, len(counts), parts)


def _times(points: Points) -> tuple[bytes | protobuf.Bytes, ...]:
    """start_time_unix_nano 2 and time_unix_nano 3 of any point."""
    return (b"\x11", _nanoseconds(points.start_ms), b"\x19", _nanoseconds(points.at_ms))


def _count_and_sum(counts: Ints, points: Points) -> tuple[bytes | protobuf.Bytes, ...]:
    return (b"\x21", protobuf.eight(counts.sum(axis=1)), b"\x29", protobuf.eight(points.total))


def _nanoseconds(at_ms: Ints) -> protobuf.Bytes:
    return protobuf.eight(at_ms * 1_000_000)


def _attributes(number: int, attributes: Attributes) -> bytes:
    """KeyValues as fields of a number."""
    pairs = (protobuf.text(1, name) + protobuf.field(2, _any(value)) for name, value in attributes)
    return b"".join(protobuf.field(number, pair) for pair in pairs)


def _any(value: str | int) -> bytes:
    return protobuf.text(1, value) if isinstance(value, str) else protobuf.whole(3, value)
