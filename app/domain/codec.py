"""Columns of numbers as few bytes, losslessly: what chunks and series rollups hold.

A column is written in the first of four ways that fits every one of its values, named by its first byte:

    SAME      all bits equal: the value once
    WHOLE     whole numbers below 2**53: zigzag varints of the differences
    DECIMAL   whole numbers after multiplying by 10**k, k <= 6, exactly undone by dividing: k, then as WHOLE
    BITS      anything else, NaN and infinities too: each value XOR the one before, in eight planes of bytes

Times are the first one and the differences of the differences, as zigzag varints. A general compressor runs over the
result (see `app.store.codec`): it turns runs of equal bytes into almost nothing.
"""

from itertools import pairwise
from typing import Any

import numpy as np

from app.domain.compiled import jit
from app.domain.samples import Floats, Ints

SAME, WHOLE, DECIMAL, BITS = 0, 1, 2, 3
MAX_DECIMALS = 6
EXACT_WHOLE = 9007199254740992.0  # 2**53: every whole number below has its own float
COLUMN_OVERHEAD = 16
BYTES_A_VALUE = 10


def column_room(values: int) -> int:
    """Bytes that surely hold a packed column of so many values."""
    return COLUMN_OVERHEAD + BYTES_A_VALUE * values


@jit
def put_varint(out: Any, at: int, value: Any) -> int:
    """Write a zigzag varint; gives where it ends."""
    rest = np.uint64((value << 1) ^ (value >> 63))
    while rest >= np.uint64(128):
        out[at] = np.uint8((rest & np.uint64(127)) | np.uint64(128))
        rest >>= np.uint64(7)
        at += 1
    out[at] = np.uint8(rest)
    return at + 1


@jit
def get_varint(buf: Any, at: int) -> Any:
    """Read a zigzag varint: the number, and where it ends."""
    value = np.uint64(0)
    shift = np.uint64(0)
    while True:
        byte = np.uint64(buf[at])
        at += 1
        value |= (byte & np.uint64(127)) << shift
        if byte < np.uint64(128):
            break
        shift += np.uint64(7)
    half = np.int64(value >> np.uint64(1))
    return (half ^ -np.int64(value & np.uint64(1))), at


@jit
def pack_times(times: Any, begin: int, end: int, out: Any, at: int) -> int:
    """Write times[begin:end]; gives where they end in `out`."""
    previous = np.int64(0)
    step = np.int64(0)
    for k in range(begin, end):
        delta = times[k] - previous
        at = put_varint(out, at, delta - step)
        step = np.int64(0) if k == begin else delta
        previous = times[k]
    return at


@jit
def unpack_times(buf: Any, at: int, out: Any) -> int:
    """Read as many times as `out` has room for; gives where they end in `buf`."""
    previous = np.int64(0)
    step = np.int64(0)
    for k in range(len(out)):
        change, at = get_varint(buf, at)
        delta = step + change
        previous += delta
        out[k] = previous
        step = np.int64(0) if k == 0 else delta
    return at


@jit
def _decimals(values: Any, begin: int, end: int) -> int:
    """The fewest decimal places that hold every value exactly; -1 when none up to MAX_DECIMALS do."""
    decimals = 0
    power = 1.0
    for k in range(begin, end):
        value = values[k]
        if not np.isfinite(value) or (value == 0.0 and np.signbit(value)):
            return -1
        while True:
            scaled = np.rint(value * power)
            if abs(scaled) < EXACT_WHOLE and scaled / power == value:
                break
            decimals += 1
            power *= 10.0
            if decimals > MAX_DECIMALS:
                return -1
    # A later value may have raised the power past what an earlier one fits in.
    for k in range(begin, end):
        scaled = np.rint(values[k] * power)
        if abs(scaled) >= EXACT_WHOLE or scaled / power != values[k]:
            return -1
    return decimals


@jit
def pack_column(values: Any, begin: int, end: int, out: Any, at: int) -> int:
    """Write values[begin:end] (floats); gives where they end in `out`."""
    bits = values.view(np.uint64)
    same = True
    for k in range(begin + 1, end):
        if bits[k] != bits[begin]:
            same = False
            break
    if same:
        out[at] = SAME
        for plane in range(8):
            out[at + 1 + plane] = np.uint8((bits[begin] >> np.uint64(8 * plane)) & np.uint64(255))
        return at + 9
    decimals = _decimals(values, begin, end)
    if decimals >= 0:
        out[at] = WHOLE if decimals == 0 else DECIMAL
        at += 1
        if decimals > 0:
            out[at] = np.uint8(decimals)
            at += 1
        power = 10.0**decimals
        previous = np.int64(0)
        for k in range(begin, end):
            whole = np.int64(np.rint(values[k] * power))
            at = put_varint(out, at, whole - previous)
            previous = whole
        return at
    out[at] = BITS
    at += 1
    count = end - begin
    last = np.uint64(0)
    for k in range(count):
        mixed = bits[begin + k] ^ last
        last = bits[begin + k]
        for plane in range(8):
            out[at + plane * count + k] = np.uint8((mixed >> np.uint64(8 * plane)) & np.uint64(255))
    return at + 8 * count


