"""The newest raw minutes of each SLI, as they were last told: what is not in the tables yet is here."""

import numpy as np

from app.domain.samples import Ints
from app.domain.sli_minutes import SliMinutes

LENGTH = 256  # sealing comes four times an hour
NO_MINUTE = -1


class NewestMinutes:
    """A ring of raw minutes; one that is not there is "no data"."""

    def __init__(self) -> None:
        self._minute: Ints = np.full(LENGTH, NO_MINUTE, dtype=np.int64)
        self._columns: Ints = np.zeros((3, LENGTH), dtype=np.int64)
        self.newest = NO_MINUTE

    def put(self, raw: SliMinutes, *, first: int, end: int) -> None:
        """Everything known of the minutes [first, end), in place of what was."""
        told = raw.between(first, end)
        heard = told.minute[told.known_ms > 0]
        self.newest = max(self.newest, int(heard[-1]) if len(heard) else NO_MINUTE)
        self._minute[(self._minute >= first) & (self._minute < end)] = NO_MINUTE
        inside = told.between(max(first, end - LENGTH), end)
        at = inside.minute % LENGTH
        newer = inside.minute > self._minute[at]
        self._minute[at[newer]] = inside.minute[newer]
        self._columns[:, at[newer]] = [column[newer] for column in (inside.bad, inside.total, inside.known_ms)]

    def before(self, end: int) -> SliMinutes:
        """What is remembered of the minutes before `end`."""
        order = np.argsort(self._minute)
        order = order[(self._minute[order] != NO_MINUTE) & (self._minute[order] < end)]
        return SliMinutes(self._minute[order], *self._columns[:, order])
