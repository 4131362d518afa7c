"""Following the journal: the signals of the newest minutes, seconds after the samples came in.

Every process that shows pages follows. Nothing is written here: what follows is a view, and sealing makes the same
minutes final. When sealing has touched minutes, they are read again from the table.
"""

import time
from collections.abc import Callable, Iterable
from threading import Event, Thread

import numpy as np

from app import logs
from app.actions.learn import learn
from app.actions.meter import Meter
from app.domain import board as boards
from app.domain.board import Board
from app.domain.cells import MAX_GAP_MS
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.domain.feeds import Feeds
from app.domain.histogram_feeds import HistogramSeries
from app.domain.lanes import Lanes, Row, Signals
from app.domain.live import Live
from app.domain.minutes import SCALARS
from app.domain.signals import MINUTE_MS
from app.domain.slo_board import SloBoard
from app.store import chunks, journal, seals, series, services, signals
from app.store.codec import Columns
from app.store.engine import Connection, Store
from app.store.series import StoredSeries
from app.store.signal_columns import SignalColumns
from app.store.touches import Touched

log = logs.get("follow")

ROWS_AT_ONCE = 64
HANDED_ROWS = 256  # kept in memory for the next round; more are read back from the journal
IDLE_SECONDS = 1.0
PAUSE_SECONDS = (0.2, 0.5)  # between rounds: small enough to look immediate, large enough to share the work
SHARE = 0.05  # of a processor that following may take before it pauses longer


