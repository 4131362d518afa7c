"""The series of exports, known again by the bytes a sender says them with.

Checking a label set and making a SeriesKey of it costs ten times what finding it does, and senders send the same sets
every few seconds: whoever keeps one table over many exports pays for new series only.
"""

from collections.abc import Hashable
from threading import Lock

import numpy as np

from app.domain.samples import UNRESOLVED, Ints
from app.domain.series import SeriesKey
from app.wire.metrics.otlp.families import Family

MAX_WAYS_KEPT = 100_000
FIRST_ROOM = 1_024

Known = dict[Hashable, int]  # a point's attributes as they came -> position


class SeriesTable:
    """A directory of series by position (see SeriesDirectory) that grows; safe to use from any thread."""

    def __init__(self) -> None:
        self.ids: Ints = np.full(FIRST_ROOM, UNRESOLVED, dtype=np.int64)
        self._keys: list[SeriesKey] = []
        self._positions: dict[SeriesKey, int] = {}
        self._families: dict[Family, Known] = {}
        self._ways = 0
        self._lock = Lock()

    @property
    def is_full(self) -> bool:
        """Whether the next export should begin another table."""
        return self._ways + len(self._families) > MAX_WAYS_KEPT

    def known(self, family: Family) -> Known:
        """The series of a family that were met before."""
        return self._families.setdefault(family, {})

    def add(self, key: SeriesKey) -> int:
        """The position of a series. To be called once for each way its attributes are written."""
        with self._lock:
            self._ways += 1
            position = self._positions.setdefault(key, len(self._keys))
            if position == len(self._keys):
                self._make_room()
                self._keys.append(key)
        return position

    def key(self, position: int) -> SeriesKey:
        return self._keys[position]

    def _make_room(self) -> None:
        if len(self._keys) == len(self.ids):
            self.ids = np.concatenate((self.ids, np.full(len(self.ids), UNRESOLVED, dtype=np.int64)))
