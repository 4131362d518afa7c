"""Minutes of SLIs from the cells of their series: what sealing and backfill store."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from app.domain.bindings import Bound
from app.domain.cells import Cells
from app.domain.growth import Growth
from app.domain.lanes import Matrix
from app.domain.samples import Ints
from app.domain.sealing import add_cells
from app.domain.sli_minutes import COLUMNS, SliMinutes, no_minutes

NUMBERS_HELD = 1_000_000  # in a matrix at a time
Grown = Mapping[int, Sequence[Growth]]  # by series


def spoken(bound: Bound, cells: Cells, grown: Grown) -> dict[int, Ints]:
    """By SLI, the minutes that any of its series has a cell in, ascending. Cells are in runs of one series."""
    of_series: dict[int, list[Ints]] = {}
    edges = np.flatnonzero(np.diff(cells.series, prepend=-1, append=-1))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        of_series.setdefault(int(cells.series[begin]), []).append(cells.minute[begin:end])
    for series_id, found in grown.items():
        of_series.setdefault(series_id, []).extend(one.minute for one in found)
    spoke: dict[int, Ints] = {}
    for sli_id, series in bound.series.items():
        minutes = [part for one in series for part in of_series.get(one.id, ())]
        if minutes:
            spoke[sli_id] = np.unique(np.concatenate(minutes))
    return spoke


def minutes_of(
    bound: Bound, wanted: Mapping[int, Ints], cells: Cells, grown: Grown, *, step: int = 1
) -> dict[int, SliMinutes]:
    """Of each SLI those minutes, ascending, of which something is known.

    The cells are all there are of its series in them. `step` 60: they are of hours, each at its first minute.
    """
    first = min(int(minute[0]) for minute in wanted.values())
    end = max(int(minute[-1]) for minute in wanted.values()) + 1
    ordered = cells.where(np.lexsort((cells.minute, bound.feeds.order[cells.series])))
    lanes = sum(len(bound.rows[sli_id].numbers) for sli_id in wanted)
    block = max(1, NUMBERS_HELD // max(1, lanes)) * step
    found: dict[int, list[SliMinutes]] = {}
    for begin in range(first, end, block):
        part = {sli_id: _between(minute, begin, begin + block) for sli_id, minute in wanted.items()}
        part = {sli_id: minute for sli_id, minute in part.items() if len(minute)}
        if part:
            inside = ordered.where((ordered.minute >= begin) & (ordered.minute < begin + block))
            for sli_id, made in _block(bound, part, inside, grown, begin=begin, length=block // step, step=step):
                found.setdefault(sli_id, []).append(made)
    return {sli_id: joined(parts) for sli_id, parts in found.items()}


def joined(parts: Sequence[SliMinutes]) -> SliMinutes:
    """Minutes one after the other."""
    if not parts:
        return no_minutes()
    return SliMinutes(*(np.concatenate([getattr(one, name) for one in parts]) for name in COLUMNS))


def _block(
    bound: Bound, wanted: Mapping[int, Ints], cells: Cells, grown: Grown, *, begin: int, length: int, step: int
) -> Iterable[tuple[int, SliMinutes]]:
    numbers = [number for sli_id in wanted for number in bound.rows[sli_id].numbers]
    nobody = len(numbers)  # the line of lanes of SLIs that are not wanted
    local = np.full(max(1, len(bound.lanes.row_of_lane)), nobody, dtype=np.int64)
    local[numbers] = np.arange(nobody)
    last = max(int(minute[-1]) for minute in wanted.values())
    length = min(length, (last - begin) // step + 1)
    near = cells.where(cells.minute <= last)
    slots = Cells(near.series, (near.minute - begin) // step, near.total, near.weight, near.low, near.high)
    matrices = add_cells(slots, bound.feeds, local=local, first_minute=0, minutes=length, lanes=nobody + 1)
    _add_grown(bound, grown, local, matrices, begin=begin, step=step)
    for sli_id, minute in wanted.items():
        row = bound.rows[sli_id]
        lines = local[row.numbers][:, None]
        total, weight, series = (matrix[lines, (minute - begin) // step] for matrix in matrices)
        yield sli_id, bound.minutes(row, total=total, weight=weight, series=series, minute=minute)


def _add_grown(bound: Bound, grown: Grown, local: Ints, matrices: Sequence[Matrix], *, begin: int, step: int) -> None:
    total, weight, number = matrices
    for series_id, found in sorted(grown.items(), key=lambda one: int(bound.feeds.order[one[0]])):
        for minute, seconds, bins in chain(*found):
            slot = (minute - begin) // step
            if 0 <= slot < total.shape[1]:
                numbers, amounts = bound.histograms[series_id].contributions(bins, bound.lanes)
                lines = local[numbers]
                np.add.at(total[:, slot], lines, amounts)
                np.add.at(weight[:, slot], lines, seconds)
                np.add.at(number[:, slot], lines, 1.0)


def _between(minute: Ints, first: int, end: int) -> Ints:
    lo, hi = np.searchsorted(minute, (first, end))
    return minute[lo:hi]
