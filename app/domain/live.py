"""The signals of the newest minutes, kept up to date sample by sample.

This is the view of now: samples that arrive late or twice are left to sealing, which computes the same minutes again
from the whole set. Lanes of the last RING minutes are held as matrices; rows whose lanes moved are read out by `flush`.
"""

from typing import Any

import numpy as np

from app.domain.cells import NEVER, first_minute, increase_of
from app.domain.compiled import jit
from app.domain.feeds import FIRST_ROOM, Feeds, longer
from app.domain.lanes import INCREASE, MEAN, Matrix, Row, Signals, assemble
from app.domain.samples import Floats, Ints, Mark
from app.domain.signals import MINUTE_MS

RING = 64


class Live:
    """The live lanes. A series is learned by `feeds` before its first sample; then `advance` and `flush` in turn."""

    def __init__(self, feeds: Feeds) -> None:
        self.feeds = feeds
        self.lanes = feeds.lanes
        self.last_at = np.full(FIRST_ROOM, NEVER, dtype=np.int64)
        self.last_value = np.zeros(FIRST_ROOM)
        self.minute = np.full(FIRST_ROOM, -1, dtype=np.int64)
        self.sum = np.zeros(FIRST_ROOM)
        self.number = np.zeros(FIRST_ROOM)
        # A minute's lanes stand together: samples come by the minute, and few of these columns are in the caches.
        self.total = np.zeros((FIRST_ROOM, RING), order="F")
        self.weight = np.zeros((FIRST_ROOM, RING), order="F")
        self.series = np.zeros((FIRST_ROOM, RING), order="F")
        self.row_of_lane = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.dirty = np.zeros((FIRST_ROOM, RING), dtype=np.uint8)
        self.row_newest = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.newest_minute = np.full(1, -1, dtype=np.int64)
        self._lanes_known = 0

    def resume(self, series: Ints, *, last_at: Ints, last_value: Floats, final_before_ms: int) -> None:
        """Where series stood before what follows. They are known.

        Minutes before `final_before_ms` are left alone: of what came in them only sealing knows everything.
        """
        self.last_at[series], self.last_value[series] = last_at, last_value
        if final_before_ms > 0:
            self.newest_minute[0] = final_before_ms // MINUTE_MS + RING - 1

    def advance(self, series: Ints, at_ms: Ints, values: Floats, *, start_ms: Ints | None, marks: Any) -> None:
        """Add samples in their order of arrival. All their series are known."""
        none = np.empty(0, dtype=np.int64)
        _advance(
            series,
            at_ms,
            values,
            none if start_ms is None else start_ms,
            np.empty(0, dtype=np.uint8) if marks is None else marks,
            self.feeds.kind,
            self.feeds.begin,
            self.feeds.end,
            self.feeds.lane,
            self.feeds.operation,
            self.feeds.scale,
            self.last_at,
            self.last_value,
            self.minute,
            self.sum,
            self.number,
            self.total,
            self.weight,
            self.series,
            self.row_of_lane,
            self.dirty,
            self.row_newest,
            self.newest_minute,
        )

    def add(self, lanes: Ints, *, minute: int, amounts: Floats, seconds: float, series: float = 1.0) -> None:
        """Add increases to lanes directly, each lane once: what a histogram-shaped series grew by."""
        if not self.open(minute):
            return
        slot = minute % RING
        self.total[lanes, slot] += amounts
        self.weight[lanes, slot] += seconds
        self.series[lanes, slot] += series
        self.dirty[self.row_of_lane[lanes], slot] = 1

    def open(self, minute: int) -> bool:
        """Make room for a minute; False when it is older than the ring."""
        return bool(_open(minute, self.newest_minute, self.total, self.weight, self.series, self.dirty))

    def room_for(self, at_ms: Ints) -> bool:
        """Whether samples up to this time can be added without pushing an unread minute out of the ring."""
        if self.newest_minute[0] < 0 or len(at_ms) == 0:
            return True
        return int(at_ms.max()) // MINUTE_MS - int(self.newest_minute[0]) < RING // 2

    def flush(self) -> list[tuple[Row, list[int], Signals]]:
        """Each row that moved since the last flush: its minutes that did, and its signals in them."""
        return [
            (row, minutes.tolist(), assemble(row, total=total, weight=weight, series=series))
            for row, minutes, total, weight, series in self.moved()
        ]

    def moved(self, *, before_minute: int | None = None) -> list[tuple[Row, Ints, Matrix, Matrix, Matrix]]:
        """Each row that moved since it was last read: its minutes that did, with their totals, weights and series.

        Minutes from `before_minute` on are left for later.
        """
        found = []
        newest = int(self.newest_minute[0])
        slots = np.arange(RING)
        minute_of = newest - (newest - slots) % RING
        ripe = slots if before_minute is None else np.flatnonzero(minute_of < before_minute)
        for index in np.flatnonzero(self.dirty[: len(self.lanes.rows), ripe].any(axis=1)):
            row = self.lanes.rows[index]
            own = ripe[self.dirty[index, ripe] > 0]
            own = own[np.argsort(minute_of[own])]
            numbers = np.array(row.numbers)[:, None]
            found.append(
                (row, minute_of[own], self.total[numbers, own], self.weight[numbers, own], self.series[numbers, own])
            )
        self.dirty[:, ripe] = 0
        return found

    def fit(self) -> None:
        """Room for every series, lane and row there is."""
        lanes, rows, series = len(self.lanes.row_of_lane), len(self.lanes.rows), len(self.feeds.kind)
        if series > len(self.last_at):
            self.last_at, self.minute = longer(self.last_at, series, NEVER), longer(self.minute, series, -1)
            for name in ("last_value", "sum", "number"):
                setattr(self, name, longer(getattr(self, name), series))
        if lanes > len(self.row_of_lane):
            size = max(2 * len(self.row_of_lane), lanes)
            self.total, self.weight, self.series = (longer(m, size) for m in (self.total, self.weight, self.series))
            self.row_of_lane = longer(self.row_of_lane, size)
        if rows > len(self.dirty):
            self.dirty, self.row_newest = longer(self.dirty, 2 * rows), longer(self.row_newest, 2 * rows)
        self.row_of_lane[self._lanes_known : lanes] = self.lanes.row_of_lane[self._lanes_known :]
        self._lanes_known = lanes


