"""Sealing: turning journalled samples into chunks, series rollups and final signals, exactly once.

A seal takes journal rows, computes everything they change, and in one transaction writes that, moves the standing
forward and removes the rows; of a row with samples at or after the cut those stay. A crash anywhere leaves the journal
as it was, and the next seal computes the same. What comes out depends on the set of samples alone.

Two occasions: a regular seal moves the cut to shortly before now; a late seal leaves the cut and takes only rows that
hold samples before it.
"""

import time
import uuid
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from app import logs
from app.actions import (
    memory,
    seal_due,
    seal_histograms,
    seal_hours,
    seal_load,
    seal_scalars,
    seal_signals,
    seal_slis,
    seal_summary,
)
from app.actions.bindings import Bindings
from app.actions.learn import HISTOGRAMS, learn
from app.actions.seal_due import LAG_MS
from app.actions.seal_load import Load, Turn
from app.actions.seal_slis import SliRows
from app.actions.sealed import Sealed
from app.domain import histogram_codec
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.domain.feeds import Feeds
from app.domain.histogram_feeds import HistogramSeries
from app.domain.lanes import Lanes
from app.domain.series import Shape
from app.domain.signals import MINUTE_MS
from app.domain.standing import Standings
from app.store import chunks, days, dialect, journal, leases, rollups, seals, series, services, signals
from app.store.codec import Columns
from app.store.engine import Connection, Store
from app.store.journal import Outline
from app.store.leases import Lease
from app.store.seals import SealState
from app.store.signal_columns import SignalColumns

log = logs.get("seal")

REGULAR_MS = 15 * MINUTE_MS
REGULAR_SAMPLES = 1_500_000
REGULAR_SAMPLES_A_SERIES = 120
LATE_MS = MINUTE_MS
LATE_SAMPLES = 1_500_000  # also how many are sealed at once: the history of a new sender comes in by the day
FREED_PAGES = 20_000
SHRUNK_AT_ONCE = 32
PASS_SAMPLES = 2_000_000  # what is held in memory at once; fewer where many series take up memory of their own
LEAST_PASS_SAMPLES = 500_000
PASS_SAMPLES_LESS_A_SERIES = 15


