"""The compiled loops of sealing: putting samples and cells series by series, comparing them, and adding them up."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.cells import Cells
from app.domain.compiled import jit
from app.domain.feeds import Feeds
from app.domain.lanes import INCREASE, MEAN, Matrix
from app.domain.samples import Floats, Ints

Flags = NDArray[np.bool_]


def dealt(place: Ints, places: int, at_ms: Ints, values: Floats, marks: Any, start_ms: Ints) -> tuple[Any, ...]:
    """How many samples each place has, and their columns in the order of the places, keeping the order within one."""
    sizes = np.bincount(place, minlength=places)
    # Nearly always nothing is marked, nor has a start time, and zeros need no moving.
    marks, start_ms = (column if column.any() else column[:0] for column in (marks, start_ms))
    out = (
        np.empty(len(place), dtype=np.int64),
        np.empty(len(place)),
        np.zeros(len(place), dtype=np.uint8),
        np.zeros(len(place), dtype=np.int64),
    )
    _deal(place, np.cumsum(sizes) - sizes, at_ms, values, marks, start_ms, *out)
    return sizes, *out


def grouped(series: Ints, group: Ints, groups: int) -> Iterator[Ints]:
    """The positions of the members of each group, ascending: `group[one]` is that of all that are of series `one`."""
    order = np.empty(len(series), dtype=np.int32)
    sizes = np.zeros(groups, dtype=np.int64)
    _count(series, group, sizes)
    ends = np.cumsum(sizes)
    _group(series, group, ends - sizes, order)
    for some in np.split(order, ends[:-1]):
        yield some.astype(np.int64)  # half as much while they wait, and what arrays are read by quickest


def is_tidy(series: Ints, at_ms: Ints) -> bool:
    """Whether times strictly ascend within each series."""
    return bool(_is_tidy(series, at_ms))


def segments(series: Ints) -> tuple[Ints, Ints]:
    """Where each run of equal numbers begins, and where it ends."""
    return _between(np.diff(series) != 0, len(series))


def stretches(series: Ints, at: Ints, *, gap: int) -> tuple[Ints, Ints]:
    """The same, and a run also ends where two of its times or minutes are more than a gap apart."""
    return _between((np.diff(series) != 0) | (np.diff(at) > gap), len(series))


def _between(cuts: Flags, length: int) -> tuple[Ints, Ints]:
    edges = np.flatnonzero(cuts) + 1
    begins = np.concatenate((np.zeros(min(1, length), dtype=np.int64), edges))
    return begins, np.append(begins[1:], length)[: len(begins)]


def distinct(minutes: Ints) -> Ints:
    """Each of these minutes once, ascending. They lie within a few years."""
    if len(minutes) == 0:
        return minutes
    first = minutes.min()
    seen = np.zeros(int(minutes.max() - first) + 1, dtype=np.bool_)
    seen[minutes - first] = True
    return np.asarray(np.flatnonzero(seen) + first)


def interleaved(place: Ints, at_ms: Ints, other_place: Ints, other_at_ms: Ints) -> tuple[Ints, Flags]:
    """Two lists of samples, both by place and time, as one: the order of one list after the other, and which of the
    others are not in the first, where those that are stay out of the order.
    """
    order = np.empty(len(place) + len(other_place), dtype=np.int64)
    is_new = np.zeros(len(other_place), dtype=np.bool_)
    found = _interleaved(place, at_ms, other_place, other_at_ms, order, is_new)
    return order[:found], is_new


def compared(before: Cells, before_place: Ints, after: Cells, after_place: Ints) -> tuple[Flags, Flags]:
    """Which cells before are gone, and which after are new or not what they were; both by place and minute."""
    gone, changed = np.zeros(len(before), dtype=np.bool_), np.zeros(len(after), dtype=np.bool_)
    _compared(
        before_place,
        before.minute,
        (before.total, before.weight, before.low, before.high),
        after_place,
        after.minute,
        (after.total, after.weight, after.low, after.high),
        gone,
        changed,
    )
    return gone, changed


def add_cells(cells: Cells, feeds: Feeds, *, local: Ints, first_minute: int, minutes: int, lanes: int) -> list[Matrix]:
    """Total, weight and number of series of each lane (`local[lane]` says which line) in each of these minutes.

    The cells stand by series; those of other minutes are left out. Sums over series are made in the order of the feeds.
    """
    matrices = [np.zeros((lanes, minutes)) for _ in range(3)]
    begins, ends = segments(cells.series)
    order = np.argsort(feeds.order[cells.series[begins]], kind="stable")
    _add_cells(
        begins[order],
        ends[order],
        cells.series,
        cells.minute,
        cells.total,
        cells.weight,
        cells.low,
        cells.high,
        feeds.begin,
        feeds.end,
        feeds.lane,
        feeds.operation,
        feeds.scale,
        local,
        first_minute,
        *matrices,
    )
    return matrices


def summed_rows(rows: Matrix, take: Ints, place: Ints, *, places: int) -> Matrix:
    """Line place[k] of the result has row take[k] added to it, one k after the other."""
    sums = np.zeros((places, rows.shape[1]))
    _sum_rows(rows, take, place, sums)
    return sums


@jit
def _count(series: Any, group: Any, sizes: Any) -> None:
    for k in range(len(series)):
        sizes[group[series[k]]] += 1


@jit
def _group(series: Any, group: Any, to: Any, order: Any) -> None:
    """`to` is where the next member of each group goes."""
    for k in range(len(series)):
        mine = group[series[k]]
        order[to[mine]] = k
        to[mine] += 1


@jit
def _deal(
    place: Any,
    to: Any,
    at_ms: Any,
    values: Any,
    marks: Any,
    start_ms: Any,
    out_at: Any,
    out_values: Any,
    out_marks: Any,
    out_starts: Any,
) -> None:
    """`to` is where the next sample of each place goes. Columns without a row are left alone."""
    for k in range(len(place)):
        at = to[place[k]]
        to[place[k]] = at + 1
        out_at[at], out_values[at] = at_ms[k], values[k]
        if len(marks) > 0:
            out_marks[at] = marks[k]
        if len(start_ms) > 0:
            out_starts[at] = start_ms[k]


@jit
def _is_tidy(series: Any, at_ms: Any) -> bool:
    untidy = 0
    for k in range(1, len(series)):
        untidy += series[k] == series[k - 1] and at_ms[k] <= at_ms[k - 1]
    return untidy == 0


@jit
def _interleaved(place: Any, at_ms: Any, other_place: Any, other_at_ms: Any, order: Any, is_new: Any) -> int:
    found = 0
    one = 0
    for k in range(len(other_place)):
        while one < len(place) and (
            place[one] < other_place[k] or (place[one] == other_place[k] and at_ms[one] < other_at_ms[k])
        ):
            order[found] = one
            found += 1
            one += 1
        if one == len(place) or place[one] != other_place[k] or at_ms[one] != other_at_ms[k]:
            order[found] = len(place) + k
            found += 1
            is_new[k] = True
    while one < len(place):
        order[found] = one
        found += 1
        one += 1
    return found


@jit
def _compared(
    place: Any,
    minute: Any,
    numbers: Any,
    after_place: Any,
    after_minute: Any,
    after_numbers: Any,
    gone: Any,
    changed: Any,
) -> None:
    one = 0
    for k in range(len(after_place)):
        while one < len(place) and (
            place[one] < after_place[k] or (place[one] == after_place[k] and minute[one] < after_minute[k])
        ):
            gone[one] = True
            one += 1
        changed[k] = True
        if one < len(place) and place[one] == after_place[k] and minute[one] == after_minute[k]:
            differ = 0
            for column in range(len(numbers)):
                differ += numbers[column][one] != after_numbers[column][k]
            changed[k] = differ > 0
            one += 1
    while one < len(place):
        gone[one] = True
        one += 1


@jit
def _add_cells(
    begins: Any,
    ends: Any,
    series: Any,
    minute: Any,
    cell_total: Any,
    cell_weight: Any,
    cell_low: Any,
    cell_high: Any,
    feed_begin: Any,
    feed_end: Any,
    feed_lane: Any,
    feed_operation: Any,
    feed_scale: Any,
    local: Any,
    first_minute: int,
    total: Any,
    weight: Any,
    number: Any,
) -> None:
    for run in range(len(begins)):
        one = series[begins[run]]
        for f in range(feed_begin[one], feed_end[one]):
            lane = local[feed_lane[f]]
            scale = feed_scale[f]
            for k in range(begins[run], ends[run]):
                at = minute[k] - first_minute
                if at < 0 or at >= total.shape[1]:
                    continue
                if feed_operation[f] == INCREASE:
                    total[lane, at] += cell_total[k] * scale
                    weight[lane, at] += cell_weight[k]
                elif feed_operation[f] == MEAN:
                    total[lane, at] += cell_total[k] / cell_weight[k] * scale
                    weight[lane, at] += 1.0
                else:
                    high = (cell_high[k] if scale > 0.0 else cell_low[k]) * scale  # below 0: the lowest is sought
                    if weight[lane, at] == 0.0 or high > total[lane, at]:
                        total[lane, at] = high
                    weight[lane, at] += cell_weight[k]
                number[lane, at] += 1.0


@jit
def _sum_rows(rows: Any, take: Any, place: Any, sums: Any) -> None:
    for k in range(len(take)):
        for column in range(rows.shape[1]):
            sums[place[k], column] += rows[take[k], column]
