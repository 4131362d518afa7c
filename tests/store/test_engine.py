"""How databases are opened, and what their trouble is called."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa

from app.domain.errors import AppError, Unavailable
from app.store import dialect, engine, migrate
from app.store.engine import Store, open_store
from app.store.schema import chunks
from tests.databases import Databases


def pragma(db: sa.Connection, name: str) -> object:
    return db.exec_driver_sql(f"PRAGMA {name}").scalar_one()


def insert(db: sa.Connection, name: str) -> None:
    db.execute(sa.text("INSERT INTO states (name, data, updated_ms) VALUES (:name, '', 0)"), {"name": name})


def count(db: sa.Connection) -> int:
    return int(db.execute(sa.text("SELECT count(*) FROM states")).scalar_one())


def backend(db: sa.Connection) -> int:
    """Which of PostgreSQL's processes serves a connection."""
    return int(db.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def end(store: Store, process: int) -> None:
    """Let PostgreSQL end a connection, as it does when it stops."""
    with store.writing() as db:
        db.exec_driver_sql(f"SELECT pg_terminate_backend({process})")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "burnline.db"


@pytest.fixture
def sqlite(path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{path}")
    yield made
    made.close()


# --- SQLite


def test_every_commit_is_on_the_disk_before_it_is_reported(sqlite: Store) -> None:
    with sqlite.writing() as db:
        assert pragma(db, "journal_mode") == "wal"
        assert pragma(db, "synchronous") == 2, "FULL"
        assert pragma(db, "auto_vacuum") == 2, "incremental: freed pages can be given back"
        assert pragma(db, "foreign_keys") == 1


def test_a_write_takes_its_lock_at_its_beginning(sqlite: Store, path: Path) -> None:
    """BEGIN IMMEDIATE: asked for at the first write only, it is refused at once to whoever has read before."""
    with sqlite.writing() as db:
        db.exec_driver_sql("CREATE TABLE one (number INTEGER)")
    module = engine.sqlite()
    with sqlite.writing():
        other = module.connect(str(path), timeout=0)
        with pytest.raises(module.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_readers_see_what_was_there_when_they_began(store: Store) -> None:
    with store.writing() as db:
        insert(db, "one")
    with store.reading() as reader:
        assert count(reader) == 1
        with store.writing() as db:
            insert(db, "two")
        assert count(reader) == 1
    with store.reading() as reader:
        assert count(reader) == 2


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises((Unavailable, sa.exc.DBAPIError)), store.reading() as db:
        db.execute(sa.text("DELETE FROM states"))


def test_a_write_that_fails_leaves_nothing(store: Store) -> None:

    def fail() -> None:
        with store.writing() as db:
            insert(db, "one")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.reading() as db:
        assert count(db) == 0


def test_writers_of_one_process_wait_for_each_other(store: Store) -> None:
    """Each adds one to a number it has read: none is lost."""
    with store.writing() as db:
        insert(db, "sum")

    def add() -> None:
        for _ in range(20):
            with store.writing() as db:
                db.execute(sa.text("UPDATE states SET updated_ms = updated_ms + 1"))

    threads = [Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as db:
        assert db.execute(sa.text("SELECT updated_ms FROM states")).scalar_one() == 80


def test_a_file_belongs_to_one_process_and_says_to_which(sqlite: Store, path: Path) -> None:
    with pytest.raises(AppError, match=f"process {os.getpid()}") as raised:
        open_store(f"sqlite:///{path}")
    assert (raised.value.code, raised.value.hint) == (
        "database_in_use",
        "Stop it first, or use PostgreSQL for several processes.",
    )
    sqlite.close()
    open_store(f"sqlite:///{path}").close()


def test_a_process_that_was_killed_leaves_its_file_to_the_next(path: Path) -> None:
    program = (
        f"from app.store.engine import open_store; kept = open_store('sqlite:///{path}'); print(1, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"1\n"
        with pytest.raises(AppError, match=f"process {other.pid}"):
            open_store(f"sqlite:///{path}")
        other.kill()
        other.wait()
    open_store(f"sqlite:///{path}").close()


# --- which SQLite


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 2)])
def test_a_sqlite_that_can_corrupt_its_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, path: Path, version: tuple[int, int, int]
) -> None:
    """https://sqlite.org/wal.html#walresetbug"""
    monkeypatch.setattr(engine, "bundled_sqlite", None)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    with pytest.raises(AppError) as raised:
        open_store(f"sqlite:///{path}")
    assert (raised.value.code, raised.value.hint) == ("sqlite_unsound", "Install pysqlite3, or use PostgreSQL.")


@pytest.mark.parametrize("version", [(3, 44, 6), (3, 50, 7), (3, 50, 9), (3, 51, 3), (3, 53, 0), (4, 0, 0)])
def test_a_sound_one_of_the_standard_library_will_do(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int]
) -> None:
    monkeypatch.setattr(engine, "bundled_sqlite", None)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    assert engine.sqlite() is sqlite3


