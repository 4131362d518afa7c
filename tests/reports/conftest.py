"""The cast on a board, and an empty database behind it."""

from datetime import UTC, datetime

import pytest

from tests.reports import cast
from tests.web.filled import board, migrated, store

__all__ = ["board", "migrated", "store"]


@pytest.fixture
def now() -> datetime:
    return datetime.fromtimestamp(cast.NOW_MS / 1000, UTC)
