"""Where sealing stands: up to when samples are final, and where every series stood then."""

import struct
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from app.domain.samples import Floats, Ints
from app.store import codec, states, touches
from app.store.touches import Touched

STATE = "seal"
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


def cut_ms(db: sa.Connection) -> int:
    """Up to when samples are final, 0 before the first seal."""
    data = states.read(db, STATE)
    return 0 if data is None else int(_HEAD.unpack_from(codec.expand(data))[1])


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
    touches.write(db, touches.SEALED, touched, now_ms=now_ms)


def after(db: sa.Connection, number: int) -> Touched | None:
    """The minutes of services that the seals since `number` made final together; None when there was none."""
    return touches.after(db, touches.SEALED, number)
