"""Small pieces of working state that must survive a restart, by name."""

import sqlalchemy as sa

from app.store import dialect
from app.store.schema import states


def read(db: sa.Connection, name: str) -> bytes | None:
    data = db.execute(sa.select(states.c.data).where(states.c.name == name)).scalar()
    return None if data is None else bytes(data)


def write(db: sa.Connection, name: str, data: bytes, *, now_ms: int) -> None:
    db.execute(dialect.upsert(db, states), {"name": name, "data": data, "updated_ms": now_ms})
