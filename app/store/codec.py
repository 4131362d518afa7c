"""The general compressor over packed columns, and the form of a journal row.

A journal row holds one commit group as columns: series ids and times as differences, each in the fewest bytes that hold
the column's largest; the values as they are; only where a sample has them marks and start times; then histograms. It is
read back within minutes: compressing it would cost more than the bytes it saves.
"""

import struct
import sys
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain import codec as packing
from app.domain import histogram_codec
from app.domain.histogram_codec import Histograms
from app.domain.samples import Floats, Ints

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL, QUICK_LEVEL = 1, -1
SMALLEST_TO_COMPRESS = 48
STORED, COMPRESSED = b"\x00", b"\x01"
_HEAD = struct.Struct("<IB")  # samples, flags
HAS_MARKS, HAS_STARTS = 1, 2
_OWN = threading.local()


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Scalar samples by stored series id, and histogram samples (their `series` is the stored id too)."""

    series: Ints
    at_ms: Ints
    values: Floats
    marks: NDArray[np.uint8] | None = None
    start_ms: Ints | None = None
    histograms: Histograms = ()

    def __len__(self) -> int:
        return len(self.series)

    @property
    def samples(self) -> int:
        """Scalars and histograms."""
        return len(self.series) + len(self.histograms)


def compress(data: bytes, *, quick: bool = False) -> bytes:
    """Smaller where that is possible; `expand` undoes it. Quick: in a third of the time, where that saves little."""
    if len(data) < SMALLEST_TO_COMPRESS:
        return STORED + data
    smaller = _compressor(QUICK_LEVEL if quick else LEVEL).compress(data, zstd.ZstdCompressor.FLUSH_FRAME)
    return COMPRESSED + smaller if len(smaller) < len(data) else STORED + data


def expand(data: bytes) -> bytes:
    """What `compress` was given."""
    return zstd.decompress(data[1:]) if data[:1] == COMPRESSED else data[1:]


def _compressor(level: int) -> zstd.ZstdCompressor:
    """This thread's own: making one costs more than what it is mostly used for."""
    own: dict[int, zstd.ZstdCompressor] | None = getattr(_OWN, "compressors", None)
    if own is None:
        own = _OWN.compressors = {}
    if level not in own:
        own[level] = zstd.ZstdCompressor(level=level)
    return own[level]


def pack_columns(columns: Columns) -> bytes:
    """A journal row's data."""
    flags = (HAS_MARKS if columns.marks is not None else 0) | (HAS_STARTS if columns.start_ms is not None else 0)
    parts = [
        _HEAD.pack(len(columns), flags),
        packing.packed_steps(columns.series),
        packing.packed_steps(columns.at_ms),
        columns.values.tobytes(),
    ]
    if columns.marks is not None:
        parts.append(columns.marks.tobytes())
    if columns.start_ms is not None:
        parts.append(packing.packed_steps(columns.start_ms))
    if columns.histograms:
        parts.append(compress(histogram_codec.pack(columns.histograms)))
    return b"".join(parts)


def unpack_columns(data: bytes) -> Columns:
    """What `pack_columns` wrote; arrays of one's own, as compiled loops want them."""
    count, flags = _HEAD.unpack_from(data)
    series, at = packing.unpacked_steps(data, _HEAD.size, count)
    at_ms, at = packing.unpacked_steps(data, at, count)
    values = np.frombuffer(data, dtype=np.float64, count=count, offset=at).copy()
    at += values.nbytes
    marks = starts = None
    if flags & HAS_MARKS:
        marks = np.frombuffer(data, dtype=np.uint8, count=count, offset=at).copy()
        at += count
    if flags & HAS_STARTS:
        starts, at = packing.unpacked_steps(data, at, count)
    histograms = histogram_codec.unpack(expand(data[at:])) if at < len(data) else ()
    return Columns(series, at_ms, values, marks, starts, histograms)


def joined(parts: list[Columns]) -> Columns:
    """The samples of a group as one."""
    if len(parts) == 1:
        return parts[0]
    marks = starts = None
    if any(part.marks is not None for part in parts):
        marks = np.concatenate([_or_zeros(part.marks, len(part), np.uint8) for part in parts])
    if any(part.start_ms is not None for part in parts):
        starts = np.concatenate([_or_zeros(part.start_ms, len(part), np.int64) for part in parts])
    return Columns(
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.at_ms for part in parts]),
        np.concatenate([part.values for part in parts]),
        marks,
        starts,
        tuple(sample for part in parts for sample in part.histograms),
    )


def _or_zeros(column: Any, length: int, dtype: Any) -> Any:
    return np.zeros(length, dtype=dtype) if column is None else column
