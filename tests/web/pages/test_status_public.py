"""What leaves the house by the status page, in which forms, and at what cost."""

import re
from xml.etree import ElementTree as ET

from app.store.engine import Connection
from tests.statuses import measured, minutes
from tests.web.conftest import Clock
from tests.web.pages.conftest import words
from tests.web.status_client import NOW, Open, all_is_well, components, opened, read, summary

__all__ = ["opened"]


def test_answers_may_be_kept_for_seconds_and_are_known_again(opened: Open) -> None:
    client = opened(all_is_well)
    for path in ("/status", "/status/api/v2/summary.json", "/status/feed.atom", "/status/badge.svg"):
        first = client.get(path)
        assert first.headers["cache-control"] == "public, max-age=15, stale-if-error=600"
        again = client.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "set-cookie" not in first.headers


def test_a_storm_of_visitors_asks_the_database_nothing(opened: Open, queries: list[str], clock: Clock) -> None:
    client = opened(all_is_well)
    read(client)
    queries.clear()
    clock.move(4)
    for junk in ("", "?lang=xx", "?callback=alert(1)", "?theme=%3Cscript%3E", "?tz=Nowhere/At/All"):
        assert client.get(f"/status{junk}").status_code == 200
    read(client, "/status/feed.rss")
    assert queries == []


def test_the_page_and_each_feed_and_badge_are_small(opened: Open) -> None:
    def fill(db: Connection) -> None:
        for at in range(12):
            measured(db, f"service-{at}", minutes(days=1, failed={(300, 200): at / 20}))

    client = opened(fill)
    answer = client.get("/status", headers={"accept-encoding": "gzip"})
    assert int(answer.headers["content-length"]) < 30_000
    assert "plotly" not in answer.text
    assert answer.text.count("<script") == 1


def test_feeds_hold_an_entry_for_every_update(opened: Open) -> None:
    client = opened(all_is_well)
    told = {"title": "Payments & refunds <fail>", "services": ["payments"], "text": "We look.\x08", "start": NOW - 600}
    made = client.post("/api/notices", json=told | {"time": NOW - 600}).json()
    client.post(f"/api/notices/{made['id']}/updates", json={"phase": "resolved", "text": "Over."})
    atom = ET.fromstring(read(client, "/status/feed.atom"))
    name = "{http://www.w3.org/2005/Atom}"
    titles = [entry.findtext(f"{name}title") for entry in atom.iter(f"{name}entry")]
    assert titles == ["Resolved: Payments & refunds <fail>", "Investigating: Payments & refunds <fail>"]
    rss = ET.fromstring(read(client, "/status/feed.rss"))
    items = [(item.findtext("title"), item.findtext("pubDate")) for item in rss.iter("item")]
    assert items[1] == ("Investigating: Payments & refunds <fail>", "Mon, 23 Nov 2026 14:22:05 GMT")
    ids = [entry.findtext(f"{name}id") for entry in atom.iter(f"{name}entry")]
    assert ids == [item.findtext("guid") for item in rss.iter("item")]
    assert len(set(ids)) == 2


def test_hostile_words_are_shown_as_they_are(opened: Open) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'&amp;"
    client = opened(all_is_well)
    client.put(
        "/api/status", json={"title": hostile, "about": hostile, "services": [{"service": "payments", "name": hostile}]}
    )
    client.post("/api/notices", json={"title": hostile, "text": hostile, "services": ["payments"]})
    for path in ("/status", "/status/feed.rss", "/status/feed.atom", "/status/badge.svg"):
        assert "<img" not in read(client, path)
    assert words(read(client)).count("<img src=x onerror=alert(1)>\"'&amp;") >= 4


def test_services_are_named_and_grouped_as_chosen(opened: Open) -> None:
    def fill(db: Connection) -> None:
        measured(db, "payments", minutes(), owner="money")
        measured(db, "search", minutes(), owner="ada@example.com")
        measured(db, "search@staging", minutes())

    client = opened(fill)
    groups = {one["name"]: one["components"] for one in summary(client)["components"] if one["group"]}
    assert sorted(groups) == ["Money", "Services"]
    assert sorted(components(client)) == ["Payments", "Search"]
    chosen = {"service": "payments", "name": "Pay", "group": "Buying", "description": "Cards"}
    answer = client.put("/api/status", json={"title": "Acme status", "zone": "Europe/Berlin", "services": [chosen]})
    assert answer.status_code == 200
    text = words(read(client))
    assert text.startswith("All services are operational · Acme status")
    assert "Times in Europe/Berlin (UTC+1)" in text
    assert "Buying Pay Operational Cards" in text
    assert "100 % · Successful requests" in text


