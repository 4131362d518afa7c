"""What the objects of a JSON export carry, in the terms both encodings share."""

import numpy as np

from app.wire.metrics.otlp import json_fields as fields
from app.wire.metrics.otlp.histograms import Counts, Explicit, Exponential, packed_bounds, packed_counts
from app.wire.metrics.otlp.json_fields import INT32, INT64, UINT32, UINT64, Json
from app.wire.metrics.otlp.points import Summary
from app.wire.metrics.otlp.rows import Times
from app.wire.metrics.otlp.schema import CUMULATIVE, DELTA

TEMPORALITIES: dict[object, int] = {
    DELTA: DELTA,
    CUMULATIVE: CUMULATIVE,
    "AGGREGATION_TEMPORALITY_DELTA": DELTA,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": CUMULATIVE,
}


def temporality(data: Json) -> int:
    """DELTA, CUMULATIVE, or 0 for anything else."""
    value = fields.find(data, "aggregationTemporality", "aggregation_temporality")
    return TEMPORALITIES.get(value, 0) if isinstance(value, int | str) and value is not True else 0


def times(point: Json) -> Times:
    return (
        _uint64(point, "timeUnixNano", "time_unix_nano"),
        _uint64(point, "startTimeUnixNano", "start_time_unix_nano"),
        fields.integer(point.get("flags"), "flags", within=UINT32),
    )


def number(point: Json) -> float | None:
    """The value of a gauge's or sum's point; None when it has none."""
    value = fields.find(point, "asDouble", "as_double")
    if value is not None:
        return fields.double(value, "asDouble")
    value = fields.find(point, "asInt", "as_int")
    return None if value is None else float(fields.integer(value, "asInt", within=INT64))


def explicit(point: Json) -> Explicit:
    return Explicit(
        packed_counts(fields.unsigned(point, "bucketCounts", "bucket_counts")),
        packed_bounds(fields.doubles(point, "explicitBounds", "explicit_bounds")),
        _uint64(point, "count", "count"),
        _total(point),
    )


def exponential(point: Json) -> Exponential:
    positive_offset, positive = _buckets(point, "positive")
    negative_offset, negative = _buckets(point, "negative")
    return Exponential(
        fields.integer(point.get("scale"), "scale", within=INT32),
        fields.double(fields.find(point, "zeroThreshold", "zero_threshold"), "zeroThreshold"),
        _uint64(point, "zeroCount", "zero_count"),
        positive_offset,
        positive,
        negative_offset,
        negative,
        _uint64(point, "count", "count"),
        _total(point),
    )


def summary(point: Json) -> Summary:
    quantiles = fields.children(point, "quantileValues", "quantile_values")
    return Summary(
        _uint64(point, "count", "count"),
        fields.double(point.get("sum"), "sum"),
        [
            (fields.double(one.get("quantile"), "quantile"), fields.double(one.get("value"), "value"))
            for one in quantiles
        ],
    )


def _buckets(point: Json, name: str) -> tuple[int, Counts]:
    buckets = fields.child(point, name, name) or {}
    return (
        fields.integer(buckets.get("offset"), "offset", within=INT32),
        np.array(fields.unsigned(buckets, "bucketCounts", "bucket_counts"), dtype=np.uint64),
    )


def _total(point: Json) -> float | None:
    value = point.get("sum")
    return None if value is None else fields.double(value, "sum")


def _uint64(point: Json, camel: str, snake: str) -> int:
    return fields.integer(fields.find(point, camel, snake), camel, within=UINT64)
