"""Samples through the front door into real databases: retries, contradictions, times out of bounds."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.actions.ingest import Ingest
from app.domain.counters import Counters
from app.domain.recipes import RecipeBook
from app.store import migrate
from app.store.engine import Store, open_store
from app.web.deps import App
from tests.databases import Databases
from tests.web.test_ingest import NOW_MS, ROUTES, Route, each_route, send

RETENTION_MS = 15 * 86_400_000
MINUTE_MS = 60_000


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Store]:
    opened = open_store(databases.empty(request.param))
    migrate.upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def durable(store: Store, burnline: App) -> Iterator[App]:
    """The application with the real way in."""
    ingest = Ingest(
        store, RecipeBook([]), raw_retention_ms=RETENTION_MS, counters=Counters(), committed=lambda *_: None
    )
    ingest.start()
    burnline.ingest = ingest
    yield burnline
    ingest.stop()


@pytest.mark.usefixtures("durable")
@each_route
def test_a_retried_request_is_answered_like_the_first(client: TestClient, route: Route) -> None:
    first, *retries = (send(client, route) for _ in range(4))
    assert first.status_code == route.taken
    for retry in retries:
        assert (retry.status_code, retry.content) == (first.status_code, first.content)
        assert _written(retry.headers) == _written(first.headers)


@pytest.mark.usefixtures("durable")
def test_a_contradiction_is_refused_and_the_first_value_stands(client: TestClient) -> None:
    text = ROUTES["text"]
    assert send(client, text, content=b"steady 1 %d\n" % NOW_MS).status_code == 204
    response = send(client, text, content=b"steady 2 %d\nother 1\n" % NOW_MS)
    assert response.status_code == 400
    assert response.json()["accepted"] == 1
    assert response.json()["errors"][0]["code"] == "duplicate_conflict"
    assert send(client, text, content=b"steady 1 %d\n" % NOW_MS).status_code == 204


TIMES = {
    "11 minutes ahead": (NOW_MS + 11 * MINUTE_MS, "timestamp_future"),
    "before everything kept": (NOW_MS - RETENTION_MS - MINUTE_MS, "timestamp_too_old"),
    "in seconds instead of milliseconds": (NOW_MS // 1000, "timestamp_too_old"),
    "the first moment": (0, "timestamp_too_old"),
}


@pytest.mark.usefixtures("durable")
@pytest.mark.parametrize(("at_ms", "code"), TIMES.values(), ids=TIMES)
def test_a_time_out_of_bounds_is_refused_by_name(client: TestClient, at_ms: int, code: str) -> None:
    response = send(client, ROUTES["text"], content=b"up 1 %d\nup_now 1\n" % at_ms)
    assert response.status_code == 400
    told = response.json()
    assert (told["accepted"], told["refused"], told["errors"][0]["code"]) == (1, 1, code)


def _written(headers: object) -> list[tuple[str, str]]:
    assert hasattr(headers, "items")
    return sorted((name, value) for name, value in headers.items() if "written" in name)
