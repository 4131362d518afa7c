"""Writing objectives: what was typed stays, each fault stands at its field, a look writes nothing."""

import pytest
from starlette.testclient import TestClient

from app.domain.slos import Slo
from app.store import services, slos
from app.store.engine import Store
from tests.web.pages.conftest import Look, words

HTML = {"accept": "text/html"}
FILLED = {
    "name": "Checkout works",
    "service": "checkout",
    "owner": "payments",
    "target": "99.5 %",
    "window": "7d",
    "zone": "UTC",
    "kind": "ratio",
    "ratio_bad": 'requests_total{code="500"}',
    "ratio_total": "requests_total",
    "method": "occurrences",
    "unseen": "1",
}


@pytest.fixture(autouse=True)
def _known(store: Store) -> None:
    with store.writing() as db:
        services.ensure(db, [("checkout", "")], now_ms=0)


def saved(store: Store, slug: str = "checkout-works") -> Slo:
    with store.reading() as db:
        found = slos.by_slug(db, slug)
    assert found
    return found


def test_an_objective_is_written_and_shown(client: TestClient, store: Store) -> None:
    answer = client.post("/slos", data=FILLED, headers=HTML, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/slos/checkout-works")
    slo = saved(store)
    assert (str(slo.target), slo.owner, str(slo.indicator.selectors()["bad"])) == (
        "0.995",
        "payments",
        'requests_total{code="500"}',
    )
    page = client.get("/slos/checkout-works", headers=HTML)
    assert page.status_code == 200
    assert "NO DATA" in words(page.text)


def test_a_form_that_was_not_touched_changes_nothing(client: TestClient, store: Store, look: Look) -> None:
    client.post("/slos", data={**FILLED, "window": "quarter", "zone": "Europe/Berlin"}, headers=HTML)
    before = saved(store)
    html = look("/slos/checkout-works/edit")
    assert 'value="99.5 %"' in html
    untouched = {**FILLED, "slo": "checkout-works", "window": "quarter", "zone": "Europe/Berlin"}
    client.post("/slos/checkout-works", data=untouched, headers=HTML)
    assert saved(store) == before


def test_policies_follow_the_window_that_was_chosen(client: TestClient, store: Store) -> None:
    client.post("/slos", data=FILLED, headers=HTML)
    assert saved(store).alerting.pairs[0].long_minutes == 14  # 7 d / 720
    client.post("/slos/checkout-works", data={**FILLED, "window": "30d"}, headers=HTML)
    assert saved(store).alerting.pairs[0].long_minutes == 60


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"target": "100 %"}, "The target lies between 0 and 1: 0.999, or 99.9 %."),
        ({"target": "99.9"}, "A number is read as a percentage only with %."),
        ({"service": "chekout", "unseen": ""}, "Is it checkout?"),
        ({"ratio_total": "requests_total{"}, "requests_total{"),
        ({"ratio_total": ""}, "A ratio is made of two"),
        ({"name": "new"}, "new is an address of its own."),
        ({"name": ""}, "name"),
        ({"window": "soon"}, "The window is no length that can be read."),
        ({"window": "month", "zone": "Mars/Olympus"}, "That time zone is not known."),
        ({"method": "time_slices", "slice_minutes": "7", "slice_target": "99 %"}, "divides a day"),
        ({"kind": "threshold", "fields": "{"}, "That is no JSON."),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_fault_is_said_at_its_field_and_what_was_typed_stays(
    client: TestClient, store: Store, changed: dict[str, str], sentence: str
) -> None:
    filled = {name: value for name, value in {**FILLED, **changed}.items() if name != "unseen" or value}
    answer = client.post("/slos", data=filled, headers=HTML)
    assert answer.status_code == 422
    text = words(answer.text)
    assert sentence in text
    assert answer.text.count('class="wrong"') == 1
    assert 'value="payments"' in answer.text
    with store.reading() as db:
        assert slos.every(db) == []


def test_a_look_shows_what_would_have_been_and_writes_nothing(client: TestClient, store: Store) -> None:
    answer = client.post("/slos", data={**FILLED, "do": "preview"}, headers=HTML)
    assert answer.status_code == 200
    assert "99.5 %, rolling 7 d, by occurrences" in words(answer.text)
    assert 'value="Checkout works"' in answer.text
    with store.reading() as db:
        assert slos.every(db) == []


def test_a_form_of_bytes_is_refused(client: TestClient) -> None:
    assert client.post("/slos", content=b"\xff\xfe", headers=HTML).status_code == 400


def test_hostile_names_are_text(client: TestClient, look: Look) -> None:
    client.post("/slos", data={**FILLED, "name": "<script>alert(1)</script>", "slo": "evil"}, headers=HTML)
    assert "<script>alert" not in look("/slos/evil")


def test_proposals_are_listed_even_when_there_are_none(look: Look) -> None:
    assert "Nothing to propose" in words(look("/slos/proposals"))


def test_adopting_what_is_not_proposed_is_told(client: TestClient) -> None:
    assert client.post("/slos/proposals/nothing/adoption", headers=HTML).status_code == 404
