"""Attributes, from the bytes protobuf carries them in."""

import base64
from collections.abc import Iterable

from app.wire.metrics.otlp.attributes import MAX_NESTING, PROMOTED, Pairs, Plain, text, too_deep
from app.wire.metrics.otlp.schema import AnyValue, parse_attribute

PROMOTED_KEYS = frozenset(name.encode() for name in PROMOTED)


class Attributes:
    """The attributes of one export: the same one comes many times, and is read once.

    Raises DecodeError for what is no attribute, UnicodeDecodeError for one that is no text, Invalid for one too deep.
    """

    def __init__(self) -> None:
        self._read: dict[bytes, tuple[str, str]] = {}

    def of_point(self, raw: Iterable[bytes]) -> Pairs:
        """Names and values as text."""
        return tuple(self._read.get(one) or self._first(one) for one in raw)

    def of_resource(self, raw: Iterable[bytes]) -> Pairs:
        """Those that become labels of every point; the others may hold what they like."""
        return self.of_point(one for one in raw if parse_attribute(one).key in PROMOTED_KEYS)

    def _first(self, raw: bytes) -> tuple[str, str]:
        attribute = parse_attribute(raw)
        pair = self._read[raw] = attribute.key.decode(), text(_plain(attribute.value, 0))
        return pair


def _plain(value: AnyValue, depth: int) -> Plain:
    if depth > MAX_NESTING:
        raise too_deep()
    which = value.WhichOneof("value")
    if which == "string_value":
        return value.string_value.decode()
    if which == "array_value":
        return [_plain(inner, depth + 1) for inner in value.array_value.values]
    if which == "kvlist_value":
        return {pair.key.decode(): _plain(pair.value, depth + 1) for pair in value.kvlist_value.values}
    if which == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    if which == "int_value":
        return value.int_value
    if which == "double_value":
        return value.double_value
    return value.bool_value if which == "bool_value" else None