@jit
def unpack_column(buf: Any, at: int, out: Any) -> int:
    """Read as many values as `out` has room for; gives where they end in `buf`."""
    bits = out.view(np.uint64)
    count = len(out)
    mode = buf[at]
    at += 1
    if mode == SAME:
        value = np.uint64(0)
        for plane in range(8):
            value |= np.uint64(buf[at + plane]) << np.uint64(8 * plane)
        for k in range(count):
            bits[k] = value
        return at + 8
    if mode == BITS:
        last = np.uint64(0)
        for k in range(count):
            mixed = np.uint64(0)
            for plane in range(8):
                mixed |= np.uint64(buf[at + plane * count + k]) << np.uint64(8 * plane)
            last ^= mixed
            bits[k] = last
        return at + 8 * count
    power = 1.0
    if mode == DECIMAL:
        power = 10.0 ** np.int64(buf[at])
        at += 1
    whole = np.int64(0)
    for k in range(count):
        change, at = get_varint(buf, at)
        whole += change
        out[k] = whole / power
    return at


def packed_times(times: Ints) -> bytes:
    """One column of times on its own."""
    out = np.empty(column_room(len(times)), dtype=np.uint8)
    return out[: pack_times(times, 0, len(times), out, 0)].tobytes()


def packed_column(values: Floats) -> bytes:
    """One column of values on its own."""
    out = np.empty(column_room(len(values)), dtype=np.uint8)
    return out[: pack_column(values, 0, len(values), out, 0)].tobytes()


HAS_MARKS, HAS_STARTS = 1, 2
BYTES_A_SAMPLE = 32
ROOM = 64  # of a chunk beside its samples


def packed_samples(at_ms: Ints, values: Floats, marks: Any, starts: Ints, ends: Ints) -> list[bytes]:
    """A chunk for each of the runs of samples that end at `ends`, one after the other."""
    out = np.empty(ROOM * len(ends) + BYTES_A_SAMPLE * len(at_ms), dtype=np.uint8)
    return cut(out, _pack_samples(at_ms, values, marks, starts, ends, out))


@jit
def _pack_samples(at_ms: Any, values: Any, marks: Any, starts: Any, ends: Any, out: Any) -> Any:
    """Where the chunk of each run ends in `out`. Marks and start times are written where a run has any."""
    places = np.empty(len(ends), dtype=np.int64)
    begin, at = 0, 0
    for run in range(len(ends)):
        end = ends[run]
        flags = HAS_MARKS if marks[begin:end].any() else 0
        flags |= HAS_STARTS if starts[begin:end].any() else 0
        out[at] = np.uint8(flags)
        at = put_varint(out, at + 1, np.int64(end - begin))
        at = pack_times(at_ms, begin, end, out, at)
        at = pack_column(values, begin, end, out, at)
        if flags & HAS_MARKS:
            out[at : at + end - begin] = marks[begin:end]
            at += end - begin
        if flags & HAS_STARTS:
            at = pack_times(starts, begin, end, out, at)
        places[run] = at
        begin = end
    return places


def cut(out: Any, ends: Ints) -> list[bytes]:
    """The parts of a buffer that end at these places."""
    whole = memoryview(out)
    places = [0, *ends.tolist()]
    return [bytes(whole[begin:end]) for begin, end in pairwise(places)]


def unpack_samples(data: bytes) -> tuple[Ints, Floats, Any, Ints]:
    """Times, values, marks and start times of a chunk; marks and start times are 0 where it has none."""
    buf = np.frombuffer(data, dtype=np.uint8)
    flags = int(buf[0])
    count, at = get_varint(buf, 1)
    times, values = np.empty(count, dtype=np.int64), np.empty(count)
    marks, starts = np.zeros(count, dtype=np.uint8), np.zeros(count, dtype=np.int64)
    at = unpack_column(buf, unpack_times(buf, at, times), values)
    if flags & HAS_MARKS:
        marks[:] = buf[at : at + count]
        at += count
    if flags & HAS_STARTS:
        unpack_times(buf, at, starts)
    return times, values, marks, starts


STEP_TYPES = tuple(np.dtype(f"<i{size}") for size in (1, 2, 4, 8))
STEP_LIMITS = tuple((int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)) for dtype in STEP_TYPES)


def packed_steps(column: Ints) -> bytes:
    """Numbers as their differences, all of one width; the first as it is. Quick to read, and small when steps are."""
    if len(column) == 0:
        return b""
    steps = np.diff(column)
    low, high = int(steps.min(initial=0)), int(steps.max(initial=0))
    width = sum(low < least or high > most for least, most in STEP_LIMITS)
    return bytes([width]) + column[:1].tobytes() + steps.astype(STEP_TYPES[width]).tobytes()


def unpacked_steps(data: bytes, at: int, count: int) -> tuple[Ints, int]:
    """What `packed_steps` wrote of so many numbers at a place, and where it ends."""
    if count == 0:
        return np.empty(0, dtype=np.int64), at
    dtype = STEP_TYPES[data[at]]
    column = np.empty(count, dtype=np.int64)
    column[:1] = np.frombuffer(data, dtype=np.int64, count=1, offset=at + 1)
    column[1:] = np.frombuffer(data, dtype=dtype, count=count - 1, offset=at + 9)
    return np.cumsum(column, out=column), at + 9 + (count - 1) * dtype.itemsize
