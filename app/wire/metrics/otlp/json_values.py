"""Attributes, from the objects JSON carries them in."""

from collections.abc import Sequence

from app.wire.metrics.otlp import json_fields as fields
from app.wire.metrics.otlp.attributes import MAX_NESTING, PROMOTED, Pairs, Plain, text, too_deep
from app.wire.metrics.otlp.json_fields import INT64, Json


def of_point(attributes: Sequence[object]) -> Pairs:
    """Names and values as text. Raises Invalid when one is not what an attribute is, or nests too deep."""
    return tuple(_pair(fields.message(one, "attributes")) for one in attributes)


def of_resource(attributes: Sequence[object]) -> Pairs:
    """Those that become labels of every point; the others may hold what they like."""
    read = (fields.message(one, "attributes") for one in attributes)
    return tuple(_pair(one) for one in read if fields.string(one, "key") in PROMOTED)


def _pair(attribute: Json) -> tuple[str, str]:
    value = fields.child(attribute, "value", "value")
    return fields.string(attribute, "key"), text(None if value is None else _plain(value, 0))


def _plain(value: Json, depth: int) -> Plain:
    if depth > MAX_NESTING:
        raise too_deep()
    for name, inner in value.items():
        read = READERS.get(name)
        if read and inner is not None:
            return read(inner, depth)
    return None


def _string(value: object, _depth: int) -> Plain:
    if isinstance(value, str):
        return value
    raise fields.wrong("stringValue", "a string")


def _boolean(value: object, _depth: int) -> Plain:
    return fields.boolean(value, "boolValue")


def _integer(value: object, _depth: int) -> Plain:
    return fields.integer(value, "intValue", within=INT64)


def _double(value: object, _depth: int) -> Plain:
    return fields.double(value, "doubleValue")


def _bytes(value: object, _depth: int) -> Plain:
    return fields.base64_text(value, "bytesValue")


def _array(value: object, depth: int) -> Plain:
    inner = fields.children(fields.message(value, "arrayValue"), "values", "values")
    return [_plain(one, depth + 1) for one in inner]


def _map(value: object, depth: int) -> Plain:
    pairs = fields.children(fields.message(value, "kvlistValue"), "values", "values")
    return {fields.string(pair, "key"): _map_value(pair, depth) for pair in pairs}


def _map_value(pair: Json, depth: int) -> Plain:
    value = fields.child(pair, "value", "value")
    return None if value is None else _plain(value, depth + 1)


READERS = {
    "stringValue": _string,
    "string_value": _string,
    "boolValue": _boolean,
    "bool_value": _boolean,
    "intValue": _integer,
    "int_value": _integer,
    "doubleValue": _double,
    "double_value": _double,
    "bytesValue": _bytes,
    "bytes_value": _bytes,
    "arrayValue": _array,
    "array_value": _array,
    "kvlistValue": _map,
    "kvlist_value": _map,
}
