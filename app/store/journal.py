"""The write-ahead record of accepted samples. A row is one commit group; its seq only grows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.store import codec, dialect
from app.store.codec import Columns
from app.store.schema import journal

ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Outline:
    """A journal row without its samples. `first_ms` and `last_ms` are its oldest and newest sample's times."""

    seq: int
    received_ms: int
    samples: int
    first_ms: int
    last_ms: int


def append(db: sa.Connection, columns: Columns, *, received_ms: int) -> int:
    """Add a commit group that is not empty; durable when the transaction is. Gives its seq."""
    dialect.lock_journal(db)
    return dialect.insert_numbered(db, journal, {"received_ms": received_ms, **_values(columns)})


def shrink(db: sa.Connection, left: Sequence[tuple[int, Columns]]) -> None:
    """What is left of rows takes their places: it keeps its rank in the order of arrival, and none reads it again."""
    rows = [{"row": seq, **_values(columns)} for seq, columns in left]
    if rows:
        db.execute(_shrink, rows)


def seqs_after(db: sa.Connection, seq: int, *, limit: int) -> list[int]:
    """The numbers of rows later than seq, in order."""
    query = sa.select(journal.c.seq).where(journal.c.seq > seq).order_by(journal.c.seq).limit(limit)
    return list(db.execute(query).scalars())


def holding(db: sa.Connection, *, before_ms: int) -> Iterator[Columns]:
    """The samples of every row that holds one older than a time, in order."""
    seq = 0
    while True:
        query = _rows.where(journal.c.seq > seq, journal.c.first_ms < before_ms).order_by(journal.c.seq)
        rows = db.execute(query.limit(ROWS_AT_ONCE)).all()
        for row in rows:
            seq = row.seq
            yield codec.unpack_columns(row.data)
        if len(rows) < ROWS_AT_ONCE:
            return


def one(db: sa.Connection, seq: int) -> Columns:
    """The samples of a row that is there."""
    return codec.unpack_columns(db.execute(_rows.where(journal.c.seq == seq)).one().data)


def some(db: sa.Connection, seqs: Sequence[int]) -> Iterator[tuple[int, Columns]]:
    """(seq, samples) of rows that are there, in their order."""
    for at in range(0, len(seqs), ROWS_AT_ONCE):
        query = _rows.where(journal.c.seq.in_(seqs[at : at + ROWS_AT_ONCE])).order_by(journal.c.seq)
        for row in db.execute(query):
            yield row.seq, codec.unpack_columns(row.data)


def outline(db: sa.Connection) -> list[Outline]:
    """Every row, in order."""
    columns = (journal.c.seq, journal.c.received_ms, journal.c.samples, journal.c.first_ms, journal.c.last_ms)
    return [Outline(*row) for row in db.execute(sa.select(*columns).order_by(journal.c.seq))]


def newest_received_ms(db: sa.Connection) -> int | None:
    """When the newest row came in; None when nothing waits to be sealed."""
    return db.execute(sa.select(journal.c.received_ms).order_by(journal.c.seq.desc()).limit(1)).scalar()


def forget(db: sa.Connection, seqs: Sequence[int]) -> None:
    """Remove rows whose samples stand elsewhere now."""
    for at in range(0, len(seqs), ROWS_AT_ONCE):
        db.execute(journal.delete().where(journal.c.seq.in_(seqs[at : at + ROWS_AT_ONCE])))


def _values(columns: Columns) -> dict[str, object]:
    times = [sample.at_ms for sample in columns.histograms]
    if len(columns):
        times += [int(columns.at_ms.min()), int(columns.at_ms.max())]
    return {
        "samples": columns.samples,
        "first_ms": min(times),
        "last_ms": max(times),
        "data": codec.pack_columns(columns),
    }


_rows = sa.select(journal.c.seq, journal.c.data)
_shrink = journal.update().where(journal.c.seq == sa.bindparam("row"))
