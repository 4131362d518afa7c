"""The write-ahead record of accepted samples. A row is one commit group; its seq only grows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.store import codec, dialect
from app.store.codec import Columns
from app.store.schema import journal

ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A journal row. A remnant holds samples that stood in the journal before: followers have seen them."""

    seq: int
    received_ms: int
    remnant: bool
    columns: Columns


@dataclass(frozen=True, slots=True)
class Outline:
    """A journal row without its samples. `first_ms` is its oldest sample's time."""

    seq: int
    received_ms: int
    samples: int
    first_ms: int


def append(db: sa.Connection, columns: Columns, *, received_ms: int, remnant: bool = False) -> None:
    """Add a commit group that is not empty; durable when the transaction is."""
    dialect.lock_journal(db)
    times = [sample.at_ms for sample in columns.histograms]
    if len(columns):
        times.append(int(columns.at_ms.min()))
    values = {
        "received_ms": received_ms,
        "samples": columns.samples,
        "first_ms": min(times),
        "remnant": remnant,
        "data": codec.pack_columns(columns),
    }
    db.execute(journal.insert(), values)


def after(db: sa.Connection, seq: int, *, limit: int) -> list[Entry]:
    """Rows later than seq, in order."""
    query = _entries.where(journal.c.seq > seq).order_by(journal.c.seq).limit(limit)
    return [_entry(row) for row in db.execute(query)]


def holding(db: sa.Connection, *, before_ms: int) -> Iterator[Columns]:
    """The samples of every row that holds one older than a time, in order."""
    seq = 0
    while True:
        query = _entries.where(journal.c.seq > seq, journal.c.first_ms < before_ms).order_by(journal.c.seq)
        rows = db.execute(query.limit(ROWS_AT_ONCE)).all()
        for row in rows:
            entry = _entry(row)
            seq = entry.seq
            yield entry.columns
        if len(rows) < ROWS_AT_ONCE:
            return


def one(db: sa.Connection, seq: int) -> Entry:
    """A row that is there."""
    return _entry(db.execute(_entries.where(journal.c.seq == seq)).one())


def outline(db: sa.Connection) -> list[Outline]:
    """Every row, in order."""
    columns = (journal.c.seq, journal.c.received_ms, journal.c.samples, journal.c.first_ms)
    return [Outline(*row) for row in db.execute(sa.select(*columns).order_by(journal.c.seq))]


def forget(db: sa.Connection, seqs: Sequence[int]) -> None:
    """Remove rows whose samples stand elsewhere now."""
    if seqs:
        db.execute(journal.delete().where(journal.c.seq == sa.bindparam("gone")), [{"gone": seq} for seq in seqs])


_entries = sa.select(journal.c.seq, journal.c.received_ms, journal.c.remnant, journal.c.data)


def _entry(row: Sequence[Any]) -> Entry:
    seq, received_ms, remnant, data = row
    return Entry(seq, received_ms, bool(remnant), codec.unpack_columns(data))
