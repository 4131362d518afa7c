"""What changed in large tables since somebody looked: spans of time and whose, under growing numbers.

The few newest changes are kept apart; the oldest that is kept stands for all before it.
"""

import json
from dataclasses import dataclass
from functools import lru_cache, reduce

import sqlalchemy as sa

from app.store import states

SEALED = "seal-touched"  # golden signals, by service
SLIS = "sli-touched"  # minutes of SLIs, by SLI
REMEMBERED = 16


@dataclass(frozen=True, slots=True)
class Touched:
    """The minutes [first_ms, end_ms) of these (services or SLIs), by changes up to `number`."""

    number: int
    first_ms: int
    end_ms: int
    ids: frozenset[int]


def write(db: sa.Connection, name: str, touched: Touched, *, now_ms: int) -> None:
    """Add a change whose number is the caller's."""
    recent = [*_read(db, name), touched]
    if len(recent) > REMEMBERED:
        recent[:2] = [_both(*recent[:2])]
    text = json.dumps([[one.number, one.first_ms, one.end_ms, sorted(one.ids)] for one in recent])
    states.write(db, name, text.encode(), now_ms=now_ms)


def note(db: sa.Connection, name: str, *, first_ms: int, end_ms: int, ids: frozenset[int], now_ms: int) -> None:
    """Add a change under the next number."""
    write(db, name, Touched(newest(db, name) + 1, first_ms, end_ms, ids), now_ms=now_ms)


def newest(db: sa.Connection, name: str) -> int:
    """The number of the newest change, 0 before the first."""
    return max((one.number for one in _read(db, name)), default=0)


def after(db: sa.Connection, name: str, number: int) -> Touched | None:
    """What changes since `number` touched together; None when there was none."""
    newer = [one for one in _read(db, name) if one.number > number]
    return reduce(_both, newer) if newer else None


def _read(db: sa.Connection, name: str) -> list[Touched]:
    """Oldest first."""
    data = states.read(db, name)
    return [] if data is None else list(_parsed(data))


@lru_cache(maxsize=8)  # who follows asks several times a second, and mostly nothing has changed
def _parsed(data: bytes) -> tuple[Touched, ...]:
    return tuple(Touched(number, first, end, frozenset(ids)) for number, first, end, ids in json.loads(data))


def _both(one: Touched, later: Touched) -> Touched:
    if not one.ids or not later.ids:
        touching = one if one.ids else later
        return Touched(later.number, touching.first_ms, touching.end_ms, touching.ids)
    return Touched(
        later.number,
        min(one.first_ms, later.first_ms),
        max(one.end_ms, later.end_ms),
        one.ids | later.ids,
    )
