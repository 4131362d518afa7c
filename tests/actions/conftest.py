"""A migrated database of each kind that the tests of a module share, and the way into it."""

from collections.abc import Iterator

import pytest

from app.store import journal, migrate
from app.store.engine import Store, open_store
from app.store.schema import metadata
from tests.actions.ingesting import Door
from tests.databases import Databases


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Store]:
    made = open_store(databases.empty(str(request.param)))
    migrate.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def store(shared: Store) -> Store:
    """Without a row in any table."""
    with shared.writing() as db:
        for table in reversed(metadata.sorted_tables):
            db.execute(table.delete())
    return shared


@pytest.fixture
def waiting(shared: Store) -> Iterator[Door]:
    """Takes requests, and writes none before it is started."""
    with shared.writing() as db:
        journal.forget(db, [row.seq for row in journal.outline(db)])
    made = Door(shared)
    yield made
    made.close()


@pytest.fixture
def door(waiting: Door) -> Door:
    waiting.start()
    return waiting
