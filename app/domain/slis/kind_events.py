"""Minutes of SLIs that count events: good or bad of a total. Minutes of those that are judged: one event a minute."""

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import Floats
from app.domain.sli_minutes import SliMinutes, of_events
from app.domain.slis.kind import Lane, LaneMinutes

MINUTE_SECONDS = 60.0


def of_bad(of: LaneMinutes, bad: Lane | None, total: Lane) -> SliMinutes:
    """Bad of all. Nothing heard of failures means that there were none: many make their series with the first."""
    failed = np.zeros(len(of.minute)) if bad is None else np.where(bad.known, bad.total, 0.0)
    return of_events(of.minute, bad=failed, total=_known(total), known_seconds=seconds_a_series(total))


def of_good(of: LaneMinutes, good: Lane | None, total: Lane) -> SliMinutes:
    """Good of all. Nothing heard of good ones is unknown, never "all bad" - unless there was nothing at all."""
    worked = np.full(len(of.minute), np.nan) if good is None else _known(good)
    failed = np.where(total.total == 0, 0.0, total.total - worked)
    return of_events(of.minute, bad=failed, total=_known(total), known_seconds=seconds_a_series(total))


def of_both(of: LaneMinutes, good: Lane, bad: Lane | None) -> SliMinutes:
    """Good and bad apart: all is their sum."""
    failed = np.zeros(len(of.minute)) if bad is None else np.where(bad.known, bad.total, 0.0)
    return of_events(of.minute, bad=failed, total=_known(good) + failed, known_seconds=seconds_a_series(good))


def judged(of: LaneMinutes, good: Floats | NDArray[np.bool_], *, known: NDArray[np.bool_]) -> SliMinutes:
    """A minute is one event, or a share of one, where anything is known of it."""
    bad = 1.0 - np.asarray(good, dtype=np.float64)
    seconds = np.where(known, MINUTE_SECONDS, 0.0)
    return of_events(of.minute, bad=bad, total=np.where(known, 1.0, np.nan), known_seconds=seconds)


def seconds_a_series(lane: Lane) -> Floats:
    """How long a series of the lane was observed in each minute, on average; 0 where none was."""
    return np.asarray(lane.weight / np.maximum(lane.series, 1.0))


def _known(lane: Lane) -> Floats:
    return np.where(lane.known, lane.total, np.nan)
