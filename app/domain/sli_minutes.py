"""Minutes of one SLI as whole numbers, so that sums are the same in any order and any partition, to the last bit.

Events are counted in millionths (an increase spread over three minutes is no whole number), time in milliseconds.
"""

from dataclasses import dataclass

import numpy as np

from app.domain.samples import Floats, Ints

EVENT = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class SliMinutes:
    """Ascending Unix minutes, each once. A minute that is not there is "no data".

    bad, total   millionths of events; of SLIs judged by the minute a minute is one event
    known_ms     how much of the minute was observed, 0 to 60 000; known with a total of 0 is "no traffic"
    """

    minute: Ints
    bad: Ints
    total: Ints
    known_ms: Ints

    def __len__(self) -> int:
        return len(self.minute)

    def between(self, first: int, end: int) -> "SliMinutes":
        """The minutes [first, end)."""
        lo, hi = self.minute.searchsorted((first, end)).tolist()
        if lo == 0 and hi == len(self.minute):
            return self
        return SliMinutes(self.minute[lo:hi], self.bad[lo:hi], self.total[lo:hi], self.known_ms[lo:hi])


COLUMNS = ("minute", "bad", "total", "known_ms")


def no_minutes() -> SliMinutes:
    none = np.empty(0, dtype=np.int64)
    return SliMinutes(none, none, none, none)


def of_events(minute: Ints, *, bad: Floats, total: Floats, known_seconds: Floats) -> SliMinutes:
    """From events and seconds, rounded here and nowhere else; minutes of which nothing is known (NaN) are left out."""
    known = ~(np.isnan(total) | np.isnan(bad)) & (known_seconds > 0)
    parts = [np.rint(column[known] * EVENT).astype(np.int64) for column in (bad, total)]
    known_ms = np.rint(np.minimum(known_seconds[known], 60.0) * 1000).astype(np.int64)
    return SliMinutes(minute[known], np.clip(parts[0], 0, parts[1]), parts[1], known_ms)


def replaced(old: SliMinutes, new: SliMinutes, *, touched: Ints) -> SliMinutes:
    """`old` with all it says of the touched minutes replaced by what `new` says of them."""
    kept = ~np.isin(old.minute, touched)
    columns = [np.concatenate((getattr(old, name)[kept], getattr(new, name))) for name in COLUMNS]
    order = np.argsort(columns[0], kind="stable")
    return SliMinutes(*(column[order] for column in columns))
