"""What the browser remembers for its reader: the visit, the team; and exact times as a form sends them."""

import re

import pytest
from starlette.testclient import TestClient

from app.web.deps import App
from tests.reports.slo_cast import SloCast
from tests.web.conftest import Clock
from tests.web.pages.conftest import Look, words

HTML = {"accept": "text/html"}


@pytest.fixture
def burnline(burnline: App) -> App:
    burnline.slos = SloCast()
    return burnline


def test_a_first_visit_has_none_before(look: Look) -> None:
    assert "since your last visit" not in look("/")


@pytest.mark.parametrize(("minutes", "is_told"), [(29, False), (31, True)])
def test_half_an_hour_without_a_look_ends_a_visit(
    client: TestClient, clock: Clock, minutes: int, is_told: bool
) -> None:
    client.get("/", headers=HTML)
    clock.move(minutes * 60)
    assert ("Changed since your last visit (14:32)" in words(client.get("/", headers=HTML).text)) is is_told
    clock.move(120)
    again = words(client.get("/", headers=HTML).text)
    assert ("Changed since your last visit (14:32)" in again) is is_told, "it stays for the whole visit"


def test_a_look_is_noted_once_a_minute_at_most(client: TestClient, clock: Clock) -> None:
    assert "visit=" in client.get("/", headers=HTML).headers["set-cookie"]
    clock.move(59)
    assert "set-cookie" not in client.get("/", headers=HTML).headers


@pytest.mark.parametrize("cookie", ["x", "1.2.3", "-1.-1", "9" * 40 + ".1", "."])
def test_garbage_for_a_visit_is_none(client: TestClient, cookie: str) -> None:
    client.cookies.set("visit", cookie)
    assert client.get("/", headers=HTML).status_code == 200


def test_what_changed_is_told_against_the_state_then(look: Look) -> None:
    text = words(look("/changed", since="2026-11-23T14:05:00Z"))
    assert "Changed since 14:05" in text
    assert "checkout OK CRIT errors 7.12 %, 5 % is critical 14:14" in text
    assert "ledger OK CRIT" in text
    assert "catalog" not in text
    link = words(look("/overview/changed", since="2026-11-23T14:05:00Z"))
    assert link == "2 changed since your last visit (14:05)"


def test_more_than_a_day_ago_is_a_day_ago(look: Look) -> None:
    assert "Changed since 22 Nov 15:3" in words(look("/changed", since="2026-01-01T00:00:00Z"))


def test_exact_times_are_of_the_zone_of_the_page(look: Look) -> None:
    query = {"from": "2026-11-23T13:00", "to": "2026-11-23T14:30", "tz": "Europe/Berlin"}
    html = look("/services/checkout", **query)
    shown = re.search(r'aria-label="Golden signals, ([^"]+)"', html)
    assert shown
    assert shown[1] == "2026-11-23 13:00 to 2026-11-23 14:30 Europe/Berlin (UTC+1)"
    assert 'value="2026-11-23T13:00"' in html
    utc = look("/services/checkout", **{"from": "2026-11-23T12:00:00Z", "to": "2026-11-23T13:30:00Z", "tz": "UTC"})
    assert re.findall(r'"t0": ?(\d+)', html) == re.findall(r'"t0": ?(\d+)', utc) == ["1795435200000"]


def test_a_time_that_does_not_exist_is_refused_in_a_sentence(client: TestClient) -> None:
    answer = client.get("/services/checkout?from=2026-13-41T12:00&to=2026-11-23T13:00", headers=HTML)
    assert answer.status_code == 422
    assert "The from is no time that exists." in words(answer.text)


def test_an_unknown_team_is_refused_and_a_forgotten_one_forgotten(client: TestClient) -> None:
    assert client.get("/?team=nobody", headers=HTML).status_code == 404
    client.cookies.set("team", "nobody")
    assert words(client.get("/", headers=HTML).text).count("= 8 services") == 1


def test_the_search_says_what_its_json_says(look: Look, client: TestClient) -> None:
    told = client.get("/api/search?q=check").json()
    html = look("/search", q="check")
    assert [one["name"] for one in told[:2]] == ["checkout", "Checkout availability"]
    assert re.findall(r"<b>([^<]+)</b>", html.split('class="hits"')[1]) == [one["name"] for one in told]
    assert told[0] == {
        "kind": "service",
        "name": "checkout",
        "detail": "errors 7.12\u2009%, 5\u2009% is critical",
        "href": "/services/checkout",
        "state": "crit",
        "word": "CRIT",
    }
