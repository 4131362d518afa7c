"""What was told while nobody answered, as a small JSON file each."""

from dataclasses import asdict

import orjson

from app.domain.errors import Invalid
from app.domain.notices import Impact, Phase
from app.domain.status_pending import Pending


def write(one: Pending) -> bytes:
    return orjson.dumps(asdict(one), option=orjson.OPT_INDENT_2)


def read(body: bytes) -> Pending:
    """Raises Invalid."""
    try:
        told = orjson.loads(body)
        return Pending(
            key=str(told["key"]),
            notice=str(told["notice"]),
            title=str(told["title"]),
            impact=Impact(told["impact"]),
            components=tuple(str(one) for one in told["components"]),
            phase=Phase(told["phase"]),
            text=str(told["text"]),
            at_ms=int(told["at_ms"]),
            next_ms=None if told["next_ms"] is None else int(told["next_ms"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("That is nothing that was told.", code="pending_invalid") from error