def test_the_bundled_one_is_sound() -> None:
    module = engine.sqlite()
    version = tuple(int(part) for part in module.sqlite_version.split("."))
    assert version >= engine.SOUND_SQLITE


# --- PostgreSQL


def test_postgresql_commits_wait_for_the_disk(databases: Databases) -> None:
    store = open_store(databases.empty("postgresql"))
    with store.writing() as db:
        assert db.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
        assert db.exec_driver_sql("SHOW fsync").scalar_one() == "on"
        assert db.exec_driver_sql("SHOW timezone").scalar_one() == "UTC"
    with store.reading() as db:
        assert db.exec_driver_sql("SHOW transaction_isolation").scalar_one() == "repeatable read"
    store.close()


# --- trouble


def test_a_database_nobody_knows_is_named(path: Path) -> None:
    with pytest.raises(AppError, match="mysql is not a database Burnline can use") as raised:
        open_store("mysql://localhost/burnline")
    assert raised.value.code == "database_unknown"


def test_a_server_that_is_not_there_is_unavailable(free_port: int) -> None:
    store = open_store(f"postgresql://nobody@127.0.0.1:{free_port}/burnline")
    for use in (store.reading, store.writing):
        with pytest.raises(Unavailable, match="The database did not answer") as raised, use():
            pass
        assert (raised.value.code, raised.value.retry_after_seconds) == ("database_unavailable", 2)
    store.close()


def test_a_file_that_is_no_database_is_unavailable(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"This is no database. " * 500)
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(Unavailable, match="file is not a database"), store.writing():
        pass
    store.close()


def test_a_full_disk_is_unavailable_and_loses_nothing(sqlite: Store) -> None:
    with sqlite.writing() as db:
        db.exec_driver_sql("CREATE TABLE one (data BLOB)")
        db.exec_driver_sql(f"PRAGMA max_page_count={pragma(db, 'page_count')}")

    def write() -> None:
        with sqlite.writing() as db:
            db.exec_driver_sql("INSERT INTO one VALUES (zeroblob(1000000))")

    with pytest.raises(Unavailable, match="full"):
        write()
    with sqlite.reading() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM one").scalar_one() == 0


def test_a_connection_that_the_server_ends_is_unavailable_and_the_next_is_fresh(databases: Databases) -> None:
    store = open_store(databases.empty("postgresql"))

    def lose() -> None:
        with store.writing() as db:
            end(store, backend(db))
            db.exec_driver_sql("SELECT 1")

    with pytest.raises(Unavailable):
        lose()
    with store.writing() as db:
        assert db.exec_driver_sql("SELECT 1").scalar_one() == 1
    store.close()


def test_a_connection_that_ends_while_rows_are_copied_is_unavailable_too(databases: Databases) -> None:
    store = open_store(databases.empty("postgresql"))
    migrate.upgrade(store)

    def rows(mine: int) -> Iterator[tuple[object, ...]]:
        yield (1, 1, 1, 1, 1, 1, b"x")
        end(store, mine)
        for number in range(200_000):
            yield (1, 1, number + 2, 1, 1, 1, b"x" * 100)

    with pytest.raises(Unavailable), store.writing() as db:
        dialect.bulk_insert(db, chunks, rows(backend(db)))
    store.close()


def test_a_mistake_in_a_statement_is_not_called_trouble(store: Store) -> None:
    def write() -> None:
        with store.writing() as db:
            insert(db, "one")
            insert(db, "one")

    with pytest.raises(sa.exc.IntegrityError):
        write()
