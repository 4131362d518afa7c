"""What will leave a rolling window, and when: the budget that comes back without anybody doing anything."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.domain.samples import Ints
from app.domain.sli_minutes import EVENT, SliMinutes

HOUR = 60
MINUTE_MS = 60_000
ABOVE_MEAN = 2


@dataclass(frozen=True, slots=True)
class Leaving:
    """A bad time that ages out: it was [start_ms, end_ms), leaves from `from_ms` on and has left at `at_ms`.

    `share` is of the whole budget: what comes back, if the traffic stays what it is.
    """

    start_ms: int
    end_ms: int
    from_ms: int
    at_ms: int
    bad_events: float
    share: float


def leaving(hours: SliMinutes, *, window_minutes: int, allowed: float, until_minute: int) -> tuple[Leaving, ...]:
    """Neighbouring hours with more than twice the bad events of the window's mean hour, soonest first.

    `hours` are counted, `minute` is the hour's first; empty without an event or a bad one.
    """
    inside = hours.between((until_minute - window_minutes) // HOUR * HOUR, until_minute)
    bad, budget = int(inside.bad.sum()), allowed * int(inside.total.sum())
    if bad <= 0 or budget <= 0:
        return ()
    limit = ABOVE_MEAN * bad * HOUR / window_minutes
    found = []
    for run in _neighbours(inside.minute[inside.bad > limit] // HOUR):
        first, end = int(run[0]) * HOUR, (int(run[-1]) + 1) * HOUR
        gone = int(inside.between(first, end).bad.sum())
        begins, ends = ((minute + window_minutes) * MINUTE_MS for minute in (first, end))
        found.append(Leaving(first * MINUTE_MS, end * MINUTE_MS, begins, ends, gone / EVENT, gone / budget))
    return tuple(found)


def _neighbours(hours: Ints) -> Iterator[Ints]:
    yield from (run for run in np.split(hours, np.flatnonzero(np.diff(hours) > 1) + 1) if len(run))
