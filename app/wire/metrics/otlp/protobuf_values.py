"""Attributes, from the bytes protobuf carries them in."""

import base64
from collections.abc import Iterable

from app.domain.errors import TooLarge
from app.wire.metrics.otlp.attributes import MAX_NESTING, PROMOTED, Pairs, Plain, text, too_deep
from app.wire.metrics.otlp.schema import AnyValue, parse_attribute, parse_resource
from app.wire.metrics.otlp.size import MAX_PART_BYTES, too_much

MAX_VALUES = 1_000_000
PROMOTED_KEYS = frozenset(name.encode() for name in PROMOTED)


class Attributes:
    """The attributes of one export: the same one comes many times, and is read once.

    Raises DecodeError for what is no attribute, UnicodeDecodeError for one that is no text, Invalid for one too deep,
    and TooLarge when there are too many values in all: an empty one is two bytes, and dear to read.
    """

    def __init__(self) -> None:
        self._read: dict[bytes, tuple[str, str]] = {}
        self._spent = 0

    def of_point(self, raw: Iterable[bytes]) -> Pairs:
        """Names and values as text."""
        return tuple(self._read.get(one) or self._first(one) for one in raw)

    def of_resource(self, encoded: bytes) -> Pairs:
        """Those that become labels of every point; the others may hold what they like."""
        if len(encoded) > MAX_PART_BYTES:
            raise too_much("resource")
        raw = parse_resource(encoded).attributes
        self._spend(len(raw))
        return self.of_point(one for one in raw if parse_attribute(one).key in PROMOTED_KEYS)

    def _first(self, raw: bytes) -> tuple[str, str]:
        attribute = parse_attribute(raw)
        pair = self._read[raw] = attribute.key.decode(), text(self._plain(attribute.value, 0))
        return pair

    def _plain(self, value: AnyValue, depth: int) -> Plain:
        if depth > MAX_NESTING:
            raise too_deep()
        which = value.WhichOneof("value")
        if which == "string_value":
            return value.string_value.decode()
        if which == "array_value":
            values = value.array_value.values
            self._spend(len(values))
            return [self._plain(inner, depth + 1) for inner in values]
        if which == "kvlist_value":
            pairs = value.kvlist_value.values
            self._spend(len(pairs))
            return {pair.key.decode(): self._plain(pair.value, depth + 1) for pair in pairs}
        if which == "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        if which == "int_value":
            return value.int_value
        if which == "double_value":
            return value.double_value
        return value.bool_value if which == "bool_value" else None

    def _spend(self, values: int) -> None:
        self._spent += values
        if self._spent > MAX_VALUES:
            sentence = (
                f"An export may hold at most {MAX_VALUES:,} attributes of resources and values in arrays and maps."
            )
            raise TooLarge(sentence, code="too_many_series", field="attributes")
