import pytest
from fastapi import FastAPI
from starlette.routing import Route
from starlette.testclient import TestClient

from app.web import openapi

UNDESCRIBED = {"/openapi.json", "/static/{hash}/{name:path}"}


def test_every_plain_route_is_described_by_hand_and_nothing_else(app: FastAPI) -> None:
    plain = {route.path for route in app.router.routes if type(route) is Route}
    assert plain - UNDESCRIBED == set(openapi.PLAIN_PATHS)


def test_the_description_holds_the_plain_routes_and_fastapi_s(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert "/api/v1/write" in described["paths"]
    assert "/api/services" in described["paths"]
    assert "/" not in described["paths"], "pages are for people"


def test_errors_are_described_in_the_one_shape(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert "HTTPValidationError" not in str(described)
    reference = {"schema": {"$ref": "#/components/schemas/Error"}}
    for path, operations in described["paths"].items():
        for operation in operations.values():
            if path not in openapi.PLAIN_PATHS:
                assert operation["responses"]["422"]["content"] == {"application/json": reference}


def test_descriptions_are_for_those_who_ask(client: TestClient) -> None:
    assert "Raises" not in client.get("/openapi.json").text
    assert "Authorization: Bearer" in client.get("/api/docs").text


@pytest.mark.parametrize("path", openapi.PLAIN_PATHS)
def test_the_reference_page_shows_every_operation_without_a_foreign_script(client: TestClient, path: str) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert path in page.text
    assert "//cdn" not in page.text
    assert "<script>" not in page.text
