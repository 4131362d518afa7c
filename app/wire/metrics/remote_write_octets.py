"""Reading many series at once: the octets of a whole request as one array, and what lies at given places of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import Floats, Ints, Metadata

Octets = NDArray[np.uint8]

SAMPLE = 0x12  # tag in a TimeSeries
VALUE, TIME, START = 0x09, 0x10, 0x18  # tags in a Sample
TIME_OCTETS = 6  # of a varint of milliseconds between 1971 and 2109
PADDING = bytes(512)  # longer than all that is looked at ahead of knowing that it is there


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain series of a request: `rows` are their places in it, `values` have every bit as sent."""

    rows: Ints
    series: Ints
    at_ms: Ints
    values: Floats
    start_ms: Ints
    metadata: tuple[Metadata, ...]


def join(series: Sequence[bytes]) -> tuple[Octets, Ints, Ints]:
    """All series in a row between paddings, and where each begins and ends."""
    joined = np.frombuffer(b"".join([PADDING, *series, PADDING]), dtype=np.uint8)
    sizes = np.fromiter(map(len, series), dtype=np.int64, count=len(series))
    ends = len(PADDING) + np.cumsum(sizes)
    return joined, ends - sizes, ends


def are_times(joined: Octets, at: Ints) -> NDArray[np.bool_]:
    """Whether a varint of exactly TIME_OCTETS stands at each place."""
    goes_on = _window(joined, at, TIME_OCTETS) >= 0x80
    are: NDArray[np.bool_] = goes_on[:, :-1].all(axis=1) & ~goes_on[:, -1]
    return are


def times(joined: Octets, at: Ints) -> Ints:
    """The varints of TIME_OCTETS at each place, 0 where the place is -1."""
    octets = _window(joined, at, TIME_OCTETS).astype(np.int64) & 0x7F
    return np.where(at < 0, 0, octets @ (1 << 7 * np.arange(TIME_OCTETS, dtype=np.int64)))


def values(joined: Octets, at: Ints) -> Floats:
    """The doubles at each place, 0 where the place is -1; bits are moved and nothing is computed."""
    bits = _window(joined, at, 8).view("<u8")[:, 0]
    return np.where(at < 0, np.uint64(0), bits).view(np.float64)


def _window(joined: Octets, at: Ints, size: int) -> Octets:
    window: Octets = joined[at[:, None] + np.arange(size)]
    return window
