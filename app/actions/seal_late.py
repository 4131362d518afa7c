"""Sealing scalar samples that come late: their surroundings are computed again from what is stored there and them.

Only what that changes is written. A stored row that holds none of the changed minutes is not even read: where a sender
delivers its history, the rows around what it delivers stay as they are.
"""

import numpy as np

from app.actions.sealed import LOOK_AROUND_MS, Sealed
from app.domain.cells import NEVER, Cells, Standing, cells_of
from app.domain.samples import Ints
from app.domain.sealing import compared, interleaved, segments
from app.domain.signals import MINUTE_MS
from app.domain.standing import Standings
from app.store import chunks, rollups
from app.store.chunks import Samples
from app.store.engine import Connection
from app.store.spans import Spans


def seal(db: Connection, new: Samples, standings: Standings, sealed: Sealed, *, number: int) -> None:
    """Seal samples by service, series and time, each (series, time) once."""
    if len(new) == 0:
        return
    services = standings.feeds.service
    begins, ends = segments(new.series)
    series = new.series[begins]
    start_ms, end_ms = new.at_ms[begins] - LOOK_AROUND_MS, new.at_ms[ends - 1] + LOOK_AROUND_MS
    have = chunks.scalars(db, Spans(services[series], series, start_ms, end_ms))
    places = _Places(series)
    order, is_new = interleaved(places.of(have.series), have.at_ms, places.of(new.series), new.at_ms)
    sealed.repeats += int((~is_new).sum())
    if not is_new.any():
        return
    together = chunks.joined([have, new]).where(order).valued()
    sealed.chunks += chunks.pack(new.where(is_new), services, seq=number)
    before, after = _cells(have.valued(), standings), _cells(together, standings)
    gone, changed = compared(before, places.of(before.series), after, places.of(after.series))
    _replace(db, before.where(gone), after.where(changed), places, services, sealed)
    standings.note_values(together.series, together.at_ms, together.values)


class _Places:
    """The position of each of some series among them."""

    def __init__(self, series: Ints) -> None:
        self._place = np.empty(int(series.max()) + 1, dtype=np.int64)
        self._place[series] = np.arange(len(series))

    def of(self, series: Ints) -> Ints:
        return np.asarray(self._place[series])

    def ordered(self, cells: Cells) -> Cells:
        """By place and minute."""
        return cells.where(np.lexsort((cells.minute, self.of(cells.series))))

    def keys(self, cells: Cells) -> Ints:
        """A number for each (series, minute)."""
        return self.of(cells.series) << 32 | cells.minute


def _cells(samples: Samples, standings: Standings) -> Cells:
    """The cells of series as if nothing had come before."""
    never = np.full(len(standings.value_at), NEVER)
    alone = Standing(standings.feeds.kind, never, standings.last_value)
    return cells_of(samples.series, samples.at_ms, samples.values, samples.start_ms, standing=alone)


def _replace(db: Connection, gone: Cells, made: Cells, places: _Places, services: Ints, sealed: Sealed) -> None:
    """Put cells in the place of the stored ones of their minutes, and of those that are gone."""
    changed = places.ordered(rollups.joined([made, gone])) if len(gone) else made
    if len(changed) == 0:
        return
    sealed.touch(services[changed.series], changed.minute)
    begins, ends = segments(changed.series)
    series, first, last = changed.series[begins], changed.minute[begins], changed.minute[ends - 1]
    old = list(rollups.overlapping(db, Spans(services[series], series, first * MINUTE_MS, (last + 1) * MINUTE_MS)))
    parts = [made]
    if old:
        stored = places.ordered(rollups.cells_of(old))
        kept = stored.where(~np.isin(places.keys(stored), places.keys(changed)))
        owner = np.searchsorted(places.of(series), places.of(kept.series))
        is_before, is_after = kept.minute < first[owner], kept.minute > last[owner]
        among = places.ordered(rollups.joined([made, kept.where(~is_before & ~is_after)]))
        parts = [kept.where(is_before), among, kept.where(is_after)]
    sealed.replaced += old
    for part in parts:
        sealed.pieces += rollups.pack(part, services)
        sealed.cells.append(part)
