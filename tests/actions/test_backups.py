"""Backups: whole under writing, restored into either database, made before a migration, never over something else."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from app.actions import backups, tokens
from app.domain.errors import AppError, Invalid
from app.domain.people import Scope
from app.store import engine, migrate, schema
from app.store.engine import open_store
from app.store.tables import metadata
from tests.databases import Databases
from tests.objectives import failures, objective
from tests.pipeline import NOW_MS, One, Pipeline, counter, gauge

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TWO_OF_EACH = [(one, other) for one in ("sqlite", "postgresql") for other in ("sqlite", "postgresql")]


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def filled(url: str) -> None:
    """A service with sealed history, samples that wait in the journal, and an objective."""
    pipeline = Pipeline(url)
    early = [One(counter(), NOW_MS - 600_000 + at * 15_000, float(at)) for at in range(20)]
    pipeline.send([*early, One(gauge(), NOW_MS - 300_000, 0.5)])
    pipeline.define(objective(failures()))
    pipeline.sealer.seal(now_ms=NOW_MS)
    pipeline.send([One(counter(), NOW_MS - 1_000, 21.0)])
    pipeline.close()


def contents(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the leases, which say who works on a database."""
    store = open_store(url)
    with store.reading() as db:
        found = {
            table.name: sorted((tuple(row) for row in db.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name != "leases"
        }
    store.close()
    return found


@pytest.mark.parametrize(("source", "target"), TWO_OF_EACH)
def test_a_backup_of_either_database_restores_into_either_row_for_row(
    databases: Databases, tmp_path: Path, source: str, target: str
) -> None:
    url, other = databases.empty(source), databases.empty(target)
    filled(url)
    made = backups.back_up(url, tmp_path / "all.db")
    assert made.rows["series"] == 2
    assert backups.restore(tmp_path / "all.db", other, force=False, now=NOW) is None
    before = contents(url)
    assert contents(other) == before
    assert len(before["journal"]) >= 1
    assert len(before["slos"]) == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["all.db"]


def test_rows_that_come_after_a_restore_are_numbered_on(databases: Databases, tmp_path: Path, kind: str) -> None:
    url, other = databases.empty(kind), databases.empty(kind)
    filled(url)
    backups.back_up(url, tmp_path / "all.db")
    backups.restore(tmp_path / "all.db", other, force=False, now=NOW)
    pipeline = Pipeline(other)
    pipeline.send([One(counter(instance="new"), NOW_MS - 500, 1.0), One(counter(), NOW_MS - 500, 22.0)])
    with pipeline.store.reading() as db:
        assert sorted(db.scalars(sa.select(schema.series.c.id))) == [1, 2, 3]
    pipeline.close()


def test_what_was_acknowledged_before_a_backup_began_is_in_it_whatever_is_written_meanwhile(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.empty("sqlite")
    pipeline = Pipeline(url)
    acknowledged, stopping = [0], Event()

    def write() -> None:
        for at in count(1):
            pipeline.send([One(counter(instance=str(at % 50)), NOW_MS - 3_000_000 + at * 10, float(at))])
            acknowledged[0] = at
            if stopping.is_set():
                return

    writing = Thread(target=write)
    writing.start()
    try:
        for number in range(5):
            while acknowledged[0] < 40 * (number + 1):
                stopping.wait(0.005)
            certain = acknowledged[0]
            made = backups.back_up(url, tmp_path / f"{number}.db")
            assert made.rows["journal"] >= certain  # a commit each
    finally:
        stopping.set()
        writing.join()
        pipeline.close()


def test_a_database_that_holds_something_is_replaced_only_by_force_and_kept_aside(
    databases: Databases, tmp_path: Path
) -> None:
    url, other = databases.empty("sqlite"), databases.empty("sqlite")
    filled(url)
    filled(other)
    there = contents(other)
    backups.back_up(url, tmp_path / "all.db")
    with pytest.raises(Invalid, match="would replace") as raised:
        backups.restore(tmp_path / "all.db", other, force=False, now=NOW)
    assert raised.value.code == "database_not_empty"
    aside = backups.restore(tmp_path / "all.db", other, force=True, now=NOW)
    assert aside is not None
    assert aside.name == "burnline.db.replaced-20261123T120000Z"
    assert contents(other) == contents(url)
    assert contents(f"sqlite:///{aside}") == there


def test_force_replaces_everything_in_postgresql(databases: Databases, tmp_path: Path) -> None:
    url, other = databases.empty("sqlite"), databases.empty("postgresql")
    filled(url)
    filled(other)
    backups.back_up(url, tmp_path / "all.db")
    with pytest.raises(Invalid, match="would replace"):
        backups.restore(tmp_path / "all.db", other, force=False, now=NOW)
    backups.restore(tmp_path / "all.db", other, force=True, now=NOW)
    assert contents(other) == contents(url)


def test_a_database_another_burnline_has_open_is_backed_up_but_not_restored(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.empty("sqlite")
    pipeline = Pipeline(url)
    pipeline.send([One(counter(), NOW_MS, 1.0)])
    backups.back_up(url, tmp_path / "all.db")
    with pytest.raises(AppError) as raised:
        backups.restore(tmp_path / "all.db", url, force=True, now=NOW)
    assert raised.value.code == "database_in_use"
    pipeline.close()


def test_no_backup_is_written_over_another_file(databases: Databases, tmp_path: Path, kind: str) -> None:
    url = databases.empty(kind)
    filled(url)
    (tmp_path / "all.db").write_text("mine")
    with pytest.raises(Invalid, match="exists already"):
        backups.back_up(url, tmp_path / "all.db")
    assert (tmp_path / "all.db").read_text() == "mine"


def test_without_a_database_there_is_no_backup_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="There is no database"):
        backups.back_up(f"sqlite:///{tmp_path}/none.db", tmp_path / "all.db")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def sound(databases: Databases, tmp_path: Path) -> Path:
    url = databases.empty("sqlite")
    filled(url)
    return backups.back_up(url, tmp_path / "all.db").file


def test_a_damaged_backup_is_refused_before_anything_is_touched(databases: Databases, sound: Path) -> None:
    data = bytearray(sound.read_bytes())
    data[8192:12288] = bytes(4096)
    sound.write_bytes(data)
    target = databases.empty("sqlite")
    with pytest.raises(AppError, match="no sound backup") as raised:
        backups.restore(sound, target, force=True, now=NOW)
    assert raised.value.code == "backup_unsound"
    assert not Path(target.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize("text", [b"", b"not a database at all, but long enough to look at" * 100])
def test_a_file_that_is_no_backup_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "other.db").write_bytes(text)
    with pytest.raises(AppError, match="no sound backup"):
        backups.look_at(tmp_path / "other.db")


def test_a_backup_of_a_newer_release_is_refused(databases: Databases, sound: Path) -> None:
    with closing(sqlite3.connect(sound)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    with pytest.raises(AppError, match="newer Burnline"):
        backups.restore(sound, databases.empty("sqlite"), force=False, now=NOW)


def _as_of_the_first_release(url: str) -> None:
    """A database as revision 0001 left it, with a service in it."""
    store = open_store(url)
    migrate.upgrade(store, "0001")
    with store.writing() as db:
        db.execute(sa.text("INSERT INTO states (name, data, updated_ms) VALUES ('kept', '', 1)"))
        db.execute(
            sa.text(
                "INSERT INTO series (fingerprint, service_id, metric, labels, shape, kind, unit, source, rank, feeds, "
                "created_ms) VALUES (:mark, 0, 'up', '[]', '', 1, '', '', 0, '', 1)"
            ),
            {"mark": bytes(16)},
        )
    store.close()


def test_a_migration_of_a_database_with_data_is_preceded_by_a_backup(
    databases: Databases, tmp_path: Path, kind: str
) -> None:
    url = databases.empty(kind)
    _as_of_the_first_release(url)
    store = open_store(url)
    backups.upgrade(store, url, tmp_path, now=NOW)
    backups.upgrade(store, url, tmp_path, now=NOW)  # nothing to do any more
    (made,) = tmp_path.iterdir()
    assert made.name == f"before-{migrate.newest()}-20261123T120000Z.db"
    with closing(sqlite3.connect(made)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert db.execute("SELECT metric FROM series").fetchall() == [("up",)]
    assert migrate.drift(store) == []
    store.close()


def test_a_new_database_is_migrated_without_a_backup(databases: Databases, tmp_path: Path, kind: str) -> None:
    url = databases.empty(kind)
    store = open_store(url)
    backups.upgrade(store, url, tmp_path, now=NOW)
    assert list(tmp_path.iterdir()) == []
    store.close()


def test_what_killed_starts_left_of_backups_is_cleared_away(databases: Databases, tmp_path: Path) -> None:
    url = databases.empty("sqlite")
    _as_of_the_first_release(url)
    for name in ("before-0006_audit-20261123T115900Z.db.partial", "before-0006_audit-20261123T115900Z.db.partial-wal"):
        (tmp_path / name).write_bytes(b"half of it")
    store = open_store(url)
    backups.upgrade(store, url, tmp_path, now=NOW)
    store.close()
    assert [one.suffix for one in tmp_path.iterdir()] == [".db"]


def test_a_database_that_holds_only_a_token_is_not_empty(databases: Databases, tmp_path: Path, kind: str) -> None:
    url, other = databases.empty("sqlite"), databases.empty(kind)
    filled(url)
    backups.back_up(url, tmp_path / "all.db")
    store = open_store(other)
    migrate.upgrade(store)
    with store.writing() as db:
        tokens.create(db, tokens.Asked("ci", (Scope.READ,)), by="ada", now_ms=NOW_MS)
    store.close()
    with pytest.raises(Invalid, match="would replace"):
        backups.restore(tmp_path / "all.db", other, force=False, now=NOW)


def test_a_database_that_somebody_reads_is_not_replaced(databases: Databases, tmp_path: Path) -> None:
    url, other = databases.empty("sqlite"), databases.empty("sqlite")
    filled(url)
    filled(other)
    backups.back_up(url, tmp_path / "all.db")
    file = Path(other.removeprefix("sqlite:///"))
    with closing(engine.sqlite().connect(str(file), isolation_level=None)) as shell:
        shell.execute("BEGIN")
        shell.execute("SELECT count(*) FROM series").fetchone()
        with pytest.raises(AppError, match="database is locked") as raised:
            backups.restore(tmp_path / "all.db", other, force=True, now=NOW)
    assert raised.value.code == "database_in_use"
    assert not list(file.parent.glob("*.partial*"))
