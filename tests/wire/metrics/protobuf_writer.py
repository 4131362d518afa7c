"""Protobuf written by hand, so that what the decoders are tested with owes nothing to the code that they read with."""

import struct
from collections.abc import Iterable


def varint(number: int) -> bytes:
    number &= 2**64 - 1  # a negative int64 is its two's complement
    written = bytearray()
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def integer(field: int, number: int) -> bytes:
    """An int64, uint64 or enum; nothing at all when it is zero, as proto3 has it."""
    return varint(field << 3) + varint(number) if number else b""


def zigzag(number: int) -> int:
    return number << 1 if number >= 0 else -(number << 1) - 1


def double(field: int, number: float) -> bytes:
    bits = struct.pack("<d", number)
    return varint(field << 3 | 1) + bits if bits != bytes(8) else b""


def octets(field: int, content: bytes | str) -> bytes:
    """A string, bytes or a nested message."""
    encoded = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(encoded)) + encoded


def packed(field: int, numbers: Iterable[int]) -> bytes:
    return octets(field, b"".join(map(varint, numbers)))


def doubles(field: int, numbers: Iterable[float]) -> bytes:
    return octets(field, b"".join(struct.pack("<d", number) for number in numbers))
