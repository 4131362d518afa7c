"""How fast budgets burn, and which burn policies that breaches: of all objectives now, or of one at every minute.

A burn of 1 spends exactly the budget over the objective's window. Thresholds are made in decimal and rounded once:
0.0144 stays 0.0144, and a share that just reaches it breaches.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.domain import burn_states
from app.domain.budgets import bad_share
from app.domain.burn_states import BREACHED, QUIET, UNKNOWN
from app.domain.samples import Floats, Ints
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slos import MOST_PAIRS, Slo
from app.domain.sums import Sums

COLUMNS = 1 + 2 * MOST_PAIRS


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """The policies of n objectives, in the order of the sums they are held against.

    thresholds    (n, MOST_PAIRS) bad shares that breach; NaN where there is no such pair
    least_total   millionths of events there must have been in the long window, and least_bad of bad ones
    """

    slo_ids: Ints
    allowed: Floats
    thresholds: Floats
    least_total: NDArray[np.int64]
    least_bad: NDArray[np.int64]


def watched(slos: Sequence[Slo]) -> Watched:
    thresholds = np.full((len(slos), MOST_PAIRS), np.nan)
    for at, slo in enumerate(slos):
        for column, pair in enumerate(slo.alerting.pairs):
            thresholds[at, column] = float(pair.factor * slo.allowed)
    return Watched(
        slo_ids=np.array([slo.id for slo in slos], dtype=np.int64),
        allowed=np.array([float(slo.allowed) for slo in slos], dtype=np.float64),
        thresholds=thresholds,
        least_total=np.array([slo.alerting.least_events * EVENT for slo in slos], dtype=np.int64),
        least_bad=np.array([slo.alerting.least_failures * EVENT for slo in slos], dtype=np.int64),
    )


def spans(slo: Slo, *, window_minutes: int) -> list[int]:
    """The lengths of an objective's windows as the columns of sums are: -1 where there is none."""
    found = [window_minutes]
    for pair in slo.alerting.pairs:
        found += [pair.long_minutes, pair.short_minutes]
    return found + [-1] * (COLUMNS - len(found))


def rates(bad: ArrayLike, total: ArrayLike, allowed: ArrayLike) -> Floats:
    """The burn of each window; NaN where there was no event."""
    return np.asarray(bad_share(bad, total) / np.asarray(allowed, dtype=np.float64))


def breached(sums: Sums, of: Watched) -> NDArray[np.int8]:
    """(n, MOST_PAIRS): 1 breached, 0 not, -1 not known, for one of the two windows had no event.

    Pairs that are not there are not breached.
    """
    return _judged(bad_share(sums.bad[:, 1:], sums.total[:, 1:]), sums, of)


def _judged(share: Floats, sums: Sums, of: Watched) -> NDArray[np.int8]:
    long, short = share[:, 0::2], share[:, 1::2]
    enough = (sums.total[:, 1::2] >= of.least_total[:, None]) & (sums.bad[:, 1::2] >= of.least_bad[:, None])
    over = (long >= of.thresholds) & (short >= of.thresholds) & enough
    known = ~(np.isnan(long) | np.isnan(short))
    judged = np.where(known, np.where(over, BREACHED, QUIET), UNKNOWN)
    return np.where(np.isnan(of.thresholds), QUIET, judged).astype(np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """Every policy of an objective at the end of each minute from `first` on, each array (pairs, minutes).

    `state` holds positions in `burn_states.STATES`; before `first` nothing was active.
    """

    first: int
    long: Floats
    short: Floats
    breached: NDArray[np.int8]
    state: NDArray[np.int8]


def replayed(counted: SliMinutes, slo: Slo, *, first: int, end: int) -> Replayed:
    """The burn of the windows that end with each minute of [first, end); `counted` goes a long window further back."""
    pairs = slo.alerting.pairs
    sums = _windows(counted, slo, first=first, end=end)
    one = watched([slo])
    share = bad_share(sums.bad[:, 1:], sums.total[:, 1:])
    judged = _judged(share, sums, one)[:, : len(pairs)].T  # the one row of thresholds holds for every minute
    burn = share[:, : 2 * len(pairs)].T / one.allowed[0]
    states = [burn_states.run(row, hold_minutes=pair.hold_minutes) for row, pair in zip(judged, pairs, strict=True)]
    empty = np.empty((0, end - first), dtype=np.int8)
    return Replayed(first, burn[0::2], burn[1::2], judged, np.array(states) if states else empty)


def _windows(counted: SliMinutes, slo: Slo, *, first: int, end: int) -> Sums:
    """Rows are minutes instead of objectives; there is no compliance window, and how much is known is not asked."""
    lengths = spans(slo, window_minutes=-1)
    begin = first - max(0, *lengths)
    inside = counted.between(begin, end)
    found = []
    for column in (inside.bad, inside.total):
        running = np.zeros(end - begin + 1, dtype=np.int64)
        running[inside.minute - begin + 1] = column
        np.cumsum(running, out=running)
        ends, count = first + 1 - begin, end - first
        sums = np.zeros((len(lengths), count), dtype=np.int64)
        for at, length in enumerate(lengths):
            if length > 0:
                sums[at] = running[ends:] - running[ends - length :][:count]
        found.append(sums.T)
    nobody = np.zeros(end - first, dtype=np.int64)
    minutes = np.broadcast_to(np.array(lengths, dtype=np.int64), found[0].shape)
    unasked = np.zeros_like(found[0])
    return Sums(end, nobody, minutes, found[0], found[1], unasked, newest_known=nobody)
