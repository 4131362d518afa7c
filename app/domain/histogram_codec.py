"""Histogram samples as bytes: what the journal and chunks hold of them."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from app.domain.histograms import Buckets, ExplicitHistogram, ExponentialHistogram, Histogram
from app.domain.samples import Floats, HistogramSample, Ints

STALE, EXPLICIT, EXPONENTIAL = 0, 1, 2
Form = TypeVar("Form")

HEAD = struct.Struct("<qqqBI")  # series, at_ms, start_ms, form, bytes of the body that follows
EXPLICIT_HEAD = struct.Struct("<dI")  # total (NaN: not told), bounds; then bounds and counts
EXPONENTIAL_HEAD = struct.Struct("<bdddiIiI")  # scale, zero threshold, zero count, total, then (offset, counts) twice


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Samples as columns whose distributions stay packed until somebody asks: the body of sample i is
    data[begin[i]:end[i]], right after its head.
    """

    series: Ints
    at_ms: Ints
    start_ms: Ints
    form: Ints
    begin: Ints
    end: Ints
    data: bytes

    def __len__(self) -> int:
        return len(self.series)

    def __iter__(self) -> Iterator[HistogramSample]:
        columns = (self.series, self.at_ms, self.start_ms, self.form, self.begin)
        for series, at_ms, start_ms, form, begin in zip(*(one.tolist() for one in columns), strict=True):
            yield HistogramSample(series, at_ms, _histogram(form, self.data, begin), start_ms)

    def where(self, chosen: Any) -> "Packed":
        """Some of them."""
        columns = (self.series, self.at_ms, self.start_ms, self.form, self.begin, self.end)
        series, at_ms, start_ms, form, begin, end = (column[chosen] for column in columns)
        return Packed(series, at_ms, start_ms, form, begin, end, self.data)

    def bodies(self, *, at: int = 0, sizes: Ints | None = None) -> bytes:
        """Of each body the bytes from `at`, to its end or as many as `sizes` says, one after the other."""
        begins = self.begin + at
        return self._cut(begins, self.end if sizes is None else begins + sizes)

    def packed(self) -> bytes:
        """What `pack` makes of them."""
        return self._cut(self.begin - HEAD.size, self.end)

    def _cut(self, begins: Ints, ends: Ints) -> bytes:
        return b"".join([self.data[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)])


Histograms = tuple[HistogramSample, ...] | Packed


def pack(samples: Iterable[HistogramSample]) -> bytes:
    """Samples one after the other."""
    if isinstance(samples, Packed):
        return samples.packed()
    parts = []
    for sample in samples:
        form, body = _body(sample.histogram)
        parts.append(HEAD.pack(sample.series, sample.at_ms, sample.start_ms, form, len(body)) + body)
    return b"".join(parts)


def unpack(data: bytes) -> Packed:
    """What `pack` wrote."""
    heads, at = [], 0
    while at < len(data):
        head = HEAD.unpack_from(data, at)
        at += HEAD.size
        heads.append((*head[:4], at, at + head[4]))
        at += head[4]
    series, at_ms, start_ms, form, begin, end = np.array(heads, dtype=np.int64).reshape(-1, 6).T.copy()
    return Packed(series, at_ms, start_ms, form, begin, end, data)


def packed(samples: Histograms) -> Packed:
    """The same samples in packed form."""
    return samples if isinstance(samples, Packed) else unpack(pack(samples))


def joined(parts: Sequence[Packed]) -> Packed:
    """Samples one after the other."""
    if len(parts) == 1:
        return parts[0]
    return unpack(b"".join(part.packed() for part in parts))


def newest(data: bytes) -> HistogramSample | None:
    """The last of them that is a distribution; the others are not read."""
    found = unpack(data)
    said = np.flatnonzero(found.form != STALE)[-1:]
    return next(iter(found.where(said)), None)


def _body(histogram: Histogram | None) -> tuple[int, bytes]:
    if histogram is None:
        return STALE, b""
    total = float("nan") if histogram.total is None else histogram.total
    if isinstance(histogram, ExplicitHistogram):
        head = EXPLICIT_HEAD.pack(total, len(histogram.bounds))
        return EXPLICIT, head + _doubles(histogram.bounds) + _doubles(histogram.counts)
    positive, negative = histogram.positive, histogram.negative
    head = EXPONENTIAL_HEAD.pack(
        histogram.scale,
        histogram.zero_threshold,
        histogram.zero_count,
        total,
        positive.offset,
        len(positive.counts),
        negative.offset,
        len(negative.counts),
    )
    return EXPONENTIAL, head + _doubles(positive.counts) + _doubles(negative.counts)


def _doubles(numbers: Floats) -> bytes:
    return np.asarray(numbers, dtype="<f8").tobytes()


def _histogram(form: int, data: bytes, at: int) -> Histogram | None:
    if form == STALE:
        return None
    if form == EXPLICIT:
        total, bounds = EXPLICIT_HEAD.unpack_from(data, at)
        numbers = np.frombuffer(data, dtype=np.float64, count=2 * bounds + 1, offset=at + EXPLICIT_HEAD.size)
        return _trusted(ExplicitHistogram, bounds=numbers[:bounds], counts=numbers[bounds:], total=_told(total))
    scale, threshold, zeros, total, first, positives, second, negatives = EXPONENTIAL_HEAD.unpack_from(data, at)
    counts = np.frombuffer(data, dtype=np.float64, count=positives + negatives, offset=at + EXPONENTIAL_HEAD.size)
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
