"""`/api/slos`: objectives as they are, and defining them; each fault is named at its field."""

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
    made = client.post("/api/slos?unseen=true&author=mira", json=DEFINED)
    assert made.status_code == 201, made.text
    assert (made.json()["slo"], made.json()["target"]) == ("checkout-works", "0.999")
    assert [one["factor"] for one in made.json()["alerting"]["pairs"]] == ["14.4", "6", "3", "1"]
    assert client.get("/api/slos/checkout-works").json()["health"] == "no_data"
    changed = client.put("/api/slos/checkout-works?unseen=true&note=too strict", json={**DEFINED, "target": "0.99"})
    assert changed.json()["target"] == "0.99"
    edits = client.get("/api/slos/checkout-works/edits").json()
    assert [(one["author"], one["note"], one["origin"]) for one in edits] == [
        ("local", "too strict", "api"),
        ("mira", "", "api"),
    ]
    assert (edits[0]["fields"], edits[0]["before"]["target"], edits[1]["before"]) == (["target"], "0.999", None)
    assert client.delete("/api/slos/checkout-works").status_code == 204
    assert client.get("/api/slos/checkout-works").status_code == 404


def test_what_is_answered_can_be_sent_again_and_changes_nothing(client: TestClient) -> None:
    made = client.post("/api/slos?unseen=true", json=DEFINED).json()
    again = client.put("/api/slos/checkout-works?unseen=true", json=made)
    assert (again.status_code, again.json()) == (200, made)
    assert len(client.get("/api/slos/checkout-works/edits").json()) == 1


def test_the_list_is_worst_first(client: TestClient) -> None:
    found = client.get("/api/slos").json()
    assert [one["slo"] for one in found][:2] == ["payments-availability", "checkout-availability"]
    assert (found[1]["firing"], found[1]["burn_fast_minutes"]) == ("page-fast page-slow ticket-slow", 60)
    lines = client.get("/api/slos?format=csv").text.splitlines()
    assert (len(lines), lines[0]) == (len(slo_cast.ROLES) + 1, ",".join(found[0]))


def test_every_objective_has_its_object(client: TestClient) -> None:
    for role in slo_cast.ROLES:
        found = client.get(f"/api/slos/{role.slug}")
        assert found.status_code == 200
        assert (found.json()["health"], found.json()["indicator"]["sentence"]) == (role.health, role.words)


def test_parts_of_a_composite_are_named_by_objective(client: TestClient) -> None:
    for name in ("Pay", "Ship"):
        fields = {"bad": f'{name}_total{{code="500"}}', "total": f"{name}_total"}
        defined = {**DEFINED, "name": name, "indicator": {"kind": "ratio", "fields": fields}}
        assert client.post("/api/slos?unseen=true", json=defined).status_code == 201
    parts = [{"slo": "pay"}, {"slo": "ship", "target": 0.99}]
    both = {**DEFINED, "name": "Buying", "indicator": {"kind": "composite", "fields": {"rule": "all_of", "of": parts}}}
    made = client.post("/api/slos", json=both)
    assert made.status_code == 201, made.text
    assert [one["target"] for one in made.json()["indicator"]["fields"]["of"]] == [0.999, 0.99]
    unknown = {"kind": "composite", "fields": {"rule": "all_of", "of": [{"slo": "pay"}, {"slo": "nobody"}]}}
    found = client.post("/api/slos", json={**both, "indicator": unknown}).json()["error"]
    assert (found["code"], found["field"]) == ("member_unknown", "indicator.fields.of.1.slo")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param({"target": 1}, "target", id="a target of 1"),
        pytest.param({"target": 0}, "target", id="a target of 0"),
        pytest.param({"target": "99.9"}, "target", id="a percentage without its sign"),
        pytest.param({"target": "1e999"}, "target", id="a target beyond all numbers"),
        pytest.param({"target": "many"}, "target", id="no number"),
        pytest.param({"service": "chekout"}, "service", id="a service nobody has sent"),
        pytest.param({"slo": "Checkout!"}, "slo", id="a name that is no address"),
        pytest.param({"slo": "preview"}, "slo", id="a reserved name"),
        pytest.param({"name": "", "slo": ""}, "name", id="no name"),
        pytest.param({"window": "401d"}, "window", id="a window beyond what is kept"),
        pytest.param({"window": "soon"}, "window", id="no window"),
        pytest.param(
            {"window": {"kind": "calendar", "unit": "month", "anchor": "2026-01-31"}}, "window.anchor", id="a 31st"
        ),
        pytest.param(
            {"window": {"kind": "calendar", "unit": "day", "anchor": "2026-01-01", "zone": "Mars"}},
            "window.zone",
            id="no zone",
        ),
        pytest.param({"budgeting": {"method": "time_slices"}}, "budgeting.slice_target", id="slices without a target"),
        pytest.param({"budgeting": {"no_data": "bad"}}, "budgeting.no_data", id="silence that is bad by occurrences"),
        pytest.param(
            {
                "target": 0.9,
                "alerting": {"pairs": [{"name": "p", "severity": "page", "long_minutes": 60, "factor": 14}]},
            },
            "alerting.pairs.0.factor",
            id="a policy that can never fire",
        ),
        pytest.param({"indicator": {"kind": "luck", "fields": {}}}, "indicator.kind", id="no kind"),
        pytest.param({"indicator": RATIO, "owners": "me"}, "owners", id="a field nobody knows"),
        pytest.param({"credits": [{"below": 0.99, "credit": 2}]}, "credits.0.credit", id="more than the fee back"),
        pytest.param({"labels": {"team": ["a\x00"]}}, "labels.team", id="a character no database takes"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(client: TestClient, changed: dict[str, Any], field: str) -> None:
    known = "&unseen=true" if "service" not in changed else ""
    found = client.post(f"/api/slos?author=mira{known}", json={**DEFINED, **changed})
    assert (found.status_code, found.json()["error"]["field"]) == (422, field), found.text


def test_a_selector_without_series_is_refused_until_that_is_allowed(client: TestClient) -> None:
    found = client.post("/api/slos", json=DEFINED)
    assert (found.status_code, found.json()["error"]["field"]) == (422, "indicator.fields.total")
    assert client.post("/api/slos?unseen=true", json=DEFINED).status_code == 201
    taken = client.post("/api/slos?unseen=true", json=DEFINED)
    assert taken.json()["error"]["code"] == "slug_taken"
