"""Sealing scalar samples: what goes into chunks, and the minute cells they make.

Samples after everything sealed of their series take the fast way, all series at once. A series with a sample at or
before that (late, repeated, or in the same minute) is computed again from its chunks around it.
"""

from dataclasses import dataclass, field

import numpy as np

from app.domain.cells import MAX_GAP_MS, NEVER, Cells, Standing, cells_of, earliest_minute
from app.domain.samples import Ints, Mark
from app.domain.sealing import dealt, is_tidy
from app.domain.signals import MINUTE_MS
from app.domain.standing import Standings
from app.store import chunks, rollups
from app.store.chunks import Chunk, Samples
from app.store.engine import Connection
from app.store.rollups import Piece

LOOK_AROUND_MS = 2 * MAX_GAP_MS + 2 * MINUTE_MS
REPLACED_MINUTES = MAX_GAP_MS // MINUTE_MS + 1


@dataclass(slots=True)
class Sealed:
    """What a pass makes: rows to write, rows they replace, and the cells in the rows to write.

    `minutes[service]` are the minutes in which something changed.
    """

    chunks: list[Chunk] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    replaced: list[Piece] = field(default_factory=list)
    cells: list[Cells] = field(default_factory=list)
    minutes: dict[int, Ints] = field(default_factory=dict)
    newest: dict[int, int] = field(default_factory=dict)
    repeats: int = 0

    def touch(self, service_id: int, minutes: Ints) -> None:
        known = self.minutes.get(service_id)
        self.minutes[service_id] = np.unique(minutes if known is None else np.concatenate((known, minutes)))


def seal(db: Connection, samples: Samples, standings: Standings, *, number: int) -> Sealed:
    """Seal samples in their order of arrival. `standings` moves on with them."""
    sealed = Sealed()
    if len(samples) == 0:
        return sealed
    ordered, repeats = _ordered(samples, standings.feeds.service)
    sealed.repeats = repeats
    begins = np.flatnonzero(np.diff(ordered.series, prepend=-1))
    ends = np.append(begins[1:], len(ordered))
    series, first_at, last_at = ordered.series[begins], ordered.at_ms[begins], ordered.at_ms[ends - 1]
    late = _earliest(ordered, begins, standings) <= _minute_of(standings.last_at[series])
    fresh = ordered.where(np.repeat(~late, ends - begins)) if late.any() else ordered
    _seal_fresh(fresh, standings, sealed, number=number)
    for k in np.flatnonzero(late).tolist():
        new = ordered.where(slice(int(begins[k]), int(ends[k])))
        _seal_late(db, int(series[k]), new, standings, sealed, number=number)
    standings.advance(series, first_at=first_at, last_at=last_at)
    _note_newest(sealed, standings.feeds.service[series], last_at)
    return sealed


def _ordered(samples: Samples, services: Ints) -> tuple[Samples, int]:
    """Grouped by service and series, sorted by time; and how many repeats that leaves out."""
    highest = int(samples.series.max())
    is_there = np.zeros(highest + 1, dtype=bool)
    is_there[samples.series] = True
    ids = np.flatnonzero(is_there)
    place_of = np.empty(highest + 1, dtype=np.int64)
    by_place = ids[np.lexsort((ids, services[ids]))]
    place_of[by_place] = np.arange(len(ids))
    sizes, *columns = dealt(
        place_of[samples.series], len(ids), samples.at_ms, samples.values, samples.marks, samples.start_ms
    )
    ordered = Samples(np.repeat(by_place, sizes), *columns)
    if is_tidy(ordered.series, ordered.at_ms):
        return ordered, 0
    order = np.lexsort((ordered.at_ms, place_of[ordered.series]))
    ordered = ordered.where(order)
    repeated = np.zeros(len(ordered), dtype=bool)
    repeated[1:] = (np.diff(ordered.series) == 0) & (np.diff(ordered.at_ms) == 0)
    return ordered.where(~repeated), int(repeated.sum())


def _earliest(samples: Samples, begins: Ints, standings: Standings) -> Ints:
    """The first minute that the new samples of each series add to. Deltas reach back to their start time."""
    if not samples.start_ms.any():
        return samples.at_ms[begins] // MINUTE_MS
    minutes = earliest_minute(standings.feeds.kind[samples.series], samples.at_ms, samples.start_ms)
    return np.minimum.reduceat(minutes, begins)


