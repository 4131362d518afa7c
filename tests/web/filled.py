"""Fixtures for tests of what people see: the cast on a real board, a migrated database copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.domain.board import Board
from app.store import migrate
from app.store.engine import Store, open_store
from tests.reports import cast


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows; migrating one takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "burnline.db"
    made = open_store(f"sqlite:///{path}")
    migrate.upgrade(made)
    made.close()
    return path


@pytest.fixture
def store(migrated: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(migrated, tmp_path / "burnline.db")
    made = open_store(f"sqlite:///{tmp_path / 'burnline.db'}")
    yield made
    made.close()


@pytest.fixture
def board() -> Board:
    return cast.board()


@pytest.fixture
def queries(store: Store) -> Iterator[list[str]]:
    """Every statement sent to read."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    with store.reading() as db:
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)
