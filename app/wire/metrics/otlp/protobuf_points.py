"""What the points of a protobuf export carry, in the terms both encodings share."""

import numpy as np
from google.protobuf.message import DecodeError
from opentelemetry.proto.metrics.v1 import metrics_pb2

from app.wire.metrics.otlp.histograms import Counts, Explicit, Exponential, packed_bounds, packed_counts
from app.wire.metrics.otlp.points import MAX_QUANTILES, Summary
from app.wire.metrics.otlp.rows import Times
from app.wire.metrics.otlp.schema import (
    DistributionPoint,
    ExponentialPoint,
    HistogramPoint,
    NumberPoint,
    Point,
    SummaryPoint,
)

FIXED64_BYTES = 8
NO_COUNTS: Counts = np.empty(0, dtype=np.uint64)


def times(point: Point) -> Times:
    return point.time_unix_nano, point.start_time_unix_nano, point.flags


def number(point: NumberPoint) -> float | None:
    """The value of a gauge's or sum's point; None when it has none."""
    which = point.WhichOneof("value")
    if which == "as_double":
        return point.as_double
    return float(point.as_int) if which else None


def explicit(point: HistogramPoint) -> Explicit:
    counts, bounds = b"".join(point.bucket_counts), b"".join(point.explicit_bounds)
    if len(counts) % FIXED64_BYTES or len(bounds) % FIXED64_BYTES:
        raise DecodeError("a packed list is cut off")
    if not counts and point.count:  # a sender may leave lists unpacked: they then lie among the fields not understood
        loose = metrics_pb2.HistogramDataPoint.FromString(point.SerializeToString())
        counts, bounds = packed_counts(loose.bucket_counts), packed_bounds(loose.explicit_bounds)
    return Explicit(counts, bounds, point.count, _total(point))


def exponential(point: ExponentialPoint) -> Exponential:
    positive_offset, positive = _buckets(point.positive)
    negative_offset, negative = _buckets(point.negative)
    return Exponential(
        point.scale,
        point.zero_threshold,
        point.zero_count,
        positive_offset,
        positive,
        negative_offset,
        negative,
        point.count,
        _total(point),
    )


def summary(point: SummaryPoint) -> Summary:
    read = map(metrics_pb2.SummaryDataPoint.ValueAtQuantile.FromString, point.quantile_values[: MAX_QUANTILES + 1])
    return Summary(point.count, point.sum, [(at.quantile, at.value) for at in read])


def _buckets(encoded: bytes) -> tuple[int, Counts]:
    """Offset and counts."""
    if not encoded:
        return 0, NO_COUNTS
    buckets = metrics_pb2.ExponentialHistogramDataPoint.Buckets.FromString(encoded)
    return buckets.offset, np.array(buckets.bucket_counts, dtype=np.uint64)


def _total(point: DistributionPoint) -> float | None:
    return point.sum if point.HasField("sum") else None
