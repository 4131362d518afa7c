"""The fast path of remote write 1.0: one compiled pass over the bytes, series known by their raw label bytes.

Prometheus sends the same label sets in much the same order over and over. The table remembers each label block it has
seen, and for each the block that followed it last time: most samples then cost one comparison of bytes and no hashing.
A request that is anything but plain samples (exemplars, histograms, metadata, malformed bytes) answers None, and the
general decoder takes it: it is slower, complete, and the one that words errors.
"""

from threading import Lock
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from app.domain.compiled import jit
from app.domain.samples import UNRESOLVED, Ints, Mark, SampleBatch
from app.domain.series import SeriesKey
from app.wire.limits import MAX_SAMPLES
from app.wire.metrics import remote_write_bounds, remote_write_table
from app.wire.metrics.proto.remote_write_v1_pb2 import Label, TimeSeries
from app.wire.metrics.remote_write_families import Family

STALE_BITS = 0x7FF0000000000002
MAX_BLOCKS = 500_000
NO_FAMILY = Family("unknown", "")
FIRST_BLOCKS = 4_096
SMALLEST_SAMPLE = 6  # a series of one label and one sample, each as short as they come
FIRST_ARENA = 1 << 20

NOT_PLAIN = -1
NO_ROOM = -2


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
        _rehash(self.arena, self.begins, self.lengths, self.count, self.buckets)


