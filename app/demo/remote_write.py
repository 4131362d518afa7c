"""Prometheus remote write 1.0 bodies, made from columns.

The labels of a series are encoded once; a sample is always 18 bytes, so that all samples of a body are written as one
array. https://prometheus.io/docs/specs/prw/remote_write_spec/
"""

from collections.abc import Sequence

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


def body(encoded: Sequence[bytes], at_ms: Ints, values: Floats) -> bytes:
    """A compressed WriteRequest: every series (see `series`) with its values (S, K) at the instants (K)."""
    samples = np.empty(values.shape, dtype=SAMPLE)
    samples["head"] = HEAD
    samples["value"] = values
    samples["tag"] = TAG
    samples["at"] = protobuf.wide_varints(at_ms, 6)
    tails = memoryview(samples.tobytes())
    length = SAMPLE.itemsize * len(at_ms)
    parts: list[bytes | memoryview] = []
    for position, labels in enumerate(encoded):
        head = b"\x0a" + protobuf.varint(len(labels) + length)
        parts += (head, labels, tails[position * length : (position + 1) * length])
    return bytes(cramjam.snappy.compress_raw(b"".join(parts)))
