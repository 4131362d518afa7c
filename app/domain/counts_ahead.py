"""Counts of minutes that are not over, and so in no window yet: a slice stands at its last minute."""

from collections.abc import Iterable

import numpy as np

from app.domain.hour_rings import Triples
from app.domain.kept_slos import KeptSlo
from app.domain.rings import dense
from app.domain.samples import Ints
from app.domain.sli_minutes import no_minutes


class CountsAhead:
    """By minute and row."""

    def __init__(self) -> None:
        self._counts: dict[int, dict[int, Triples]] = {}

    def put(self, kept: KeptSlo, counts: Triples, *, first: int) -> None:
        """All minutes from `first` on that `counts` speaks of: that one counts nothing is known from here on, too."""
        for minute in [one for one in self._counts if first <= one < first + len(counts)]:
            self._counts[minute].pop(kept.row, None)
        told = counts.any(axis=1)
        if kept.counts_unheard:
            told |= np.array([kept.unheard(minute) for minute in range(first, first + len(counts))], dtype=bool)
        for at in np.flatnonzero(told).tolist():
            self._counts.setdefault(first + at, {})[kept.row] = counts[at]

    def forget(self, row: int) -> None:
        for of_minute in self._counts.values():
            of_minute.pop(row, None)

    def take(self, *, first: int, end: int, unheard: Iterable[KeptSlo]) -> dict[int, tuple[Ints, Triples]]:
        """(rows, counts) of the minutes [first, end); `unheard` are those that may count what nobody told of."""
        silent = list(unheard)
        taken: dict[int, tuple[Ints, Triples]] = {}
        for minute in range(first, end):
            of_minute = self._counts.pop(minute, {})
            for kept in silent:
                if kept.row not in of_minute and kept.unheard(minute):
                    counted = kept.counted(no_minutes(), first=minute, end=minute + 1)
                    of_minute[kept.row] = dense(counted, first=minute, end=minute + 1)[0]
            if of_minute:
                taken[minute] = (np.array(list(of_minute), dtype=np.int64), np.array(list(of_minute.values())))
        return taken
