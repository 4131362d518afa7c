"""Minute cells of one series as bytes: what a row of series rollups holds."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.domain.cells import Cells
from app.domain.codec import (
    BYTES_A_VALUE,
    COLUMN_OVERHEAD,
    cut,
    get_varint,
    pack_column,
    pack_times,
    put_varint,
    unpack_column,
    unpack_times,
)
from app.domain.compiled import jit
from app.domain.distributions import Bins
from app.domain.samples import Floats, Ints

COUNTS, VALUES, DISTRIBUTIONS = 0, 1, 2  # the first byte: which columns follow
_BINS = struct.Struct("<qddBI")  # minute, seconds, total, exponential, bins


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """What a histogram-shaped series grew by in one minute, and over how many seconds it was observed."""

    minute: int
    seconds: float
    bins: Bins


def packed_cells(cells: Cells, ends: Ints) -> list[bytes]:
    """A piece for each of the runs of cells that end at `ends`, one after the other; a run is of one series."""
    out = np.empty(6 * COLUMN_OVERHEAD * len(ends) + 5 * BYTES_A_VALUE * len(cells), dtype=np.uint8)
    return cut(out, _pack_cells(cells.minute, cells.total, cells.weight, cells.low, cells.high, ends, out))


@jit
def _pack_cells(minute: Any, total: Any, weight: Any, low: Any, high: Any, ends: Any, out: Any) -> Any:
    """Where the piece of each run ends in `out`."""
    places = np.empty(len(ends), dtype=np.int64)
    begin, at = 0, 0
    for run in range(len(ends)):
        end = ends[run]
        is_gauge = high[begin:end].any() or low[begin:end].any()
        out[at] = VALUES if is_gauge else COUNTS
        at = put_varint(out, at + 1, np.int64(end - begin))
        at = pack_times(minute, begin, end, out, at)
        at = pack_column(total, begin, end, out, at)
        at = pack_column(weight, begin, end, out, at)
        if is_gauge:
            at = pack_column(low, begin, end, out, at)
            at = pack_column(high, begin, end, out, at)
        places[run] = at
        begin = end
    return places


def unpack_cells(series_id: int, data: bytes) -> Cells:
    """What `pack_cells` wrote."""
    buf = np.frombuffer(data, dtype=np.uint8)
    count, at = get_varint(buf, 1)
    minutes = np.empty(count, dtype=np.int64)
    at = unpack_times(buf, at, minutes)
    columns: list[Floats] = [np.zeros(count) for _ in range(4)]
    for column in columns if buf[0] == VALUES else columns[:2]:
        at = unpack_column(buf, at, column)
    return Cells(np.full(count, series_id, dtype=np.int64), minutes, *columns)


def pack_growth(grown: Sequence[Growth]) -> bytes:
    """The minutes of one histogram-shaped series."""
    parts = [bytes([DISTRIBUTIONS])]
    for one in grown:
        bins = one.bins
        total = float("nan") if bins.total is None else bins.total
        parts.append(_BINS.pack(one.minute, one.seconds, total, bins.exponential, len(bins.bounds)))
        parts += [bins.bounds.tobytes(), bins.counts.tobytes()]
    return b"".join(parts)


def unpack_growth(data: bytes) -> list[Growth]:
    """What `pack_growth` wrote."""
    found, at = [], 1
    while at < len(data):
        minute, seconds, total, exponential, count = _BINS.unpack_from(data, at)
        at += _BINS.size
        numbers = np.frombuffer(data, dtype=np.float64, count=2 * count, offset=at)
        at += 16 * count
        told = None if np.isnan(total) else total
        bins = Bins(numbers[:count].copy(), numbers[count:].copy(), told, bool(exponential))
        found.append(Growth(minute, seconds, bins))
    return found
