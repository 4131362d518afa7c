"""The short way for the plain series of remote write 2.0: one sample, labels and metadata, and nothing else.

Nearly all that senders send is plain. Such series are read as columns, all at once, and known again by the numbers of
their symbols; the general decoder takes the others, and every series that is new.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from app.domain.samples import Ints
from app.domain.samples import Metadata as FamilyMetadata
from app.wire.metrics.proto.remote_write_v2_pb2 import Metadata
from app.wire.metrics.remote_write_known import UNKNOWN, Known
from app.wire.metrics.remote_write_octets import (
    SAMPLE,
    START,
    TIME,
    TIME_OCTETS,
    VALUE,
    Octets,
    Plain,
    are_times,
    join,
    times,
    values,
)

REFS, METADATA = 0x0A, 0x2A  # tags in a TimeSeries
MAX_REF_OCTETS = 4


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the parts of plain series lie in the joined request."""

    rows: Ints
    refs_at: Ints
    refs_size: Ints
    value_at: Ints  # -1 when it was left out, being 0
    time_at: Ints
    start_at: Ints  # -1 when there is none
    metadata_at: Ints  # from the beginning of the series; its end when there is none


def read(
    series: Sequence[bytes],
    symbols: Sequence[bytes],
    *,
    known: Known,
    resolve: Callable[[bytes], tuple[int, FamilyMetadata | None]],
) -> Plain | None:
    """What is plain among encoded TimeSeries, None when nothing is.

    `resolve` gives the position in the table of a series that is not known, and its family's metadata; a series
    for which it raises Invalid or DecodeError is not plain.
    """
    joined, begins, ends = join(series)
    layout = _lay_out(joined, begins, ends)
    spellings = _spellings(series, joined, layout, known.numbers(symbols))
    if not spellings:
        return None
    entries = known.find(spellings, lambda at: resolve(series[layout.rows[at]]))
    found = np.flatnonzero(entries != UNKNOWN)
    positions, declared = known.look_up(entries[found])
    return Plain(
        layout.rows[found],
        positions,
        times(joined, layout.time_at[found]),
        values(joined, layout.value_at[found]),
        times(joined, layout.start_at[found]),
        declared,
    )


def _lay_out(joined: Octets, begins: Ints, ends: Ints) -> _Layout:
    refs_size = joined[begins + 1].astype(np.int64)
    sample_at = begins + 2 + refs_size
    sample_size = joined[sample_at + 1].astype(np.int64)
    value_at = sample_at + 2
    has_value = joined[value_at] == VALUE
    time_at = value_at + 9 * has_value
    start_at = time_at + 1 + TIME_OCTETS
    rest_at = sample_at + 2 + sample_size
    has_start = rest_at > start_at
    rest_size = joined[rest_at + 1].astype(np.int64)
    is_plain = (joined[begins] == REFS) & (refs_size > 0) & (refs_size < 0x80) & (joined[sample_at - 1] < 0x80)
    is_plain &= (joined[sample_at] == SAMPLE) & (joined[time_at] == TIME) & are_times(joined, time_at + 1)
    is_plain &= ~has_start | ((joined[start_at] == START) & are_times(joined, start_at + 1))
    is_plain &= rest_at == start_at + (1 + TIME_OCTETS) * has_start
    is_plain &= (rest_at == ends) | (
        (joined[rest_at] == METADATA) & (rest_size < 0x80) & (rest_at + 2 + rest_size == ends)
    )
    rows = np.flatnonzero(is_plain)
    return _Layout(
        rows,
        refs_at=begins[rows] + 2,
        refs_size=refs_size[rows],
        value_at=np.where(has_value, value_at + 1, -1)[rows],
        time_at=time_at[rows] + 1,
        start_at=np.where(has_start, start_at + 1, -1)[rows],
        metadata_at=(rest_at - begins)[rows],
    )


def _spellings(
    series: Sequence[bytes], joined: Octets, layout: _Layout, numbers: NDArray[np.int32]
) -> list[bytes] | None:
    """Each plain series as the numbers of its label symbols, then type, help and unit; None when references are bad."""
    if not len(layout.rows):
        return None
    references = _references(joined, layout)
    declared = _declared(series, layout, numbers)
    if references is None or declared is None:
        return None
    refs, counts = references
    if (counts % 2).any() or refs.max() >= len(numbers):
        return None
    begins = _begins(counts + 3)
    spelled = np.empty(len(refs) + 3 * len(counts), dtype=np.int32)
    spelled[np.repeat(begins - _begins(counts), counts) + np.arange(len(refs))] = numbers[refs]
    spelled[(begins + counts)[:, None] + np.arange(3)] = declared
    octets = spelled.tobytes()
    return [octets[one:other] for one, other in pairwise([*(begins * spelled.itemsize).tolist(), len(octets)])]


def _references(joined: Octets, layout: _Layout) -> tuple[Ints, Ints] | None:
    """The references of all plain series in a row, and how many each has; None when one is no sensible number."""
    begins = _begins(layout.refs_size)
    octets = joined[np.repeat(layout.refs_at - begins, layout.refs_size) + np.arange(layout.refs_size.sum())]
    is_last = octets < 0x80
    firsts = np.flatnonzero(np.concatenate(([True], is_last[:-1])))
    places = np.arange(len(octets)) - np.repeat(firsts, np.diff(firsts, append=len(octets)))
    if places.max() >= MAX_REF_OCTETS:
        return None
    refs = np.add.reduceat((octets & np.uint8(0x7F)).astype(np.int64) << 7 * places, firsts)
    return refs, np.add.reduceat(is_last.astype(np.int64), begins)


def _declared(series: Sequence[bytes], layout: _Layout, numbers: NDArray[np.int32]) -> NDArray[np.int32] | None:
    """Type, number of the help and number of the unit of each plain series; None when a reference is bad."""
    encoded = [series[row][at:] for row, at in zip(layout.rows.tolist(), layout.metadata_at.tolist(), strict=True)]
    distinct = {one: place for place, one in enumerate(dict.fromkeys(encoded))}
    try:
        rows = [_type_help_unit(one, numbers) for one in distinct]
    except (DecodeError, IndexError):
        return None
    found = np.fromiter(map(distinct.__getitem__, encoded), dtype=np.int64, count=len(encoded))
    return np.array(rows, dtype=np.int32)[found]


def _type_help_unit(encoded: bytes, numbers: NDArray[np.int32]) -> tuple[int, int, int]:
    metadata = Metadata.FromString(encoded[2:])  # after its tag and its length
    return metadata.type, int(numbers[metadata.help_ref]), int(numbers[metadata.unit_ref])


def _begins(sizes: Ints) -> Ints:
    """Where each of consecutive stretches begins."""
    return np.cumsum(sizes) - sizes
