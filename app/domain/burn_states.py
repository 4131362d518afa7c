"""One burn policy's state, and what it becomes: the same step for the evaluator, tick by tick, and for a replay."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

UNKNOWN, QUIET, BREACHED = -1, 0, 1


class AlertState(StrEnum):
    INACTIVE = "inactive"
    PENDING = "pending"  # breached, but not yet for as long as it has to be
    FIRING = "firing"


def step(before: AlertState, breach: int, *, since_ms: int | None, hold_ms: int, now_ms: int) -> AlertState:
    """What a state becomes at `now_ms`, the end of the windows; `since_ms` is when it became pending, if it is.

    Unknown changes nothing: silence neither raises an alert nor resolves one.
    """
    if breach == UNKNOWN:
        return before
    if breach == QUIET:
        return AlertState.INACTIVE
    if before is AlertState.FIRING:
        return before
    waited_ms = now_ms - since_ms if before is AlertState.PENDING and since_ms is not None else 0
    return AlertState.FIRING if waited_ms >= hold_ms else AlertState.PENDING


STATES = tuple(AlertState)


def run(breached: NDArray[np.int8], *, hold_minutes: int) -> NDArray[np.int8]:
    """`step` at every minute of a row of breaches, from inactive: positions in STATES."""
    at = np.arange(len(breached))
    heard = np.maximum.accumulate(np.where(breached == UNKNOWN, -1, at))  # the newest minute that was known
    active = (heard >= 0) & (breached[np.maximum(heard, 0)] == BREACHED)
    began = np.maximum.accumulate(np.where(active & ~np.append(False, active[:-1]), at, -1))
    ripe = (breached == BREACHED) & (at - began >= hold_minutes)
    fired = np.maximum.accumulate(np.where(ripe, at, -1)) >= np.maximum(began, 0)
    return np.where(active, np.where(fired, 2, 1), 0).astype(np.int8)
