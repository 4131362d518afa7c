"""Who spent a budget: bad events dealt out to label values, deploys or hours of the day, so that shares add to 1.

What cannot be dealt out (corrections, silence that counts as bad, events no series tells apart) is a share too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.samples import Ints
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.sli_minutes import EVENT, SliMinutes

OTHERS = "others"
BACKGROUND = "background"
DEPLOY_MS = 2 * HOUR_MS
QUARTER = 15  # minutes: no zone's clock is off by less
HOURS = 24
NOTHING = 1e-6  # events: below the millionth that counts are kept in


@dataclass(frozen=True, slots=True)
class Share:
    """`bad` events, `total` where it is known of them alone; `share` of all bad events, None when there were none."""

    name: str
    bad: float
    total: float | None
    share: float | None


def by_value(counted: SliMinutes, raw: Mapping[str, SliMinutes], *, slice_minutes: int = 1) -> tuple[Share, ...]:
    """By the values of a label, the most first; last what none of them spent, if there is such.

    The bad events (of slices: minutes) that count in a slice are dealt out as the values' own bad events in it are:
    nobody is blamed for excluded minutes, and for a slice that is bad as a whole those who failed in it are.
    """
    counts = _by_slice(counted, slice_minutes)
    slices = {name: _by_slice(one, slice_minutes) for name, one in raw.items()}
    whole: dict[int, float] = {}
    for one in slices.values():
        for number, bad in one.items():
            whole[number] = whole.get(number, 0.0) + bad
    ratio = {number: counts.get(number, 0.0) / bad for number, bad in whole.items() if bad > 0}
    spent = {
        name: sum(bad * ratio[number] for number, bad in one.items() if number in ratio) / EVENT
        for name, one in slices.items()
    }
    totals = {name: float(one.total.sum()) / EVENT for name, one in raw.items()}
    found = sorted(spent, key=lambda name: (-spent[name], name))
    rows: list[tuple[str, float, float | None]] = [(name, spent[name], totals[name]) for name in found]
    return _shares(rows, all_bad=_all_bad(counted), rest=OTHERS)


def by_change(counted: SliMinutes, changes: Sequence[tuple[int, str]]) -> tuple[Share, ...]:
    """By deploys (Unix ms and name): what failed beyond the background in two hours after each, or until the next."""
    after = [(at_ms, name) for at_ms, name in sorted(changes)]
    spans = []
    inside = np.zeros(len(counted), dtype=bool)
    for number, (at_ms, name) in enumerate(after):
        end_ms = min(at_ms + DEPLOY_MS, after[number + 1][0] if number + 1 < len(after) else at_ms + DEPLOY_MS)
        lo, hi = np.searchsorted(counted.minute, (-(-at_ms // MINUTE_MS), -(-end_ms // MINUTE_MS)))
        inside[lo:hi] = True
        spans.append((name, slice(int(lo), int(hi))))
    quiet = float(counted.total[~inside].sum())
    ratio = max(0.0, float(counted.bad[~inside].sum())) / quiet if quiet > 0 else 0.0
    excess: dict[str, float] = {}
    for name, span in spans:
        more = float(counted.bad[span].sum()) - ratio * float(counted.total[span].sum())
        excess[name] = excess.get(name, 0.0) + max(0.0, more) / EVENT
    found = sorted((name for name, bad in excess.items() if bad > NOTHING), key=lambda name: (-excess[name], name))
    return _shares([(name, excess[name], None) for name in found], all_bad=_all_bad(counted), rest=BACKGROUND)


def by_hour_of_day(counted: SliMinutes, zone: ZoneInfo) -> tuple[Share, ...]:
    """By the 24 hours on the wall of a zone, from midnight on; an hour a clock shows twice is longer."""
    hour = _hours_shown(counted.minute, zone)
    bad, total = (np.bincount(hour, weights=column, minlength=HOURS) / EVENT for column in (counted.bad, counted.total))
    rows = [(f"{at:02d}:00", float(bad[at]), float(total[at])) for at in range(HOURS)]
    return _shares(rows, all_bad=_all_bad(counted), rest=OTHERS)


def _shares(rows: Sequence[tuple[str, float, float | None]], *, all_bad: float, rest: str) -> tuple[Share, ...]:
    """With what is left of all that was bad as the last row; it is there whenever it is something."""
    left = all_bad - sum(bad for _, bad, _ in rows)
    every = [*rows, (rest, left, None)] if abs(left) > NOTHING or rest == BACKGROUND else list(rows)
    return tuple(Share(name, bad, total, bad / all_bad if all_bad > 0 else None) for name, bad, total in every)


def _all_bad(counted: SliMinutes) -> float:
    return float(counted.bad.sum()) / EVENT


def _by_slice(of: SliMinutes, size: int) -> dict[int, float]:
    """Bad millionths by the number of the slice."""
    number, begins = np.unique(of.minute // size, return_index=True)
    sums: Ints = np.add.reduceat(of.bad, begins) if len(begins) else of.bad
    return dict(zip(number.tolist(), sums.astype(np.float64).tolist(), strict=True))


def _hours_shown(minute: Ints, zone: ZoneInfo) -> Ints:
    quarters, place = np.unique(minute // QUARTER, return_inverse=True)
    shown = [datetime.fromtimestamp(at * QUARTER * 60, UTC).astimezone(zone).hour for at in quarters.tolist()]
    return np.array(shown, dtype=np.int64)[place]
