"""A migrated, empty database of each kind."""

from collections.abc import Iterator

import pytest

from app.store import migrate
from app.store.engine import Store, open_store
from app.store.schema import metadata
from tests.databases import Databases


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, databases: Databases) -> str:
    """A database that the tests of a module share."""
    return databases.empty(str(request.param))


@pytest.fixture(scope="module")
def shared(url: str) -> Iterator[Store]:
    made = open_store(url)
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
