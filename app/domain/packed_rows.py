"""Tables of floats as columns are packed, a row at a time: what rows of signals hold of their distributions."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.codec import column_room, cut, pack_column, unpack_column
from app.domain.compiled import jit


def packed_rows(rows: Any) -> list[bytes]:
    """Each row of a table of floats as `packed_column` packs it."""
    out = np.empty(column_room(rows.shape[1]) * len(rows), dtype=np.uint8)
    return cut(out, _pack_rows(rows, out))


def unpacked_rows(packed: Sequence[bytes], width: int) -> NDArray[np.float64]:
    """The table of rows of this width that were packed one by one."""
    rows = np.empty((len(packed), width))
    ends = np.cumsum([len(one) for one in packed], dtype=np.int64)
    _unpack_rows(np.frombuffer(b"".join(packed), dtype=np.uint8), ends, rows)
    return rows


@jit
def _pack_rows(rows: Any, out: Any) -> Any:
    """Where each row ends in `out`."""
    places = np.empty(len(rows), dtype=np.int64)
    at = 0
    for k in range(len(rows)):
        at = pack_column(rows[k], 0, rows.shape[1], out, at)
        places[k] = at
    return places


@jit
def _unpack_rows(buf: Any, ends: Any, rows: Any) -> None:
    """`ends` are where rows end in `buf`."""
    at = 0
    for k in range(len(ends)):
        unpack_column(buf, at, rows[k])
        at = ends[k]