class Walker:
    """Decodes plain remote write 1.0 requests; one for the whole process, safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._table = LabelTable()
        self._scratch: tuple[Any, ...] = (np.empty(0, dtype=np.int64),)

    def decode(self, body: bytes | memoryview) -> SampleBatch | None:
        """The batch, or None when the request is not plain. Its directory lives on and is shared by later batches."""
        view = np.frombuffer(body, dtype=np.uint8)
        with self._lock:
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
        if self._table.count > MAX_BLOCKS:
            self._table = LabelTable()
        table = self._table
        while True:
            state = np.array([table.count, table.used], dtype=np.int64)
            found = walk(
                view,
                table.arena,
                table.begins,
                table.lengths,
                table.followers,
                table.buckets,
                state,
                series,
                at_ms,
                bits,
            )
            table.count, table.used = int(state[0]), int(state[1])
            if found != NO_ROOM:
                return int(found)
            table.make_room(len(view))


@jit
def _varint(buf: Any, at: int, end: int) -> Any:
    """The number and where it ends; the end is -1 when the bytes are no varint."""
    value = np.int64(0)
    shift = 0
    while at < end and shift < 64:
        byte = np.int64(buf[at])
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    return value, -1


@jit
def _hash(buf: Any, begin: int, length: int) -> Any:
    value = np.uint64(14695981039346656037)
    for at in range(begin, begin + length):
        value = (value ^ np.uint64(buf[at])) * np.uint64(1099511628211)
    value ^= value >> np.uint64(29)
    return np.int64(value & np.uint64(0x7FFFFFFFFFFFFFFF))


@jit
def _same(arena: Any, begin: int, buf: Any, at: int, length: int) -> bool:
    # Counting differences over slices, with no early exit, is the form that compiles to vector instructions.
    ours, theirs = arena[begin : begin + length], buf[at : at + length]
    different = 0
    for k in range(length):
        different += ours[k] != theirs[k]
    return different == 0


@jit
def _rehash(arena: Any, begins: Any, lengths: Any, count: int, buckets: Any) -> None:
    for block in range(count):
        place = _hash(arena, begins[block], lengths[block]) % len(buckets)
        while buckets[place] >= 0:
            place = (place + 1) % len(buckets)
        buckets[place] = block


@jit
def _block_of(
    buf: Any,
    begin: int,
    length: int,
    previous: int,
    arena: Any,
    begins: Any,
    lengths: Any,
    followers: Any,
    buckets: Any,
    state: Any,
) -> int:
    """The position of a label block, remembered if it is new; NO_ROOM when the table has to grow first."""
    if previous >= 0:
        guess = followers[previous]
        if guess >= 0 and lengths[guess] == length and _same(arena, begins[guess], buf, begin, length):
            return int(guess)
    place = _hash(buf, begin, length) % len(buckets)
    block = buckets[place]
    while block >= 0 and not (lengths[block] == length and _same(arena, begins[block], buf, begin, length)):
        place = (place + 1) % len(buckets)
        block = buckets[place]
    if block < 0:
        block = state[0]
        if block >= len(begins) or state[1] + length > len(arena):
            return NO_ROOM
        arena[state[1] : state[1] + length] = buf[begin : begin + length]
        begins[block] = state[1]
        lengths[block] = length
        buckets[place] = block
        state[0] += 1
        state[1] += length
    if previous >= 0:
        followers[previous] = block
    return int(block)


@jit
def _sample(buf: Any, at: int, stop: int) -> Any:
    """Time, value bits, and where the sample ends; the end is -1 when it is not a plain one."""
    value = np.uint64(0)
    time = np.int64(0)
    while at < stop:
        tag = buf[at]
        at += 1
        if tag == 0x09 and at + 8 <= stop:
            value = np.uint64(0)
            for k in range(8):
                value |= np.uint64(buf[at + k]) << np.uint64(8 * k)
            at += 8
        elif tag == 0x10:
            time, at = _varint(buf, at, stop)
            if at < 0:
                return time, value, -1
        else:
            return time, value, -1
    return time, value, at


@jit
def _samples(buf: Any, at: Any, stop: Any, block: Any, found: Any, series: Any, at_ms: Any, bits: Any) -> Any:
    """How many samples there are with those of one series, and where they end; the end is -1 when one is not plain."""
    while at < stop:
        size, begin = _varint(buf, at + 1, stop)
        if buf[at] != 0x12 or begin < 0 or size < 0 or begin + size > stop or found >= len(series):
            return found, -1
        at_ms[found], bits[found], at = _sample(buf, begin, begin + size)
        if at < 0:
            return found, -1
        series[found] = block
        found += 1
    return found, at


@jit
def walk(
    buf: Any,
    arena: Any,
    begins: Any,
    lengths: Any,
    followers: Any,
    buckets: Any,
    state: Any,
    series: Any,
    at_ms: Any,
    bits: Any,
) -> int:
    """Samples found, or a negative reason. `state` is (blocks, bytes of the arena) in use, and is kept up to date."""
    end = len(buf)
    at = 0
    found = 0
    previous = -1
    while at < end:
        if buf[at] != 0x0A:
            return NOT_PLAIN
        size, at = _varint(buf, at + 1, end)
        if at < 0 or size < 0 or at + size > end:
            return NOT_PLAIN
        stop = at + size
        begin = at
        while at < stop and buf[at] == 0x0A:
            size, at = _varint(buf, at + 1, stop)
            if at < 0 or size < 0 or at + size > stop:
                return NOT_PLAIN
            at += size
        if at in (begin, stop):
            return NOT_PLAIN
        previous = _block_of(buf, begin, at - begin, previous, arena, begins, lengths, followers, buckets, state)
        if previous < 0:
            return NO_ROOM
        found, at = _samples(buf, at, stop, previous, found, series, at_ms, bits)
        if at < 0:
            return NOT_PLAIN
    return found


def _key(block: bytes) -> SeriesKey:
    """The series of a raw label block: the same fields, hence the same reading, as those of a TimeSeries."""
    try:
        labels = [Label.FromString(encoded) for encoded in TimeSeries.FromString(block).labels]
    except DecodeError as error:
        raise remote_write_bounds.malformed() from error
    texts = tuple(remote_write_table.text(part) for label in labels for part in (label.name, label.value))
    return remote_write_table.series_of(texts, NO_FAMILY)


def _longer(array: Any, size: int, fill: int = 0) -> Any:
    grown = np.full(size, fill, dtype=array.dtype)
    grown[: len(array)] = array
    return grown
