"""Raw samples that have been sealed: one row holds some consecutive samples of one series."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from app.domain import codec as packing
from app.domain import histogram_codec
from app.domain.histogram_codec import Packed
from app.domain.samples import Floats, HistogramSample, Ints, Mark
from app.domain.sealing import segments
from app.domain.series import Shape
from app.store import codec, dialect
from app.store.schema import chunks
from app.store.schema import series as catalogue
from app.store.spans import Spans


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Scalar samples sorted by series and time, as columns."""

    series: Ints
    at_ms: Ints
    values: Floats
    marks: NDArray[np.uint8]
    start_ms: Ints

    def __len__(self) -> int:
        return len(self.series)

    def where(self, chosen: Any) -> "Samples":
        return Samples(*(getattr(self, name)[chosen] for name in SAMPLE_COLUMNS))

    def valued(self) -> "Samples":
        """Without staleness markers, which are no values."""
        return self.where(self.marks == Mark.VALUE) if self.marks.any() else self


SAMPLE_COLUMNS = ("series", "at_ms", "values", "marks", "start_ms")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A row to write. `seq` is the number of the seal that makes it."""

    service_id: int
    series_id: int
    first_ms: int
    seq: int
    last_ms: int
    samples: int
    data: bytes

    def row(self) -> Sequence[object]:
        return (self.service_id, self.series_id, self.first_ms, self.seq, self.last_ms, self.samples, self.data)


def pack(samples: Samples, services: Ints, *, seq: int) -> Iterator[Chunk]:
    """One chunk a series; `services[id]` is the service of a series."""
    begins, ends = segments(samples.series)
    series, last = samples.series[begins], ends - 1
    packed = packing.packed_samples(samples.at_ms, samples.values, samples.marks, samples.start_ms, ends)
    columns = (services[series], series, samples.at_ms[begins], samples.at_ms[last], ends - begins)
    for service_id, series_id, first_ms, last_ms, count, data in zip(
        *(column.tolist() for column in columns), packed, strict=True
    ):
        yield Chunk(service_id, series_id, first_ms, seq, last_ms, count, codec.compress(data))


def unpack(data: bytes) -> tuple[Ints, Floats, NDArray[np.uint8], Ints]:
    """Times, values, marks and start times of a scalar chunk."""
    return packing.unpack_samples(codec.expand(data))


def pack_histograms(samples: Packed, service_id: int, *, seq: int) -> Chunk:
    """The chunk of histogram samples of one series, sorted by time."""
    data = codec.compress(samples.packed())
    series_id, first_ms, last_ms = int(samples.series[0]), int(samples.at_ms[0]), int(samples.at_ms[-1])
    return Chunk(service_id, series_id, first_ms, seq, last_ms, len(samples), data)


def write(db: sa.Connection, made: Iterable[Chunk]) -> None:
    dialect.bulk_insert(db, chunks, (chunk.row() for chunk in made))


def scalars(db: sa.Connection, spans: Spans) -> Samples:
    """The stored samples of several series, each in its span, by place in the spans and time; the first of doubled
    ones kept.
    """
    parts = []
    for place, data in _data(db, spans):
        found = scalars_in(place, data)
        begin, end = np.searchsorted(found.at_ms, (spans.start_ms[place], spans.end_ms[place])).tolist()
        parts.append(found.where(slice(begin, end)))
    ordered = tidy(joined(parts))
    return replace(ordered, series=spans.series[ordered.series])


def histograms(db: sa.Connection, spans: Spans) -> dict[int, Packed]:
    """The same of histogram-shaped series, by place in the spans; of a span without samples there is none."""
    parts: dict[int, list[Packed]] = {}
    for place, data in _data(db, spans):
        found = histogram_codec.unpack(codec.expand(data))
        inside = (found.at_ms >= spans.start_ms[place]) & (found.at_ms < spans.end_ms[place])
        parts.setdefault(place, []).append(found.where(inside))
    return {place: tidy_histograms(histogram_codec.joined(some)) for place, some in parts.items()}


def of_metric(db: sa.Connection, metric: str, *, start_ms: int, end_ms: int) -> Iterator[tuple[int, bytes]]:
    """(series, what `scalars_in` or `histograms_in` reads) of a metric's series, by series, in order of sealing."""
    query = (
        sa.select(chunks.c.series_id, chunks.c.data)
        .join(catalogue, (catalogue.c.id == chunks.c.series_id) & (catalogue.c.service_id == chunks.c.service_id))
        .where(catalogue.c.metric == metric, chunks.c.first_ms < end_ms, chunks.c.last_ms >= start_ms)
        .order_by(chunks.c.series_id, chunks.c.seq)
    )
    return ((series_id, bytes(data)) for series_id, data in db.execute(query))


