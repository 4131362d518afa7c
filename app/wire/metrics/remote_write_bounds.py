"""Counting what a protobuf message holds before anything is built from it.

Two bytes of an empty nested message become a hundred bytes of objects, so 8 MiB of them would cost half a gigabyte.
"""

from collections.abc import Iterator

import numpy as np

from app.domain.errors import Invalid, TooLarge

LENGTH_DELIMITED = 2
SMALL = 1 << 16  # bytes that cannot become much, whatever they hold
_FIXED_BYTES = {1: 8, 5: 4}


def fields(body: bytes) -> Iterator[tuple[int, int]]:
    """Each field of a message at its top level: its number and its length in bytes.

    Raises Invalid with code `proto_decode` when the bytes are no message.
    """
    at = 0
    while at < len(body):
        tag, at = _varint(body, at)
        number, wire = tag >> 3, tag & 7
        if wire == LENGTH_DELIMITED:
            length, at = _varint(body, at)
        elif wire == 0:
            end = _varint(body, at)[1]
            length = end - at
        elif wire in _FIXED_BYTES:
            length = _FIXED_BYTES[wire]
        else:
            raise malformed()
        at += length
        if number == 0 or at > len(body):
            raise malformed()
        yield number, length


def check_counts(body: bytes, limits: dict[int, tuple[str, int]]) -> None:
    """Raises TooLarge when a field occurs too often: {its number, below 16: (its plural, limit)}."""
    suspects = {number for number, (_, limit) in limits.items() if _at_most(body, number) > limit}
    if not suspects:
        return
    found = dict.fromkeys(limits, 0)
    for number, _ in fields(body):
        if number in suspects:
            found[number] += 1
            what, limit = limits[number]
            if found[number] > limit:
                raise TooLarge(
                    f"The request holds more than {limit} {what}.",
                    code=f"too_many_{what}",
                    hint="Send fewer samples at once.",
                )


def malformed() -> Invalid:
    return Invalid("The body is not the protobuf message it is said to be.", code="proto_decode")


def mismatch(wanted: str, other: str) -> Invalid:
    """The body was a message, but holds nothing of the one its Content-Type names."""
    return Invalid(
        f"The body holds nothing of {wanted}, which its Content-Type names.",
        code="proto_mismatch",
        field="Content-Type",
        hint=f"If it is {other}, send Content-Type: application/x-protobuf;proto={other}.",
    )


def _at_most(body: bytes, number: int) -> int:
    """A bound on a field's count that costs a fraction of counting: how many bytes look like its tag."""
    if len(body) <= SMALL:
        return len(body) // 2
    low_bits = np.frombuffer(body, dtype=np.uint8) & np.uint8(0x7F)
    return int(np.count_nonzero(low_bits == np.uint8(number << 3 | LENGTH_DELIMITED)))


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(body) and shift < 64:
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise malformed()
