"""The audit log: what people and machines changed, through the same doors they use, on the page, as JSON and as CSV."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.store import audit, services
from app.store.audit import Deed
from app.store.engine import Store
from tests.web.api.test_slos import DEFINED


@pytest.fixture(autouse=True)
def _checkout(store: Store) -> None:
    with store.writing() as db:
        services.ensure(db, [("checkout", "")], now_ms=0)


def test_an_objective_and_its_ledger_leave_who_whence_and_what_differed(app: FastAPI) -> None:
    with TestClient(app, base_url="http://localhost", client=("192.0.2.7", 50_000)) as client:
        client.post("/api/slos?unseen=true&author=mira", json=DEFINED)
        client.put("/api/slos/checkout-works?unseen=true", json={**DEFINED, "target": "0.99"})
        span = {"start": "2026-11-23T10:00:00Z", "end": "2026-11-23T11:00:00Z"}
        entry = {"kind": "exclusion", "reason": "database move", "treatment": "removed", **span}
        entered = client.post("/api/slos/checkout-works/ledger", json=entry)
        assert entered.status_code == 201, entered.text
        client.delete("/api/slos/checkout-works")
        found = client.get("/api/audit").json()
    assert [(one["number"], one["by"], one["whence"], one["verb"], one["subject"]) for one in found] == [
        (4, "local", "192.0.2.7", "slo_archived", "checkout-works"),
        (3, "local", "192.0.2.7", "ledger_exclusion", "ledger entry 1"),
        (2, "local", "192.0.2.7", "slo_changed", "checkout-works"),
        (1, "mira", "192.0.2.7", "slo_created", "checkout-works"),
    ]
    assert (orjson.loads(found[2]["before"]), orjson.loads(found[2]["after"])) == (
        {"target": "0.999"},
        {"target": "0.99"},
    )
    assert (found[1]["after"], found[3]["before"], found[0]["after"]) == ("database move", "", "")


def test_a_change_that_is_refused_leaves_nothing(client: TestClient) -> None:
    assert client.post("/api/slos?unseen=true", json={**DEFINED, "target": "1"}).status_code == 422
    assert client.get("/api/audit").json() == []
    assert "Nothing was changed yet." in client.get("/settings/audit").text


def test_requests_at_once_each_leave_their_own_address(app: FastAPI) -> None:
    def define(number: int) -> None:
        with TestClient(app, base_url="http://localhost", client=(f"192.0.2.{number}", 50_000)) as client:
            client.post("/api/slos?unseen=true", json={**DEFINED, "slo": f"slo-{number}", "name": f"SLO {number}"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(define, range(1, 17)))
    with TestClient(app, base_url="http://localhost") as client:
        found = client.get("/api/audit").json()
    assert {(one["subject"], one["whence"]) for one in found} == {(f"slo-{n}", f"192.0.2.{n}") for n in range(1, 17)}


def test_the_page_goes_on_with_older_entries_and_finds(client: TestClient, store: Store) -> None:
    with store.writing() as db:
        for number in range(1, 131):
            audit.append(db, Deed("ada" if number % 2 else "bob", "did_something", f"thing {number}"))
    page = client.get("/settings/audit").text
    assert ("thing 130<" in page, "thing 31<" in page, "thing 30<" in page) == (True, True, False)
    assert 'href="/settings/audit?before=31"' in page
    older = client.get("/settings/audit?before=31").text
    assert ("thing 30<" in older, "thing 1<" in older, "Older entries" in older) == (True, True, False)
    found = client.get("/settings/audit?by=bob&subject=thing+12").text
    assert ("thing 120<" in found, "thing 12<" in found, "thing 121<" in found) == (True, True, False)
    assert 'href="/api/audit?format=csv&amp;by=bob&amp;subject=thing+12"' in found


def test_hostile_text_is_shown_inert_and_is_no_formula_in_a_spreadsheet(client: TestClient, store: Store) -> None:
    with store.writing() as db:
        audit.append(db, Deed("<script>alert(1)</script>", "did", "=cmd()", "+1", "-2"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in client.get("/settings/audit").text
    (row,) = csv.DictReader(io.StringIO(client.get("/api/audit?format=csv").text))
    assert (row["subject"], row["before"], row["after"]) == ("'=cmd()", "'+1", "'-2")
