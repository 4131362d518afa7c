"""Prometheus remote write 1.0 bodies, made from columns.

The labels of a series are encoded once; a sample is always 18 bytes, so that all samples of a body are written as one
array. https://prometheus.io/docs/specs/prw/remote_write_spec/
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cramjam
import numpy as np

from app.demo import protobuf
from app.demo.scrape import Labels
from app.domain.samples import Floats, Ints

HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}

# Sample { double value = 1; int64 timestamp = 2; } as field 2 of a TimeSeries. Unix milliseconds take six bytes as a
# varint from 1971 to 2109.
SAMPLE = np.dtype([("head", "u1", 3), ("value", "<f8"), ("tag", "u1"), ("at", "u1", 6)])
HEAD, TAG = (0x12, 16, 0x09), 0x10


def series(labels: Labels) -> bytes:
    """The labels of one TimeSeries, encoded."""
    return b"".join(protobuf.field(1, protobuf.text(1, name) + protobuf.text(2, value)) for name, value in labels)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Series (see `series`) with values at the same instants: `values` is (S, K)."""

    encoded: Sequence[bytes]
    at_ms: Ints
    values: Floats


def body(groups: Sequence[Group]) -> bytes:
    """A compressed WriteRequest."""
    return bytes(cramjam.snappy.compress_raw(b"".join(part for group in groups for part in _time_series(group))))


def _time_series(group: Group) -> Iterator[bytes | memoryview]:
    at_ms, values = group.at_ms, group.values
    samples = np.empty(values.shape, dtype=SAMPLE)
    samples["head"] = HEAD
    samples["value"] = values
    samples["tag"] = TAG
    samples["at"] = protobuf.wide_varints(at_ms, 6)
    tails = memoryview(samples.tobytes())
    length = SAMPLE.itemsize * len(at_ms)
    for position, labels in enumerate(group.encoded):
        yield b"\x0a" + protobuf.varint(len(labels) + length)
        yield labels
        yield tails[position * length : (position + 1) * length]
