"""What the API tells of an objective's past, of its ledger, and of objectives that are not there yet."""

from typing import Any

import pytest
from pytest import approx  # noqa: PT013  # reads like a number
from starlette.testclient import TestClient

from app.domain.board import Board
from app.store import services
from app.store.engine import Connection, Store
from app.store.slo_schema import metadata
from app.web.deps import App
from tests.reports import slo_boards, slo_cast, slo_past

CHECKOUT = "/api/slos/checkout-availability"
TABLES = ["budget", "burn", "periods", "alerts", "ledger", "spending?by=hour", "spending?by=deploy"]
ENTRY: dict[str, Any] = {
    "start": "2026-11-20T02:00:00Z",
    "end": "2026-11-20T03:00:00Z",
    "author": "mira",
    "reason": "Database moved",
}
PREVIEW: dict[str, Any] = {
    "name": "Checkout works",
    "service": "checkout",
    "target": "99.9 %",
    "indicator": {"kind": "ratio", "fields": {"bad": 'r{code="500"}', "total": "r"}},
}


@pytest.fixture
def burnline(burnline: App, store: Store, board: Board) -> App:
    with store.writing() as db:
        services.ensure(db, [("checkout", "")], now_ms=0)
        slo_past.store(db, slo_cast.ROLES[:1])
        slo_cast.open_alerts(db)
    with store.reading() as db:
        burnline.slos = slo_boards.loaded(db)
    return burnline


def test_every_table_of_every_objective_is_json_and_csv(client: TestClient) -> None:
    for slug in (one.slug for one in slo_cast.ROLES):
        for name in TABLES:
            found = client.get(f"/api/slos/{slug}/{name}")
            assert found.status_code == 200, found.text
            text = client.get(f"/api/slos/{slug}/{name}{'&' if '?' in name else '?'}format=csv").text
            assert len(text.splitlines()) == len(found.json()) + 1
            if found.json():
                assert text.splitlines()[0] == ",".join(found.json()[0])


def test_the_newest_point_of_the_budget_is_the_objective_s_own(client: TestClient) -> None:
    now = client.get(CHECKOUT).json()
    newest = client.get(f"{CHECKOUT}/budget").json()[-1]
    assert newest["time"] == now["until"] == "2026-11-23T14:31:00Z"
    assert (newest["compliance"], newest["budget_left"]) == (now["compliance"], now["budget_left"])
    gate = client.get(f"{CHECKOUT}/gate").json()
    assert (gate["budget_left"], gate["health"], gate["allowed"]) == (now["budget_left"], now["health"], True)
    row = next(one for one in client.get("/api/slos").json() if one["slo"] == now["slo"])
    assert {name: now[name] for name in row if name != "window"} == {
        name: value for name, value in row.items() if name != "window"
    }


def test_a_replay_tells_every_policy_at_every_step(client: TestClient) -> None:
    found = client.get(f"{CHECKOUT}/burn?start=2026-11-18T12:00:00Z&end=2026-11-18T18:00:00Z&step=1h").json()
    assert len(found) == 6 * len(slo_cast.PAIRS)
    # The bad night of 50 minutes began five days before 14:31 and ends at 15:21: at 15:00 it has lasted 29 minutes.
    at = {(one["time"], one["pair"]): one for one in found}
    assert at["2026-11-18T14:00:00Z", "page-fast"]["state"] == "inactive"
    assert at["2026-11-18T15:00:00Z", "page-fast"]["state"] == "firing"
    assert at["2026-11-18T17:00:00Z", "page-fast"]["state"] == "inactive"


def test_an_hour_of_the_day_is_that_of_the_zone(client: TestClient) -> None:
    # The bad nights begin at 14:31 in UTC, and last 90 and 50 minutes.
    for zone, hour in (("UTC", "15:00"), ("Asia/Tokyo", "00:00")):
        rows = client.get(f"{CHECKOUT}/spending?by=hour&tz={zone}").json()
        assert sum(one["share"] for one in rows) == approx(1)
        assert max(rows, key=lambda one: one["bad_events"])["value"] == hour


