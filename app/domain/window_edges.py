"""The minutes of the hours that long windows start in: what lets a window of hours start at any minute.

Each long window of each row has two of them, the hour it starts in and the one after, so that the next is there when
the window moves on.
"""

import numpy as np
from numpy.typing import NDArray

from app.domain.hour_rings import Triples
from app.domain.samples import Ints

NOT_LONG = -1
NO_HOUR = -1


class WindowEdges:
    """`slot` of (row, window) is where its two hours stand; NOT_LONG of windows that need none."""

    def __init__(self, windows: int) -> None:
        self.slot: NDArray[np.int64] = np.full((0, windows), NOT_LONG, dtype=np.int64)
        self._hour: Ints = np.full((0, 2), NO_HOUR, dtype=np.int64)
        self._running: Triples = np.zeros((0, 2, 61, 3), dtype=np.int64)
        self._free: list[int] = []

    def open(self, row: int, *, long: list[bool]) -> None:
        """One slot for each long window of a row; what its slots held is forgotten."""
        if row >= len(self.slot):
            more = max(row + 1, len(self.slot) * 2) - len(self.slot)
            self.slot = np.pad(self.slot, ((0, more), (0, 0)), constant_values=NOT_LONG)
        self.close(row)
        for window, is_long in enumerate(long):
            if is_long:
                self.slot[row, window] = self._take()

    def close(self, row: int) -> None:
        self._free += [slot for slot in self.slot[row].tolist() if slot != NOT_LONG]
        self.slot[row] = NOT_LONG

    def held(self, slots: Ints, hours: Ints) -> NDArray[np.bool_]:
        """Which of the slots have the minutes of these hours."""
        return np.asarray(self._hour[slots, hours & 1] == hours)

    def running(self, slots: Ints, minutes: Ints) -> Triples:
        """The sums of the hours before these minutes in the hours they are in."""
        return np.asarray(self._running[slots, minutes // 60 & 1, minutes % 60])

    def put(self, slot: int, hour: int, minutes: Triples) -> None:
        """All 60 minutes of an hour."""
        self._hour[slot, hour & 1] = hour
        self._running[slot, hour & 1, 0] = 0
        np.cumsum(minutes, axis=0, out=self._running[slot, hour & 1, 1:])

    def again(self, row: int, hour: int, minutes: Triples) -> None:
        """Minutes of an hour have changed: in the slots of the row that hold it."""
        for slot in self.slot[row].tolist():
            if slot != NOT_LONG and self._hour[slot, hour & 1] == hour:
                self.put(slot, hour, minutes)

    def _take(self) -> int:
        if not self._free:
            old = len(self._hour)
            more = max(16, old // 4)
            self._hour = np.pad(self._hour, ((0, more), (0, 0)))
            self._running = np.pad(self._running, ((0, more), (0, 0), (0, 0), (0, 0)))
            self._free = list(range(old + more - 1, old - 1, -1))
        slot = self._free.pop()
        self._hour[slot] = NO_HOUR
        return slot
