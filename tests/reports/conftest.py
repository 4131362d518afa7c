"""The cast on a board, and an empty database behind it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.domain.board import Board
from app.store import migrate
from app.store.engine import Store, open_store
from tests.databases import Databases
from tests.reports import cast


@pytest.fixture
def store(databases: Databases) -> Iterator[Store]:
    made = open_store(databases.empty("sqlite"))
    migrate.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def board() -> Board:
    return cast.board()


@pytest.fixture
def now() -> datetime:
    return datetime.fromtimestamp(cast.NOW_MS / 1000, UTC)
