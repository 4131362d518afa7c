"""`/services/{service}`: its state with the evidence, four charts, their numbers as text."""

import json
import re

import pytest
from starlette.testclient import TestClient

from app.domain.board import Board, ServiceRef
from app.domain.changes import Change
from app.domain.signals import MINUTE_MS
from app.store import changes
from app.store.engine import Store
from tests.reports import cast
from tests.web.pages.conftest import Look, words


@pytest.fixture
def deployed(store: Store) -> None:
    with store.writing() as db:
        change = Change("checkout", cast.NOW_MS - 21 * MINUTE_MS, "v2.43", "Deploy", "https://ci.example/1")
        changes.record(db, change, now_ms=cast.NOW_MS)


@pytest.mark.usefixtures("deployed")
def test_the_state_names_its_evidence_and_never_a_cause(look: Look) -> None:
    text = words(look("/services/checkout"))
    assert (
        "checkout CRIT since 14:14 ( 18 min ) Errors 7.12 %, 5 % is critical, began 3 min after deploy v2.43 ." in text
    )
    assert "cause" not in text.lower()


@pytest.mark.usefixtures("deployed")
def test_deploys_are_listed_with_their_links(look: Look) -> None:
    html = look("/services/checkout")
    assert '<a href="https://ci.example/1" rel="noreferrer">v2.43</a>' in html
    assert "2026-11-23 14:11 v2.43 Deploy" in words(html)


def test_a_healthy_service_says_so(look: Look) -> None:
    assert "catalog OK Errors, latency, traffic and saturation are as they usually are." in words(
        look("/services/catalog")
    )


def test_a_silent_service_says_when_it_fell_silent(look: Look) -> None:
    text = words(look("/services/mailer"))
    assert "mailer NO DATA since 13:58 ( 34 min ) Nothing has come in since" in text


def test_a_service_whose_counters_sent_one_sample_is_not_told_that_nothing_came(look: Look, board: Board) -> None:
    board.learn([ServiceRef(99, "fresh", "fresh", "")])
    assert "fresh NO DATA There are no figures of this service yet. A counter gives its first" in words(
        look("/services/fresh")
    )
    assert "fresh no figures yet" in words(look("/"))


def test_the_charts_columns_are_those_of_the_api(look: Look, client: TestClient) -> None:
    html = look("/services/search")
    found = re.search(r'<script type="application/json" id="columns">(.*?)</script>', html, re.DOTALL)
    assert found
    shown = json.loads(found[1])
    query = {"start": shown["t0"] // 1000, "end": shown["end"] / 1000, "format": "columns", "compare": "week"}
    assert client.get("/api/services/search/signals", params=query).json() == shown


def test_the_figures_are_those_of_the_api(look: Look, client: TestClient) -> None:
    html = look("/services/legacy")
    now = client.get("/api/services/legacy").json()
    found = re.search(r'<b data-cell="latency">([^<]+)</b> <small data-note="latency">mean</small>', html)
    assert found
    assert float(found[1].split("\u2009")[0]) == pytest.approx(now["latency_seconds"] * 1000, rel=0.01)


def test_every_number_of_the_charts_can_be_read_without_them(look: Look) -> None:
    html = look("/services/checkout")
    table = html.split('id="table"')[1].split("</details>")[0]
    assert table.count("<tr>") == 61
    assert "Latency p99 Traffic Failed Errors cpu" in words(table)


def test_a_name_with_a_slash_has_a_page(look: Look, client: TestClient) -> None:
    answer = client.get("/services/team/checkout", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no service named team/checkout." in words(answer.text)


def test_the_head_is_a_region_with_its_own_address(look: Look) -> None:
    head = look("/services/checkout/head")
    assert head.strip().startswith('<header id="head"')
    assert head.strip() in look("/services/checkout")


def test_data_in_the_page_cannot_end_its_script(store: Store, look: Look) -> None:
    with store.writing() as db:
        change = Change("checkout", cast.NOW_MS - MINUTE_MS, "</script><script>alert(1)", "<!--")
        changes.record(db, change, now_ms=cast.NOW_MS)
    html = look("/services/checkout")
    assert "<script>alert" not in html
    assert "</script><script>alert(1)" in words(html)


@pytest.mark.parametrize(("range_", "points"), [("1h", 59), ("6h", 359), ("24h", 287), ("7d", 169), ("30d", 361)])
def test_a_range_is_drawn_in_a_step_that_suits_it(range_: str, points: int, look: Look) -> None:
    html = look("/services/catalog", range=range_)
    found = re.search(r'id="columns">(.*?)</script>', html, re.DOTALL)
    assert found
    assert len(json.loads(found[1])["traffic"][0]["values"]) == pytest.approx(points, abs=2)
    assert f'aria-current="true">{range_}</a>' in html


def test_a_frozen_page_is_not_live(look: Look) -> None:
    html = look("/services/catalog")
    frozen = re.search(r'id="freeze" href="([^"]+)"', html)
    assert frozen
    assert frozen[1].startswith("/services/catalog?from=2026-11-23T08:32:05Z&amp;to=2026-11-23T14:32:05Z")
    page = look(frozen[1].replace("&amp;", "&"))
    assert "js/live.js" not in page
    assert "Back to live" in page


def test_times_are_in_the_zone_of_the_address_which_is_named(look: Look) -> None:
    text = words(look("/services/checkout", tz="Asia/Kolkata"))
    assert "since 19:44" in text
    assert "Times in Asia/Kolkata (UTC+5:30)" in text


def test_the_page_asks_the_database_a_handful_of_questions(look: Look, queries: list[str]) -> None:
    look("/services/checkout")
    assert len([one for one in queries if one.startswith("SELECT")]) <= 5
