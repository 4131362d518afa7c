"""`/api/slos`: objectives as they are, and defining them."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.store import services
from app.store.engine import Store
from app.web.deps import App
from tests.reports import slo_cast
from tests.reports.slo_cast import SloCast

RATIO: dict[str, Any] = {"kind": "ratio", "fields": {"bad": 'requests_total{code="500"}', "total": "requests_total"}}
DEFINED: dict[str, Any] = {"name": "Checkout works", "service": "checkout", "target": "99.9 %", "indicator": RATIO}


@pytest.fixture
def burnline(burnline: App, store: Store) -> App:
    with store.writing() as db:
        services.ensure(db, [("checkout", "")], now_ms=0)
        slo_cast.open_alerts(db)
    burnline.slos = SloCast()
    return burnline


def test_an_objective_is_defined_changed_and_archived(client: TestClient) -> None:
    made = client.post("/api/slos?unseen=true", json=DEFINED)
    assert made.status_code == 201, made.text
    assert made.json()["slo"] == "checkout-works"
    assert client.get("/api/slos/checkout-works").json()["health"] == "no_data"
    changed = client.put("/api/slos/checkout-works?unseen=true", json={**DEFINED, "target": "0.99"})
    assert changed.json()["target"] == "0.99"
    assert client.delete("/api/slos/checkout-works").status_code == 204
    assert client.get("/api/slos/checkout-works").status_code == 404


def test_the_list_is_worst_first(client: TestClient) -> None:
    found = client.get("/api/slos").json()
    assert [one["slo"] for one in found][:2] == ["payments-availability", "checkout-availability"]
    assert client.get("/api/slos?format=csv").text.count("\n") == len(slo_cast.ROLES) + 1


@pytest.mark.parametrize("role", slo_cast.ROLES, ids=lambda one: one.slug)
def test_every_objective_has_its_object(client: TestClient, role: slo_cast.Role) -> None:
    found = client.get(f"/api/slos/{role.slug}")
    assert found.status_code == 200
    assert found.json()["health"] == role.health
