"""Minutes of SLIs that count events: good or bad of a total."""

import numpy as np

from app.domain.samples import Floats, Ints
from app.domain.sli_minutes import SliMinutes, of_events
from app.domain.slis.kind import Lane


def of_bad(minute: Ints, bad: Lane | None, total: Lane) -> SliMinutes:
    """Bad of all. Nothing heard of failures means that there were none: many make their series with the first."""
    failed = np.zeros(len(minute)) if bad is None else np.where(bad.known, bad.total, 0.0)
    return of_events(minute, bad=failed, total=_known(total), known_seconds=seconds_a_series(total))


def of_good(minute: Ints, good: Lane | None, total: Lane) -> SliMinutes:
    """Good of all. Nothing heard of good ones is unknown, never "all bad" - unless there was nothing at all."""
    worked = np.full(len(minute), np.nan) if good is None else _known(good)
    failed = np.where(total.total == 0, 0.0, total.total - worked)
    return of_events(minute, bad=failed, total=_known(total), known_seconds=seconds_a_series(total))


def of_both(minute: Ints, good: Lane, bad: Lane | None) -> SliMinutes:
    """Good and bad apart: all is their sum."""
    failed = np.zeros(len(minute)) if bad is None else np.where(bad.known, bad.total, 0.0)
    return of_events(minute, bad=failed, total=_known(good) + failed, known_seconds=seconds_a_series(good))


def seconds_a_series(lane: Lane) -> Floats:
    """How long a series of the lane was observed in each minute, on average; 0 where none was."""
    return np.asarray(lane.weight / np.maximum(lane.series, 1.0))


def _known(lane: Lane) -> Floats:
    return np.where(lane.known, lane.total, np.nan)
