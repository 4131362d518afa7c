"""Cumulative sums of every objective's counts: any window is the difference of two entries, whatever its length.

Two tiers and an edge. Every minute of the newest day and a bit; every hour of as long as the row's longest window; and
for each window that starts beyond the minutes, the minutes of the hour it starts in. Rows are objectives, and entries
of a row lie together, so that a window costs two cache lines. All is whole numbers (see `sli_minutes`).
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from app.domain.burning import COLUMNS
from app.domain.hour_rings import HourRings, Triples
from app.domain.samples import Ints
from app.domain.sli_minutes import SliMinutes
from app.domain.window_edges import NOT_LONG, WindowEdges

LENGTH = 1_536
"""Minutes remembered singly: a day, an hour's rounding and some to spare."""

NEAR = LENGTH - 61
"""Windows of at most so many minutes never start beyond the minutes."""

ASK_FROM_MINUTE = 30  # of the hour a window starts in: from here on the next hour is asked for


def dense(minutes: SliMinutes, *, first: int, end: int, unit: int = 1) -> Triples:
    """Each of the units [first, end), 0 where there is none; a longer unit is told by its first minute."""
    sums = np.zeros((max(0, end - first), 3), dtype=np.int64)
    if len(sums):
        inside = minutes.between(first * unit, end * unit)
        at = inside.minute // unit - first if unit > 1 else inside.minute - first
        sums[at, 0], sums[at, 1], sums[at, 2] = inside.bad, inside.total, inside.known_ms
    return sums


def by_hour(minutes: Triples) -> Triples:
    """Whole hours of minutes."""
    return np.asarray(minutes.reshape(-1, 60, 3).sum(axis=1))


