"""Everything that changes what is shown lives in the address; zone and theme are remembered too."""

import re

import pytest
from starlette.testclient import TestClient

from tests.web.pages.conftest import Look, words

HTML = {"accept": "text/html"}


def links(html: str) -> list[str]:
    return [one.replace("&amp;", "&") for one in re.findall(r'href="(/[^"]*)"', html)]


def test_links_carry_the_view(look: Look) -> None:
    found = links(look("/", tz="Europe/Berlin", range="7d", theme="dark"))
    assert "/services/checkout?range=7d&tz=Europe/Berlin&theme=dark" in found
    assert "/services/quiet%40staging?range=7d&tz=Europe/Berlin&theme=dark" in found


def test_what_is_so_anyway_is_not_in_links(look: Look) -> None:
    assert "/services/checkout" in links(look("/"))


def test_another_range_leaves_an_absolute_one(look: Look) -> None:
    html = look("/services/checkout", **{"from": "2026-11-23T12:00:00Z", "to": "2026-11-23T13:00:00Z", "tz": "UTC"})
    assert "/services/checkout?tz=UTC&range=1h" in links(html)


def test_an_absolute_range_stays_in_links(look: Look) -> None:
    html = look("/services/checkout", **{"from": "2026-11-23T12:00:00Z", "to": "2026-11-23T13:00:00Z"})
    assert any(one.startswith("/?from=2026-11-23T12:00:00Z&to=2026-11-23T13:00:00Z") for one in links(html))


def test_freeze_makes_a_range_absolute(client: TestClient) -> None:
    answer = client.get("/services/checkout?range=1h&tz=UTC&freeze", headers=HTML, follow_redirects=False)
    assert answer.status_code == 303
    to = "/services/checkout?from=2026-11-23T13:32:05Z&to=2026-11-23T14:32:05Z&tz=UTC"
    assert answer.headers["location"] == to
    assert client.get(f"{to}&freeze", headers=HTML, follow_redirects=False).status_code == 200


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_the_theme_is_the_servers_and_remembered(client: TestClient, theme: str) -> None:
    chosen = client.get(f"/?theme={theme}", headers=HTML)
    assert f'data-theme="{theme}"' in chosen.text
    assert f"theme={theme}" in chosen.headers["set-cookie"]
    assert f'data-theme="{theme}"' in client.get("/", headers=HTML).text


def test_the_address_wins_over_what_is_remembered(client: TestClient) -> None:
    client.cookies.update({"theme": "dark", "tz": "Asia/Kolkata"})
    html = client.get("/?theme=light&tz=UTC", headers=HTML).text
    assert 'data-theme="light"' in html
    assert "14:31 UTC" in words(html)


def test_the_browsers_zone_is_taken_when_none_was_chosen(client: TestClient) -> None:
    client.cookies.update({"browser_zone": "Europe%2FBerlin"})
    assert "15:31 Europe/Berlin (UTC+1)" in words(client.get("/", headers=HTML).text)


def test_a_chosen_zone_is_left_again_for_the_browsers(client: TestClient) -> None:
    client.cookies.update({"browser_zone": "Europe%2FBerlin", "tz": "Asia/Kolkata"})
    assert "20:01 Asia/Kolkata" in words(client.get("/", headers=HTML).text)
    assert "15:31 Europe/Berlin" in words(client.get("/?tz=browser", headers=HTML).text)


@pytest.mark.parametrize(
    "cookies", [{"theme": "pink"}, {"tz": "../x"}, {"browser_zone": "%00"}, {"theme": "x" * 8_000}]
)
def test_garbage_in_cookies_is_nothing_remembered(client: TestClient, cookies: dict[str, str]) -> None:
    client.cookies.update(cookies)
    answer = client.get("/", headers=HTML)
    assert answer.status_code == 200
    assert 'data-theme="auto"' in answer.text
    assert "14:31 UTC" in words(answer.text)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("range=2h", "The range must be one of 1h, 6h, 24h, 7d, 30d."),
        ("from=2026-11-23T12:00:00Z", "An absolute range needs both from and to."),
        ("range=1h&from=1&to=2", "Give either range, or from and to."),
        ("from=2026-11-23T13:00:00Z&to=2026-11-23T12:00:00Z", "The from must be before the to."),
        ("from=0&to=1795438800", "The range is 20780 days long; at most 400."),
        ("tz=Mars/Olympus", "That time zone is not known."),
        ("theme=pink", "The theme must be one of auto, light, dark."),
        ("state=fine", "state: Input should be"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(client: TestClient, query: str, sentence: str) -> None:
    answer = client.get(f"/?{query}", headers=HTML)
    assert answer.status_code == 422
    assert sentence in words(answer.text)


def test_a_parameter_given_twice_is_refused(client: TestClient) -> None:
    assert client.get("/?tz=UTC&tz=UTC", headers=HTML).status_code == 400
