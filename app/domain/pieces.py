"""Minute cells of one series as bytes: what a row of series rollups holds."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.cells import Cells
from app.domain.codec import (
    column_room,
    get_varint,
    pack_column,
    pack_times,
    put_varint,
    unpack_column,
    unpack_times,
)
from app.domain.distributions import Bins
from app.domain.samples import Floats

COUNTS, VALUES, DISTRIBUTIONS = 0, 1, 2  # the first byte: which columns follow
_BINS = struct.Struct("<qddBI")  # minute, seconds, total, exponential, bins


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """What a histogram-shaped series grew by in one minute, and over how many seconds it was observed."""

    minute: int
    seconds: float
    bins: Bins


def pack_cells(cells: Cells, begin: int, end: int) -> bytes:
    """The cells [begin, end), which are of one series."""
    out = np.empty(5 * column_room(end - begin) + 16, dtype=np.uint8)
    is_gauge = bool((cells.high[begin:end] != 0).any() or (cells.low[begin:end] != 0).any())
    out[0] = VALUES if is_gauge else COUNTS
    at = put_varint(out, 1, end - begin)
    at = pack_times(cells.minute, begin, end, out, at)
    for column in (cells.total, cells.weight, *((cells.low, cells.high) if is_gauge else ())):
        at = pack_column(column, begin, end, out, at)
    return out[:at].tobytes()


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