def test_an_entry_is_made_listed_and_taken_back(client: TestClient) -> None:
    slug = "/api/slos/checkout-works"
    client.post("/api/slos?unseen=true", json=PREVIEW)
    made = client.post(f"{slug}/ledger", json=ENTRY)
    assert made.status_code == 201, made.text
    assert (made.json()["scope"], made.json()["treatment"]) == ("slo:checkout-works", "removed")
    back = client.post(f"/api/ledger/{made.json()['id']}/reversal", json={"reason": "It was another day"})
    assert (back.status_code, back.json()["reverses"]) == (201, made.json()["id"])
    rows = client.get(f"{slug}/ledger").json()
    assert [(one["kind"], one["author"], one["reversed_by"]) for one in rows] == [
        ("reversal", "local", None),
        ("exclusion", "mira", back.json()["id"]),
    ]
    again = client.post(f"/api/ledger/{made.json()['id']}/reversal", json={"reason": "Again"})
    assert (again.status_code, again.json()["error"]["code"]) == (422, "entry_reversed")


def test_an_entry_may_concern_a_service_or_all(client: TestClient) -> None:
    assert client.post("/api/ledger?service=checkout", json=ENTRY).json()["scope"] == "service:checkout"
    other = {**ENTRY, "kind": "debit", "events": 40, "reason": "Lost in the queue"}
    assert client.post("/api/ledger", json=other).json()["scope"] == "all"
    assert [one["scope"] for one in client.get("/api/ledger?service=catalog").json()] == ["all"]
    assert len(client.get("/api/ledger").json()) == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"reason": " "}, "reason", id="no reason"),
        pytest.param({"reason": "a\x00b"}, "reason", id="a character no database takes"),
        pytest.param({"end": "2026-11-20T01:00:00Z"}, "end", id="an end before its start"),
        pytest.param({"start": "yesterday"}, "start", id="no time"),
        pytest.param({"kind": "credit"}, "events", id="a credit of nothing"),
        pytest.param({"kind": "credit", "events": 1e300}, "events", id="a credit beyond all events"),
        pytest.param({"recurrence": "FREQ=SOMETIMES"}, "recurrence", id="no rule"),
        pytest.param({"zone": "Europe/Atlantis"}, "zone", id="no zone"),
    ],
)
def test_what_cannot_be_entered_is_refused_at_its_field(
    client: TestClient, changed: dict[str, Any], field: str
) -> None:
    found = client.post("/api/ledger", json={**ENTRY, **changed})
    assert (found.status_code, found.json()["error"]["field"]) == (422, field), found.text
    assert client.get("/api/ledger").json() == []


def test_a_preview_writes_nothing(client: TestClient, store: Store) -> None:
    with store.reading() as db:
        before = dump(db)
    found = client.post("/api/slos/preview?unseen=true", json=PREVIEW)
    assert found.status_code == 200, found.text
    assert found.json()["definition"]["slo"] == "checkout-works"
    assert found.json()["notes"][0] == "No series is selected, so there is no history to look at."
    with store.reading() as db:
        assert dump(db) == before


def test_badges_are_pictures_that_say_what_they_show(client: TestClient) -> None:
    for path in ("/slos/payments-availability/badge.svg", "/services/checkout/badge.svg"):
        found = client.get(path)
        assert (found.status_code, found.headers["content-type"]) == (200, "image/svg+xml")
        assert found.text.startswith("<svg ")
    assert client.get("/services/nobody/badge.svg").status_code == 404


@pytest.mark.parametrize(
    ("path", "field"),
    [
        pytest.param("/budget?step=1s", "step", id="a step of seconds"),
        pytest.param("/burn?start=2026-01-01T00:00:00Z&end=2026-11-01T00:00:00Z&step=1m", "step", id="too many points"),
        pytest.param("/spending?by=people", "by", id="spending by something else"),
        pytest.param("/spending?by=label:route", "by", id="spending by a label nobody has"),
        pytest.param("/spending?by=hour&tz=Mars", "tz", id="hours of another planet"),
    ],
)
def test_what_cannot_be_told_is_refused_at_its_field(client: TestClient, path: str, field: str) -> None:
    found = client.get(f"{CHECKOUT}{path}")
    assert (found.status_code, found.json()["error"]["field"]) == (422, field), found.text


def dump(db: Connection) -> dict[str, list[Any]]:
    """Every row of every table."""
    return {table.name: list(db.execute(table.select())) for table in metadata.sorted_tables}
