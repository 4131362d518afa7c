"""Fields of proto3 JSON: absent and null are the default, lowerCamelCase and snake_case name the same field.

Integers come as numbers or as decimal strings, doubles as numbers, decimal strings, "NaN", "Infinity" or "-Infinity".
A value that is not of its field's type raises Invalid `json_shape`, which names the field.
"""

import base64
import binascii
import math
import re
from collections.abc import Mapping
from typing import cast

from app.domain.errors import Invalid

Json = Mapping[str, object]

INT64 = range(-(2**63), 2**63)
UINT64 = range(2**64)
UINT32 = range(2**32)
INT32 = range(-(2**31), 2**31)
MAX_DIGITS = 20  # of an unsigned 64-bit integer
INTEGER = re.compile(r"-?[0-9]{1,20}")
DOUBLE = re.compile(r"-?(?:[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,4})?|Infinity)|NaN")


def find(parent: Json, camel: str, snake: str) -> object:
    value = parent.get(camel)
    return parent.get(snake) if value is None and camel != snake else value


def child(parent: Json, camel: str, snake: str) -> Json | None:
    """A message inside a message; None when it is not there."""
    value = find(parent, camel, snake)
    return None if value is None else message(value, camel)


def children(parent: Json, camel: str, snake: str) -> list[Json]:
    return [message(value, camel) for value in values(parent, camel, snake)]


def values(parent: Json, camel: str, snake: str) -> list[object]:
    value = find(parent, camel, snake)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise wrong(camel, "a list")


def message(value: object, name: str) -> Json:
    if isinstance(value, dict):
        return value
    raise wrong(name, "an object")


def string(parent: Json, name: str) -> str:
    value = parent.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise wrong(name, "a string")


def boolean(value: object, name: str) -> bool:
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    raise wrong(name, "true or false")


def integer(value: object, name: str, *, within: range) -> int:
    if value is None:
        return 0
    number: int | None = None
    if isinstance(value, str):
        number = int(value) if INTEGER.fullmatch(value) else None
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else None
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    if number is None or number not in within:
        raise wrong(name, f"an integer from {within.start} to {within.stop - 1}")
    return number


def unsigned(parent: Json, camel: str, snake: str) -> list[int]:
    """A list of uint64."""
    given = values(parent, camel, snake)
    kinds = set(map(type, given))
    if kinds == {str}:
        texts = cast("list[str]", given)
        together = "".join(texts)
        if together.isascii() and together.isdigit() and all(texts) and max(map(len, texts)) < MAX_DIGITS:
            return list(map(int, texts))
    return [integer(one, camel, within=UINT64) for one in given]


def doubles(parent: Json, camel: str, snake: str) -> list[float]:
    given = values(parent, camel, snake)
    if set(map(type, given)) <= {float, int}:
        return cast("list[float]", given)
    return [double(one, camel) for one in given]


def double(value: object, name: str) -> float:
    if value is None:
        return 0.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and DOUBLE.fullmatch(value):
        number = float(value)
        if not math.isinf(number) or value.endswith("Infinity"):
            return number
    raise wrong(name, "a number")


def base64_text(value: object, name: str) -> str:
    """Bytes, which JSON carries as base64 of either alphabet, padded or not: as padded base64 of the usual alphabet."""
    text = value if isinstance(value, str) else "!"
    usual = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        decoded = base64.b64decode(usual + "=" * (-len(usual) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise wrong(name, "base64") from error
    return base64.b64encode(decoded).decode()


def wrong(name: str, wanted: str) -> Invalid:
    return Invalid(f"The field {name} must be {wanted}.", code="json_shape", field=name)