class Follower:
    """One a process. `committed()` wakes it."""

    def __init__(
        self,
        store: Store,
        board: Board,
        *,
        counters: Counters,
        clock_ms: Callable[[], int],
        meter: Meter | None = None,
    ) -> None:
        self._store = store
        self._board = board
        self._counters = counters
        self._clock_ms = clock_ms
        self._meter = meter or Meter(store, SloBoard(), clock_ms=clock_ms)
        self._feeds = Feeds(Lanes())
        self._live = Live(self._feeds)
        self._histograms: dict[int, HistogramSeries] = {}
        self._seq = 0
        self._last_series = 0
        self._sealed = 0
        self._handed: dict[int, Columns] = {}
        self._wake = Event()
        self._stopping = False
        self._thread = Thread(target=self._run, name="journal-follower", daemon=True)
        self._behind_since_ms: int | None = None
        counters.measure("burnline_fold_lag_seconds", self._lag_seconds)

    def start(self) -> None:
        """Rebuild the board from the tables and the journal, then follow in the background."""
        began = time.perf_counter()
        with self._store.reading() as db:
            self._board.learn(services.all_services(db))
            self._learn(series.after(db, 0))
            self._resume(db, seals.read(db))
            self._meter.start(db)
        self._reload_all()
        while self._round():
            pass
        log.info("board_rebuilt", seconds=round(time.perf_counter() - began, 3), series=self._last_series)
        self._thread.start()

    def _resume(self, db: Connection, state: seals.SealState) -> None:
        """Take up where sealing stands."""
        self._sealed = state.number
        self._live.resume(
            state.series, last_at=state.value_at, last_value=state.last_value, final_before_ms=state.cut_ms
        )
        for sample in chunks.newest_histograms(db, since_ms=state.cut_ms - MAX_GAP_MS):
            known = self._histograms.get(sample.series)
            if known is not None:
                known.resume(sample)

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def committed(self, seq: int, columns: Columns) -> None:
        """This process has added a row to the journal: it need not be read back."""
        if len(self._handed) < HANDED_ROWS:
            self._handed[seq] = columns
        if self._behind_since_ms is None:
            self._behind_since_ms = self._clock_ms()
        self._wake.set()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(IDLE_SECONDS)
            self._wake.clear()
            behind_since_ms = self._behind_since_ms
            began = time.thread_time()
            try:
                while self._round() and not self._stopping:
                    pass
                if self._behind_since_ms == behind_since_ms:
                    self._behind_since_ms = None
            except Unavailable as error:
                log.warning("follow_waits_for_database", error=str(error))
            except Exception:
                # A page that stands still must never look healthy: what is counted here is an alarm.
                self._counters.add("burnline_unexpected_errors_total")
                log.exception("follow_failed")
            least, most = PAUSE_SECONDS
            time.sleep(min(most, max(least, (time.thread_time() - began) / SHARE)))

    def _lag_seconds(self) -> float:
        """How long the oldest commit that is not on the board yet has waited."""
        since = self._behind_since_ms
        return 0.0 if since is None else (self._clock_ms() - since) / 1000

    def _round(self) -> bool:
        """Take in some journal rows; whether there may be more."""
        with self._store.reading() as db:
            seqs = journal.seqs_after(db, self._seq, limit=ROWS_AT_ONCE)
            entries = [(seq, self._columns(db, seq)) for seq in seqs]
            new = self._unknown([columns for _, columns in entries])
            if len(new):
                self._learn(series.after(db, self._last_series))
                self._learn(series.some(db, [one for one in new.tolist() if not self._feeds.knows(one)]))
                self._board.learn(services.all_services(db))
                self._meter.learn(db)
            touched = seals.after(db, self._sealed)
        for seq, columns in entries:
            self._take(columns)
            self._meter.take(columns)
            self._seq = seq
        for seq in [one for one in list(self._handed) if one <= self._seq]:
            del self._handed[seq]  # read back before it was handed over
        self._publish()
        if touched is not None:
            self._reload(touched)
        self._meter.round(seq=self._seq)
        return len(entries) == ROWS_AT_ONCE

    def _columns(self, db: Connection, seq: int) -> Columns:
        handed = self._handed.pop(seq, None)
        return journal.one(db, seq) if handed is None else handed

    def _unknown(self, columns: list[Columns]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        found = [np.empty(0, dtype=np.int64)]
        for one in columns:
            ids = one.series
            if one.histograms:
                ids = np.append(ids, [sample.series for sample in one.histograms])
            found.append(self._feeds.unknown(ids))
        return np.unique(np.concatenate(found))

    def _learn(self, found: Iterable[StoredSeries]) -> None:
        for one in found:
            histogram = learn(self._feeds, one)
            if histogram is not None:
                self._histograms[one.id] = histogram
            self._last_series = max(self._last_series, one.id)
        self._live.fit()

    def _take(self, columns: Columns) -> None:
        if not self._live.room_for(columns.at_ms):
            self._publish()
        self._live.advance(
            columns.series, columns.at_ms, columns.values, start_ms=columns.start_ms, marks=columns.marks
        )
        for sample in columns.histograms:
            known = self._histograms.get(sample.series)
            if known is not None:
                known.take(sample, self._live)

    def _publish(self) -> None:
        """Copy what moved onto the board."""
        moved = self._live.flush()
        if not moved:
            return
        newest: dict[int, int] = {}
        first: dict[int, int] = {}
        with self._board.writing():
            for row, minutes, found in moved:
                put_minutes(self._board, row, minutes, found)
                at_ms = int(self._live.row_newest[row.index])
                newest[row.service_id] = max(at_ms, newest.get(row.service_id, 0))
                first[row.service_id] = min(minutes[0], first.get(row.service_id, minutes[0]))
        self._board.changed(newest, now_ms=self._clock_ms(), first_minutes=first)

    def _reload_all(self) -> None:
        with self._store.reading() as db:
            newest = {ref.id: ref.newest_ms for ref in services.all_services(db) if ref.newest_ms is not None}
            if not newest:
                return
            oldest_ms = (max(newest.values()) // MINUTE_MS - boards.MINUTES + 1) * MINUTE_MS
            self._put_minutes(db, newest, start_ms=oldest_ms, end_ms=max(newest.values()) + MINUTE_MS)
        self._board.changed(newest, now_ms=self._clock_ms())

    def _reload(self, touched: Touched) -> None:
        """Read again what sealing has made final."""
        with self._store.reading() as db:
            self._board.learn(services.all_services(db))
            oldest_ms = max(touched.first_ms, self._board.oldest_ms())
            self._put_minutes(db, touched.ids, start_ms=oldest_ms, end_ms=touched.end_ms)
            newest = {
                ref.id: ref.newest_ms
                for ref in services.all_services(db)
                if ref.newest_ms is not None and ref.id in touched.ids
            }
        self._sealed = touched.number
        self._board.changed(newest, now_ms=self._clock_ms())

    def _put_minutes(self, db: Connection, service_ids: Iterable[int], *, start_ms: int, end_ms: int) -> None:
        """One service after the other: a day of all of them at once would take more memory than all else."""
        for service_id in sorted(service_ids):
            self._put_columns(signals.minute_columns(db, service_id, start_ms=start_ms, end_ms=end_ms))

    def _put_columns(self, found: list[SignalColumns]) -> None:
        with self._board.writing():
            for one in found:
                one.put_into(self._board.minutes_of(one.service_id, one.source, rank=one.rank))


def put_minutes(board: Board, row: Row, minutes: list[int], found: Signals) -> None:
    """Write a row's signals of some minutes onto the board."""
    place = board.minutes_of(row.service_id, row.source, rank=row.rank)
    for k, minute in enumerate(minutes):
        place.put(
            minute,
            {name: float(getattr(found, name)[k]) for name in SCALARS},
            bounds=found.bounds,
            counts=found.bucket_counts[k],
            exponential=row.exponential,
            resources={name: float(column[k]) for name, column in found.resources.items()},
        )
