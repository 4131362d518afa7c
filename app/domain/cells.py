"""Minute cells: what one series did in one minute, exactly.

A counter's increase is the true difference between neighbouring samples, never extrapolated:

    a drop, or a start time after the previous sample, is a reset: the increase is the new value
    neighbours in the same or the next minute: the increase belongs to the later sample's minute
    neighbours further apart, up to MAX_GAP_MS: it is spread evenly over the minutes after the earlier one
    neighbours more than MAX_GAP_MS apart: unknown; the gap stays a gap
    a delta always counts: since its start time when that is at most MAX_GAP_MS before it, else since its neighbour when
        that is, else within a minute. Deltas that overlap add up
    a first sample: unknown, unless its start time is at most MAX_GAP_MS before it: then it counted from 0 since then.
        Without a start time nothing tells a series that was born from one that was renamed, and a renamed one would
        bring all it ever counted into one minute

NaN and infinities are kept raw and contribute to no cell. Cells are a pure function of the set of samples.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.compiled import jit
from app.domain.samples import Floats, Ints
from app.domain.signals import MINUTE_MS

COUNTER, GAUGE, DELTA = 0, 1, 2
MAX_GAP_MS = 600_000
NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Columns sorted by series, then minute (Unix minutes).

    Of a counter: `total` is the increase, `weight` the seconds it was observed for. Of a gauge: `total` is the sum of
    the values, `weight` their number; `low` and `high` the extremes.
    """

    series: Ints
    minute: Ints
    total: Floats
    weight: Floats
    low: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.series)

    def where(self, chosen: NDArray[np.bool_] | Ints | slice) -> "Cells":
        """Some of the rows."""
        return Cells(*(getattr(self, name)[chosen] for name in COLUMNS))


COLUMNS = ("series", "minute", "total", "weight", "low", "high")


