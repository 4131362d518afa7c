"""Histogram samples as bytes: what the journal and chunks hold of them."""

import struct
from collections.abc import Iterable
from typing import TypeVar

import numpy as np

from app.domain.histograms import Buckets, ExplicitHistogram, ExponentialHistogram, Histogram
from app.domain.samples import HistogramSample

STALE, EXPLICIT, EXPONENTIAL = 0, 1, 2
Form = TypeVar("Form")

_HEAD = struct.Struct("<qqqBI")  # series, at_ms, start_ms, form, bytes that follow
_EXPLICIT = struct.Struct("<dI")  # total (NaN: not told), bounds
_EXPONENTIAL = struct.Struct("<bdddiIiI")  # scale, zero threshold, zero count, total, then (offset, counts) twice


def pack(samples: Iterable[HistogramSample]) -> bytes:
    """Samples one after the other."""
    parts = []
    for sample in samples:
        form, body = _body(sample.histogram)
        parts.append(_HEAD.pack(sample.series, sample.at_ms, sample.start_ms, form, len(body)) + body)
    return b"".join(parts)


def unpack(data: bytes) -> list[HistogramSample]:
    """What `pack` wrote."""
    found, at = [], 0
    while at < len(data):
        series, at_ms, start_ms, form, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        found.append(HistogramSample(series, at_ms, _histogram(form, data, at), start_ms))
        at += size
    return found


def newest(data: bytes) -> HistogramSample | None:
    """The last of them that is a distribution; the others are not read."""
    found: HistogramSample | None = None
    at, last = 0, -1
    while at < len(data):
        _, _, _, form, size = _HEAD.unpack_from(data, at)
        last = at if form != STALE else last
        at += _HEAD.size + size
    if last >= 0:
        series, at_ms, start_ms, form, _ = _HEAD.unpack_from(data, last)
        found = HistogramSample(series, at_ms, _histogram(form, data, last + _HEAD.size), start_ms)
    return found


def _body(histogram: Histogram | None) -> tuple[int, bytes]:
    if histogram is None:
        return STALE, b""
    total = float("nan") if histogram.total is None else histogram.total
    if isinstance(histogram, ExplicitHistogram):
        arrays = histogram.bounds.tobytes() + histogram.counts.tobytes()
        return EXPLICIT, _EXPLICIT.pack(total, len(histogram.bounds)) + arrays
    positive, negative = histogram.positive, histogram.negative
    head = _EXPONENTIAL.pack(
        histogram.scale,
        histogram.zero_threshold,
        histogram.zero_count,
        total,
        positive.offset,
        len(positive.counts),
        negative.offset,
        len(negative.counts),
    )
    return EXPONENTIAL, head + positive.counts.tobytes() + negative.counts.tobytes()


def _histogram(form: int, data: bytes, at: int) -> Histogram | None:
    if form == STALE:
        return None
    if form == EXPLICIT:
        total, bounds = _EXPLICIT.unpack_from(data, at)
        numbers = np.frombuffer(data, dtype=np.float64, count=2 * bounds + 1, offset=at + _EXPLICIT.size)
        return _trusted(ExplicitHistogram, bounds=numbers[:bounds], counts=numbers[bounds:], total=_told(total))
    scale, threshold, zeros, total, first, positives, second, negatives = _EXPONENTIAL.unpack_from(data, at)
    counts = np.frombuffer(data, dtype=np.float64, count=positives + negatives, offset=at + _EXPONENTIAL.size)
    return _trusted(
        ExponentialHistogram,
        scale=scale,
        zero_threshold=threshold,
        zero_count=zeros,
        positive=_trusted(Buckets, offset=first, counts=counts[:positives]),
        negative=_trusted(Buckets, offset=second, counts=counts[positives:]),
        total=_told(total),
    )


def _trusted(form: type[Form], **fields: object) -> Form:
    """A value whose fields were checked before they were written: checking them again costs more than reading them."""
    made = object.__new__(form)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def _told(total: float) -> float | None:
    return None if np.isnan(total) else total
