"""Metering objectives: every SLI's minutes on the board of objectives, seconds after the samples came in.

Called by the follower, in its thread. Samples of the series that SLIs are measured by go to lanes of their own; when a
minute is over, what the lanes tell of it is counted for every objective. What sealing and backfill write is counted
again. Nothing is written here: as the follower's board, this is a view of the tables and the journal.
"""

import time
from collections.abc import Callable

import numpy as np

from app.actions.bindings import Bindings
from app.actions.meter_load import Rings, definitions
from app.domain import trailing
from app.domain.cells import MAX_GAP_MS
from app.domain.live import Live
from app.domain.live_minutes import LiveMinutes
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.store import chunks, journal, seals, slos, touches
from app.store.codec import Columns
from app.store.days import DAY_MS
from app.store.engine import Connection, Store

RECOUNT_SECONDS = 0.1  # a round: history that backfill brings must not keep the newest minute waiting


class Meter:
    """One a follower. Without an objective a round reads one row of one table."""

    def __init__(self, store: Store, board: SloBoard, *, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._board = board
        self._clock_ms = clock_ms
        self._bindings = Bindings()
        self._bound = self._bindings.bound
        self._live = Live(self._bound.feeds)
        self._minutes = LiveMinutes()
        self._moved: dict[int, list[Ints]] = {}  # by SLI, minutes that lanes have told of since they were counted
        self._slos: dict[int, Slo] = {}
        self._of_sli: dict[int, list[Slo]] = {}
        self._stale: dict[int, tuple[int, int]] = {}  # by SLO, the minutes that tables tell otherwise now
        self._touched = 0
        self._day = -1

    def start(self, db: Connection) -> None:
        """Load the rings from the tables. The journal follows by `take`, from its first row on."""
        self._touched = touches.newest(db, touches.SLIS)
        self._board.advance(self._until())
        self._define(db, seq=0)

    def learn(self, db: Connection) -> None:
        """Series have come: to be called before their first sample is taken."""
        if self._bindings.slis:
            self._bindings.learn(db)
            self._live.fit()

    def take(self, columns: Columns) -> None:
        """Add a journal row."""
        if not self._bindings.slis:
            return
        chosen = self._bound.taps(columns.series)
        if chosen.any():
            at_ms = columns.at_ms[chosen]
            if not self._live.room_for(at_ms):
                self._collect(before_minute=None)
            self._live.advance(
                columns.series[chosen],
                at_ms,
                columns.values[chosen],
                start_ms=None if columns.start_ms is None else columns.start_ms[chosen],
                marks=None if columns.marks is None else columns.marks[chosen],
            )
        for sample in columns.histograms:
            known = self._bound.histograms.get(sample.series)
            if known is not None:
                known.take(sample, self._live)

    def round(self, *, seq: int) -> None:
        """Bring the board up to now; journal rows up to `seq` have been taken."""
        with self._store.reading() as db:
            self._define(db, seq=seq)
            until = self._until()
            if self._slos:
                rings = Rings(db, self._board, self._minutes)
                self._follow_tables(db)
                self._count_moved(rings, until)
                self._count_stale(rings)
                rings.put_edges(self._board.advance(until), self._slos)
            else:
                self._board.advance(until)

    def _until(self) -> int:
        now_ms = self._clock_ms()
        return trailing.complete_until(now_ms, now_ms=now_ms) // MINUTE_MS

    def _define(self, db: Connection, *, seq: int) -> None:
        """Take over definitions that have changed, and once a day what recurrences come to."""
        now_ms = self._clock_ms()
        if not self._bindings.refresh(db) and self._day == now_ms // DAY_MS:
            return
        self._day = now_ms // DAY_MS
        if self._bindings.bound is not self._bound:
            self._begin_lanes(db, seq=seq)
        found, effects = definitions(db, now_ms=now_ms)
        self._slos = {slo.id: slo for slo in found}
        self._of_sli = {}
        for slo in found:
            self._of_sli.setdefault(slo.sli_id, []).append(slo)
        self._stale = {slo_id: span for slo_id, span in self._stale.items() if slo_id in self._slos}
        loading = [self._slos[slo_id] for slo_id in self._board.define(found, effects)]
        Rings(db, self._board, self._minutes).load(loading)
        self._note_filled(db)

    def _begin_lanes(self, db: Connection, *, seq: int) -> None:
        """New lanes for other SLIs, from where sealing stands and what of the journal has been taken."""
        self._bound = self._bindings.bound
        self._live, self._moved = Live(self._bound.feeds), {}
        self._live.fit()
        state = seals.read(db)
        self._minutes = LiveMinutes(state.cut_ms // MINUTE_MS)
        own = self._bound.taps(state.series)
        self._live.resume(
            state.series[own],
            last_at=state.value_at[own],
            last_value=state.last_value[own],
            final_before_ms=state.cut_ms,
        )
        if self._bound.histograms:
            for sample in chunks.newest_histograms(db, since_ms=state.cut_ms - MAX_GAP_MS):
                if sample.series in self._bound.histograms:
                    self._bound.histograms[sample.series].resume(sample)
        for _, columns in journal.some(db, [row.seq for row in journal.outline(db) if row.seq <= seq]):
            self.take(columns)

    def _follow_tables(self, db: Connection) -> None:
        """See what sealing and backfill have written since."""
        touched = touches.after(db, touches.SLIS, self._touched)
        if touched is None:
            return
        self._touched = touched.number
        self._minutes.settle(seals.cut_ms(db) // MINUTE_MS)
        self._note_filled(db)
        first, end = touched.first_ms // MINUTE_MS, touched.end_ms // MINUTE_MS
        for slo in (slo for sli_id in touched.ids for slo in self._of_sli.get(sli_id, ())):
            before = self._stale.get(slo.id, (first, end))
            self._stale[slo.id] = min(first, before[0]), max(end, before[1])

    def _note_filled(self, db: Connection) -> None:
        for sli_id, (wanted_ms, filled_ms) in slos.filled(db).items():
            wanted, filled = wanted_ms // MINUTE_MS, filled_ms // MINUTE_MS
            self._board.note_filled(sli_id, wanted_minute=wanted, filled_minute=filled)

    def _count_moved(self, rings: Rings, until: int) -> None:
        """Count the minutes that are over and that lanes tell something new of."""
        self._collect(before_minute=until)
        moved = {sli_id: np.unique(np.concatenate(found)) for sli_id, found in self._moved.items()}
        self._moved = {sli_id: [minute[minute >= until]] for sli_id, minute in moved.items() if minute[-1] >= until}
        over = {sli_id: minute[minute < until] for sli_id, minute in moved.items()}
        over = {sli_id: minute for sli_id, minute in over.items() if len(minute)}
        self._compose(rings, over)
        for sli_id, minute in over.items():
            for slo in self._of_sli.get(sli_id, ()):
                rings.patch(slo, first=int(minute[0]), end=int(minute[-1]) + 1)

    def _collect(self, *, before_minute: int | None) -> None:
        """Read the lanes."""
        for row, minute, total, weight, series in self._live.moved(before_minute=before_minute):
            found = self._bound.minutes(row, total=total, weight=weight, series=series, minute=minute)
            self._minutes.put(row.service_id, found, touched=minute)
            self._moved.setdefault(row.service_id, []).append(minute)

    def _compose(self, rings: Rings, over: dict[int, Ints]) -> None:
        """Add the composites of SLIs that moved."""
        for sli_id in self._bound.composites:
            members = [one.sli_id for one in self._bound.indicators[sli_id].members]
            minutes = [over[member] for member in members if member in over]
            if minutes:
                minute = np.unique(np.concatenate(minutes))
                first, end = int(minute[0]), int(minute[-1]) + 1
                of = {member: rings.raw(member, first=first, end=end) for member in members}
                found = self._bound.composed(sli_id, of)
                over[sli_id] = np.arange(first, end)
                self._minutes.put(sli_id, found, touched=over[sli_id])

    def _count_stale(self, rings: Rings) -> None:
        """Count again what the tables tell otherwise, as much as there is time for."""
        until = time.perf_counter() + RECOUNT_SECONDS
        while self._stale and time.perf_counter() < until:
            slo_id, (first, end) = self._stale.popitem()
            rings.patch(self._slos[slo_id], first=first, end=end)
