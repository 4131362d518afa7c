"""A server over services with a measured past, for tests of the status page."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.store.engine import Connection, Store
from app.web import app as web
from app.web.deps import App
from tests import statuses
from tests.statuses import NOW_MS, measured, minutes

Fill = Callable[[Connection], None]
Open = Callable[[Fill], TestClient]
MINUTE = 60
NOW = NOW_MS // 1000


@pytest.fixture
def opened(burnline: App, store: Store) -> Open:
    """A client of a server whose services are filled in as said."""

    def made(fill: Fill) -> TestClient:
        with store.writing() as db:
            fill(db)
        with store.reading() as db:
            burnline.slos = statuses.board(db)
        burnline.__post_init__()
        return TestClient(web.create(burnline), base_url="http://localhost")

    return made


def all_is_well(db: Connection) -> None:
    measured(db, "payments", minutes())
    measured(db, "search", minutes())


def read(client: TestClient, path: str = "/status", **parameters: str) -> str:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.text


def summary(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/status/api/v2/summary.json").json()
    return found


def components(client: TestClient) -> dict[str, str]:
    return {one["name"]: one["status"] for one in summary(client)["components"] if not one["group"]}