@jit
def _open(minute: int, newest: Any, total: Any, weight: Any, series: Any, dirty: Any) -> bool:
    if newest[0] < 0:
        newest[0] = minute
    if minute <= newest[0] - RING:
        return False
    while newest[0] < minute:
        if minute - newest[0] > RING:
            newest[0] = minute - RING
        newest[0] += 1
        slot = newest[0] % RING
        total[:, slot] = 0.0
        weight[:, slot] = 0.0
        series[:, slot] = 0.0
        dirty[:, slot] = 0
    return True


@jit
def _advance(  # noqa: C901  # one pass over the samples; more loops with as many arrays would read worse
    ids: Any,
    at_ms: Any,
    values: Any,
    start_ms: Any,
    marks: Any,
    kinds: Any,
    feed_begin: Any,
    feed_end: Any,
    feed_lane: Any,
    feed_operation: Any,
    feed_scale: Any,
    last_at: Any,
    last_value: Any,
    last_minute: Any,
    sums: Any,
    numbers: Any,
    total: Any,
    weight: Any,
    series: Any,
    row_of_lane: Any,
    dirty: Any,
    row_newest: Any,
    newest: Any,
) -> None:
    for k in range(len(ids)):
        one, at, value = ids[k], at_ms[k], values[k]
        if at <= last_at[one]:
            continue
        if (len(marks) > 0 and marks[k] != Mark.VALUE) or not np.isfinite(value):
            continue
        before_at, before_value = last_at[one], last_value[one]
        last_at[one], last_value[one] = at, value
        for f in range(feed_begin[one], feed_end[one]):
            row = row_of_lane[feed_lane[f]]
            row_newest[row] = max(row_newest[row], at)
        start = start_ms[k] if len(start_ms) > 0 else 0
        increase, since = increase_of(kinds[one], at, value, start, before_at, before_value)
        minute = at // MINUTE_MS
        if since == NEVER or not _open(minute, newest, total, weight, series, dirty):
            continue
        is_new = last_minute[one] != minute
        if is_new:
            last_minute[one], sums[one], numbers[one] = minute, 0.0, 0.0
        mean_before = 0.0 if is_new else sums[one] / numbers[one]
        sums[one] += value
        numbers[one] += 1.0
        moved = sums[one] / numbers[one] - mean_before
        for f in range(feed_begin[one], feed_end[one]):
            lane, scale, slot = feed_lane[f], feed_scale[f], minute % RING
            if feed_operation[f] == INCREASE:
                _add_increase(
                    lane, increase * scale, since, at, is_new, newest, total, weight, series, dirty, row_of_lane
                )
            elif feed_operation[f] == MEAN:
                total[lane, slot] += moved * scale
                weight[lane, slot] += 1.0 if is_new else 0.0
                series[lane, slot] += 1.0 if is_new else 0.0
            else:
                if weight[lane, slot] == 0.0 or value * scale > total[lane, slot]:
                    total[lane, slot] = value * scale
                weight[lane, slot] += 1.0
            dirty[row_of_lane[lane], slot] = 1


@jit
def _add_increase(
    lane: Any,
    amount: float,
    since: Any,
    at: Any,
    is_new: bool,  # noqa: FBT001  # compiled loops take no keywords
    newest: Any,
    total: Any,
    weight: Any,
    series: Any,
    dirty: Any,
    row_of_lane: Any,
) -> None:
    """Spread an increase over the minutes it belongs to (see `cells`), as far as the ring holds them."""
    minute = at // MINUTE_MS
    first = first_minute(since, minute)
    parts = minute - first + 1
    for one in range(max(first, newest[0] - RING + 1), minute + 1):
        slot = one % RING
        total[lane, slot] += amount / parts
        weight[lane, slot] += (at - since) / 1000.0 / parts
        if one != minute or is_new:
            series[lane, slot] += 1.0
        dirty[row_of_lane[lane], slot] = 1