def scalars_in(series_id: int, data: bytes) -> Samples:
    """The samples of a chunk of scalars."""
    at_ms, values, marks, starts = packing.unpack_samples(codec.expand(data))
    return Samples(np.full(len(at_ms), series_id, dtype=np.int64), at_ms, values, marks, starts)


def histograms_in(data: bytes) -> Packed:
    """The samples of a chunk of a histogram-shaped series."""
    return histogram_codec.unpack(codec.expand(data))


def newest_histograms(db: sa.Connection, *, since_ms: int) -> Iterator[HistogramSample]:
    """The newest distribution of each histogram-shaped series that has one since then."""
    query = (
        sa.select(chunks.c.series_id, chunks.c.data)
        .join(catalogue, catalogue.c.id == chunks.c.series_id)
        .where(catalogue.c.shape != Shape.VALUE.value, catalogue.c.shape != Shape.DELTA.value)
        .where(chunks.c.last_ms >= since_ms)
        .order_by(chunks.c.series_id, chunks.c.last_ms)
    )
    newest: dict[int, HistogramSample] = {}
    for series_id, data in db.execute(query):
        found = histogram_codec.newest(codec.expand(data))
        if found is not None and (series_id not in newest or newest[series_id].at_ms < found.at_ms):
            newest[series_id] = found
    return iter(newest.values())


def forget(db: sa.Connection, *, before_ms: int) -> int:
    """Remove chunks whose newest sample is older than a time; gives how many."""
    return db.execute(chunks.delete().where(chunks.c.last_ms < before_ms)).rowcount


def joined(parts: Sequence[Samples]) -> Samples:
    """Samples one after the other."""
    held = [one for one in parts if len(one)]
    if len(held) <= 1:
        return held[0] if held else no_samples()
    return Samples(*(np.concatenate([getattr(one, name) for one in held]) for name in SAMPLE_COLUMNS))


def no_samples() -> Samples:
    none = np.empty(0, dtype=np.int64)
    return Samples(none, none, np.empty(0), np.empty(0, dtype=np.uint8), none)


def tidy(samples: Samples) -> Samples:
    """Sorted by series and time; of several at one time the first that came."""
    order = np.lexsort((samples.at_ms, samples.series))
    ordered = samples.where(order)
    fresh = np.ones(len(ordered), dtype=bool)
    fresh[1:] = (np.diff(ordered.series) != 0) | (np.diff(ordered.at_ms) != 0)
    return ordered if fresh.all() else ordered.where(fresh)


def tidy_histograms(samples: Packed) -> Packed:
    """The same for histogram samples."""
    order = np.lexsort((samples.at_ms, samples.series))
    series, at_ms = samples.series[order], samples.at_ms[order]
    fresh = (np.diff(series, prepend=-1) != 0) | (np.diff(at_ms, prepend=-1) != 0)
    return samples.where(order[fresh])


def _data(db: sa.Connection, spans: Spans) -> Iterator[tuple[int, bytes]]:
    """(place in the spans, what is packed) of the chunks that overlap them, those of a series in order of sealing: of
    two samples at one time the first that was accepted counts.
    """
    columns = (chunks.c.series_id, chunks.c.first_ms, chunks.c.last_ms, chunks.c.data)
    for some in spans.portions():
        near = (chunks.c.first_ms < some.end_ms) & (chunks.c.last_ms >= some.start_ms)
        query = sa.select(*columns).where(some.of(chunks), near).order_by(chunks.c.series_id, chunks.c.seq)
        for series_id, first_ms, last_ms, data in db.execute(query):
            yield from ((place, bytes(data)) for place in some.overlapped(series_id, first_ms, last_ms))
