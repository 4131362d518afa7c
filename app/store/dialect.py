"""Where SQLite and PostgreSQL differ, and nowhere else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.store import patience, silence

# Every process that appends to the journal takes this lock until it commits, so that rows become visible in the
# order of their seq and a follower that has read seq 7 will never be surprised by a later seq 6.
JOURNAL_LOCK = 0x6275726E
SCHEMA_LOCK = 0x6275726F
ROWS_AT_ONCE = 5_000
SERIES_LOCK = 0x62757270

Row = Sequence[Any]


def insert_or_ignore(db: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that leaves a row alone which is already there."""
    return _insert(db, table).on_conflict_do_nothing()


def upsert(db: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that replaces the row of the same primary key."""
    statement = _insert(db, table)
    keys = [column.name for column in table.primary_key]
    values = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=values)


def count_up(db: sa.Connection, table: sa.Table, *, column: str) -> Any:
    """An INSERT that adds the column to what the row of the same primary key holds; it gives the sum."""
    statement = _insert(db, table)
    keys = [one.name for one in table.primary_key]
    added = {column: table.c[column] + statement.excluded[column]}
    return statement.on_conflict_do_update(index_elements=keys, set_=added).returning(table.c[column])


def bulk_insert(db: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    """Insert many new rows, each a sequence in the table's column order: COPY on PostgreSQL."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    if db.dialect.name == "postgresql":
        driver: Any = db.connection.driver_connection
        with (
            _told_as_ours(db),
            driver.cursor() as cursor,
            cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
        return
    holes = ", ".join("?" for _ in table.columns)
    for some in _portions(rows):
        db.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({holes})", some)  # noqa: S608 - our own names


def bulk_upsert(db: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    """Insert many rows, each a sequence in the table's column order, in the place of those of the same primary key."""
    names = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    hole = "%s" if db.dialect.name == "postgresql" else "?"
    for some in _portions(rows):
        db.exec_driver_sql(
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(hole for _ in names)}) "  # noqa: S608
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}",
            some,
        )


def insert_numbered(db: sa.Connection, table: sa.Table, values: Mapping[str, object]) -> int:
    """Insert one row into a table that numbers its rows; gives the number.

    On SQLite by the driver itself: for one row SQLAlchemy takes as long as the row does.
    """
    if db.dialect.name == "sqlite":
        driver: Any = db.connection.driver_connection
        names, holes = ", ".join(values), ", ".join("?" for _ in values)
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({holes})"  # noqa: S608  # our own names
        with _told_as_ours(db):
            return int(driver.execute(statement, tuple(values.values())).lastrowid)
    (number,) = table.primary_key
    return int(db.execute(table.insert().returning(number), values).scalar_one())


def lock_journal(db: sa.Connection) -> None:
    """Serialise appends to the journal until this transaction ends; SQLite has one writer anyway."""
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(JOURNAL_LOCK)))


def lock_series(db: sa.Connection) -> None:
    """Let processes that meet the same new series at once number them one after the other, not wait for each other."""
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(SERIES_LOCK)))


def lock_schema(db: sa.Connection) -> None:
    """Let processes that start at once migrate one after the other; a SQLite file belongs to one process anyway."""
    if db.dialect.name == "postgresql":
        silence.wait_for_ever(db)
        db.exec_driver_sql("SET LOCAL lock_timeout = '10min'")
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(SCHEMA_LOCK)))


def shared_now_ms(db: sa.Connection) -> int:
    """The database's clock: the one that several processes on it have in common."""
    if db.dialect.name == "sqlite":
        return int(db.exec_driver_sql("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)").scalar_one())
    return int(db.exec_driver_sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").scalar_one())


def without_a_time_limit(db: sa.Connection) -> None:
    """Let this transaction read as long as it takes."""
    patience.lift(db.info)
    if db.dialect.name == "postgresql":
        silence.wait_for_ever(db)
        db.exec_driver_sql("SET LOCAL statement_timeout = 0")
        db.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def number_on(db: sa.Connection, tables: Iterable[sa.Table]) -> None:
    """Let new rows be numbered after those that are there: to PostgreSQL's sequences, rows with numbers are no news."""
    for table in tables:
        key = table.autoincrement_column
        if db.dialect.name == "postgresql" and key is not None:
            highest = sa.select(sa.func.max(key)).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, key.name)
            db.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(highest, 1), highest.is_not(None))))


def give_space_back(db: sa.Connection, pages: int) -> None:
    """Return freed pages to the file system, a bounded number at a time; PostgreSQL's autovacuum does it by itself."""
    if db.dialect.name == "sqlite":
        driver: Any = db.connection.driver_connection
        with _told_as_ours(db):
            driver.execute(f"PRAGMA incremental_vacuum({pages:d})").fetchall()  # one page a step


@contextmanager
def _told_as_ours(db: sa.Connection) -> Iterator[None]:
    """Trouble while the driver is used directly comes as SQLAlchemy's, like all other."""
    errors: Any = db.dialect.loaded_dbapi.Error
    try:
        yield
    except errors as error:
        raise sa.exc.DBAPIError.instance(None, None, error, errors, dialect=db.dialect) from error


def _portions(rows: Iterable[Row]) -> Iterator[list[tuple[Any, ...]]]:
    """Some rows at a time: they may be made as they are asked for."""
    left = iter(rows)
    while found := [tuple(row) for row in islice(left, ROWS_AT_ONCE)]:
        yield found


def _insert(db: sa.Connection, table: sa.Table) -> Any:
    return (postgresql if db.dialect.name == "postgresql" else sqlite).insert(table)
