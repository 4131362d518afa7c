"""The compiled loops of sealing: putting samples series by series, and adding cells to lanes."""

from typing import Any

import numpy as np

from app.domain.cells import Cells
from app.domain.compiled import jit
from app.domain.feeds import Feeds
from app.domain.lanes import INCREASE, MEAN, Matrix
from app.domain.samples import Floats, Ints


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


def is_tidy(series: Ints, at_ms: Ints) -> bool:
    """Whether times strictly ascend within each series."""
    return bool(_is_tidy(series, at_ms))


def add_cells(cells: Cells, feeds: Feeds, *, local: Ints, first_minute: int, minutes: int, lanes: int) -> list[Matrix]:
    """Total, weight and number of series of each lane (`local[lane]` says which line) in each minute."""
    matrices = [np.zeros((lanes, minutes)) for _ in range(3)]
    _add_cells(
        cells.series,
        cells.minute - first_minute,
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
        *matrices,
    )
    return matrices


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
def _add_cells(
    series: Any,
    slot: Any,
    cell_total: Any,
    cell_weight: Any,
    cell_low: Any,
    cell_high: Any,
    begin: Any,
    end: Any,
    feed_lane: Any,
    feed_operation: Any,
    feed_scale: Any,
    local: Any,
    total: Any,
    weight: Any,
    number: Any,
) -> None:
    for k in range(len(series)):
        one = series[k]
        at = slot[k]
        for f in range(begin[one], end[one]):
            lane = local[feed_lane[f]]
            scale = feed_scale[f]
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
