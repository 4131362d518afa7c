"""What symbols and series of remote write were found to be, by numbers that last longer than one request."""

from collections.abc import Callable, Sequence
from itertools import count, repeat
from threading import Lock

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.samples import Ints, Metadata

FIRST_ROOM = 4_096
UNKNOWN = -1


class Known:
    """Symbols by number, and entries: a series as its sender spells it, with what is declared of its family.

    Spellings of 1.0 and 2.0 are of different make: each version has a Known of its own.
    Kept as long as the table whose positions it holds, and like it safe to use from any thread.
    """

    def __init__(self) -> None:
        self.characters = 0
        self._entries: dict[bytes, int] = {}
        self._positions: Ints = np.zeros(FIRST_ROOM, dtype=np.int64)
        self._declared: Ints = np.zeros(FIRST_ROOM, dtype=np.int64)
        self._metadata: dict[Metadata | None, int] = {}
        self._symbols: dict[bytes, int] = {}
        self._numbers = count()
        self._lock = Lock()

    def numbers(self, symbols: Sequence[bytes]) -> NDArray[np.int32]:
        """A number for each symbol, the same in every request."""
        found = list(map(self._symbols.get, symbols))
        if None in found:
            found = [self._number(symbol) for symbol in symbols]
        return np.array(found, dtype=np.int32)

    def __len__(self) -> int:
        return len(self._entries)

    def find(
        self, spellings: Sequence[bytes], resolve: Callable[[int], tuple[int, Metadata | None]]
    ) -> NDArray[np.int64]:
        """The entry of each series.

        `resolve` gives the position in the table of the series at a place that is not known, and its family's
        metadata; where it raises Invalid or DecodeError the series stays UNKNOWN.
        """
        found = map(self._entries.get, spellings, repeat(UNKNOWN))
        entries = np.fromiter(found, dtype=np.int64, count=len(spellings))
        for at in np.flatnonzero(entries == UNKNOWN).tolist():
            try:
                position, metadata = resolve(at)
            except (Invalid, DecodeError):
                continue
            entries[at] = self._learn(spellings[at], position, metadata)
        return entries

    def look_up(self, entries: Ints) -> tuple[Ints, tuple[Metadata, ...]]:
        """The positions of entries in the table, and what is declared of their families."""
        declared = list(self._metadata)
        of_these = (declared[number] for number in np.unique(self._declared[entries]))
        return self._positions[entries], tuple(metadata for metadata in of_these if metadata)

    def _learn(self, spelling: bytes, position: int, metadata: Metadata | None) -> int:
        """The entry of a series that was not known by this spelling."""
        with self._lock:
            entry = self._entries.get(spelling)
            if entry is None:
                entry = len(self._entries)
                if entry == len(self._positions):
                    room = np.zeros(entry, dtype=np.int64)
                    self._positions = np.concatenate((self._positions, room))
                    self._declared = np.concatenate((self._declared, room))
                self._positions[entry] = position
                self._declared[entry] = self._metadata.setdefault(metadata, len(self._metadata))
                self.characters += len(spelling)
                self._entries[spelling] = entry  # last: whoever finds the entry finds all of it
        return entry

    def _number(self, symbol: bytes) -> int:
        number = self._symbols.get(symbol)
        if number is None:
            number = self._symbols.setdefault(symbol, next(self._numbers))
            self.characters += len(symbol)
        return number