def _minute_of(at_ms: Ints) -> Ints:
    return np.where(at_ms == NEVER, NEVER, at_ms // MINUTE_MS)


def _seal_fresh(samples: Samples, standings: Standings, sealed: Sealed, *, number: int) -> None:
    if len(samples) == 0:
        return
    services = standings.feeds.service
    sealed.chunks += chunks.pack(samples, services, seq=number)
    valued = _valued(samples)
    cells = cells_of(valued.series, valued.at_ms, valued.values, valued.start_ms, standing=standings.standing())
    sealed.pieces += rollups.pack(cells, services)
    _take_cells(sealed, cells, services)
    _stand(standings, valued)


def _seal_late(
    db: Connection, series_id: int, new: Samples, standings: Standings, sealed: Sealed, *, number: int
) -> None:
    """Compute the surroundings of new samples again, from them and from what is stored there."""
    service_id = int(standings.feeds.service[series_id])
    lo, hi = int(new.at_ms[0]), int(new.at_ms[-1])
    have = chunks.scalars(db, service_id, series_id, start_ms=lo - LOOK_AROUND_MS, end_ms=hi + LOOK_AROUND_MS)
    unseen = ~np.isin(new.at_ms, have.at_ms)
    sealed.repeats += int((~unseen).sum())
    added = new.where(unseen)
    if len(added) == 0:
        return
    sealed.chunks += chunks.pack(added, standings.feeds.service, seq=number)
    together = chunks.tidy(
        Samples(*(np.concatenate((getattr(have, name), getattr(added, name))) for name in chunks.SAMPLE_COLUMNS))
    )
    _replace(db, series_id, together, standings, sealed, lo=int(added.at_ms[0]), hi=int(added.at_ms[-1]))


def _replace(
    db: Connection, series_id: int, samples: Samples, standings: Standings, sealed: Sealed, *, lo: int, hi: int
) -> None:
    """Compute the cells around [lo, hi] again and put them in the place of the stored ones."""
    services = standings.feeds.service
    service_id = int(services[series_id])
    valued = _valued(samples)
    cells = cells_of(
        valued.series,
        valued.at_ms,
        valued.values,
        valued.start_ms,
        standing=_alone(series_id, standings),
    )
    first, last = lo // MINUTE_MS - REPLACED_MINUTES, hi // MINUTE_MS + REPLACED_MINUTES
    cells = cells.where((cells.minute >= first) & (cells.minute <= last))
    old = rollups.of_series(db, service_id, series_id, start_ms=first * MINUTE_MS, end_ms=(last + 1) * MINUTE_MS)
    stored = rollups.cells_of(old)
    sealed.replaced += old
    inside = (stored.minute >= first) & (stored.minute <= last)
    sealed.touch(service_id, np.concatenate((cells.minute, stored.minute[inside])))
    for part in (stored.where(stored.minute < first), cells, stored.where(stored.minute > last)):
        sealed.pieces += rollups.pack(part, services)
        sealed.cells.append(part)
    if len(valued):
        _stand(standings, valued)


def _alone(series_id: int, standings: Standings) -> Standing:
    """The standing of one series as if nothing had come before."""
    never = np.full(series_id + 1, NEVER, dtype=np.int64)
    return Standing(standings.feeds.kind, never, np.zeros(series_id + 1))


def _valued(samples: Samples) -> Samples:
    """Without staleness markers, which are no values."""
    if not samples.marks.any():
        return samples
    return samples.where(samples.marks == Mark.VALUE)


def _stand(standings: Standings, samples: Samples) -> None:
    """Remember the last finite value of every series."""
    finite = np.isfinite(samples.values)
    if not finite.all():
        samples = samples.where(finite)
    if len(samples) == 0:
        return
    ends = np.append(np.flatnonzero(np.diff(samples.series)), len(samples) - 1)
    series, at_ms = samples.series[ends], samples.at_ms[ends]
    later = at_ms > standings.value_at[series]
    standings.value_at[series[later]] = at_ms[later]
    standings.last_value[series[later]] = samples.values[ends][later]


def _take_cells(sealed: Sealed, cells: Cells, services: Ints) -> None:
    sealed.cells.append(cells)
    owners = services[cells.series]
    edges = np.flatnonzero(np.diff(owners, prepend=-1, append=-1))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        sealed.touch(int(owners[begin]), np.unique(cells.minute[begin:end]))


def _note_newest(sealed: Sealed, services: Ints, last_at: Ints) -> None:
    for service_id in np.unique(services).tolist():
        newest = int(last_at[services == service_id].max())
        sealed.newest[service_id] = max(newest, sealed.newest.get(service_id, newest))
