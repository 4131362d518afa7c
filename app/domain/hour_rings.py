"""Cumulative sums at the start of every hour, of rows that remember different numbers of hours."""

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import Ints

Triples = NDArray[np.int64]  # (..., 3): bad, total, known_ms


class HourRings:
    """Entry h of a row is the sum of everything before hour h; differences are right however often it wrapped."""

    def __init__(self) -> None:
        self._sums: Triples = np.zeros((0, 3), dtype=np.int64)
        self._used = 0
        self._offset: Ints = np.zeros(0, dtype=np.int64)
        self._hours: Ints = np.zeros(0, dtype=np.int64)

    def open(self, row: int, *, hours: int) -> None:
        """Room for the newest `hours` entries of a row, all 0."""
        if row >= len(self._hours):
            more = max(row + 1, len(self._hours) * 2) - len(self._hours)
            self._offset, self._hours = (np.pad(column, (0, more)) for column in (self._offset, self._hours))
        if self._used + hours > len(self._sums):
            self._pack(room=hours)
        self._offset[row], self._hours[row] = self._used, hours
        self._sums[self._used : self._used + hours] = 0
        self._used += hours

    def close(self, row: int) -> None:
        self._hours[row] = 0

    def kept(self, row: int) -> int:
        return int(self._hours[row])

    def get(self, rows: Ints, hours: Ints) -> Triples:
        """One entry of each of as many rows."""
        return np.asarray(self._sums[self._at(rows, hours)])

    def put(self, rows: Ints, hours: Ints, sums: Triples) -> None:
        self._sums[self._at(rows, hours)] = sums

    def add(self, row: int, hours: Ints, amounts: Triples) -> None:
        """To entries of one row, each at most once."""
        self._sums[self._offset[row] + hours % self._hours[row]] += amounts

    def _at(self, rows: Ints, hours: Ints) -> Ints:
        return np.asarray(self._offset[rows] + hours % self._hours[rows])

    def _pack(self, *, room: int) -> None:
        """Move the open rows together, with a quarter to spare."""
        kept = np.flatnonzero(self._hours)
        used = int(self._hours[kept].sum())
        packed = np.zeros(((used + room) * 5 // 4, 3), dtype=np.int64)
        at = 0
        for row in kept.tolist():
            count, offset = int(self._hours[row]), int(self._offset[row])
            packed[at : at + count] = self._sums[offset : offset + count]
            self._offset[row] = at
            at += count
        self._sums, self._used = packed, at
