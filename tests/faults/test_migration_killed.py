"""Killed in the middle of a migration: every row is there, and the next start has the newest schema."""

import os
import random
import signal
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.store import backups, migrate
from app.store.engine import Store, open_store
from tests.commands import FORKED
from tests.databases import Databases
from tests.faults import load, migrating
from tests.faults.load import FACTOR

KILLS = 6 * FACTOR
ROWS = 500
PASSING = {"leases"}  # of the processes that run now: no part of a backup of PostgreSQL
Sums = dict[str, tuple[int, str]]


def fill(store: Store) -> None:
    """Rows in every table; those that belong to others are children of the row of the same number."""
    with store.writing() as db:
        found = sa.MetaData()
        found.reflect(bind=db)
        for table in found.sorted_tables:
            if table.name != "alembic_version":
                db.execute(table.insert(), [_row(table, number) for number in range(1, ROWS + 1)])


def _row(table: sa.Table, number: int) -> dict[str, object]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: sa.Column[object], number: int) -> object:
    kind = column.type.python_type
    return number if kind in (int, float, bool) else f"{column.name} {number}" if kind is str else b"%d" % number


def sums(store: Store, columns: dict[str, list[str]] | None = None) -> Sums:
    """By table how many rows it has and a digest of all, of these columns."""
    with store.reading() as db:
        found = sa.MetaData()
        found.reflect(bind=db)
        wanted = columns or columns_of(store)
        return {name: _sum(db, found.tables[name], names) for name, names in wanted.items()}


def columns_of(store: Store) -> dict[str, list[str]]:
    with store.reading() as db:
        found = sa.MetaData()
        found.reflect(bind=db)
    return {
        table.name: [column.name for column in table.columns]
        for table in found.sorted_tables
        if table.name != "alembic_version"
    }


def _sum(db: sa.Connection, table: sa.Table, names: list[str]) -> tuple[int, str]:
    rows = sorted(repr(tuple(row)) for row in db.execute(sa.select(*(table.c[name] for name in names))))
    return len(rows), sha256("\n".join(rows).encode()).hexdigest()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_migration_that_is_killed_loses_nothing_and_is_done_by_the_next_start(
    databases: Databases, tmp_path: Path, kind: str, revision: str
) -> None:
    chance, killed, url = random.Random(f"{kind}{revision}"), 0, databases.empty(kind)
    store = open_store(url)
    migrate.upgrade(store, to=revision)
    fill(store)
    columns, before = columns_of(store), sums(store)
    store.close()
    while killed < KILLS and not (tmp_path / "done").exists():
        killed += _killed(url, tmp_path, after=chance.uniform(0, 0.15))
        store = open_store(url)
        assert sums(store, columns) == before
        store.close()
    process = FORKED.Process(target=migrating.migrate, args=(url, str(tmp_path)))
    process.start()
    process.join(60)
    store = open_store(url)
    assert migrate.drift(store) == []
    assert sums(store, columns) == before
    store.close()
    for backup in (tmp_path / "backups").glob("before-*.db"):
        held = backups.verify(backup)
        assert {name: held[name] for name in before if name not in PASSING} == {
            name: count for name, (count, _) in before.items() if name not in PASSING
        }
    assert list((tmp_path / "backups").glob("before-*.db"))
    print(f"{killed} migrations of {kind} from {revision} killed, {len(before)} tables whole, a backup of before kept")


def _killed(url: str, folder: Path, *, after: float) -> bool:
    """Whether a process that migrates was killed before it had done so."""
    (folder / "begun").unlink(missing_ok=True)
    process = FORKED.Process(target=migrating.migrate, args=(url, str(folder)))
    process.start()
    load.wait_until(lambda: (folder / "begun").exists() or process.exitcode is not None)
    time.sleep(after)
    assert process.pid
    with suppress(ProcessLookupError):  # it was done, and is gone
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return not (folder / "done").exists()


def test_the_sums_see_a_row_that_is_gone_and_one_that_was_changed(databases: Databases) -> None:
    """What a migration does that copies a table while foreign keys cascade."""
    store = open_store(databases.empty("sqlite"))
    migrate.upgrade(store)
    fill(store)
    before = sums(store)
    with store.writing() as db:
        db.execute(sa.text("DELETE FROM states WHERE name = 'name 7'"))
        db.execute(sa.text("UPDATE journal SET received_ms = 0 WHERE seq = 7"))
    after = sums(store)
    store.close()
    assert {name for name in before if before[name] != after[name]} == {"states", "journal"}
