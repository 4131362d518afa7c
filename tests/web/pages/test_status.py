"""What the status page says, through the front door."""

import re

import pytest

from app.domain.errors import Unavailable
from app.domain.ledger import Entry, EntryKind, Scope
from app.store import ledger
from app.store.engine import Connection
from app.web.deps import App
from tests.statuses import NOW_MS, measured, minutes
from tests.web.conftest import Clock
from tests.web.pages.conftest import words
from tests.web.status_client import MINUTE, NOW, Open, all_is_well, components, opened, read, summary

__all__ = ["opened"]


def test_all_is_well(opened: Open) -> None:
    client = opened(all_is_well)
    text = words(read(client))
    assert "All services are operational" in text
    assert "As of 2026-11-23 14:31 UTC" in text
    assert summary(client)["status"] == {"indicator": "none", "description": "All services are operational"}
    assert components(client) == {"Payments": "operational", "Search": "operational"}


@pytest.mark.parametrize(
    ("share", "headline", "status", "indicator"),
    [
        (0.04, "Payments is degraded", "degraded_performance", "minor"),
        (0.2, "Partial outage of Payments", "partial_outage", "major"),
        (0.7, "Major outage of Payments", "major_outage", "critical"),
    ],
)
def test_the_headline_says_what_is_measured(
    opened: Open, share: float, headline: str, status: str, indicator: str
) -> None:
    def fill(db: Connection) -> None:
        measured(db, "payments", minutes(failed={(18, 0): share}))
        measured(db, "search", minutes())

    client = opened(fill)
    text = words(read(client))
    assert f"{headline} Since 14:13 (18 min)." in text
    assert components(client) == {"Payments": status, "Search": "operational"}
    assert summary(client)["status"] == {"indicator": indicator, "description": headline}


def test_a_service_that_is_not_heard_of_is_unknown_and_says_what_was_known_last(opened: Open) -> None:
    def fill(db: Connection) -> None:
        measured(db, "payments", minutes(newest=34))
        measured(db, "search", minutes())

    client = opened(fill)
    text = words(read(client))
    assert "We cannot confirm the state of Payments; all else is operational Last known 13:57." in text
    assert "Unknown Last known: operational, 13:57." in text
    assert components(client) == {"Payments": "unknown", "Search": "operational"}
    assert summary(client)["status"]["indicator"] == "minor"


def test_when_nothing_is_heard_nothing_is_confirmed(opened: Open) -> None:
    client = opened(lambda db: measured(db, "payments", minutes(newest=34)))
    assert "We cannot confirm the present state Last known 13:57." in words(read(client))


def test_without_a_service_the_page_says_so_and_claims_nothing(opened: Open) -> None:
    client = opened(lambda _: None)
    assert "No services are shown here yet" in words(read(client))
    assert summary(client)["status"]["indicator"] == "minor"


def test_evaluation_that_falls_behind_is_never_a_silent_green(opened: Open, clock: Clock) -> None:
    client = opened(all_is_well)
    read(client)
    clock.move(3 * MINUTE - 5)  # as of 14:31:00, and now 14:35:00: three minutes after what was judged, it is 14:34:00
    text = words(read(client))
    assert "We cannot confirm the present state Last known 14:31." in text
    assert text.count("Unknown Last known: operational, 14:31.") == 2
    assert set(components(client).values()) == {"unknown"}


