"""Where sealing stands: up to when samples are final, and where every series stood then."""

import json
import struct
from dataclasses import dataclass
from functools import reduce

import numpy as np
import sqlalchemy as sa

from app.domain.samples import Floats, Ints
from app.store import codec, states

STATE, TOUCHED = "seal", "seal-touched"
REMEMBERED = 16
_HEAD = struct.Struct("<QqQ")  # number, cut_ms, series


@dataclass(frozen=True, slots=True, eq=False)
class SealState:
    """After seal `number`, every accepted sample before `cut_ms` stands in chunks and rollups.

    By series, ascending: when its first and its last sealed sample were, and its last finite value with its time.
    """

    number: int
    cut_ms: int
    series: Ints
    first_at: Ints
    last_at: Ints
    value_at: Ints
    last_value: Floats


@dataclass(frozen=True, slots=True)
class Touched:
    """The minutes [first_ms, end_ms) and services that seals up to `number` made final."""

    number: int
    first_ms: int
    end_ms: int
    services: frozenset[int]


def nothing_sealed() -> SealState:
    none = np.empty(0, dtype=np.int64)
    return SealState(0, 0, none, none, none, none, np.empty(0))


def read(db: sa.Connection) -> SealState:
    data = states.read(db, STATE)
    if data is None:
        return nothing_sealed()
    plain = codec.expand(data)
    number, cut_ms, count = _HEAD.unpack_from(plain)
    columns = np.frombuffer(plain, dtype=np.int64, offset=_HEAD.size).reshape(5, count)
    first_at, last_at, value_at = (column.copy() for column in columns[1:4])
    last_value = columns[4].copy().view(np.float64)
    return SealState(number, cut_ms, np.cumsum(columns[0]), first_at, last_at, value_at, last_value)


def write(db: sa.Connection, state: SealState, touched: Touched, *, now_ms: int) -> None:
    columns = (
        np.diff(state.series, prepend=0),
        state.first_at,
        state.last_at,
        state.value_at,
        state.last_value.view(np.int64),
    )
    data = _HEAD.pack(state.number, state.cut_ms, len(state.series)) + b"".join(one.tobytes() for one in columns)
    states.write(db, STATE, codec.compress(data), now_ms=now_ms)
    recent = [*_touched(db), touched]
    if len(recent) > REMEMBERED:
        recent[:2] = [_both(*recent[:2])]
    text = json.dumps([[one.number, one.first_ms, one.end_ms, sorted(one.services)] for one in recent])
    states.write(db, TOUCHED, text.encode(), now_ms=now_ms)


def after(db: sa.Connection, number: int) -> Touched | None:
    """What the seals since `number` touched together; None when there was none."""
    newer = [one for one in _touched(db) if one.number > number]
    return reduce(_both, newer) if newer else None


def _touched(db: sa.Connection) -> list[Touched]:
    """Of the seals so far, oldest first. The first one stands for all before it."""
    data = states.read(db, TOUCHED)
    if data is None:
        return []
    return [Touched(number, first_ms, end_ms, frozenset(ids)) for number, first_ms, end_ms, ids in json.loads(data)]


def _both(one: Touched, later: Touched) -> Touched:
    if not one.services or not later.services:
        touching = one if one.services else later
        return Touched(later.number, touching.first_ms, touching.end_ms, touching.services)
    return Touched(
        later.number,
        min(one.first_ms, later.first_ms),
        max(one.end_ms, later.end_ms),
        one.services | later.services,
    )
