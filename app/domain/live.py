"""The signals of the newest minutes, kept up to date sample by sample.

This is the view of now: samples that arrive late or twice are left to sealing, which computes the same minutes again
from the whole set. Lanes of the last RING minutes are held as matrices; rows whose lanes moved are read out by `flush`.
"""

from typing import Any

import numpy as np

from app.domain.cells import GAUGE, NEVER, increase_of
from app.domain.compiled import jit
from app.domain.lanes import INCREASE, MEAN, Lanes, Row, Signals, assemble
from app.domain.samples import Floats, Ints, Mark
from app.domain.signals import MINUTE_MS

RING = 64
FIRST_ROOM = 1_024


class Live:
    """The live lanes. `learn` a series before its first sample; then `advance` and `flush` in turn."""

    def __init__(self, lanes: Lanes) -> None:
        self.lanes = lanes
        self.kind = np.full(FIRST_ROOM, -1, dtype=np.int8)
        self.family = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.feed_begin = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.feed_end = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.last_at = np.full(FIRST_ROOM, NEVER, dtype=np.int64)
        self.last_value = np.zeros(FIRST_ROOM)
        self.minute = np.full(FIRST_ROOM, -1, dtype=np.int64)
        self.sum = np.zeros(FIRST_ROOM)
        self.number = np.zeros(FIRST_ROOM)
        self.feed_lane = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.feed_operation = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.feed_scale = np.zeros(FIRST_ROOM)
        self.feeds = 0
        self.family_first = np.full(FIRST_ROOM, np.iinfo(np.int64).max, dtype=np.int64)
        self._families: dict[int, int] = {}
        self.total = np.zeros((FIRST_ROOM, RING))
        self.weight = np.zeros((FIRST_ROOM, RING))
        self.series = np.zeros((FIRST_ROOM, RING))
        self.row_of_lane = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.dirty = np.zeros((FIRST_ROOM, RING), dtype=np.uint8)
        self.row_newest = np.zeros(FIRST_ROOM, dtype=np.int64)
        self.newest_minute = np.full(1, -1, dtype=np.int64)

    def learn(self, series_id: int, *, kind: int, family: int, feeds: list[tuple[int, int, float]]) -> None:
        """A series and what it feeds: (lane, operation, scale) each."""
        if series_id >= len(self.kind):
            self._grow_series(series_id + 1)
        if self.feeds + len(feeds) > len(self.feed_lane):
            self._grow_feeds(self.feeds + len(feeds))
        self.kind[series_id] = kind
        place = self._families.setdefault(family, len(self._families))
        if place >= len(self.family_first):
            self.family_first = longer(self.family_first, 2 * place, np.iinfo(np.int64).max)
        self.family[series_id] = place
        self.feed_begin[series_id] = self.feeds
        for lane, operation, scale in feeds:
            self.feed_lane[self.feeds] = lane
            self.feed_operation[self.feeds] = operation
            self.feed_scale[self.feeds] = scale
            self.feeds += 1
        self.feed_end[series_id] = self.feeds

    def knows(self, series_id: int) -> bool:
        return series_id < len(self.kind) and bool(self.kind[series_id] >= 0)

    def unknown(self, series: Ints) -> Ints:
        """Those of these series that have not been learned."""
        beyond = series >= len(self.kind)
        if beyond.any():
            inside = series[~beyond]
            return np.unique(np.concatenate((series[beyond], inside[self.kind[inside] < 0])))
        missing: Ints = series[self.kind[series] < 0]
        return np.unique(missing) if len(missing) else missing

    def resume(self, series: Ints, *, last_at: Ints, last_value: Floats) -> None:
        """Where series stood before what follows. They are known."""
        self.last_at[series], self.last_value[series] = last_at, last_value
        np.minimum.at(self.family_first, self.family[series], last_at)

    def advance(self, series: Ints, at_ms: Ints, values: Floats, *, start_ms: Ints | None, marks: Any) -> None:
        """Add samples in their order of arrival. All their series are known."""
        none = np.empty(0, dtype=np.int64)
        _advance(
            series,
            at_ms,
            values,
            none if start_ms is None else start_ms,
            np.empty(0, dtype=np.uint8) if marks is None else marks,
            self.kind,
            self.family,
            self.family_first,
            self.feed_begin,
            self.feed_end,
            self.feed_lane,
            self.feed_operation,
            self.feed_scale,
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

    def add(self, lane: int, *, minute: int, total: float, seconds: float) -> None:
        """Add an increase to a lane directly: what one bucket of a histogram-shaped series grew by."""
        if not self.open(minute):
            return
        slot = minute % RING
        self.total[lane, slot] += total
        self.weight[lane, slot] += seconds
        self.series[lane, slot] += 1.0
        self.dirty[self.row_of_lane[lane], slot] = 1

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
        """Room for every lane and row there is."""
        lanes, rows = len(self.lanes.row_of_lane), len(self.lanes.rows)
        if lanes > len(self.row_of_lane):
            size = max(2 * len(self.row_of_lane), lanes)
            self.total, self.weight, self.series = (longer(m, size) for m in (self.total, self.weight, self.series))
            self.row_of_lane = longer(self.row_of_lane, size)
        if rows > len(self.dirty):
            self.dirty = longer(self.dirty, 2 * rows)
            self.row_newest = longer(self.row_newest, 2 * rows)
        filled = self._lanes_known
        self.row_of_lane[filled:lanes] = self.lanes.row_of_lane[filled:]
        self._lanes_known = lanes

    _lanes_known = 0

    def _grow_series(self, wanted: int) -> None:
        size = max(2 * len(self.kind), wanted)
        self.kind = longer(self.kind, size, -1)
        self.last_at = longer(self.last_at, size, NEVER)
        self.minute = longer(self.minute, size, -1)
        for name in ("family", "feed_begin", "feed_end", "last_value", "sum", "number"):
            setattr(self, name, longer(getattr(self, name), size))

    def _grow_feeds(self, wanted: int) -> None:
        size = max(2 * len(self.feed_lane), wanted)
        for name in ("feed_lane", "feed_operation", "feed_scale"):
            setattr(self, name, longer(getattr(self, name), size))


def longer(array: Any, size: int, fill: int = 0) -> Any:
    """The same array with more room at its end."""
    grown = np.full((size, *array.shape[1:]), fill, dtype=array.dtype)
    grown[: len(array)] = array
    return grown


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


