"""Condensing finished days: one row of minutes and one of hours for each series, in the place of many short ones.

Sealing notes every (service, day) it touches. Once a day is old enough that little more comes in for it, it is
condensed; what comes later notes it again.
"""

from collections.abc import Callable, Iterable

import numpy as np

from app.domain.cells import Cells
from app.domain.distributions import added_bins
from app.domain.pieces import Growth
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.store import days, rollups
from app.store.engine import Connection, Store
from app.store.rollups import Piece

DAY_MS = 24 * HOUR_MS
REST_MS = 2 * HOUR_MS  # how long after its end a day is left alone
HOUR_MINUTES = 60


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
    plain, grown = rollups.told_apart(old)
    cells = rollups.joined(plain)
    made: list[Piece] = []
    first, last = start_ms // MINUTE_MS, end_ms // MINUTE_MS
    for part in (cells.minute < first, (cells.minute >= first) & (cells.minute < last), cells.minute >= last):
        made += rollups.pack_day(cells.where(part), service_id, resolution_ms=MINUTE_MS)
    inside = cells.where((cells.minute >= first) & (cells.minute < last))
    made += rollups.pack_day(hours_of(inside), service_id, resolution_ms=HOUR_MS)
    for series_id, minutes in _by_series(grown):
        made += _condensed_growth(series_id, minutes, service_id, first=first, last=last)
    rollups.remove(db, [*old, *rollups.hours_of_service(db, service_id, start_ms=start_ms, end_ms=end_ms)])
    rollups.write(db, made)


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


def _by_series(grown: Iterable[tuple[int, list[Growth]]]) -> Iterable[tuple[int, list[Growth]]]:
    together: dict[int, list[Growth]] = {}
    for series_id, minutes in grown:
        together.setdefault(series_id, []).extend(minutes)
    return sorted(together.items())


def _condensed_growth(
    series_id: int, minutes: list[Growth], service_id: int, *, first: int, last: int
) -> Iterable[Piece]:
    inside = [one for one in minutes if first <= one.minute < last]
    for part in (
        [one for one in minutes if one.minute < first],
        inside,
        [one for one in minutes if one.minute >= last],
    ):
        if part:
            yield rollups.pack_growth(series_id, part, service_id)
    hours: dict[int, Growth] = {}
    for one in inside:
        hour = one.minute // HOUR_MINUTES * HOUR_MINUTES
        before = hours.get(hour)
        hours[hour] = (
            Growth(hour, one.seconds, one.bins)
            if before is None
            else Growth(hour, before.seconds + one.seconds, added_bins(before.bins, one.bins))
        )
    if hours:
        yield rollups.pack_growth(series_id, [hours[hour] for hour in sorted(hours)], service_id, resolution_ms=HOUR_MS)
