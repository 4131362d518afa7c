"""Prometheus' native histograms, as both versions of remote write carry them, to the domain's histograms.

The format: https://prometheus.io/docs/specs/native_histograms/. What it allows and we do not keep: the counter reset
hints YES and NO (the fold sees a reset for itself), and a sum that is no finite number (the sum is then unknown).
"""

import math
import struct
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.histograms import (
    MAX_BUCKETS,
    NO_BUCKETS,
    Buckets,
    ExplicitHistogram,
    ExponentialHistogram,
    Floats,
    Histogram,
)
from app.wire.metrics.proto.native_histogram_pb2 import BucketSpan, NativeHistogram

CUSTOM_BUCKETS = -53
MIN_SCHEMA, MAX_SCHEMA = -4, 8
GAUGE_HINT = 3
MAX_BYTES = 1 << 19  # twice MAX_BUCKETS with all their bounds, counts and spans need less
STALE_BYTES = b"\x02\x00\x00\x00\x00\x00\xf0\x7f"  # the NaN that says "the series ended"
FLOAT_TOLERANCE = 1e-6  # float histograms come out of sums and rates
INTEGER_TOLERANCE = 1e-14  # exact, but for counts that no float holds

Places = NDArray[np.int64]


def parse(encoded: bytes) -> NativeHistogram:
    """Raises Invalid when the bytes are no histogram message, or one larger than any histogram we would keep."""
    if len(encoded) > MAX_BYTES:
        raise _invalid(f"it is {len(encoded)} bytes long and {MAX_BYTES} is the limit")
    try:
        return NativeHistogram.FromString(encoded)
    except DecodeError as error:
        raise Invalid("A histogram is no protobuf message.", code="proto_decode") from error


def read(message: NativeHistogram) -> Histogram | None:
    """The distribution, or None for a staleness marker. Raises Invalid with code `histogram_invalid`."""
    if struct.pack("<d", message.sum) == STALE_BYTES:
        return None
    histogram = _custom(message) if message.schema == CUSTOM_BUCKETS else _exponential(message)
    _check_count(message, histogram)
    return histogram


def size(histogram: Histogram | None) -> int:
    """How many buckets it keeps, empty ones included."""
    if isinstance(histogram, ExponentialHistogram):
        return len(histogram.positive.counts) + len(histogram.negative.counts)
    return len(histogram.counts) if histogram else 0


def is_gauge(message: NativeHistogram) -> bool:
    """Whether the sender says that this distribution is a state and not a count of all since a start."""
    return message.reset_hint == GAUGE_HINT


def _custom(message: NativeHistogram) -> ExplicitHistogram:
    """Prometheus' custom buckets: a classic histogram's bounds, of which spans say which are filled."""
    if message.negative_spans or message.zero_threshold or _zero_count(message):
        raise _invalid("custom buckets have neither a zero bucket nor negative ones")
    places = _places(message.positive_spans)
    counts = np.zeros(len(message.custom_values) + 1)
    if len(places) and (places[0] < 0 or places[-1] >= len(counts)):
        raise _invalid(f"its spans reach beyond its {len(counts)} buckets")
    counts[places] = _counts(message, message.positive_deltas, message.positive_counts, wanted=len(places))
    return ExplicitHistogram(np.array(message.custom_values, dtype=np.float64), counts, total=_total(message))


def _exponential(message: NativeHistogram) -> ExponentialHistogram:
    if not MIN_SCHEMA <= message.schema <= MAX_SCHEMA:
        raise _invalid(f"schema {message.schema} is neither {CUSTOM_BUCKETS} nor {MIN_SCHEMA} to {MAX_SCHEMA}")
    if message.custom_values:
        raise _invalid(f"only schema {CUSTOM_BUCKETS} has custom bounds")
    positive, negative = _places(message.positive_spans), _places(message.negative_spans)
    positive_counts = _counts(message, message.positive_deltas, message.positive_counts, wanted=len(positive))
    negative_counts = _counts(message, message.negative_deltas, message.negative_counts, wanted=len(negative))
    scale = message.schema
    while max(_extent(positive), _extent(negative)) > MAX_BUCKETS:
        # Few filled buckets far apart. The empty ones between them are kept too, so pairs of buckets are merged.
        scale -= 1
        positive, negative = (positive + 1) >> 1, (negative + 1) >> 1
    return ExponentialHistogram(
        scale,
        message.zero_threshold,
        _zero_count(message),
        _dense(positive, positive_counts),
        _dense(negative, negative_counts),
        total=_total(message),
    )


def _places(spans: Iterable[BucketSpan]) -> Places:
    """The index, in Prometheus' numbering, of every bucket that has a count; ascending."""
    places: list[int] = []
    at = 0
    for number, span in enumerate(spans):
        if number and span.offset < 0:
            raise _invalid("its spans overlap")
        at += span.offset
        if len(places) + span.length > MAX_BUCKETS:
            raise _invalid(f"it has more than {MAX_BUCKETS} buckets")
        places.extend(range(at, at + span.length))
        at += span.length
    return np.array(places, dtype=np.int64)


def _counts(message: NativeHistogram, deltas: Sequence[int], counts: Sequence[float], *, wanted: int) -> Floats:
    """The count of each bucket: an integer histogram tells each as the difference from the one before."""
    found = np.array(list(counts) if _is_float(message) else list(accumulate(deltas)), dtype=np.float64)
    if len(found) != wanted:
        raise _invalid(f"its spans need {wanted} counts and it has {len(found)}")
    return found


def _dense(places: Places, counts: Floats) -> Buckets:
    """Consecutive buckets in OpenTelemetry's numbering, which is one lower than Prometheus'."""
    if not len(places):
        return NO_BUCKETS
    dense = np.bincount(places - places[0], weights=counts)
    return Buckets(int(places[0]) - 1, dense.astype(np.float64))


def _extent(places: Places) -> int:
    return int(places[-1] - places[0]) + 1 if len(places) else 0


def _check_count(message: NativeHistogram, histogram: Histogram) -> None:
    """The count must be that of the buckets; observations that were NaN are in no bucket and make the sum NaN."""
    said = message.count_float if _is_float(message) else float(message.count_int)
    found = histogram.count
    tolerance = FLOAT_TOLERANCE if _is_float(message) else INTEGER_TOLERANCE
    agree = math.isclose(found, said, rel_tol=tolerance)
    if not agree and not (math.isnan(message.sum) and found < said):
        raise _invalid(f"its buckets hold {found:.17g} observations and its count says {said:.17g}")


def _is_float(message: NativeHistogram) -> bool:
    return message.HasField("count_float")


def _zero_count(message: NativeHistogram) -> float:
    return message.zero_count_float if _is_float(message) else float(message.zero_count_int)


def _total(message: NativeHistogram) -> float | None:
    return message.sum if math.isfinite(message.sum) else None


def _invalid(why: str) -> Invalid:
    return Invalid(f"A histogram is malformed: {why}.", code="histogram_invalid")
