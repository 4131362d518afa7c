"""Sealing scalar samples that come late: their surroundings are computed again from what is stored there and them.

Only what that changes is written. A stored row that holds none of the changed minutes is not even read: where a sender
delivers its history, the rows around what it delivers stay as they are.
"""

import numpy as np

from app.actions.sealed import FAR_APART, Sealed, around
from app.domain.cells import NEVER, Cells, Standing, cells_of
from app.domain.samples import Ints
from app.domain.sealing import compared, interleaved, segments, stretches
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
    services, places = standings.feeds.service, _Places(new.series)
    have = chunks.scalars(db, around(new.series, new.at_ms, services))
    order, is_new = interleaved(places.of(have.series), have.at_ms, places.of(new.series), new.at_ms)
    sealed.repeats += int((~is_new).sum())
    if not is_new.any():
        return
    sealed.chunks += chunks.pack(new if is_new.all() else new.where(is_new), services, seq=number)
    together = chunks.joined([have, new]).where(order).valued()
    standings.note_values(together.series, together.at_ms, together.values)
    before, after = _cells(have.valued(), standings), _cells(together, standings)
    gone, changed = compared(before, places.of(before.series), after, places.of(after.series))
    _replace(db, before.where(gone), after if changed.all() else after.where(changed), places, services, sealed)


def _cells(samples: Samples, standings: Standings) -> Cells:
    """The cells of series as if nothing had come before."""
    never = np.full(len(standings.value_at), NEVER)
    alone = Standing(standings.feeds.kind, never, standings.last_value)
    return cells_of(samples.series, samples.at_ms, samples.values, samples.start_ms, standing=alone)


def _replace(db: Connection, gone: Cells, made: Cells, places: "_Places", services: Ints, sealed: Sealed) -> None:
    """Put cells in the place of the stored ones of their minutes, and of those that are gone."""
    changed = places.ordered(rollups.joined([made, gone])) if len(gone) else made
    sealed.touch(services[changed.series], changed.minute)
    begins, ends = stretches(changed.series, changed.minute, gap=FAR_APART)
    series, first, end = changed.series[begins], changed.minute[begins], changed.minute[ends - 1] + 1
    old = rollups.overlapping(db, Spans(services[series], series, first * MINUTE_MS, end * MINUTE_MS))
    sealed.replaced += old
    is_alone = ~np.isin(made.series, [piece.series_id for piece in old])
    alone = made.where(is_alone) if old else made
    sealed.pieces += rollups.pack_runs(alone, *stretches(alone.series, alone.minute, gap=FAR_APART), services)
    sealed.cells.append(alone)
    if old:
        stored = places.ordered(rollups.cells_of(old))
        is_kept = ~np.isin(places.keys(stored), places.keys(changed))
        mixed = places.ordered(rollups.joined([made.where(~is_alone), stored.where(is_kept)]))
        # Rows begin and end where changes do: what lies before, between and after stays in rows of its own.
        edges = np.stack((places.key(series, first), places.key(series, end)), axis=1).reshape(-1)
        row = np.searchsorted(edges, places.keys(mixed), side="right")
        sealed.pieces += rollups.pack_runs(mixed, *stretches(mixed.series, row, gap=0), services)
        sealed.cells.append(mixed)


class _Places:
    """The position of each of some series, which stand in runs, among them."""

    def __init__(self, series: Ints) -> None:
        begins, _ = segments(series)
        self._place = np.empty(int(series.max()) + 1, dtype=np.int64)
        self._place[series[begins]] = np.arange(len(begins))

    def of(self, series: Ints) -> Ints:
        return np.asarray(self._place[series])

    def key(self, series: Ints, minute: Ints) -> Ints:
        """A number for each (series, minute), in their order."""
        return self._place[series] << 32 | minute

    def keys(self, cells: Cells) -> Ints:
        return self.key(cells.series, cells.minute)

    def ordered(self, cells: Cells) -> Cells:
        """By place and minute."""
        return cells.where(np.argsort(self.keys(cells), kind="stable"))
