"""The write-ahead record of accepted samples. A row is one commit group; its seq only grows."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.store import codec, dialect
from app.store.codec import Columns
from app.store.schema import journal


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A journal row. A remnant holds samples that stood in the journal before: followers have seen them."""

    seq: int
    received_ms: int
    remnant: bool
    columns: Columns


@dataclass(frozen=True, slots=True)
class Extent:
    """How much the journal holds: rows, samples, highest seq, when the oldest row came in."""

    rows: int
    samples: int
    last_seq: int
    oldest_ms: int | None


def append(db: sa.Connection, columns: Columns, *, received_ms: int, remnant: bool = False) -> None:
    """Add a commit group; durable when the transaction is."""
    dialect.lock_journal(db)
    values = {
        "received_ms": received_ms,
        "samples": columns.samples,
        "remnant": remnant,
        "data": codec.pack_columns(columns),
    }
    db.execute(journal.insert(), values)


def after(db: sa.Connection, seq: int, *, limit: int) -> list[Entry]:
    """Rows later than seq, in order."""
    rows = db.execute(
        sa.select(journal.c.seq, journal.c.received_ms, journal.c.remnant, journal.c.data)
        .where(journal.c.seq > seq)
        .order_by(journal.c.seq)
        .limit(limit)
    )
    return [
        Entry(number, received_ms, bool(remnant), codec.unpack_columns(data))
        for number, received_ms, remnant, data in rows
    ]


def extent(db: sa.Connection) -> Extent:
    counted = db.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(journal.c.samples), 0),
            sa.func.coalesce(sa.func.max(journal.c.seq), 0),
            sa.func.min(journal.c.received_ms),
        )
    ).one()
    return Extent(*counted)


def forget(db: sa.Connection, *, up_to: int) -> None:
    """Remove rows whose samples stand elsewhere now."""
    db.execute(journal.delete().where(journal.c.seq <= up_to))
