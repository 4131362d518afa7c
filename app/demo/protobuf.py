"""Protobuf by hand: the few shapes the demo's bodies are made of, whole columns at a time.

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import Floats, Ints

Bytes = NDArray[np.uint8]


def varint(number: int) -> bytes:
    taken = bytearray()
    while number > 0x7F:
        taken.append(number & 0x7F | 0x80)
        number >>= 7
    taken.append(number)
    return bytes(taken)


def zigzag(number: int) -> bytes:
    """A signed number (`sint32`)."""
    return varint(2 * number if number >= 0 else -2 * number - 1)


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field: text, bytes or a message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def text(number: int, content: str) -> bytes:
    return field(number, content.encode())


def whole(number: int, content: int) -> bytes:
    """A field of a whole number or a truth value."""
    return varint(number << 3) + varint(content)


def wide_varints(numbers: Ints, size: int) -> Bytes:
    """Every number as a varint of exactly `size` bytes, in a new last axis.

    Longer than need be is legal: leading groups of zeros say nothing. Equal lengths make columns of them.
    """
    groups = numbers[..., None] >> np.arange(0, 7 * size, 7) & 0x7F
    groups[..., :-1] |= 0x80
    return groups.astype(np.uint8)


def eight(column: Floats | Ints) -> Bytes:
    """A column of numbers (K) or (K, n) as the fixed 8 bytes of each (K, 8n)."""
    return np.ascontiguousarray(column).view(np.uint8).reshape(len(column), -1)


def records(number: int, length: int, parts: Sequence[bytes | Bytes]) -> bytes:
    """`length` fields of the same number, each a message that is the row of all parts side by side.

    A part is the same bytes for every record, or one row of bytes for each.
    """
    columns = [_everywhere(part, length) if isinstance(part, bytes) else part for part in parts]
    size = sum(column.shape[1] for column in columns)
    head = varint(number << 3 | 2) + varint(size)
    return np.concatenate([_everywhere(head, length), *columns], axis=1).tobytes()


def _everywhere(part: bytes, length: int) -> Bytes:
    return np.broadcast_to(np.frombuffer(part, dtype=np.uint8), (length, len(part)))
