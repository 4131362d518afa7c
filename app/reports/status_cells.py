"""Half hours of objectives over 90 days, kept in memory: what the bars of the status page are made of.

What is older than a day seldom changes. It is read anew every hour, when the definition or the ledger has changed, and
more often while history is still being read; the newest day is counted again every time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.domain import counting
from app.domain.ledger import Effects
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import SliMinutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Budgeting, Method, Slo
from app.reports import slo_history
from app.store.engine import Connection

CELL = 30  # minutes: zones begin their days at quarter hours, nearly all of them at half ones
DAYS = 90
MINUTES_SHOWN = (DAYS + 1) * 1_440
RECENT = 1_440
COLUMNS = ("bad", "total", "known_ms")
AGED_MS = 60 * MINUTE_MS
FILLING_MS = MINUTE_MS
EVERY_EVENT = Budgeting()


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Sums of half hours; the first begins at the minute `first`."""

    first: int
    bad: Ints
    total: Ints
    known_ms: Ints

    def __len__(self) -> int:
        return len(self.bad)


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """An objective's half hours up to the newest complete minute, and the minutes of its newest day.

    `cells` are as the objective counts. `judged` and `recent` count every event, even where it counts whole slices:
    how much of a slice failed is what tells an outage from a hiccup.
    """

    slo: Slo
    cells: Cells
    judged: Cells
    recent: SliMinutes
    effects: Effects


@dataclass(frozen=True, slots=True, eq=False)
class _Both:
    """Half hours as the objective counts, and by every event."""

    cells: Cells
    judged: Cells

    def then(self, more: "_Both") -> "_Both":
        return _Both(_joined(self.cells, more.cells), _joined(self.judged, more.judged))


@dataclass(slots=True, eq=False)
class _Old:
    both: _Both
    told_by: tuple[int, Budgeting, Effects]
    read_ms: int


@dataclass(slots=True, eq=False)
class History:
    """Not safe for two threads at once: whoever renews the page holds a lock."""

    _old: dict[int, _Old] = field(default_factory=dict)

    def read(self, board: SloBoard, db: Connection, slos: Sequence[Slo], *, now_ms: int) -> list[Past]:
        """In the order of the objectives."""
        until = board.until_minute
        self._old = {slo.id: self._old[slo.id] for slo in slos if slo.id in self._old}
        return [self._past(board, db, slo, until=until, now_ms=now_ms) for slo in slos]

    def _past(self, board: SloBoard, db: Connection, slo: Slo, *, until: int, now_ms: int) -> Past:
        effects = board.effects(slo.id)
        begin = (until - RECENT) // CELL * CELL
        old = self._up_to(board, db, slo, effects, until=until, end=begin, now_ms=now_ms)
        new, recent = _counted(board, db, slo, effects, first=begin, end=until)
        whole = old.then(new)
        return Past(slo, whole.cells, whole.judged, recent, effects)

    def _up_to(
        self, board: SloBoard, db: Connection, slo: Slo, effects: Effects, *, until: int, end: int, now_ms: int
    ) -> _Both:
        """Everything before `end`; read again when it is too old, and lengthened as time goes on."""
        told_by = (slo.sli_id, slo.budgeting, effects)
        found = self._old.get(slo.id)
        lasts = AGED_MS if board.backfilled(slo.id) >= 1 else FILLING_MS
        if found is None or found.told_by != told_by or not 0 <= now_ms - found.read_ms < lasts:
            first = (until - MINUTES_SHOWN) // CELL * CELL
            both, _ = _counted(board, db, slo, effects, first=first, end=end)
            found = self._old[slo.id] = _Old(both, told_by, now_ms)
        stands_to = found.both.cells.first + len(found.both.cells) * CELL
        if stands_to < end:
            more, _ = _counted(board, db, slo, effects, first=stands_to, end=end)
            found.both = found.both.then(more)
        return found.both


def _counted(
    board: SloBoard, db: Connection, slo: Slo, effects: Effects, *, first: int, end: int
) -> tuple[_Both, SliMinutes]:
    """The half hours of [first, end), and the minutes they are judged by."""
    hold = slo.indicator.hold_minutes
    first_raw, end_raw = counting.reach(slo.budgeting, hold, first=first, end=end)
    raw = slo_history.raw(board, db, slo.sli_id, first=first_raw, end=end_raw)
    minutes = counting.counted(raw, EVERY_EVENT, effects, hold=hold, first=first, end=end)
    judged = counts = cells(minutes, first=first, end=end)
    if slo.budgeting.method is not Method.OCCURRENCES:
        sliced = counting.counted(raw, slo.budgeting, effects, hold=hold, first=first, end=end)
        counts = cells(sliced, first=first, end=end)
    return _Both(counts, judged), minutes


def cells(of: SliMinutes, *, first: int, end: int) -> Cells:
    """Minutes summed by half hour; `first` begins one."""
    count = -(-(end - first) // CELL)
    at = (of.minute - first) // CELL
    columns = []
    for column in (of.bad, of.total, of.known_ms):
        sums = np.zeros(count, dtype=np.int64)
        np.add.at(sums, at, column)
        columns.append(np.maximum(sums, 0))
    return Cells(first, *columns)


def _joined(one: Cells, next_one: Cells) -> Cells:
    columns = (np.concatenate((getattr(one, name), getattr(next_one, name))) for name in COLUMNS)
    return Cells(one.first, *columns)