def no_cells() -> Cells:
    ints, floats = np.empty(0, dtype=np.int64), np.empty(0)
    return Cells(ints, ints, floats, floats, floats, floats)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Where series stand before some samples, as arrays by series id.

    `value_at` (NEVER: none) and `last_value` tell the finite sample before.
    """

    kind: NDArray[np.int8]
    value_at: Ints
    last_value: Floats


def cells_of(series: Ints, at_ms: Ints, values: Floats, start_ms: Ints, *, standing: Standing) -> Cells:
    """The cells of samples grouped by series and sorted by time, each (series, time) once; start_ms 0: unknown."""
    if len(series) == 0:
        return no_cells()
    room = len(series) + _spread_room(series, at_ms, start_ms, standing.kind, standing.value_at)
    ints = np.empty((2, room), dtype=np.int64)
    floats = np.empty((4, room))
    found = _cells(
        series,
        at_ms,
        values,
        start_ms,
        standing.kind,
        standing.value_at,
        standing.last_value,
        ints,
        floats,
    )
    made = Cells(ints[0, :found], ints[1, :found], *(column[:found] for column in floats))
    back = (np.diff(made.series) == 0) & (np.diff(made.minute) <= 0)
    return _merged(made) if back.any() else made


def _merged(cells: Cells) -> Cells:
    """Each minute once again, where deltas that overlap went back to earlier ones."""
    group = np.cumsum(np.diff(cells.series, prepend=cells.series[0]) != 0)
    ordered = cells.where(np.lexsort((cells.minute, group)))
    begins = np.flatnonzero((np.diff(ordered.series, prepend=-1) != 0) | (np.diff(ordered.minute, prepend=-1) != 0))
    return Cells(
        ordered.series[begins],
        ordered.minute[begins],
        np.add.reduceat(ordered.total, begins),
        np.add.reduceat(ordered.weight, begins),
        np.minimum.reduceat(ordered.low, begins),
        np.maximum.reduceat(ordered.high, begins),
    )


def earliest_minute(kind: NDArray[np.int8], at_ms: Ints, start_ms: Ints) -> Ints:
    """The first minute that each sample can add to, beside those after the sample before it."""
    reaches_back = (kind == DELTA) & (start_ms > 0) & (start_ms < at_ms) & (at_ms - start_ms <= MAX_GAP_MS)
    minute, since = at_ms // MINUTE_MS, start_ms // MINUTE_MS
    return np.where(reaches_back & (minute - since > 1), since + 1, minute)


@jit
def _spread_room(series: Any, at_ms: Any, start_ms: Any, kinds: Any, value_at: Any) -> int:
    """At most how many cells there are beyond one a sample."""
    room = 0
    current = np.int64(-1)
    before = np.int64(0)
    for k in range(len(series)):
        if series[k] != current:
            current = series[k]
            before = value_at[current]
        at, since = at_ms[k], at_ms[k]
        if kinds[current] != GAUGE:
            if before != NEVER and at - before <= MAX_GAP_MS:
                since = before
            if start_ms[k] > 0 and at - start_ms[k] <= MAX_GAP_MS:
                since = min(since, start_ms[k])
        room += max(at // MINUTE_MS - since // MINUTE_MS - 1, 0)
        before = at
    return room


@jit
def _cells(
    series: Any,
    at_ms: Any,
    values: Any,
    start_ms: Any,
    kinds: Any,
    value_at: Any,
    last_values: Any,
    ints: Any,
    floats: Any,
) -> int:
    found = -1
    current = np.int64(-1)
    last_at, last_value = np.int64(0), 0.0
    for k in range(len(series)):
        if series[k] != current:
            current = series[k]
            last_at, last_value = value_at[current], last_values[current]
        if not np.isfinite(values[k]):
            continue
        value, at = values[k], at_ms[k]
        minute = at // MINUTE_MS
        if kinds[current] == GAUGE:
            found = _open(ints, floats, found, current, minute, value)
            floats[0, found] += value
            floats[1, found] += 1.0
            floats[2, found] = min(floats[2, found], value)
            floats[3, found] = max(floats[3, found], value)
        else:
            increase, since = increase_of(kinds[current], at, value, start_ms[k], last_at, last_value)
            if since != NEVER:
                first = first_minute(since, minute)
                parts = minute - first + 1
                for one in range(first, minute + 1):
                    found = _open(ints, floats, found, current, one, 0.0)
                    floats[0, found] += increase / parts
                    floats[1, found] += (at - since) / 1000.0 / parts
        last_at, last_value = at, value
    return found + 1


@jit
def _open(ints: Any, floats: Any, found: int, series: Any, minute: Any, extreme: float) -> int:
    """The place of a cell: the last one if it is that, else the next, emptied."""
    if found >= 0 and ints[0, found] == series and ints[1, found] == minute:
        return found
    found += 1
    ints[0, found], ints[1, found] = series, minute
    floats[0, found], floats[1, found] = 0.0, 0.0
    floats[2, found], floats[3, found] = extreme, extreme
    return found


@jit
def first_minute(since: Any, minute: Any) -> Any:
    """The first of the minutes up to `minute` that an increase since then is spread over."""
    return since // MINUTE_MS + 1 if minute - since // MINUTE_MS > 1 else minute


@jit
def increase_of(  # the rules above, one a branch
    kind: Any, at: Any, value: Any, start: Any, last_at: Any, last_value: Any
) -> tuple[float, int]:
    """The increase a counter's sample tells, and since when it counts; NEVER when it tells none. A gauge has none."""
    if kind == GAUGE:
        return 0.0, at
    if kind == DELTA:
        if 0 < start < at and at - start <= MAX_GAP_MS:
            return value, start
        if last_at != NEVER and at - last_at <= MAX_GAP_MS:
            return value, last_at
        return value, at - MINUTE_MS
    fresh = start > 0 and at - start <= MAX_GAP_MS and start <= at
    if last_at == NEVER:
        return (value, start) if fresh else (0.0, NEVER)
    if at - last_at > MAX_GAP_MS:
        if fresh and start > last_at:
            return value, start
        return 0.0, NEVER
    if value < last_value or start > last_at:
        return value, last_at
    return value - last_value, last_at
