"""How much a protobuf export holds, counted on its bytes before anything is built from it."""

from typing import NoReturn

from google.protobuf.message import DecodeError

from app.domain.errors import TooLarge
from app.wire.limits import MAX_SAMPLES

LENGTH_DELIMITED = 2
FIXED_BYTES = {1: 8, 5: 4}

# The way from the export down to its points, as field numbers: resource_metrics, scope_metrics, metrics, the five kinds
# of data, data_points.
WAY = ((1,), (2,), (2,), (5, 7, 9, 10, 11), (1,))
TAGS = tuple(frozenset(number << 3 | LENGTH_DELIMITED for number in numbers) for numbers in WAY)
POINTS = len(WAY) - 1

MAX_PART_BYTES = 2**20  # of a point or a resource: room for the most labels and buckets one may have


def check_points(body: bytes) -> None:
    """Raises TooLarge when an export holds more points, or more of what holds points, than one request may.

    Raises it for a single point out of all proportion too, and DecodeError when the bytes are no protobuf.
    """
    counts = [0] * len(WAY)
    pending = [(0, len(body), 0)]
    while pending:
        start, end, depth = pending.pop()
        inner = _inner(body, start, end, TAGS[depth])
        counts[depth] += len(inner)
        if counts[depth] > MAX_SAMPLES:
            raise too_many_points()
        if depth < POINTS:
            pending.extend((begin, stop, depth + 1) for begin, stop in inner)
        elif any(stop - begin > MAX_PART_BYTES for begin, stop in inner):
            raise too_much("point")


def too_many_points() -> TooLarge:
    return TooLarge(
        f"An export may hold at most {MAX_SAMPLES:,} points.",
        code="too_many_series",
        hint="Send smaller batches: OTEL_METRIC_EXPORT_BATCH_SIZE or the collector's batch processor sets their size.",
    )


def too_much(part: str) -> TooLarge:
    return TooLarge(f"A {part} of the export is longer than {MAX_PART_BYTES:,} bytes.", code="too_many_series")


def _inner(body: bytes, start: int, end: int, tags: frozenset[int]) -> list[tuple[int, int]]:
    """Where the messages under `tags` lie in the message at [start, end)."""
    inner = []
    position = start
    while position < end:
        tag = body[position]
        position += 1
        if tag >= 0x80:
            tag, position = _varint(body, position - 1, end)
        wire_type = tag & 7
        if wire_type == LENGTH_DELIMITED:
            length, position = _varint(body, position, end)
            if tag in tags:
                inner.append((position, position + length))
                if len(inner) > MAX_SAMPLES:
                    raise too_many_points()
            position += length
        elif wire_type == 0:
            _, position = _varint(body, position, end)
        else:
            position += FIXED_BYTES.get(wire_type) or _refuse()
        if position > end:
            _refuse()
    return inner


def _varint(body: bytes, position: int, end: int) -> tuple[int, int]:
    """The number at a position and where it ends."""
    number = shift = 0
    while position < end and shift < 64:
        byte = body[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7
    return _refuse()


def _refuse() -> NoReturn:
    raise DecodeError("the bytes are cut off or of no known wire type")
