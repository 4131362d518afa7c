"""Minutes of one series as bytes: what a row of series rollups holds."""

from collections.abc import Sequence
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
from app.domain.growth import Growth
from app.domain.samples import Floats, Ints

COUNTS, VALUES, DISTRIBUTIONS = 0, 1, 2  # the first byte: which columns follow


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
        records = np.empty(len(one), dtype=_record(len(one.bounds)))
        records["exponential"], records["size"], records["bounds"] = one.exponential, len(one.bounds), one.bounds
        records["minute"], records["seconds"], records["total"] = one.minute, one.seconds, one.total
        records["counts"] = one.counts
        parts.append(records.tobytes())
    return b"".join(parts)


def unpack_growth(data: bytes) -> list[Growth]:
    """What `pack_growth` wrote."""
    found, at = [], 1
    while at < len(data):
        size = int(np.frombuffer(data, dtype=_record(0), count=1, offset=at)["size"][0])
        form = _record(size)
        records = np.frombuffer(data, dtype=form, count=(len(data) - at) // form.itemsize, offset=at)
        # Records of the same size follow each other until one says another size: what is read from there is no record.
        records = records[: _first(records["size"] != size)]
        other = (records["bounds"] != records["bounds"][0]).any(axis=1)
        records = records[: _first(other | (records["exponential"] != records["exponential"][0]))]
        found.append(
            Growth(
                records["minute"].copy(),
                records["seconds"].copy(),
                records["total"].copy(),
                records["bounds"][0].copy(),
                records["counts"].copy(),
                bool(records["exponential"][0]),
            )
        )
        at += len(records) * form.itemsize
    return found


def _record(size: int) -> np.dtype[np.void]:
    """One minute of so many bins."""
    return np.dtype(
        [
            ("minute", "<i8"),
            ("seconds", "<f8"),
            ("total", "<f8"),
            ("exponential", "u1"),
            ("size", "<u4"),
            ("bounds", "<f8", (size,)),
            ("counts", "<f8", (size,)),
        ]
    )


def _first(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    """Where the first true flag stands; their number when there is none."""
    return int(flags.argmax()) if flags.any() else len(flags)
