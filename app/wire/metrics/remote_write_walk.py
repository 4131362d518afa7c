"""The fast path of remote write 1.0: one compiled pass over the bytes, series known by their raw label bytes.

Prometheus sends the same label sets in much the same order over and over. The table remembers each label block it has
seen, and for each the block that followed it last time: most samples then cost one comparison of bytes and no hashing.
A request that is anything but plain samples (exemplars, histograms, metadata, malformed bytes) answers None, and the
general decoder takes it: it is slower, complete, and the one that words errors. The pass itself: remote_write_loops.
"""

import secrets
from functools import lru_cache
from itertools import chain
from threading import Lock
from typing import Any

import numpy as np

from app.domain.samples import UNRESOLVED, Ints, Mark, SampleBatch
from app.domain.series import SeriesKey
from app.wire.limits import MAX_SAMPLES
from app.wire.metrics import remote_write_loops, remote_write_table
from app.wire.metrics.proto.remote_write_v1_pb2 import Label, TimeSeries
from app.wire.metrics.remote_write_families import Family

STALE_BITS = 0x7FF0000000000002
MAX_BLOCKS = 500_000
MAX_BLOCK_BYTES = 1 << 26  # of all together
NO_FAMILY = Family("unknown", "")
FIRST_BLOCKS = 4_096
SMALLEST_SAMPLE = 6  # a series of one label and one sample, each as short as they come
FIRST_ARENA = 1 << 20
MAX_USUAL_BYTES = 128  # of a label that is remembered by itself


class LabelTable:
    """Label blocks seen so far, by position: the directory of every batch the walk makes."""

    def __init__(self) -> None:
        self.ids: Ints = np.full(FIRST_BLOCKS, UNRESOLVED, dtype=np.int64)
        self.count = 0
        self.used = 0
        self.arena = np.zeros(FIRST_ARENA, dtype=np.uint8)
        self.begins = np.zeros(FIRST_BLOCKS, dtype=np.int64)
        self.lengths = np.zeros(FIRST_BLOCKS, dtype=np.int64)
        self.followers = np.full(FIRST_BLOCKS, -1, dtype=np.int64)
        self.buckets = np.full(FIRST_BLOCKS * 4, -1, dtype=np.int64)
        self.hash_key = np.frombuffer(secrets.token_bytes(16), dtype=np.uint64)

    @property
    def is_full(self) -> bool:
        """Whether the next request should begin another table."""
        return self.count > MAX_BLOCKS or self.used > MAX_BLOCK_BYTES

    def key(self, position: int) -> SeriesKey:
        """Raises Invalid when the labels are not legal."""
        begin = int(self.begins[position])
        return _key(self.arena[begin : begin + int(self.lengths[position])].tobytes())

    def make_room(self, wanted_bytes: int) -> None:
        """Room for as many blocks again, and for this many bytes of them."""
        if self.used + wanted_bytes > len(self.arena):
            self.arena = _longer(self.arena, max(2 * len(self.arena), self.used + wanted_bytes))
        size = 2 * len(self.begins)
        self.ids = _longer(self.ids, size, UNRESOLVED)
        self.begins, self.lengths = _longer(self.begins, size), _longer(self.lengths, size)
        self.followers = _longer(self.followers, size, -1)
        self.buckets = np.full(size * 4, -1, dtype=np.int64)
        remote_write_loops.rehash(self.arena, self.begins, self.lengths, self.count, self.buckets, self.hash_key)


class Walker:
    """Decodes plain remote write 1.0 requests; one for the whole process, safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._table = LabelTable()
        self._scratch: tuple[Any, ...] = (np.empty(0, dtype=np.int64),)

    def decode(self, body: bytes | memoryview) -> SampleBatch | None:
        """The batch, or None when the request is not plain. Its directory lives on and is shared by later batches."""
        view = np.frombuffer(body, dtype=np.uint8)
        view.flags.writeable = False  # of memory that may be written to as of bytes: one type, compiled once
        # The hash wraps around, of which numpy would warn where the loops run as Python.
        with self._lock, np.errstate(over="ignore"):
            self._fit(min(len(body) // SMALLEST_SAMPLE + 1, MAX_SAMPLES + 1))  # one more is for the general decoder
            found = self._walk(view, *self._scratch)
            if found < 0 or found > MAX_SAMPLES:
                return None
            table = self._table
            series, at_ms, bits = (column[:found].copy() for column in self._scratch)
        stale = bits == np.uint64(STALE_BITS)
        marks = None
        if stale.any():
            marks = np.where(stale, np.uint8(Mark.STALE), np.uint8(Mark.VALUE))
            bits[stale] = 0
        return SampleBatch(table, series, at_ms, bits.view(np.float64), marks=marks)

    def _fit(self, room: int) -> None:
        """Columns to write into, used again and again: fresh memory costs more than what is written to it."""
        if len(self._scratch[0]) < room:
            self._scratch = tuple(np.empty(room, dtype=kind) for kind in (np.int64, np.int64, np.uint64))

    def _walk(self, view: Any, series: Any, at_ms: Any, bits: Any) -> int:
        if self._table.is_full:
            self._table = LabelTable()
        table = self._table
        while True:
            state = np.array([table.count, table.used], dtype=np.int64)
            found = remote_write_loops.walk(
                view,
                table.arena,
                table.begins,
                table.lengths,
                table.followers,
                table.buckets,
                table.hash_key,
                state,
                series,
                at_ms,
                bits,
            )
            table.count, table.used = int(state[0]), int(state[1])
            if found != remote_write_loops.NO_ROOM:
                return int(found)
            table.make_room(len(view))


def _key(block: bytes) -> SeriesKey:
    """The series of a raw label block: the same fields, hence the same reading, as those of a TimeSeries."""
    labels = TimeSeries.FromString(block).labels
    texts = [_usual_label(one) if len(one) <= MAX_USUAL_BYTES else _label(one) for one in labels]
    return remote_write_table.series_of(tuple(chain.from_iterable(texts)), NO_FAMILY)


@lru_cache(maxsize=16_384)
def _usual_label(encoded: bytes) -> tuple[str, str]:
    """The series of a sender have most of their labels in common."""
    return _label(encoded)


def _label(encoded: bytes) -> tuple[str, str]:
    label = Label.FromString(encoded)
    return remote_write_table.text(label.name), remote_write_table.text(label.value)


def _longer(array: Any, size: int, fill: int = 0) -> Any:
    grown = np.full(size, fill, dtype=array.dtype)
    grown[: len(array)] = array
    return grown
