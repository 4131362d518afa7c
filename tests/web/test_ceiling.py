"""Samples are turned away before they are read when memory is nearly used up."""

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.domain.errors import Unavailable
from app.web import app as web
from app.web import ceiling
from app.web.ceiling import Ceiling
from app.web.deps import App
from tests.web.conftest import NullIngest
from tests.web.test_ingest import Route, each_route, send

GIB = 2**30


@each_route
def test_samples_are_told_to_come_again_and_pages_go_on(burnline: App, ingest: NullIngest, route: Route) -> None:
    burnline.settings = replace(burnline.settings, max_memory=1)  # any process has more
    with TestClient(web.create(burnline), base_url="http://localhost") as client:
        response = send(client, route, content=b"not even looked at")
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert "Memory is nearly used up" in response.text
        assert client.get("/healthz").status_code == 200
    assert ingest.batches == []
    refused = dict(burnline.counters.numbers())["burnline_ingest_refused_requests_total"]
    assert [dict(tags)["reason"] for tags in refused] == ["memory_full"]


def test_they_are_taken_again_when_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ceiling, "LOOK_EVERY_SECONDS", 0.0)
    in_use = [2 * GIB, 2 * GIB, GIB]
    one = Ceiling(GIB, ask=lambda: in_use.pop(0))
    with pytest.raises(Unavailable):
        one.check()
    one.check()


@pytest.mark.parametrize(
    ("said", "most"),
    [("1000000\n", 900_000), ("max\n", None), (f"{2**63 - 4096}\n", None), (None, None)],
    ids=["a limit", "none", "none, as older systems say it", "no container"],
)
def test_without_a_setting_the_container_s_limit_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, most: int | None
) -> None:
    file = tmp_path / "memory.max"
    if said is not None:
        file.write_text(said)
    monkeypatch.setattr(ceiling, "CONTAINER_LIMITS", (file,))
    assert Ceiling(0).bytes == most
