"""Sealing scalar samples: what goes into chunks, and the minute cells they make.

Samples after everything sealed of their series take the fast way, all series at once. A series with a sample at or
before that (late, repeated, or in the same minute) is computed again from its chunks around it.
"""

import numpy as np

from app.actions import seal_late
from app.actions.sealed import Sealed
from app.domain.cells import NEVER, cells_of, earliest_minute
from app.domain.samples import Ints
from app.domain.sealing import dealt, is_tidy, segments
from app.domain.signals import MINUTE_MS
from app.domain.standing import Standings
from app.store import chunks, rollups
from app.store.chunks import Samples
from app.store.engine import Connection


def seal(db: Connection, samples: Samples, standings: Standings, sealed: Sealed, *, number: int) -> None:
    """Seal samples in their order of arrival. `standings` moves on with them."""
    if len(samples) == 0:
        return
    ordered, repeats = _ordered(samples, standings.feeds.service)
    sealed.repeats += repeats
    begins, ends = segments(ordered.series)
    series, first_at, last_at = ordered.series[begins], ordered.at_ms[begins], ordered.at_ms[ends - 1]
    late = _earliest(ordered, begins, standings) <= _minute_of(standings.last_at[series])
    is_late = np.repeat(late, ends - begins)
    _seal_fresh(ordered.where(~is_late) if late.any() else ordered, standings, sealed, number=number)
    seal_late.seal(db, ordered.where(is_late), standings, sealed, number=number)
    standings.advance(series, first_at=first_at, last_at=last_at)
    sealed.note_newest(standings.feeds.service[series], last_at)


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
    valued = samples.valued()
    cells = cells_of(valued.series, valued.at_ms, valued.values, valued.start_ms, standing=standings.standing())
    sealed.pieces += rollups.pack(cells, services)
    sealed.cells.append(cells)
    sealed.touch(services[cells.series], cells.minute)
    standings.note_values(valued.series, valued.at_ms, valued.values)