class Sealer:
    """The one that seals: of several processes on a database the one that holds the lease."""

    def __init__(self, store: Store, *, counters: Counters) -> None:
        self._store = store
        self._counters = counters
        self._holder = uuid.uuid4().hex
        self._lease: Lease | None = None
        self._reset()

    def _reset(self) -> None:
        self._feeds = Feeds(Lanes())
        self._standings = Standings(self._feeds)
        self._histograms: dict[int, HistogramSeries] = {}
        self._histogram_ids: set[int] = set()
        self._delta_ids: set[int] = set()
        self._slis = Bindings()
        self._last_series = 0
        self._number = 0
        self._cut_ms = 0
        self._last_late_ms = 0
        self._last_regular_ms = 0
        self._started = False

    def seal_if_due(self, *, now_ms: int) -> bool:
        """Seal when enough has gathered or waited long enough; whether it did."""
        if not self._has_lease():
            return False
        with self._store.reading() as db:
            self._start(db)
            rows = journal.outline(db)
        if not rows:
            return False
        fresh = [row for row in rows if row.last_ms >= self._cut_ms]
        cut_ms = seal_due.regular_cut(fresh, now_ms)
        if cut_ms > self._cut_ms and self._is_regular_due(fresh, cut_ms, now_ms):
            self._last_regular_ms = now_ms
            self._seal(fresh, cut_ms=cut_ms, now_ms=now_ms)
            return True
        late = [row for row in rows if row.first_ms < self._cut_ms]
        gathered = sum(row.samples for row in late)
        if late and (gathered >= LATE_SAMPLES or abs(now_ms - self._last_late_ms) >= LATE_MS):
            self._last_late_ms = now_ms
            self._seal(seal_load.first_of(late, samples=LATE_SAMPLES), cut_ms=self._cut_ms, now_ms=now_ms)
            return True
        return False

    def seal(self, *, now_ms: int, lag_ms: int = LAG_MS) -> None:
        """Seal everything older than `lag_ms` before now. Raises Unavailable when another process seals."""
        if not self._has_lease():
            raise Unavailable("Another process seals this database.", code="not_leader")
        with self._store.reading() as db:
            self._start(db)
            rows = journal.outline(db)
        cut_ms = max(self._cut_ms, seal_due.cut(now_ms, lag_ms))
        if rows:
            self._seal(rows, cut_ms=cut_ms, now_ms=now_ms)

    @property
    def is_leader(self) -> bool:
        """Whether this process is the one that seals, as far as it knows."""
        return self._store.is_sqlite or self._lease is not None

    def keep_lead(self, db: Connection) -> None:
        """To be called in every transaction that only the leader may make. Raises Unavailable when that is another."""
        if not self._store.is_sqlite and (self._lease is None or not leases.renew(db, self._lease)):
            raise Unavailable("Another process has taken over sealing.", code="not_leader")

    def let_go(self) -> None:
        """Leave sealing to another process, at once."""
        if self._lease is not None:
            with self._store.writing() as db:
                leases.let_go(db, self._lease)
            self._lease = None

    def _has_lease(self) -> bool:
        """Hold on to the lease, or take it; a standing that others may have moved on is forgotten."""
        if self._store.is_sqlite:
            return True
        with self._store.writing() as db:
            if self._lease is not None and leases.renew(db, self._lease):
                return True
            self._lease = leases.take(db, "seal", self._holder)
        self._reset()
        return self._lease is not None

    def _is_regular_due(self, rows: Sequence[Outline], cut_ms: int, now_ms: int) -> bool:
        ripe = sum(row.samples for row in rows if row.last_ms < cut_ms)
        enough = max(REGULAR_SAMPLES, REGULAR_SAMPLES_A_SERIES * self._last_series)
        return ripe >= enough or abs(now_ms - self._last_regular_ms) >= REGULAR_MS

    def _start(self, db: Connection) -> None:
        """Take up the standing, once, and learn what is new in the catalogue."""
        self._learn(series.after(db, self._last_series))
        if self._started:
            return
        state = seals.read(db)
        self._number, self._cut_ms = state.number, state.cut_ms
        self._standings.resume(
            state.series,
            first_at=state.first_at,
            last_at=state.last_at,
            value_at=state.value_at,
            last_value=state.last_value,
        )
        self._started = True

    def _learn(self, found: Iterable[series.StoredSeries]) -> None:
        for one in found:
            follower = learn(self._feeds, one)
            if follower is not None:
                self._histograms[one.id] = follower
            if one.shape in HISTOGRAMS:
                self._histogram_ids.add(one.id)
            if one.shape is Shape.DELTA_HISTOGRAM:
                self._delta_ids.add(one.id)
            self._last_series = max(self._last_series, one.id)
        self._standings.fit()

    def _seal(self, rows: Sequence[Outline], *, cut_ms: int, now_ms: int) -> None:
        began = time.perf_counter()
        try:
            self._seal_rows(rows, cut_ms=cut_ms, now_ms=now_ms)
        except BaseException:
            self._reset()  # the standing may have moved on without the tables
            raise
        seconds = time.perf_counter() - began
        self._counters.observe("burnline_seal_seconds", seconds)
        log.debug("sealed", samples=sum(row.samples for row in rows), seconds=round(seconds, 3), number=self._number)

    def _seal_rows(self, rows: Sequence[Outline], *, cut_ms: int, now_ms: int) -> None:
        number = self._number + 1
        rows = [row for row in rows if row.first_ms < cut_ms]  # others stay as they are
        room = sum(row.samples for row in rows)
        least = min(LEAST_PASS_SAMPLES, PASS_SAMPLES)
        passes = max(1, -(-room // max(least, PASS_SAMPLES - PASS_SAMPLES_LESS_A_SERIES * self._last_series)))
        made: list[Sealed] = []
        minutes: list[SignalColumns] = []
        with self._store.reading() as db:
            self._slis.refresh(db)
            self._slis.learn(db)
        for turn in range(passes):
            for sealed, columns in self._pass(rows, Turn(turn, of=passes, cut_ms=cut_ms), room=room, number=number):
                made.append(sealed)
                minutes += columns
            if passes > 1:
                memory.give_back()
        sli_rows = self._sli_rows(made)
        newest, touched = seal_summary.of(made, minutes, number=number)
        with self._store.writing() as db:
            self.keep_lead(db)
            rollups.remove(db, (piece for one in made for piece in one.replaced))
            chunks.write(db, (chunk for one in made for chunk in one.chunks_to_write()))
            rollups.write(db, (piece for one in made for piece in one.pieces_to_write()))
            days.note(db, seal_summary.days_of(made))
            signals.write(db, minutes, resolution_ms=MINUTE_MS)
            seal_hours.refresh(db, minutes, seal_summary.minutes_of(made))
            seal_slis.write(db, sli_rows, now_ms=now_ms)
            services.note_newest(db, newest)
            _shrink(db, [row.seq for row in rows if row.last_ms >= cut_ms], cut_ms=cut_ms)
            journal.forget(db, [row.seq for row in rows if row.last_ms < cut_ms])
            seals.write(db, self._state(number, cut_ms), touched, now_ms=now_ms)
        # What the journal rows took is given back at once: the file stays as small as what it holds.
        with self._store.writing() as db:
            dialect.give_space_back(db, FREED_PAGES)
        self._number, self._cut_ms = number, cut_ms

    def _pass(
        self, rows: Sequence[Outline], turn: Turn, *, room: int, number: int
    ) -> Iterator[tuple[Sealed, Sequence[SignalColumns]]]:
        """What is made of the samples of some services, and the minutes of these."""
        with self._store.reading() as db:
            load = seal_load.load(self._columns(db, rows), turn, room=room, services=lambda: self._feeds.service)
            for portion in load.portions(self._feeds.service):
                sealed = self._seal_portion(db, portion, number=number)
                columns = list(self._signals(db, sealed))
                sealed.keep_numbers(of=self._slis.bound)
                if turn.of > 1:
                    sealed.put_rows_away()
                yield sealed, columns

    def _columns(self, db: Connection, rows: Sequence[Outline]) -> Iterator[Columns]:
        """The samples of journal rows, all their series known."""
        for _, columns in journal.some(db, [row.seq for row in rows]):
            self._learn_missing(db, columns)
            yield columns

    def _learn_missing(self, db: Connection, columns: Columns) -> None:
        ids = columns.series
        if columns.histograms:
            ids = np.append(ids, histogram_codec.packed(columns.histograms).series)
        missing = self._feeds.unknown(ids)
        if len(missing):
            self._learn(series.some(db, missing.tolist()))

    def _seal_portion(self, db: Connection, load: Load, *, number: int) -> Sealed:
        sealed = Sealed()
        seal_scalars.seal(db, load.scalars, self._standings, sealed, number=number)
        seal_histograms.seal(db, load.histograms, self._standings, sealed, deltas=self._delta_ids, number=number)
        return sealed

    def _signals(self, db: Connection, sealed: Sealed) -> Iterator[SignalColumns]:
        return seal_signals.minute_columns(
            db,
            sealed,
            feeds=self._feeds,
            histograms=self._histograms,
            sealed_before_ms=self._cut_ms,
        )

    def _sli_rows(self, made: Sequence[Sealed]) -> SliRows:
        if not self._slis.slis:
            return SliRows()
        with self._store.reading() as db:
            return seal_slis.made(db, made, self._slis.bound, sealed_before_ms=self._cut_ms)

    def _state(self, number: int, cut_ms: int) -> SealState:
        ids = self._standings.sealed()
        standing = self._standings
        return SealState(
            number,
            cut_ms,
            ids,
            standing.first_at[ids],
            standing.last_at[ids],
            standing.value_at[ids],
            standing.last_value[ids],
        )


def _shrink(db: Connection, seqs: Sequence[int], *, cut_ms: int) -> None:
    """Leave in journal rows what is sealed another time; a few at once, as they are large."""
    for at in range(0, len(seqs), SHRUNK_AT_ONCE):
        found = journal.some(db, seqs[at : at + SHRUNK_AT_ONCE])
        journal.shrink(db, [(seq, seal_load.rest(columns, cut_ms=cut_ms)) for seq, columns in found])
