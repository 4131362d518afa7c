"""The schema of a database, and which databases are taken."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.domain.errors import AppError
from app.store import migrate
from app.store.engine import Store, open_store
from app.store.schema import metadata
from tests.databases import Databases


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Store]:
    made = open_store(databases.empty(str(request.param)))
    yield made
    made.close()


def tables(store: Store) -> set[str]:
    with store.reading() as db:
        return set(sa.inspect(db).get_table_names())


def revision(store: Store) -> str:
    with store.reading() as db:
        return str(db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())


def test_an_empty_database_gets_every_table_as_the_code_has_it(empty: Store) -> None:
    migrate.upgrade(empty)
    assert tables(empty) == {*metadata.tables, "alembic_version"}
    assert migrate.drift(empty) == []


def test_migrating_again_changes_nothing(empty: Store) -> None:
    migrate.upgrade(empty)
    before = revision(empty)
    with empty.writing() as db:
        db.execute(sa.text("INSERT INTO states (name, data, updated_ms) VALUES ('kept', '', 1)"))
    migrate.upgrade(empty)
    assert revision(empty) == before
    with empty.reading() as db:
        assert db.execute(sa.text("SELECT name FROM states")).scalar_one() == "kept"


def test_a_column_that_only_the_code_or_only_the_database_has_is_a_drift(empty: Store) -> None:
    migrate.upgrade(empty)
    with empty.writing() as db:
        db.execute(sa.text("ALTER TABLE services ADD COLUMN colour TEXT"))
    (found,) = migrate.drift(empty)
    assert "colour" in str(found)


def test_a_database_of_a_newer_release_is_left_alone(empty: Store) -> None:
    migrate.upgrade(empty)
    with empty.writing() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(AppError, match="newer Burnline \\(revision 9999\\)") as raised:
        migrate.upgrade(empty)
    assert raised.value.code == "database_newer"
    assert revision(empty) == "9999"


def test_processes_that_start_at_once_migrate_once(databases: Databases) -> None:
    url = databases.empty("postgresql")
    stores = [open_store(url) for _ in range(4)]
    with ThreadPoolExecutor(len(stores)) as starting:
        for one in [starting.submit(migrate.upgrade, store) for store in stores]:
            one.result()
    assert migrate.drift(stores[0]) == []
    for store in stores:
        store.close()
