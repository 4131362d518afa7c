"""The general compressor over packed columns, and the form of a journal row.

A journal row holds one commit group as columns: differences of series ids and times, the bytes of the values plane by
plane (neighbours share their high bytes), and only where a sample has them marks and start times, then histograms.
"""

import struct
from dataclasses import dataclass
from typing import Any

import cramjam
import numpy as np
from numpy.typing import NDArray

from app.domain import codec as packing
from app.domain import histogram_codec
from app.domain.samples import Floats, HistogramSample, Ints

LEVEL = 1
SMALLEST_TO_COMPRESS = 48
STORED, COMPRESSED = b"\x00", b"\x01"
_HEAD = struct.Struct("<IBI")  # samples, flags, bytes of histograms
HAS_MARKS, HAS_STARTS = 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Scalar samples by stored series id, and histogram samples (their `series` is the stored id too)."""

    series: Ints
    at_ms: Ints
    values: Floats
    marks: NDArray[np.uint8] | None = None
    start_ms: Ints | None = None
    histograms: tuple[HistogramSample, ...] = ()

    def __len__(self) -> int:
        return len(self.series)

    @property
    def samples(self) -> int:
        """Scalars and histograms."""
        return len(self.series) + len(self.histograms)


def compress(data: bytes) -> bytes:
    """Smaller where that is possible; `expand` undoes it."""
    if len(data) < SMALLEST_TO_COMPRESS:
        return STORED + data
    smaller = bytes(cramjam.zstd.compress(data, level=LEVEL))
    return COMPRESSED + smaller if len(smaller) < len(data) else STORED + data


def expand(data: bytes) -> bytes:
    """What `compress` was given."""
    return bytes(cramjam.zstd.decompress(data[1:])) if data[:1] == COMPRESSED else data[1:]


def pack_columns(columns: Columns) -> bytes:
    """A journal row's data."""
    flags = (HAS_MARKS if columns.marks is not None else 0) | (HAS_STARTS if columns.start_ms is not None else 0)
    histograms = histogram_codec.pack(columns.histograms)
    parts = [
        _HEAD.pack(len(columns), flags, len(histograms)),
        packing.to_planes(columns.series, is_sum=True),
        packing.to_planes(columns.at_ms, is_sum=True),
        packing.to_planes(columns.values, is_sum=False),
    ]
    if columns.marks is not None:
        parts.append(columns.marks.tobytes())
    if columns.start_ms is not None:
        parts.append(packing.to_planes(columns.start_ms, is_sum=True))
    return compress(b"".join([*parts, histograms]))


def unpack_columns(data: bytes) -> Columns:
    """What `pack_columns` wrote."""
    plain = expand(data)
    count, flags, histogram_bytes = _HEAD.unpack_from(plain)
    at = _HEAD.size

    octets = np.frombuffer(plain, dtype=np.uint8)

    def numbers(dtype: Any) -> Any:
        nonlocal at
        found = packing.from_planes(octets, at, count, is_sum=dtype is np.int64)
        at += 8 * count
        return found.view(dtype)

    series, at_ms, values = numbers(np.int64), numbers(np.int64), numbers(np.float64)
    marks = starts = None
    if flags & HAS_MARKS:
        marks = np.frombuffer(plain, dtype=np.uint8, count=count, offset=at)
        at += count
    if flags & HAS_STARTS:
        starts = numbers(np.int64)
    histograms = histogram_codec.unpack(plain[at : at + histogram_bytes])
    return Columns(series, at_ms, values, marks, starts, tuple(histograms))


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