class Rings:
    """`until` ends every window; minutes from there on are not in. Single-threaded: see `SloBoard`."""

    def __init__(self) -> None:
        self.until = 0
        self._minutes: Triples = np.zeros((0, LENGTH, 3), dtype=np.int64)
        self._hours = HourRings()
        self._edges = WindowEdges(COLUMNS)
        self._open: dict[int, None] = {}
        self._free: list[int] = []

    @property
    def near(self) -> int:
        """The first minute of the hour from which on minutes are remembered singly."""
        return -(-(self.until - LENGTH + 1) // 60) * 60

    def reserve(self, rows: int) -> None:
        """Make room for so many rows at once."""
        old = len(self._minutes)
        if rows > old:
            wider = np.zeros((rows, LENGTH, 3), dtype=np.int64)
            wider[:old] = self._minutes
            self._minutes = wider
            self._free += range(rows - 1, old - 1, -1)

    def open(self, *, longest: int) -> int:
        """A row for windows of up to `longest` minutes."""
        if not self._free:
            self.reserve(len(self._minutes) + max(8, len(self._minutes) // 4))
        row = self._free.pop()
        self._hours.open(row, hours=max(longest, LENGTH) // 60 + 3)
        self._edges.open(row, long=[False] * COLUMNS)
        self._minutes[row] = 0
        self._open[row] = None
        return row

    def close(self, row: int) -> None:
        self._hours.close(row)
        self._edges.close(row)
        del self._open[row]
        self._free.append(row)

    def watch(self, row: int, windows: Sequence[int]) -> None:
        """The lengths of a row's windows, so that those which are long get their edges."""
        self._edges.open(row, long=[minutes > NEAR for minutes in windows])

    def oldest_hour(self, row: int) -> int:
        return self.until // 60 - self._hours.kept(row) + 1

    def fill(self, row: int, hours: Triples, minutes: Triples) -> None:
        """A whole row: the hours from `oldest_hour` to `near`, and the minutes from `near` to `until`."""
        near, oldest, newest = self.near, self.oldest_hour(row), self.until // 60
        running = np.cumsum(minutes, axis=0) + hours.sum(axis=0)
        at_hours = np.zeros((newest - oldest + 1, 3), dtype=np.int64)
        np.cumsum(hours, axis=0, out=at_hours[1 : len(hours) + 1])
        ends = np.arange(near // 60 + 1, newest + 1) * 60 - 1 - near
        at_hours[len(hours) + 1 :] = running[ends]
        wanted = np.arange(oldest, newest + 1)
        self._hours.put(np.full(len(wanted), row), wanted, at_hours)
        self._minutes[row] = at_hours[len(hours)]
        self._minutes[row, np.arange(near, self.until) % LENGTH] = running

    # --- changing -----------------------------------------------------------------------------------------------------

    def set_minutes(self, row: int, first: int, minutes: Triples) -> None:
        """What minutes count as, all of them from `near` to `until`."""
        end = first + len(minutes)
        entries, at = self._minutes[row], np.arange(first - 1, end) % LENGTH
        held = entries[at]
        change = (minutes - held[1:] + held[:-1]).cumsum(axis=0)
        entries[at[1:]] += change
        if end < self.until:
            lo, hi = end % LENGTH, self.until % LENGTH
            for tail in [slice(lo, hi)] if lo < hi else [slice(lo, LENGTH), slice(hi)]:
                entries[tail] += change[-1]
        hours = np.arange(first // 60 + 1, self.until // 60 + 1)
        if len(hours):
            self._hours.add(row, hours, change[np.minimum(hours * 60, end) - 1 - first])

    def set_hours(self, row: int, first_hour: int, minutes: Triples) -> None:
        """What whole hours before `near` count as, given by their minutes; those too old are passed over."""
        skip = max(0, self.oldest_hour(row) - first_hour)
        counts = by_hour(minutes[skip * 60 :])
        if not len(counts):
            return
        first_hour += skip
        inside = np.arange(first_hour, first_hour + len(counts) + 1)
        before = np.diff(self._hours.get(np.full(len(inside), row), inside), axis=0)
        change = np.cumsum(counts - before, axis=0)
        hours = np.arange(first_hour + 1, self.until // 60 + 1)
        self._hours.add(row, hours, change[np.minimum(hours - 1 - first_hour, len(change) - 1)])
        self._minutes[row] += change[-1]
        for at in range(len(counts)):
            self._edges.again(row, first_hour + at, minutes[(skip + at) * 60 :][:60])

    def advance(self, until: int, counts: Mapping[int, tuple[Ints, Triples]]) -> None:
        """Take in the minutes up to `until`: by minute the rows that count anything, and what."""
        for minute in range(self.until, until):
            now, position = self._minutes[:, (minute - 1) % LENGTH], minute % LENGTH
            self._minutes[:, position] = now
            if minute in counts:
                rows, amounts = counts[minute]
                self._minutes[rows, position] += amounts
            if (minute + 1) % 60 == 0:
                rows = np.array(list(self._open), dtype=np.int64)
                self._hours.put(rows, np.full(len(rows), (minute + 1) // 60), self._minutes[rows, position])
        self.until = until

    # --- edges --------------------------------------------------------------------------------------------------------

    def missing_edges(self, rows: Ints, starts: Ints) -> Iterable[tuple[int, int]]:
        """(position in rows, hour): hours that a long window starts in, or soon will, whose minutes are not here.

        Never one that is near: its minutes may still change one by one.
        """
        slots = self._edges.slot[rows]
        at, column = np.nonzero((slots != NOT_LONG) & (starts < self.near))
        slot, start = slots[at, column], starts[at, column]
        asked = ASK_FROM_MINUTE + rows[at] % (60 - ASK_FROM_MINUTE)  # not all rows in the same minute
        for ahead, wanted in ((0, start % 60 > 0), (1, start % 60 >= asked)):
            hour = start // 60 + ahead
            lacks = wanted & (hour * 60 < self.near) & ~self._edges.held(slot, hour)
            yield from zip(at[lacks].tolist(), hour[lacks].tolist(), strict=True)

    def put_edge(self, row: int, hour: int, minutes: Triples, starts: Ints) -> None:
        """The 60 minutes of an hour, for those of the row's windows that start in it or the hour before."""
        for window in np.flatnonzero(self._edges.slot[row] != NOT_LONG).tolist():
            if hour - int(starts[window]) // 60 in (0, 1):
                self._edges.put(int(self._edges.slot[row, window]), hour, minutes)

    # --- reading ------------------------------------------------------------------------------------------------------

    def sums(self, rows: Ints, starts: Ints) -> Triples:
        """(n, windows, 3): from each start up to `until`; starts are (n, windows)."""
        ends = self._minutes[rows, (self.until - 1) % LENGTH]
        flat = self._minutes.reshape(-1, 3)
        before = np.take(flat, rows[:, None] * LENGTH + (starts - 1) % LENGTH, axis=0)
        at, column = np.nonzero(starts < self.near)
        if len(at):
            before[at, column] = self._before(rows[at], column, starts[at, column])
        return np.asarray(ends[:, None] - before)

    def _before(self, rows: Ints, windows: Ints, starts: Ints) -> Triples:
        """Sums before minutes beyond the tier of minutes.

        While an edge is missing, so many minutes of its hour are taken to be that share of it.
        """
        hours, minutes = starts // 60, (starts % 60)[:, None]
        before = self._hours.get(rows, hours)
        slots = self._edges.slot[rows, windows]
        inside = (self._hours.get(rows, hours + 1) - before) * minutes // 60
        held = (slots != NOT_LONG) & self._edges.held(slots, hours)
        inside[held] = self._edges.running(slots[held], starts[held])
        return np.asarray(before + inside)
