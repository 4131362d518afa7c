"""Half hours of objectives over 90 days, kept in memory: what the bars of the status page are made of.

What is older than a day seldom changes. It is read anew every hour, when the definition or the ledger has changed, and
more often while history is still being read; the newest day is counted again every time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.domain.ledger import Effects
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import SliMinutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Budgeting, Slo
from app.reports import slo_history
from app.store.engine import Connection

CELL = 30  # minutes: zones begin their days at quarter hours, nearly all of them at half ones
DAYS = 90
MINUTES_SHOWN = (DAYS + 1) * 1_440
RECENT = 1_440
COLUMNS = ("bad", "total", "known_ms")
AGED_MS = 60 * MINUTE_MS
FILLING_MS = MINUTE_MS


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
    """An objective's half hours up to the newest complete minute, and the minutes of its newest day."""

    slo: Slo
    cells: Cells
    recent: SliMinutes
    effects: Effects


@dataclass(slots=True, eq=False)
class _Old:
    cells: Cells
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
        recent = slo_history.counted(board, db, slo, first=begin, end=until)
        new = cells(recent, first=begin, end=until)
        return Past(slo, _joined(old, new), recent, effects)

    def _up_to(
        self, board: SloBoard, db: Connection, slo: Slo, effects: Effects, *, until: int, end: int, now_ms: int
    ) -> Cells:
        """Everything before `end`; read again when it is too old, and lengthened as time goes on."""
        told_by = (slo.sli_id, slo.budgeting, effects)
        found = self._old.get(slo.id)
        lasts = AGED_MS if board.backfilled(slo.id) >= 1 else FILLING_MS
        if found is None or found.told_by != told_by or not 0 <= now_ms - found.read_ms < lasts:
            first = (until - MINUTES_SHOWN) // CELL * CELL
            counted = slo_history.counted(board, db, slo, first=first, end=end)
            found = self._old[slo.id] = _Old(cells(counted, first=first, end=end), told_by, now_ms)
        stands_to = found.cells.first + len(found.cells) * CELL
        if stands_to < end:
            counted = slo_history.counted(board, db, slo, first=stands_to, end=end)
            found.cells = _joined(found.cells, cells(counted, first=stands_to, end=end))
        return found.cells


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
