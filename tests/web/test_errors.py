import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient

from app.domain.errors import AppError, Invalid, Missing, TooLarge, Unavailable, Unsupported
from app.web import needs

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

STATUSES = {
    "malformed as a whole": (Invalid("No.", code="json_invalid"), 400),
    "one field at fault": (Invalid("No.", code="range_invalid", field="start"), 422),
    "over a limit": (TooLarge("No.", code="too_many_points"), 413),
    "over a limit, with a field": (TooLarge("No.", code="too_many_points", field="samples"), 413),
    "not spoken": (Unsupported("No.", code="encoding_unsupported"), 415),
    "not there": (Missing("No.", code="service_unknown"), 404),
    "not now": (Unavailable("No.", code="database_unavailable", retry_after_seconds=3), 503),
}


class Deploy(BaseModel):
    version: str
    password: str
    at: int


@pytest.fixture
def raising(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> list[AppError]:
    """What `/api/raise` and `/raise` raise."""
    errors: list[AppError] = []
    for route in ("GET /api/raise", "GET /raise", "POST /api/deploys"):
        monkeypatch.setitem(needs.NEEDS, route, needs.ANYBODY)

    @app.get("/api/raise")
    @app.get("/raise")
    def raise_it() -> None:
        raise errors[0]

    @app.post("/api/deploys")
    def deploys(deploy: Deploy, number: float = 0) -> None: ...

    return errors


@pytest.mark.parametrize(("error", "status"), STATUSES.values(), ids=STATUSES)
def test_an_error_of_ours_has_its_status_and_the_one_shape(
    client: TestClient, raising: list[AppError], error: AppError, status: int
) -> None:
    raising.append(error)
    response = client.get("/api/raise")
    assert response.status_code == status
    assert response.json() == {
        "error": {
            "code": error.code,
            "message": "No.",
            "field": error.field,
            "hint": None,
            "request_id": response.headers["x-request-id"],
        }
    }


def test_transient_trouble_says_when_to_come_again(client: TestClient, raising: list[AppError]) -> None:
    raising.append(Unavailable("No.", retry_after_seconds=3))
    assert client.get("/api/raise").headers["retry-after"] == "3"


def test_a_browser_is_told_on_a_page(client: TestClient, raising: list[AppError]) -> None:
    raising.append(Missing("There is no service named <b>x</b>.", code="service_unknown"))
    response = client.get("/raise", headers=BROWSER)
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<!doctype html>" in response.text
    assert "There is no service named &lt;b&gt;x&lt;/b&gt;." in response.text
    assert response.headers["x-request-id"] in response.text


def test_htmx_is_told_in_a_region_not_in_a_page_inside_a_page(client: TestClient, raising: list[AppError]) -> None:
    raising.append(Missing("There is no such service."))
    response = client.get("/raise", headers={**BROWSER, "HX-Request": "true"})
    assert response.status_code == 404
    assert "<html" not in response.text
    assert "There is no such service." in response.text


def test_a_browser_on_the_api_is_told_in_json(client: TestClient, raising: list[AppError]) -> None:
    raising.append(Missing("There is no such service."))
    assert client.get("/api/raise", headers=BROWSER).headers["content-type"] == "application/json"


BODIES = {
    "a wrong type": ('{"version": "v1", "password": "hunter2", "at": "noon"}', 422, "invalid", "at"),
    "a missing field": ('{"version": "v1", "at": 1}', 422, "missing", "password"),
    "no object": ('["hunter2"]', 422, "invalid", "body"),
    "no JSON": ('{"password": "hunter2', 400, "json_invalid", None),
}


@pytest.mark.usefixtures("raising")
@pytest.mark.parametrize(("body", "status", "code", "field"), BODIES.values(), ids=BODIES)
def test_a_refused_body_is_named_by_field_and_never_echoed(
    client: TestClient, body: str, status: int, code: str, field: str | None
) -> None:
    response = client.post("/api/deploys", content=body, headers={"Content-Type": "application/json"})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["field"]) == (status, code, field)
    assert "hunter2" not in response.text
    assert "noon" not in response.text


@pytest.mark.usefixtures("raising")
@pytest.mark.parametrize("number", ["nan", "1e999", "-inf", "abc", ""])
def test_an_odd_number_in_a_parameter_is_no_fault_of_ours(client: TestClient, number: str) -> None:
    body = {"version": "v1", "password": "x", "at": 1}
    assert client.post(f"/api/deploys?number={number}", json=body).status_code in (200, 422)


@pytest.mark.parametrize(
    "path", ["/api/services/%00", "/services/%ff%fe", "/a/../../etc/passwd", "//api//x", "/" + "a" * 8000]
)
def test_an_odd_address_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_405_names_every_method_the_address_takes(client: TestClient, app: FastAPI) -> None:
    app.get("/api/things")(lambda: None)
    app.put("/api/things")(lambda: None)
    response = client.delete("/api/things")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, PUT"
