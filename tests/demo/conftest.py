"""A Wednesday afternoon in the demo company."""

from datetime import UTC, datetime

import pytest

from app.demo.cast import COMPANY
from app.demo.company import Service
from app.demo.world import World

SEED = 11
NOW_MS = int(datetime(2026, 3, 11, 15, 0, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def now_ms() -> int:
    return NOW_MS


@pytest.fixture
def world() -> World:
    return World(SEED)


@pytest.fixture
def cast() -> dict[str, Service]:
    """The services by slug."""
    return {service.slug: service for service in COMPANY}
