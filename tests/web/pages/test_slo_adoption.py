"""A proposal adopted on its page: one click, and it is an objective with the history that proposed it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest import approx  # noqa: PT013  # reads like a number
from starlette.testclient import TestClient

from app.config import Settings
from app.domain.recipes import RecipeBook
from app.web import app as web
from app.web.deps import App
from tests.pipeline import NOW_MS, Pipeline
from tests.reports.test_slo_from_series import traffic
from tests.web.conftest import NullIngest
from tests.web.pages.conftest import words

NOW = datetime.fromtimestamp((NOW_MS + 20_000) / 1000, UTC)
HTML = {"accept": "text/html"}


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    """Five hours of 20 requests a minute, 80 of the 6 000 failed."""
    made = Pipeline(f"sqlite:///{tmp_path}/burnline.db", now_ms=NOW_MS + 20_000)
    made.send(traffic())
    made.sealer.seal(now_ms=made.now_ms, lag_ms=0)
    yield made
    made.close()


@pytest.fixture
def client(pipeline: Pipeline) -> Iterator[TestClient]:
    burnline = App(
        settings=Settings.from_environment({}, {"data_dir": "unused"}),
        store=pipeline.store,
        board=pipeline.board,
        ingest=NullIngest(),
        recipes=RecipeBook([]),
        build="test",
        slos=pipeline.slos,
        clock=lambda: NOW,
    )
    with TestClient(web.create(burnline), base_url="http://localhost", headers=HTML) as made:
        yield made


def test_a_proposal_becomes_an_objective_by_one_click(client: TestClient, pipeline: Pipeline) -> None:
    page = client.get("/slos/proposals").text
    assert 'action="/slos/proposals/shop-availability/adoption"' in page
    assert "98 %" in words(page)  # 1.33 % failed: two thirds of what 98 % leaves
    adopted = client.post("/slos/proposals/shop-availability/adoption", follow_redirects=False)
    assert (adopted.status_code, adopted.headers["location"]) == (303, "/slos/shop-availability")
    pipeline.fill()
    pipeline.follow()
    shown = words(client.get("/slos/shop-availability").text)
    measured = re.search(r"Measured ([0-9.]+) % .*? 80 bad of ([0-9 ]+)", shown)
    assert measured is not None, shown[:1_000]
    total = int(measured[2].replace(" ", ""))
    assert 5_980 <= total <= 6_000  # the first sample of a counter tells of no request
    assert float(measured[1]) == approx(100 * (1 - 80 / total), abs=0.01)  # shown rounded down
    assert "shop-availability" not in client.get("/slos/proposals").text
    assert client.post("/slos/proposals/shop-availability/adoption").status_code == 404
    (edit,) = client.get("/api/slos/shop-availability/edits").json()
    assert (edit["author"], edit["origin"]) == ("local", "proposal")
