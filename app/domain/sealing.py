"""The compiled loops of sealing: grouping samples by series, and adding cells to lanes."""

from typing import Any

import numpy as np

from app.domain.cells import Cells
from app.domain.compiled import jit
from app.domain.feeds import Feeds
from app.domain.lanes import INCREASE, MEAN, Matrix
from app.domain.samples import Ints


def grouped(place: Ints, *, places: int) -> Ints:
    """The order that puts samples of equal place together, places ascending, keeping their order within one."""
    return np.asarray(_grouped(place, np.zeros(places + 1, dtype=np.int64), np.empty(len(place), dtype=np.int64)))


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
def _grouped(place: Any, starts: Any, order: Any) -> Any:
    for k in range(len(place)):
        starts[place[k] + 1] += 1
    for k in range(1, len(starts)):
        starts[k] += starts[k - 1]
    for k in range(len(place)):
        one = place[k]
        order[starts[one]] = k
        starts[one] += 1
    return order


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
                high = cell_high[k] * scale
                if weight[lane, at] == 0.0 or high > total[lane, at]:
                    total[lane, at] = high
                weight[lane, at] += cell_weight[k]
            number[lane, at] += 1.0
