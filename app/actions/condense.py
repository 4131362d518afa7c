"""Condensing finished days: one row of minutes and one of hours for each series, in the place of many short ones.

Sealing notes every (service, day) it touches. Once a day is old enough that little more comes in for it, it is
condensed; what comes later notes it again.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter

import numpy as np

from app.domain import growth
from app.domain.cells import Cells
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.store import days, rollups
from app.store.engine import Connection, Store
from app.store.rollups import Piece

DAY_MS = 24 * HOUR_MS
REST_MS = 2 * HOUR_MS  # how long after its end a day is left alone
HOUR_MINUTES = 60
SERIES_AT_ONCE = 64


def condense(store: Store, *, now_ms: int, keep_lead: Callable[[Connection], None]) -> bool:
    """Condense the oldest day that is due of some service; whether there was one.

    Sealing writes what is replaced here: `keep_lead` keeps others from it until the end of the transaction, or raises
    Unavailable when another process has taken over.
    """
    with store.reading() as db:
        due = days.oldest(db, ended_before_ms=now_ms - REST_MS)
    if due is None:
        return False
    with store.writing() as db:
        keep_lead(db)
        _condense(db, due.service_id, due.day * DAY_MS)
        days.done(db, due)
    return True


def _condense(db: Connection, service_id: int, start_ms: int) -> None:
    end_ms = start_ms + DAY_MS
    old = rollups.of_service(db, service_id, start_ms=start_ms, end_ms=end_ms)
    hours = rollups.hours_of_service(db, service_id, start_ms=start_ms, end_ms=end_ms)
    made = [piece for some in _some_series(old) for piece in _condensed(some, service_id, start_ms // MINUTE_MS)]
    rollups.remove(db, [*old, *hours])
    rollups.write(db, made)


def _some_series(found: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Rows, which stand by series, a few series at a time: as numbers they take a hundred times the room."""
    every = groupby(found, key=lambda piece: piece.series_id)
    while some := [piece for _, of_series in islice(every, SERIES_AT_ONCE) for piece in of_series]:
        yield some


def _condensed(found: Sequence[Piece], service_id: int, first: int) -> Iterator[Piece]:
    """The rows of minutes and hours that take the place of those of some series, in the day that begins at `first`."""
    plain, grown = rollups.told_apart(found)
    cells = rollups.joined(plain)
    end = first + DAY_MS // MINUTE_MS
    inside = cells.where((cells.minute >= first) & (cells.minute < end))
    for part in (cells.where(cells.minute < first), inside, cells.where(cells.minute >= end)):
        yield from rollups.pack_day(part, service_id, resolution_ms=MINUTE_MS)
    yield from rollups.pack_day(hours_of(inside), service_id, resolution_ms=HOUR_MS)
    for series_id, of_series in groupby(grown, key=itemgetter(0)):
        minutes = [one for _, of_row in of_series for one in of_row]
        parts = growth.parted(minutes, (first, end))
        for some in filter(None, parts):
            yield rollups.pack_growth(series_id, growth.joined(some), service_id)
        if parts[1]:
            yield rollups.pack_growth(series_id, growth.by_hour(parts[1]), service_id, resolution_ms=HOUR_MS)


def hours_of(cells: Cells) -> Cells:
    """Cells of whole hours (`minute` is the hour's first) from minute cells by series and time."""
    if len(cells) == 0:
        return cells
    hour = cells.minute // HOUR_MINUTES
    begins = np.flatnonzero((np.diff(cells.series, prepend=-1) != 0) | (np.diff(hour, prepend=-1) != 0))
    return Cells(
        cells.series[begins],
        hour[begins] * HOUR_MINUTES,
        np.add.reduceat(cells.total, begins),
        np.add.reduceat(cells.weight, begins),
        np.minimum.reduceat(cells.low, begins),
        np.maximum.reduceat(cells.high, begins),
    )
