"""A status page as JSON, written and read again: what a copy of it is made anew from when nothing else answers."""

from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import orjson

from app.domain.errors import Invalid
from app.domain.status_page import Day, Page

VERSION = 1


def write(page: Page) -> bytes:
    return orjson.dumps({"version": VERSION, "page": page}, default=_plain, option=orjson.OPT_PASSTHROUGH_DATACLASS)


def _plain(value: Any) -> object:
    """Days are most of it: they are lists, in the order of their fields."""
    named = {field.name: getattr(value, field.name) for field in fields(value)}
    return list(named.values()) if isinstance(value, Day) else named


def read(body: bytes) -> Page:
    """Raises Invalid."""
    try:
        told = orjson.loads(body)
        if told["version"] != VERSION:
            raise Invalid("The status page was written by another release.", code="status_state_version")
        page: Page = _made(Page, told["page"])
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("That is no status page of ours.", code="status_state_invalid") from error
    return page


def _made(kind: Any, value: Any) -> Any:
    """A value of a type from what JSON has of it. Raises ValueError, KeyError or TypeError."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        if kind is Day:
            value = dict(zip(hints, value, strict=True))
        return kind(**{field.name: _made(hints[field.name], value[field.name]) for field in fields(kind)})
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        many = inner[1:] == (...,)
        return tuple(_made(inner[0] if many else inner[at], one) for at, one in enumerate(value))
    if get_origin(kind) is UnionType:
        return None if value is None else _made(next(one for one in get_args(kind) if one is not NoneType), value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if kind is float and isinstance(value, int):
        return float(value)
    if not isinstance(value, kind):
        raise TypeError(value)
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
