"""The compiled loops of remote_write_walk, all in one file: numba compiles a loop anew when its own file changes.

Places are unsigned where octets are read: a signed one may count from the end, and asking each time whether it does
takes twice as long as reading.
"""

from typing import Any

import numpy as np

from app.domain.compiled import jit
from app.domain.series import MAX_LABELS
from app.wire.metrics.remote_write_bounds import SMALL

NOT_PLAIN = -1
NO_ROOM = -2
LENGTH_OCTETS = 5  # no more are read of a length by protobuf's own decoder; sums with such a length do not overflow


@jit
def _varint(buf: Any, at: int, end: int) -> Any:
    """The number and where it ends; the end is -1 when the bytes are no varint."""
    value = np.int64(0)
    shift = 0
    while at < end and shift < 64:
        byte = np.int64(buf[np.uint64(at)])
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    return value, -1


@jit
def _length(buf: Any, at: int, end: int) -> Any:
    """The length of what follows and where that begins; -1 as the place when it does not end by `end`."""
    size, begin = _varint(buf, at, min(end, at + LENGTH_OCTETS))
    return size, begin if begin + size <= end else -1


@jit
def _are_labels(buf: Any, at: int, stop: int) -> bool:
    """Whether a block is what the general decoder would look at: few labels, short together, and each of them whole."""
    if stop - at > SMALL:
        return False
    count = 0
    while at < stop:
        size, at = _length(buf, at + 1, stop)
        end = at + size
        while at < end:
            tag = buf[at]
            size, at = _length(buf, at + 1, end)
            if at < 0 or tag not in (0x0A, 0x12):
                return False
            at += size
        count += 1
    return count <= MAX_LABELS + 1  # and the metric name


@jit
def _word(buf: Any, at: int, size: int) -> Any:
    """Up to eight octets as a number, the first of them lowest."""
    first = np.uint64(at)
    word = np.uint64(0)
    for k in range(np.uint64(size)):
        word |= np.uint64(buf[first + np.uint64(k)]) << (np.uint64(8) * np.uint64(k))
    return word


@jit
def _turned(word: Any, by: int) -> Any:
    return word << np.uint64(by) | word >> np.uint64(64 - by)


@jit
def _round(v0: Any, v1: Any, v2: Any, v3: Any) -> Any:
    v0, v2 = v0 + v1, v2 + v3
    v1, v3 = _turned(v1, 13) ^ v0, _turned(v3, 16) ^ v2
    v2, v0 = v2 + v1, _turned(v0, 32) + v3
    return v0, _turned(v1, 17) ^ v2, _turned(v2, 32), _turned(v3, 21) ^ v0


@jit
def keyed_hash(buf: Any, begin: int, length: int, key: Any) -> Any:
    """SipHash-1-3 (https://www.aumasson.jp/siphash/siphash.pdf) but for its highest bit, not below zero.

    Of a hash without a key a sender can make label sets by the thousand that it does not tell apart, and each would be
    compared with all of them.
    """
    v0, v1 = key[0] ^ np.uint64(0x736F6D6570736575), key[1] ^ np.uint64(0x646F72616E646F6D)
    v2, v3 = key[0] ^ np.uint64(0x6C7967656E657261), key[1] ^ np.uint64(0x7465646279746573)
    rest = begin + length - length % 8
    for at in range(begin, rest, 8):
        word = _word(buf, at, 8)
        v0, v1, v2, v3 = _round(v0, v1, v2, v3 ^ word)
        v0 ^= word
    word = _word(buf, rest, length % 8) | np.uint64(length & 0xFF) << np.uint64(56)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3 ^ word)
    v0, v2 = v0 ^ word, v2 ^ np.uint64(0xFF)
    for _ in range(3):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return np.int64((v0 ^ v1 ^ v2 ^ v3) & np.uint64(0x7FFFFFFFFFFFFFFF))


@jit
def _same(arena: Any, begin: int, buf: Any, at: int, length: int) -> bool:
    # Gathering differences in one octet, with no early exit, is the form that compiles to vector instructions.
    ours, theirs = np.uint64(begin), np.uint64(at)
    different = np.uint8(0)
    for k in range(np.uint64(length)):
        different = np.uint8(different | (arena[ours + np.uint64(k)] ^ buf[theirs + np.uint64(k)]))
    return bool(different == 0)


@jit
def rehash(arena: Any, begins: Any, lengths: Any, count: int, buckets: Any, key: Any) -> None:
    for block in range(count):
        place = keyed_hash(arena, begins[block], lengths[block], key) % len(buckets)
        while buckets[place] >= 0:
            place = (place + 1) % len(buckets)
        buckets[place] = block


@jit
def _expected(
    buf: Any, begin: int, stop: int, previous: int, arena: Any, begins: Any, lengths: Any, followers: Any
) -> int:
    """The label block that followed the previous one last time, if it is here again; -1 if not.

    A block is whole labels, so the same bytes are the same labels, and they end here unless one more begins.
    """
    guess = followers[previous] if previous >= 0 else -1
    if guess < 0:
        return -1
    end = begin + lengths[guess]
    if end >= stop or buf[np.uint64(end)] == 0x0A or not _same(arena, begins[guess], buf, begin, lengths[guess]):
        return -1
    return int(guess)


@jit
def _labels_end(buf: Any, at: int, stop: int) -> int:
    """Where the labels that begin here end; -1 when one of them does not end by `stop`."""
    while at < stop and buf[at] == 0x0A:
        size, at = _length(buf, at + 1, stop)
        if at < 0:
            return -1
        at += size
    return int(at)


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
    key: Any,
    state: Any,
) -> int:
    """The position of a label block, remembered if it is new and NOT_PLAIN if that is no good; NO_ROOM when the table
    has to grow first.
    """
    place = keyed_hash(buf, begin, length, key) % len(buckets)
    block = buckets[place]
    while block >= 0 and not (lengths[block] == length and _same(arena, begins[block], buf, begin, length)):
        place = (place + 1) % len(buckets)
        block = buckets[place]
    if block < 0:
        if not _are_labels(buf, begin, begin + length):
            return NOT_PLAIN
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
        tag = buf[np.uint64(at)]
        at += 1
        if tag == 0x09 and at + 8 <= stop:
            value = _word(buf, at, 8)
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
        size, begin = _length(buf, at + 1, stop)
        if buf[np.uint64(at)] != 0x12 or begin < 0 or found >= len(series):
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
    key: Any,
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
        if buf[np.uint64(at)] != 0x0A:
            return NOT_PLAIN
        size, at = _length(buf, at + 1, end)
        if at < 0:
            return NOT_PLAIN
        stop = at + size
        begin = at
        guess = _expected(buf, begin, stop, previous, arena, begins, lengths, followers)
        if guess >= 0:
            previous, at = guess, begin + lengths[guess]
        else:
            at = _labels_end(buf, begin, stop)
            if at in (-1, begin, stop):
                return NOT_PLAIN
            previous = _block_of(
                buf, begin, at - begin, previous, arena, begins, lengths, followers, buckets, key, state
            )
        if previous < 0:
            return previous
        found, at = _samples(buf, at, stop, previous, found, series, at_ms, bits)
        if at < 0:
            return NOT_PLAIN
    return found