def test_badges_say_the_state_in_words(opened: Open) -> None:
    client = opened(lambda db: measured(db, "payments", minutes(failed={(18, 0): 0.2})))
    (number,) = (one["id"] for one in summary(client)["components"] if not one["group"])
    assert "Payments: partial outage" in read(client, f"/status/components/{number}/badge.svg")
    assert "Status: partial outage" in read(client, "/status/badge.svg")
    assert client.get("/status/components/999/badge.svg").status_code == 404
    assert client.get("/status/feed.json").status_code == 404
    assert client.get("/status/api/v2/nothing.json").status_code == 404


def test_another_service_of_an_incident_is_an_error(opened: Open) -> None:
    client = opened(all_is_well)
    answer = client.post("/api/notices", json={"title": "x", "services": ["nobody"]})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "services")
    assert client.post("/api/notices/77/updates", json={"phase": "resolved"}).status_code == 404


PUBLISHED = {
    "version",
    *(f"page.{name}" for name in ("title", "about", "zone", "as_of_ms", "valid_until_ms", "last_known_ms", "level")),
    *(f"page.{name}" for name in ("headline", "since_ms", "next_ms", "groups.name", "past.date")),
    *(
        f"page.groups.components.{name}"
        for name in (
            *("id", "name", "description", "level", "since_ms", "last_known_ms", "last_level"),
            *("measure", "share", "days_known"),
        )
    ),
    "page.groups.components.days",
    *(
        f"page.{where}.{name}"
        for where in ("open", "planned", "past.notices")
        for name in (
            *("id", "kind", "title", "impact", "phase", "start_ms", "end_ms", "next_ms", "components"),
            *(f"updates.{name}" for name in ("id", "phase", "text", "at_ms", "next_ms")),
        )
    ),
}


def fields(value: object, at: str = "") -> set[str]:
    """The paths to all leaves; lists of lists are leaves."""
    if isinstance(value, dict):
        return {path for name, one in value.items() for path in fields(one, f"{at}.{name}" if at else name)}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {path for one in value for path in fields(one, at)}
    return set() if value == [] else {at}


def test_many_components_do_not_make_the_page_heavy(opened: Open) -> None:
    def fill(db: Connection) -> None:
        for at in range(40):
            measured(db, f"service-{at}", minutes(days=3, failed={(2_000, 1_970): 0.2}))

    client = opened(fill)
    answer = client.get("/status", headers={"accept-encoding": "gzip"})
    assert int(answer.headers["content-length"]) < 30_000
    told = re.findall(r"<title>([^<]*)</title><path class=\"(\w+)\" d=\"([^\"]*)\"", answer.text)
    of_one = told[: len(told) // 40]
    assert [text.partition(";")[0] for text, _, _ in of_one] == [
        "26 Aug to 19 Nov: No data",
        "20 Nov to 21 Nov: Operational",
        "22 Nov: Partial outage, 30 min",
        "23 Nov: Operational",
    ]
    assert sum(path.count("M") for _, _, path in of_one) == 90


def test_exactly_these_fields_leave_the_house(opened: Open) -> None:
    """A field that is added to what is published fails here: whoever adds it says that everybody may know it."""

    def fill(db: Connection) -> None:
        measured(db, "pay-core-v2", minutes(), owner="ada@example.com")

    client = opened(fill)
    named = {"service": "pay-core-v2", "name": "Payments"}
    client.put("/api/status", json={"services": [named]})
    secret = {"services": ["pay-core-v2"], "title": "Cards fail", "text": "We look."}
    past = client.post("/api/notices", json=secret).json()
    client.post(f"/api/notices/{past['id']}/updates", json={"phase": "resolved", "text": "Over."})
    client.post("/api/notices", json=secret)
    client.post("/api/notices", json=secret | {"kind": "maintenance", "start": NOW + 60, "end": NOW + 120})
    state = client.get("/status/state.json").json()
    assert fields(state) == PUBLISHED
    today = state["page"]["groups"][0]["components"][0]["days"][-1]
    date, level, share, measure, known, lasted_s, maintenance = today
    assert (date, level, share, measure) == ("2026-11-23", "operational", 1.0, "Successful requests")
    assert (known, lasted_s, maintenance) == (1.0, 0, False)
    paths = ["/status", "/status/state.json", "/status/feed.rss", "/status/feed.atom", "/status/badge.svg"]
    paths += [f"/status/api/v2/{name}.json" for name in ("summary", "status", "components", "incidents")]
    for path in paths:
        text = read(client, path)
        for inside in ("pay-core", "requests_total", "ada", "local", "0.999", "99.9 %", "availability"):
            assert inside not in text.replace("http://localhost", ""), f"{inside} in {path}"
