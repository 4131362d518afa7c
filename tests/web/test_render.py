from collections.abc import Iterator

import jinja2
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.testclient import TestClient

from app.reports import formats
from app.web import deps, needs, render
from app.web.deps import App
from tests.web.conftest import Clock

TEMPLATES = {"plain.html": "{{ build }} {{ live_since }} {{ text }}", "a.svg": "{{ text }}", "a.txt": "{{ text }}"}


@pytest.fixture(autouse=True)
def templates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(needs.NEEDS, "GET /plain", needs.ANYBODY)
    environment = render.environment().overlay(loader=jinja2.DictLoader(TEMPLATES))
    monkeypatch.setattr(render, "environment", lambda: environment)


@pytest.fixture
def client(app: FastAPI, rendered: list[str]) -> Iterator[TestClient]:
    @app.get("/plain", dependencies=[deps.STATE])
    def plain(request: Request) -> Response:
        rendered.append("once")
        return render.page(request, "plain.html", text="<b>")

    with TestClient(app, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def rendered() -> list[str]:
    """One entry each time the page was rendered."""
    return []


def test_a_page_knows_its_build_and_whence_it_is_live(client: TestClient, burnline: App) -> None:
    assert client.get("/plain").text == f"test {burnline.live.id} &lt;b&gt;"


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_escapes_whatever_its_name(template: str) -> None:
    assert "<" not in render.text(template, text="<b>", build="", live_since="")


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render.text("a.txt")


def test_every_format_is_a_filter() -> None:
    assert render.environment().filters["percent"] is formats.percent
    assert render.environment().filters["ago"] is formats.ago


def test_an_unchanged_page_is_304_without_being_rendered(client: TestClient, rendered: list[str]) -> None:
    first = client.get("/plain")
    again = client.get("/plain", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "Cookie" in again.headers["vary"]
    assert rendered == ["once"]


def test_a_page_is_rendered_anew_for_whatever_it_depends_on(client: TestClient, burnline: App, clock: Clock) -> None:
    def etag(query: str = "", **headers: str) -> str:
        return str(client.get(f"/plain{query}", headers=headers).headers["etag"])

    plain = etag()
    assert etag() == plain
    assert etag("?range=1h") != plain
    assert etag(cookie="theme=dark") != plain
    assert etag(**{"hx-request": "true"}) != plain
    burnline.board.changed({1: 1}, now_ms=0)
    moved = etag()
    assert moved != plain
    burnline.revision += 1
    revised = etag()
    assert revised != moved
    clock.move(11)
    assert etag() != revised


def test_what_people_change_makes_every_page_new(client: TestClient, burnline: App) -> None:
    burnline.demo = True
    client.put("/api/demo/progress", json={"fraction": 0.5})
    assert burnline.revision == 1
    client.put("/api/demo/progress", json={"fraction": 5})
    client.post("/api/samples", json={"metric": "up", "value": 1})
    assert burnline.revision == 1
