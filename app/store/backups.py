"""A whole database as one SQLite file, whichever database it came from, and back into either.

SQLite is copied in one step: a copy in portions begins anew with every commit of another process and under load never
ends, and a plain copy of the file is torn. PostgreSQL is read table by table in one snapshot.
"""

import glob
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.domain.errors import AppError, Invalid
from app.store import dialect, engine, migrate
from app.store.engine import Connection, Store
from app.store.tables import metadata

ROWS_AT_ONCE = 500
OF_THE_MOMENT = frozenset({"leases", "alembic_version"})  # who works on a database, and what it is at itself
KEPT = ("series", "journal", "slos", "people", "api_tokens", "screens", "notices", "changes")  # what people would miss


def take(url: str, file: Path) -> None:
    """Copy the database at `url`, which others may be writing, into a new file that is whole or not there.

    Raises Invalid when the file exists or the database does not, AppError when the copy turns out unsound.
    """
    if file.exists():
        raise Invalid(f"{file} exists already; a backup is never written over another.", code="file_exists")
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    clear_partial(file.parent, glob.escape(partial.name))
    partial.touch(mode=0o600)
    try:
        source = engine.sqlite_file(url)
        if source is None:
            _copy_postgresql(url, partial)
        else:
            _copy_sqlite(source, partial)
        verify(partial)
        _keep(partial, file)
    except BaseException:
        clear_partial(file.parent, glob.escape(partial.name))
        raise


def clear_partial(folder: Path, pattern: str) -> None:
    """Remove what is left of copies that came to no end, with what SQLite laid beside them."""
    for left in folder.glob(f"{pattern}*"):
        left.unlink(missing_ok=True)


def verify(file: Path) -> dict[str, int]:
    """How many rows each table of a backup has. Raises AppError when it is not a sound backup of Burnline."""
    if not file.is_file():
        raise Invalid(f"There is no file {file}.", code="file_missing")
    errors = engine.sqlite().Error
    try:
        with _opened(file) as db:
            found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise _unsound(file, found)
            names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "alembic_version" not in names:
                raise _unsound(file, "it is no database of Burnline")
            ours = sorted(names & set(metadata.tables))
            return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ours}  # noqa: S608 - ours
    except errors as error:
        raise _unsound(file, str(error)) from error


def is_empty(store: Store) -> bool:
    """Whether nothing was ever kept here that somebody sent, told or made."""
    with store.reading() as db:
        inspector = sa.inspect(db)
        there = set(inspector.get_table_names())
        asked = [metadata.tables[name] for name in KEPT]
        return not any(
            db.execute(sa.select(sa.exists().select_from(table))).scalar() for table in asked if table.name in there
        )


def put_in_place(backup: Path, database: Path, *, aside: Path) -> None:
    """Make a SQLite database of a backup; what stood there goes `aside`. Raises AppError when others have it open."""
    partial = database.with_name(f"{database.name}.partial")
    database.parent.mkdir(parents=True, exist_ok=True)
    clear_partial(database.parent, glob.escape(partial.name))
    partial.touch(mode=0o600)
    try:
        _copy_sqlite(backup, partial)
        verify(partial)
        if database.exists():
            _make_one_file(database)
            database.rename(aside)
        _keep(partial, database)
    except BaseException:
        clear_partial(database.parent, glob.escape(partial.name))
        raise


def _make_one_file(database: Path) -> None:
    """Bring all of it into the one file that goes aside."""
    try:
        with _opened(database) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute("PRAGMA journal_mode=DELETE")
    except engine.sqlite().Error as error:
        hint = "Stop whatever reads it: another command, or a shell of SQLite."
        raise AppError(f"{database} cannot be replaced: {error}.", code="database_in_use", hint=hint) from error


def pour(backup: Path, store: Store) -> None:
    """Replace everything in PostgreSQL by what a backup of the same revision holds, in one transaction."""
    with _opened(backup) as source, store.writing() as db:
        dialect.lock_schema(db)
        names = [table.name for table in metadata.sorted_tables]
        db.exec_driver_sql(f"TRUNCATE {', '.join(names)}")
        for table in metadata.sorted_tables:
            if table.name in OF_THE_MOMENT:
                continue
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            dialect.bulk_insert(db, table, source.execute(f"SELECT {columns} FROM {table.name}"))  # noqa: S608 - ours
        dialect.number_on(db, metadata.sorted_tables)


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise Invalid(f"There is no database {source}.", code="database_missing")
    with _opened(source) as found, closing(engine.sqlite().connect(str(target))) as copy:
        found.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a -wal beside it


def _copy_postgresql(url: str, target: Path) -> None:
    source = engine.open_store(url)
    made = engine.open_store(f"sqlite:///{target}")
    try:
        with source.reading() as found:
            migrate.upgrade(made, to=migrate.known_revision(found))
            dialect.without_a_time_limit(found)
            there = sa.MetaData()
            there.reflect(found)  # the schema of its release, which a migration is about to leave
            with made.writing() as db:
                for table in there.sorted_tables:
                    if table.name not in OF_THE_MOMENT:
                        dialect.bulk_insert(db, table, _streamed(found, table))
    finally:
        source.close()
        made.close()
    with _opened(target) as db:
        db.execute("PRAGMA journal_mode=DELETE")
    target.with_name(f"{target.name}.lock").unlink(missing_ok=True)


def _streamed(db: Connection, table: sa.Table) -> Iterator[Any]:
    streaming = db.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)
    yield from streaming.execute(sa.select(table))


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """A bare connection: it neither claims a database which somebody else serves nor sets anything up in it."""
    connection = engine.sqlite().connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    with closing(connection):
        connection.execute("PRAGMA busy_timeout=5000")
        yield connection


def _keep(partial: Path, file: Path) -> None:
    """Give a finished file its name, so that both survive a power cut."""
    _synced(partial, os.O_RDWR)
    partial.rename(file)
    _synced(file.parent, os.O_RDONLY)


def _synced(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unsound(file: Path, why: str) -> AppError:
    return AppError(f"{file} is no sound backup: {why}.", code="backup_unsound", hint="Take another one.")
