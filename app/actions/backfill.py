"""Filling in the minutes that an SLI had before it was made, from stored rollups: a day at a time, the newest first.

Runs in the thread that seals, so a day is never sealed and filled at once. A day is replaced as a whole, and how far
an SLI has come moves in the same transaction: stopped anywhere, it goes on where it was.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from app.actions import seal_slis
from app.actions.bindings import Bindings
from app.domain.cells import GAUGE, Cells
from app.domain.growth import Growth
from app.domain.samples import Floats, Ints
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.sli_lanes import minutes_of
from app.domain.sli_minutes import EVENT, SliMinutes, no_minutes
from app.store import rollups, seals, sli_rollups, slos
from app.store.days import DAY_MS
from app.store.engine import Connection, Store
from app.store.sli_rollups import Block

DAY = DAY_MS // MINUTE_MS
HOUR = HOUR_MS // MINUTE_MS
AT_ONCE = 50  # SLIs whose same day is filled together


class Backfill:
    """One beside each sealer. `keep_lead` raises in a transaction of one that does not seal any more."""

    def __init__(self, store: Store, *, keep_lead: Callable[[Connection], None], minutes_kept_ms: int) -> None:
        self._store = store
        self._keep_lead = keep_lead
        self._minutes_kept_ms = minutes_kept_ms
        self._bindings = Bindings()
        self._filled: dict[int, int] = {}  # ms; 0 minutes before it are known to be in the table

    def step(self, *, now_ms: int) -> bool:
        """Fill one day of some SLIs; whether there was anything to do."""
        with self._store.reading() as db:
            if self._bindings.refresh(db):
                self._filled = self._begun(db)
            chosen = self._chosen()
            if not chosen:
                return False
            self._bindings.learn(db)
            end = -(-self._filled[chosen[0]] // MINUTE_MS)
            first = (end - 1) // DAY * DAY
            blocks = self._day(db, chosen, first=first, end=end, now_ms=now_ms)
        with self._store.writing() as db:
            self._keep_lead(db)
            sli_rollups.write(db, blocks)
            slos.note_filled(db, [self._bindings.slis[sli_id] for sli_id in chosen], at_ms=first * MINUTE_MS)
            seal_slis.note(db, dict.fromkeys(chosen, np.array([first, end - 1])), now_ms=now_ms)
        self._filled.update(dict.fromkeys(chosen, first * MINUTE_MS))
        return True

    def days_left(self) -> float:
        """Days of SLIs that are still to be filled."""
        slis = self._bindings.slis
        left_ms = sum(max(0, at_ms - slis[sli_id].wanted_ms) for sli_id, at_ms in self._filled.items())
        return left_ms / DAY_MS

    def _begun(self, db: Connection) -> dict[int, int]:
        """How far each SLI has come. One that has not begun starts at the cut: seals it missed are before it."""
        slis = self._bindings.slis.values()
        cut_ms = seals.read(db).cut_ms if any(one.filled_ms >= one.created_ms for one in slis) else 0
        return {
            one.id: max(one.filled_ms, cut_ms) if one.filled_ms >= one.created_ms else one.filled_ms for one in slis
        }

    def _chosen(self) -> list[int]:
        """Those with the newest day to do, parts before what is made of them, however far each has come in that day."""
        slis = self._bindings.slis
        due = {sli_id: at_ms for sli_id, at_ms in self._filled.items() if at_ms > slis[sli_id].wanted_ms}
        if not due:
            return []
        newest = max((at_ms - 1) // DAY_MS for at_ms in due.values())
        together = {sli_id: at_ms for sli_id, at_ms in due.items() if (at_ms - 1) // DAY_MS == newest}
        ready = [
            sli_id
            for sli_id in sorted(together)
            if not any(one.sli_id in together for one in slis[sli_id].indicator.members)
        ]
        end_ms = max(together[sli_id] for sli_id in ready)
        return [sli_id for sli_id in ready if together[sli_id] == end_ms][:AT_ONCE]

    def _day(self, db: Connection, chosen: Sequence[int], *, first: int, end: int, now_ms: int) -> list[Block]:
        blocks: list[Block] = []
        everything = np.arange(first, end)
        hours_alone = first * MINUTE_MS < now_ms - self._minutes_kept_ms
        final: dict[int, SliMinutes] = {}
        for sli_id in chosen:
            indicator = self._bindings.bound.indicators[sli_id]
            if indicator.members:
                of = {
                    one.sli_id: sli_rollups.minutes(db, one.sli_id, first=first, end=end) for one in indicator.members
                }
                final[sli_id] = indicator.composed(of)
                continue
            hours = self._by_hours(db, sli_id, first=first, end=end) if hours_alone else None
            if hours is None:
                final[sli_id] = self._by_minutes(db, sli_id, first=first, end=end)
            else:
                touched = np.arange(first, end, HOUR)
                blocks += sli_rollups.merged_hours(db, sli_id, sli_rollups.hours_of(hours), touched=touched)
        return blocks + sli_rollups.merged(db, final, dict.fromkeys(final, everything))

    def _by_minutes(self, db: Connection, sli_id: int, *, first: int, end: int) -> SliMinutes:
        cells, grown = self._stored(db, sli_id, MINUTE_MS, first=first, end=end)
        return self._measured(sli_id, cells, grown, first=first, end=end)

    def _by_hours(self, db: Connection, sli_id: int, *, first: int, end: int) -> SliMinutes | None:
        """Minutes as even shares of stored hours; None when no hour is stored."""
        cells, grown = self._stored(db, sli_id, HOUR_MS, first=first, end=end)
        if len(cells) == 0 and not grown:
            return None
        by_minute = {series_id: [_shared_growth(one) for one in found] for series_id, found in grown.items()}
        is_gauge = self._bindings.bound.feeds.kind[cells.series] == GAUGE
        return self._measured(sli_id, _shared(cells, is_gauge), by_minute, first=first, end=end)

    def _measured(
        self, sli_id: int, cells: Cells, grown: Mapping[int, Sequence[Growth]], *, first: int, end: int
    ) -> SliMinutes:
        inside = cells.where((cells.minute >= first) & (cells.minute < end))
        found = minutes_of(self._bindings.bound, {sli_id: np.arange(first, end)}, inside, grown)
        return found.get(sli_id, no_minutes())

    def _stored(
        self, db: Connection, sli_id: int, resolution_ms: int, *, first: int, end: int
    ) -> tuple[Cells, dict[int, list[Growth]]]:
        by_service: dict[int, list[int]] = {}
        for one in self._bindings.bound.series[sli_id]:
            by_service.setdefault(one.service_id, []).append(one.id)
        span = {"start_ms": first * MINUTE_MS, "end_ms": end * MINUTE_MS, "resolution_ms": resolution_ms}
        pieces = (rollups.of_some(db, service_id, ids, **span) for service_id, ids in sorted(by_service.items()))
        return seal_slis.told_apart(itertools.chain.from_iterable(pieces))


def _shared(cells: Cells, is_gauge: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Cells:
    """Cells of hours as sixty of minutes each. Counts are shared in millionths: they add up to the hour's."""
    minute = (cells.minute[:, None] + np.arange(HOUR)).reshape(-1)
    spread = np.repeat(cells.total / HOUR, HOUR)
    total = np.where(np.repeat(is_gauge, HOUR), spread, _shares(cells.total))
    low, high = (np.repeat(column, HOUR) for column in (cells.low, cells.high))
    return Cells(np.repeat(cells.series, HOUR), minute, total, np.repeat(cells.weight / HOUR, HOUR), low, high)


def _shared_growth(hours: Growth) -> Growth:
    """The same of a histogram-shaped series."""
    shares = _shares(hours.counts.reshape(-1)).reshape(*hours.counts.shape, HOUR)
    return Growth(
        (hours.minute[:, None] + np.arange(HOUR)).reshape(-1),
        np.repeat(hours.seconds / HOUR, HOUR),
        np.repeat(hours.total / HOUR, HOUR),
        hours.bounds,
        shares.transpose(0, 2, 1).reshape(-1, len(hours.bounds)),
        hours.exponential,
    )


def _shares(of_hours: Floats) -> Floats:
    """Sixty parts of each, in whole millionths as far as it is one."""
    upto: Ints = np.rint(of_hours * EVENT).astype(np.int64)[:, None] * np.arange(HOUR + 1) // HOUR
    return np.asarray(np.diff(upto, axis=1).reshape(-1) / EVENT)
