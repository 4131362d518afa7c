"""`/`: what is broken, since when, and how the rest is doing."""

import re

import pytest
from starlette.testclient import TestClient

from app.domain.board import Board, ServiceRef
from app.web.deps import App, Progress
from tests.reports import cast
from tests.web.pages.conftest import Look, words


def cell(html: str, service: str, name: str) -> str:
    row = html.split(f'data-service="{service}"')[1].split("</tr>", maxsplit=1)[0]
    found = re.search(rf'data-cell="{name}">([^<]*)<', row)
    assert found
    return found[1].replace("\u2009", " ")


def test_services_stand_worst_first_with_their_reasons(look: Look) -> None:
    html = look("/")
    assert re.findall(r'<tr data-service="([^"]+)" data-state="([^"]+)"', html)[:4] == [
        ("ledger", "crit"),
        ("checkout", "crit"),
        ("search", "warn"),
        ("mailer", "no-data"),
    ]
    assert "errors 7.12 %, 5 % is critical since 14:14 ( 18 min )" in words(html)
    assert "no data since 13:58 ( 34 min )" in words(html)
    assert "<title>(3) Overview · Burnline</title>" in html


def test_the_counts_sum_to_the_total(look: Look) -> None:
    assert "2 critical 1 warning 1 no data 0 maintenance 4 ok = 8 services" in words(look("/"))


def test_the_page_says_what_the_json_says(look: Look, client: TestClient) -> None:
    html = look("/")
    for one in client.get("/api/services").json():
        slug = one["service"]
        assert cell(html, slug, "word").lower().replace(" ", "-") == one["state"]
        if one["error_ratio"] is None:
            assert cell(html, slug, "errors") == "–"
        else:
            assert float(cell(html, slug, "errors").removesuffix(" %")) == pytest.approx(
                one["error_ratio"] * 100, rel=0.01, abs=0.005
            )


def test_what_is_not_known_is_a_dash(look: Look) -> None:
    html = look("/")
    assert [cell(html, "mailer", name) for name in ("latency", "traffic", "errors", "saturation")] == ["–"] * 4


def test_a_mean_is_called_a_mean(look: Look) -> None:
    row = look("/").split('data-service="legacy"')[1].split("</tr>")[0]
    assert '<small data-note="latency">mean</small>' in row


def test_states_can_be_picked_and_names_searched_for(look: Look) -> None:
    assert re.findall(r'<tr data-service="([^"]+)"', look("/", state="crit")) == ["ledger", "checkout"]
    assert re.findall(r'<tr data-service="([^"]+)"', look("/", q="CHECK")) == ["checkout"]
    assert "No service is called like “nobody”" in words(look("/", q="nobody"))


def test_the_list_is_a_region_with_its_own_address(look: Look) -> None:
    region = look("/overview/services", state="warn")
    assert region.startswith('<div id="services"')
    assert region.strip() in look("/", state="warn")


def test_the_overview_of_an_hour_ago_shows_an_hour_ago(look: Look) -> None:
    html = look("/", **{"from": "2026-11-23T13:00:00Z", "to": "2026-11-23T13:40:00Z"})
    assert re.findall(r'<tr data-service="([^"]+)" data-state="crit"', html) == []
    assert "Frozen" in words(html)
    assert "js/live.js" not in html


def test_the_overview_does_not_look_back_for_longer_than_a_day(client: TestClient) -> None:
    answer = client.get("/?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z", headers={"accept": "text/html"})
    assert answer.status_code == 422
    assert "looks back one day" in answer.text


def test_the_list_asks_the_database_for_teams_alone(look: Look, queries: list[str]) -> None:
    look("/")
    assert [one.partition("FROM ")[2].split()[0] for one in queries if one.startswith("SELECT")] == ["services"]


def test_names_are_shown_as_they_are_and_never_run(board: Board, look: Look) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'&amp;{{7*7}}"
    board.learn([ServiceRef(99, hostile, hostile, "")])
    cast.fill(board, 99, cast.CAST[0], newest_ms=cast.NOW_MS - 5_000)
    board.changed({99: cast.NOW_MS - 5_000}, now_ms=cast.NOW_MS)
    html = look("/")
    assert hostile in words(html)
    assert "<img" not in html
    assert hostile in words(look(f"/services/{hostile.replace('#', '%23').replace('?', '%3F')}"))


def test_nothing_is_styled_or_scripted_in_the_page_itself(look: Look) -> None:
    for path in ("/", "/services/checkout", "/settings", "/settings/recipes"):
        html = look(path)
        assert not re.search(r"<[^>]+\s(style|on\w+)=", html)
        assert "<style" not in html
        assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", html))


@pytest.mark.parametrize("path", ["/", "/overview/services"])
def test_a_backfill_shows_how_far_it_is(path: str, look: Look, burnline: App) -> None:
    burnline.progress = Progress("Filling in history", "3.2 days", 37)
    html = look("/overview/progress") if path != "/" else look("/")
    assert "Filling in history 3.2 days" in words(html)
    assert 'value="37"' in html


class TestBeforeThereIsAnything:
    @pytest.fixture
    def board(self) -> Board:
        return Board()

    def test_the_page_says_how_to_send_metrics_here(self, look: Look) -> None:
        text = words(look("/"))
        assert "No metrics yet" in text
        assert "remote_write: - url: http://localhost/api/v1/write" in text
        assert "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://localhost/v1/metrics" in text
        assert "curl http://localhost/api/v1/import/prometheus" in text
