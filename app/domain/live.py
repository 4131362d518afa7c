"""The signals of the newest minutes, kept up to date sample by sample.

This is the view of now: samples that arrive late or twice are left to sealing, which computes the same minutes again
from the whole set. Lanes of the last RING minutes are held as matrices; rows whose lanes moved are read out by `flush`.
"""

from typing import Any

import numpy as np

from app.domain.cells import GAUGE, NEVER, increase_of
from app.domain.compiled import jit
from app.domain.feeds import FIRST_ROOM, FOREVER, Feeds, longer
from app.domain.lanes import INCREASE, MEAN, Row, Signals, assemble
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
        self.family_first = np.full(FIRST_ROOM, FOREVER, dtype=np.int64)
        self.total = np.zeros((FIRST_ROOM, RING))
        self.weight = np.zeros((FIRST_ROOM, RING))
        self.series = np.zeros((FIRST_ROOM, RING))
        self.row_of_lane = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.dirty = np.zeros((FIRST_ROOM, RING), dtype=np.uint8)
        self.row_newest = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.newest_minute = np.full(1, -1, dtype=np.int64)
        self._lanes_known = 0

    def resume(self, series: Ints, *, last_at: Ints, last_value: Floats) -> None:
        """Where series stood before what follows. They are known."""
        self.last_at[series], self.last_value[series] = last_at, last_value
        np.minimum.at(self.family_first, self.feeds.family[series], last_at)

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
            self.feeds.family,
            self.family_first,
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

    def add(self, lanes: Ints, *, minute: int, amounts: Floats, seconds: float) -> None:
        """Add increases to lanes directly, each lane once: what a histogram-shaped series grew by."""
        if not self.open(minute):
            return
        slot = minute % RING
        self.total[lanes, slot] += amounts
        self.weight[lanes, slot] += seconds
        self.series[lanes, slot] += 1.0
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
        found = []
        newest = int(self.newest_minute[0])
        for index in np.flatnonzero(self.dirty[: len(self.lanes.rows)].any(axis=1)):
            row = self.lanes.rows[index]
            slots = np.flatnonzero(self.dirty[index])
            minutes = newest - (newest - slots) % RING
            numbers = np.array(row.numbers)[:, None]
            signals = assemble(
                row,
                total=self.total[numbers, slots],
                weight=self.weight[numbers, slots],
                series=self.series[numbers, slots],
            )
            found.append((row, minutes.tolist(), signals))
        self.dirty[:] = 0
        return found

    def fit(self) -> None:
        """Room for every series, lane and row there is."""
        lanes, rows, series = len(self.lanes.row_of_lane), len(self.lanes.rows), len(self.feeds.kind)
        if series > len(self.last_at):
            self.last_at, self.minute = longer(self.last_at, series, NEVER), longer(self.minute, series, -1)
            for name in ("last_value", "sum", "number"):
                setattr(self, name, longer(getattr(self, name), series))
        if self.feeds.families > len(self.family_first):
            self.family_first = longer(self.family_first, 2 * self.feeds.families, FOREVER)
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
def _advance(
    ids: Any,
    at_ms: Any,
    values: Any,
    start_ms: Any,
    marks: Any,
    kinds: Any,
    family: Any,
    family_first: Any,
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
        one = ids[k]
        at = at_ms[k]
        if at <= last_at[one]:
            continue
        place = family[one]
        born_before = family_first[place]
        family_first[place] = min(born_before, at)
        value = values[k]
        begin, end = feed_begin[one], feed_end[one]
        if (len(marks) > 0 and marks[k] != Mark.VALUE) or not np.isfinite(value):
            continue
        before_at, before_value = last_at[one], last_value[one]
        last_at[one], last_value[one] = at, value
        if begin == end:
            continue
        minute = at // MINUTE_MS
        kind = kinds[one]
        increase = 0.0
        since = at
        if kind != GAUGE:
            start = start_ms[k] if len(start_ms) > 0 else 0
            increase, since = increase_of(kind, at, value, start, before_at, before_value, born_before)
            if since == NEVER:
                for f in range(begin, end):
                    row_newest[row_of_lane[feed_lane[f]]] = max(row_newest[row_of_lane[feed_lane[f]]], at)
                continue
        if not _open(minute, newest, total, weight, series, dirty):
            continue
        new_in_minute = last_minute[one] != minute
        if new_in_minute:
            sums[one] = 0.0
            numbers[one] = 0.0
        mean_before = 0.0 if new_in_minute else sums[one] / numbers[one]
        sums[one] += value
        numbers[one] += 1.0
        last_minute[one] = minute
        for f in range(begin, end):
            lane = feed_lane[f]
            scale = feed_scale[f]
            operation = feed_operation[f]
            row = row_of_lane[lane]
            row_newest[row] = max(row_newest[row], at)
            slot = minute % RING
            if operation == INCREASE:
                if kind == GAUGE:
                    continue
                first = minute
                if minute - since // MINUTE_MS > 1:
                    first = since // MINUTE_MS + 1
                parts = minute - first + 1
                for each in range(first, minute + 1):
                    if each <= newest[0] - RING:
                        continue
                    spread = each % RING
                    total[lane, spread] += increase / parts * scale
                    weight[lane, spread] += (at - since) / 1000.0 / parts
                    if each != minute or new_in_minute:
                        series[lane, spread] += 1.0
                    dirty[row, spread] = 1
            elif operation == MEAN:
                total[lane, slot] += (sums[one] / numbers[one] - mean_before) * scale
                if new_in_minute:
                    series[lane, slot] += 1.0
                    weight[lane, slot] += 1.0
                dirty[row, slot] = 1
            else:
                if weight[lane, slot] == 0.0 or value * scale > total[lane, slot]:
                    total[lane, slot] = value * scale
                weight[lane, slot] += 1.0
                dirty[row, slot] = 1


