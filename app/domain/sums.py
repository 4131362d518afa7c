"""What every reader of objectives reads: sums over windows, and the numbers drawn from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import Ints
from app.domain.slos import Health


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """n SLOs (rows, by `slo_ids`) and k windows (columns) that end at `until_minute`.

    Column 0 is the compliance window, then long and short of each burn pair; -1 minutes: there is no such window.
    All are counted numbers (method, silence and ledger applied): millionths, and milliseconds.
    """

    until_minute: int
    slo_ids: Ints
    window_minutes: NDArray[np.int64]
    bad: NDArray[np.int64]
    total: NDArray[np.int64]
    known_ms: NDArray[np.int64]
    newest_known: Ints  # the newest minute with data, -1 none


@dataclass(frozen=True, slots=True)
class Span:
    """One window of one SLO, unscaled: events and seconds."""

    start_ms: int
    end_ms: int
    bad: float
    total: float
    known_seconds: float


@dataclass(frozen=True, slots=True)
class Burn:
    """One window's burn: 1 spends exactly the budget over the SLO's window; None without an event."""

    minutes: int
    rate: float | None
    bad: float
    total: float


@dataclass(frozen=True, slots=True)
class PairNow:
    """A burn policy now; `state` is inactive, pending or firing, `since_ms` when that began."""

    name: str
    severity: str
    factor: float
    long: Burn
    short: Burn
    state: str
    since_ms: int | None


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """When nothing is left at a rate that goes on; None: not at that rate. The band is over the pairs' long windows."""

    at_ms: int | None
    earliest_ms: int | None
    latest_ms: int | None
    rate_minutes: int


@dataclass(frozen=True, slots=True)
class SloNow:
    """Every number of an SLO now, unclamped; None is "no data". What tile, row, JSON, gate and alert all read.

    budget_left          fraction of the budget unspent: 1 untouched, 0 spent, below 0 overspent
    budget_left_events   bad events (of slices: minutes) that may still come; budget_events: the whole budget
    budget_left_seconds  of total outage at the traffic of the last hour; of slices the same as the events
    coverage             known share of the window without exclusions, 0 to 1
    backfilled           share of the window whose history has been read, 1 when all has
    """

    slo_id: int
    window: Span
    compliance: float | None
    budget_events: float | None
    budget_left: float | None
    budget_left_events: float | None
    budget_left_seconds: float | None
    coverage: float
    excluded_seconds: float
    pairs: tuple[PairNow, ...]
    exhaustion: Exhaustion
    health: Health
    reason: str
    newest_known_ms: int | None
    backfilled: float
