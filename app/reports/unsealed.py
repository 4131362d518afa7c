"""What the journal holds of some series: samples that are durable and not sealed yet."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from app.domain import growth
from app.domain.cells import MAX_GAP_MS, NEVER, Cells, Standing, cells_of, no_cells
from app.domain.distributions import counted
from app.domain.growth import Growth
from app.domain.histograms import Histogram
from app.domain.samples import HistogramSample, Ints, Mark
from app.domain.series import Shape
from app.domain.signals import MINUTE_MS
from app.store import chunks, journal, rollups, seals
from app.store.chunks import Samples
from app.store.codec import Columns
from app.store.engine import Connection
from app.store.seals import SealState
from app.store.series import LabelledSeries

NEWEST_MS = np.iinfo(np.int64).max


def samples(db: Connection, known: Sequence[LabelledSeries], *, before_ms: int) -> Samples:
    """Samples in their order of arrival; of a histogram the number of its observations."""
    ids = _ids(known)
    parts = []
    for columns in journal.holding(db, before_ms=before_ms):
        parts += [_scalars(columns, ids), counts(_histograms(columns, ids))]
    return chunks.joined(parts)


def cells(db: Connection, known: Sequence[LabelledSeries], metric: str, *, before_ms: int) -> Cells:
    """The minutes after everything sealed of each series, as sealing will make them."""
    ids = _ids(known)
    scalars: list[Samples] = []
    histograms: dict[int, dict[int, HistogramSample]] = {}
    for columns in journal.holding(db, before_ms=before_ms + MAX_GAP_MS):
        scalars.append(_scalars(columns, ids))
        for sample in _histograms(columns, ids):
            histograms.setdefault(sample.series, {}).setdefault(sample.at_ms, sample)
    found = chunks.tidy(chunks.joined(scalars))
    if not len(found) and not histograms:
        return no_cells()
    state = seals.read(db)
    parts = [_scalar_cells(known, found, state)]
    if histograms:
        parts += _histogram_cells(db, known, metric, histograms, state)
    return rollups.joined(parts)


def counts(found: Iterable[HistogramSample]) -> Samples:
    """Histogram samples as scalars: their numbers of observations."""
    listed = list(found)
    return Samples(
        np.array([one.series for one in listed], dtype=np.int64),
        np.array([one.at_ms for one in listed], dtype=np.int64),
        np.array([0.0 if one.histogram is None else one.histogram.count for one in listed]),
        np.array([Mark.STALE if one.histogram is None else Mark.VALUE for one in listed], dtype=np.uint8),
        np.array([one.start_ms for one in listed], dtype=np.int64),
    )


def by_minute(series_id: int, grown: Sequence[Growth]) -> Cells:
    """The number of new observations of a histogram-shaped series in each minute."""
    minutes = growth.minutes_of(grown)
    total = np.concatenate([np.empty(0), *(counted(one.counts) for one in grown)])
    weight = np.concatenate([np.empty(0), *(one.seconds for one in grown)])
    nothing = np.zeros(len(minutes))
    return Cells(np.full(len(minutes), series_id, dtype=np.int64), minutes, total, weight, nothing, nothing)


def _ids(known: Sequence[LabelledSeries]) -> Ints:
    return np.array([one.id for one in known], dtype=np.int64)


def _scalars(columns: Columns, ids: Ints) -> Samples:
    at = np.flatnonzero(np.isin(columns.series, ids))
    return Samples(
        columns.series[at],
        columns.at_ms[at],
        columns.values[at],
        np.zeros(len(at), dtype=np.uint8) if columns.marks is None else columns.marks[at],
        np.zeros(len(at), dtype=np.int64) if columns.start_ms is None else columns.start_ms[at],
    )


def _histograms(columns: Columns, ids: Ints) -> Iterator[HistogramSample]:
    wanted = set(ids.tolist())
    return (sample for sample in columns.histograms if sample.series in wanted)


def _scalar_cells(known: Sequence[LabelledSeries], found: Samples, state: SealState) -> Cells:
    ids = _ids(known)
    place = np.searchsorted(ids, found.series)
    last_at = _of(state, ids, state.last_at)
    fresh = (found.marks == Mark.VALUE) & (found.at_ms >= _next_minute(last_at)[place])
    made = cells_of(
        place[fresh],
        found.at_ms[fresh],
        found.values[fresh],
        found.start_ms[fresh],
        standing=_standing(known, state),
    )
    return Cells(ids[made.series], made.minute, made.total, made.weight, made.low, made.high)


def _standing(known: Sequence[LabelledSeries], state: SealState) -> Standing:
    """Where these series stand, by position."""
    ids = _ids(known)
    return Standing(
        np.array([one.kind for one in known], dtype=np.int8),
        _of(state, ids, state.value_at),
        _of(state, ids, state.last_value.view(np.int64), otherwise=0).view(np.float64),
    )


def _histogram_cells(
    db: Connection,
    known: Sequence[LabelledSeries],
    metric: str,
    found: dict[int, dict[int, HistogramSample]],
    state: SealState,
) -> Iterator[Cells]:
    deltas = {one.id for one in known if one.shape is Shape.DELTA_HISTOGRAM}
    ids = _ids(known)
    last_at = dict(zip(ids.tolist(), _of(state, ids, state.last_at).tolist(), strict=True))
    before = _newest_sealed(db, known, metric, since_ms=min(min(times) for times in found.values()) - MAX_GAP_MS)
    for series_id, by_time in found.items():
        begin = int(_next_minute(np.array([last_at[series_id]]))[0])
        fresh = [by_time[at_ms] for at_ms in sorted(by_time) if at_ms >= begin]
        grown = growth.one_by_one(fresh, is_delta=series_id in deltas, last=before.get(series_id))
        yield by_minute(series_id, growth.from_bins(grown))


def _newest_sealed(
    db: Connection, known: Sequence[LabelledSeries], metric: str, *, since_ms: int
) -> dict[int, tuple[int, Histogram]]:
    """The newest sealed distribution of each histogram-shaped series."""
    histograms = {one.id for one in known if one.is_histogram}
    found: dict[int, tuple[int, Histogram]] = {}
    for series_id, data in chunks.of_metric(db, metric, start_ms=since_ms, end_ms=NEWEST_MS):
        if series_id in histograms:
            for sample in chunks.histograms_in(data):
                if sample.histogram is not None and sample.at_ms > found.get(series_id, (NEVER,))[0]:
                    found[series_id] = (sample.at_ms, sample.histogram)
    return found


def _next_minute(last_at: Ints) -> Ints:
    return np.where(last_at == NEVER, NEVER, (last_at // MINUTE_MS + 1) * MINUTE_MS)


def _of(state: SealState, ids: Ints, column: Ints, *, otherwise: int = NEVER) -> Ints:
    """A column of the state at some series."""
    if len(state.series) == 0:
        return np.full(len(ids), otherwise, dtype=np.int64)
    at = np.minimum(np.searchsorted(state.series, ids), len(state.series) - 1)
    return np.where(state.series[at] == ids, column[at], otherwise)
