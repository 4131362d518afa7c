"""What a public status page calls the state of a service, from measured counts, by stated thresholds.

What counts is the part of what an objective promises that was lost: of 99.9 % promised and 10 % failed that is
(10 - 0.1) / 99.9 = 9.9 %. From 1 % on a service is degraded, from 10 % on it is a partial outage, from 50 % on a
major one. What is only slow is never an outage, nor is what is judged by the minute: a bad minute does not say how bad
it was. Fewer than three bad events are chance unless nothing else happened. Nothing heard is unknown, and that is never
operational.
"""

from collections.abc import Iterable
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.domain.notices import Impact
from app.domain.samples import Floats
from app.domain.sli_minutes import EVENT

DEGRADED_FROM, PARTIAL_FROM, MAJOR_FROM = 0.01, 0.1, 0.5
LEAST_BAD = 3 * EVENT
MILD = frozenset({"latency", "saturation", "freshness", "threshold", "composite"})


class Level(StrEnum):
    """From best to worst: its place is how a level compares."""

    OPERATIONAL = "operational"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"
    DEGRADED = "degraded"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"

    @property
    def rank(self) -> int:
        return RANKS[self]

    @property
    def is_trouble(self) -> bool:
        return self.rank >= RANKS[Level.DEGRADED]


LEVELS = tuple(Level)
RANKS = {level: rank for rank, level in enumerate(Level)}
IMPACTS = {
    Impact.NONE: Level.OPERATIONAL,
    Impact.MINOR: Level.DEGRADED,
    Impact.MAJOR: Level.PARTIAL_OUTAGE,
    Impact.CRITICAL: Level.MAJOR_OUTAGE,
}


def worst(levels: Iterable[Level]) -> Level:
    """Of none it is unknown."""
    return max(levels, key=lambda one: one.rank, default=Level.UNKNOWN)


def most_of(kind: str) -> Level:
    """The worst an indicator of a kind can tell."""
    return Level.DEGRADED if kind in MILD else Level.MAJOR_OUTAGE


def lost(bad: ArrayLike, total: ArrayLike, *, allowed: float) -> Floats:
    """The part of what is promised that was lost, 0 to 1 (below 0: nothing was); NaN where there was no event."""
    failed, events = np.asarray(bad, dtype=np.float64), np.asarray(total, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(events > 0, (failed / events - allowed) / (1 - allowed), np.nan))


def ranks(
    bad: ArrayLike, total: ArrayLike, known_ms: ArrayLike, *, allowed: float, most: Level = Level.MAJOR_OUTAGE
) -> NDArray[np.int8]:
    """Of spans of time, the rank of each one's level, from millionths of events; without traffic nothing failed."""
    failed, events = np.asarray(bad, dtype=np.int64), np.asarray(total, dtype=np.int64)
    share = lost(failed, events, allowed=allowed)
    counts = failed >= np.minimum(LEAST_BAD, events)
    found = np.zeros(np.shape(share), dtype=np.int8)
    for least, level in (
        (DEGRADED_FROM, Level.DEGRADED),
        (PARTIAL_FROM, Level.PARTIAL_OUTAGE),
        (MAJOR_FROM, Level.MAJOR_OUTAGE),
    ):
        found[(share >= least) & counts] = min(level.rank, most.rank)
    found[(events <= 0) & (np.asarray(known_ms) <= 0)] = Level.UNKNOWN.rank
    return found