def test_the_page_outlives_its_database_and_says_how_old_it_is(
    opened: Open, burnline: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = opened(all_is_well)
    assert "All services are operational" in read(client)

    def dead() -> Connection:
        raise Unavailable("The database is away.")

    monkeypatch.setattr(burnline.store, "reading", dead)
    monkeypatch.setattr(burnline.store, "writing", dead)
    clock.move(60)
    assert "All services are operational" in read(client)
    clock.move(120)
    assert "We cannot confirm the present state" in words(read(client))


def test_without_anything_read_since_the_start_nothing_is_claimed(opened: Open, burnline: App) -> None:
    client = opened(all_is_well)
    burnline.store.close()
    burnline.slos = type(burnline.slos)()
    burnline.__post_init__()
    assert "We cannot confirm the present state" in words(read(client))
    assert summary(client)["components"] == []


def test_planned_maintenance_is_a_state_of_its_own(opened: Open) -> None:
    def fill(db: Connection) -> None:
        measured(db, "payments", minutes(failed={(18, 0): 0.7}))
        measured(db, "search", minutes())

    client = opened(fill)
    told = {
        "kind": "maintenance",
        "title": "Database upgrade",
        "services": ["payments"],
        "start": NOW - 20 * MINUTE,
        "end": NOW + 40 * MINUTE,
        "text": "Payments may be read-only.",
    }
    assert client.post("/api/notices", json=told).status_code == 201
    text = words(read(client))
    assert "Maintenance of Payments" in text
    assert "Database upgrade In progress 14:12 – 15:12 Payments" in text
    assert components(client) == {"Payments": "under_maintenance", "Search": "operational"}
    (work,) = summary(client)["scheduled_maintenances"]
    assert (work["status"], work["impact"]) == ("in_progress", "maintenance")
    assert (work["scheduled_for"], work["scheduled_until"]) == ("2026-11-23T14:12:05Z", "2026-11-23T15:12:05Z")


def test_maintenance_to_come_is_told_and_changes_nothing(opened: Open) -> None:
    client = opened(all_is_well)
    told = {"kind": "maintenance", "title": "Upgrade", "start": NOW + 3600, "end": NOW + 7200}
    assert client.post("/api/notices", json=told).status_code == 201
    text = words(read(client))
    assert "All services are operational" in text
    assert "Planned maintenance Upgrade Planned 15:32 – 16:32" in text
    assert client.get("/status/api/v2/scheduled-maintenances/upcoming.json").json()["scheduled_maintenances"]


def test_what_the_ledger_leaves_out_now_is_maintenance_and_its_reason_stays_in_the_house(opened: Open) -> None:
    def fill(db: Connection) -> None:
        measured(db, "payments", minutes(failed={(18, 0): 0.7}))
        ledger.lock(db)
        for start, end in ((-20, 30), (24 * MINUTE, 25 * MINUTE)):
            span = (NOW_MS - 5_000 + start * 60_000, NOW_MS - 5_000 + end * 60_000)
            ledger.add(db, Entry(0, EntryKind.EXCLUSION, Scope(), *span, "mira", "Secret migration", NOW_MS))

    client = opened(fill)
    page = read(client)
    assert components(client) == {"Payments": "under_maintenance"}
    assert "Planned maintenance Planned 24 Nov 14:32 – 15:32 Payments" in words(page)
    assert "Secret migration" not in page
    assert "mira" not in page


def test_people_know_more_than_numbers(opened: Open) -> None:
    client = opened(all_is_well)
    told = {
        "title": "Some payments are failing",
        "impact": "major",
        "services": ["payments"],
        "text": "We are rolling back a release.",
        "start": NOW - 18 * MINUTE,
        "next_update": NOW + 28 * MINUTE,
    }
    notice = client.post("/api/notices", json=told).json()
    text = words(read(client))
    assert "Some payments are failing Since 14:14 (17 min). Next update by 15:00." in text
    assert components(client)["Payments"] == "partial_outage"

    said = {"phase": "resolved", "text": "It is over."}
    assert client.post(f"/api/notices/{notice['id']}/updates", json=said).status_code == 201
    text = words(read(client))
    assert "All services are operational" in text
    assert "Mon 23 Nov 2026 Some payments are failing" in text
    found = summary(client)
    assert found["incidents"] == []
    (past,) = client.get("/status/api/v2/incidents.json").json()["incidents"]
    assert [one["status"] for one in past["incident_updates"]] == ["resolved", "investigating"]
    assert past["resolved_at"] == "2026-11-23T14:32:05Z"


def test_a_notice_of_hidden_services_alone_is_not_told(opened: Open) -> None:
    client = opened(all_is_well)
    client.put("/api/status", json={"services": [{"service": "search", "shown": False}]})
    client.post("/api/notices", json={"title": "The secret thing fails", "services": ["search"]})
    page = read(client)
    assert "The secret thing" not in page
    assert "Search" not in words(page)


def test_bars_tell_every_day_in_words_and_by_height(opened: Open) -> None:
    day = 1_440
    client = opened(
        lambda db: measured(
            db, "payments", minutes(days=3, failed={(day + 60, day): 0.2, (2 * day + 60, 2 * day): 0.04})
        )
    )
    page = read(client)
    bars = re.findall(r'<g role="listitem"><title>([^<]*)</title><path class="(\w+)" d="M\d+ 32V(\d+)"/></g>', page)
    assert len(bars) == 90
    assert bars[-2] == ("22 Nov: Partial outage, 1 h; 99.16 % Payments availability", "partial_outage", "6")
    # of 144 000 requests of the day 1 200 failed: 99.1666 %, cut
    assert bars[-3][1:] == ("degraded", "12")
    assert bars[-1] == ("23 Nov: Operational; 100 %", "operational", "18")
    assert bars[0] == ("26 Aug: No data", "unknown", "18")
    assert page.count('class="gap"') == 1 + 1  # one hatched stretch, and the legend's
    assert "4 days measured" in words(page)


def test_days_and_times_are_those_of_the_reader_s_zone(opened: Open) -> None:
    late = 14 * 60 + 31 + 30  # minutes before 14:31: half past eleven at night, UTC
    client = opened(lambda db: measured(db, "payments", minutes(failed={(late, late - 30): 0.2})))
    assert "22 Nov: Partial outage, 30 min" in read(client)
    assert "23 Nov: Partial outage, 30 min" in read(client, tz="Asia/Tokyo")
    assert "Times in Asia/Tokyo (UTC+9)" in words(read(client, tz="Asia/Tokyo"))
    assert "Times in UTC" in words(read(client, tz="Mars/Olympus"))
