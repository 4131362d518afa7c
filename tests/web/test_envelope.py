import re

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from app.web.deps import App
from app.web.envelope import CONTENT_SECURITY_POLICY

EVERYWHERE = {
    "a page that is there": ("GET", "/api/docs", 200),
    "an address with nothing at it": ("GET", "/nothing", 404),
    "an API address with nothing at it": ("GET", "/api/nothing", 404),
    "a wrong method": ("POST", "/healthz", 405),
    "a refused body": ("POST", "/api/v1/import/prometheus", 400),
    "a taken body": ("POST", "/v1/metrics", 415),
    "a missing static file": ("GET", "/static/0/none.css", 404),
    "a static file": ("GET", "/static/0/vendor/plotly.css", 200),
    "operations": ("GET", "/metrics", 200),
    "the live channel without a stream": ("GET", "/live/poll", 200),
    "a fault of ours": ("GET", "/fault", 500),
    "a foreign host": ("GET", "http://evil.example/", 400),
}


@pytest.fixture
def faulty(app: FastAPI) -> None:
    async def fault(request: Request) -> Response:
        raise ZeroDivisionError("a secret inside")

    app.router.add_route("/fault", fault)


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize(("method", "path", "status"), EVERYWHERE.values(), ids=EVERYWHERE)
def test_every_response_carries_the_security_headers(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert re.fullmatch("[0-9a-f]{16}", response.headers["x-request-id"])
    assert "cache-control" in response.headers
    assert "strict-transport-security" not in response.headers


def test_the_policy_allows_nothing_unsafe_and_nobody_else() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY


@pytest.mark.usefixtures("faulty")
def test_a_fault_of_ours_tells_an_id_and_nothing_else(client: TestClient, burnline: App) -> None:
    response = client.get("/fault")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (500, "internal")
    assert error["request_id"] == response.headers["x-request-id"]
    assert "secret" not in response.text
    assert burnline.counters.value("burnline_unexpected_errors_total", kind="page") == 1


@pytest.mark.parametrize(("given", "kept"), [("abcd-1234-ef", True), ("short", False), ("a b\tc;drop table", False)])
def test_a_request_id_is_taken_over_when_it_is_a_plain_word(client: TestClient, given: str, *, kept: bool) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": given})
    assert (response.headers["x-request-id"] == given) is kept


def test_pages_may_be_kept_for_the_way_back_and_data_may_not(client: TestClient) -> None:
    assert client.get("/api/nothing").headers["cache-control"] == "no-store"
    assert client.get("/live/poll").headers["cache-control"] == "no-store"
    assert client.get("/healthz").headers["cache-control"] == "no-store"


def test_a_request_is_counted_by_kind_method_and_status(client: TestClient, burnline: App) -> None:
    client.get("/api/nothing")
    client.request("BREW", "/api/nothing")
    spreads = dict(burnline.counters.spreads())["http_request_duration_seconds"]
    counted = {tuple(value for _, value in tags): sum(spread.counts) for tags, spread in spreads.items()}
    assert counted == {("api", "GET", "404"): 1, ("api", "other", "404"): 1}
