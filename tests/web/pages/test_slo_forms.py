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


ENTERED = {
    "kind": "removed",
    "start": "2026-11-20T03:00",
    "end": "2026-11-20T03:40",
    "reason": "Disk moved",
    "author": "mira",
}


def test_minutes_are_left_out_and_taken_back_by_name_and_reason(client: TestClient) -> None:
    client.post("/slos", data=FILLED, headers=HTML)
    page = client.post("/slos/checkout-works/ledger", data=ENTERED, headers=HTML)
    assert "2026-11-20 03:00 Exclusion: 40 min left out this objective Disk moved mira" in words(page.text)
    page = client.post("/slos/checkout-works/ledger/1/reversal", data={"reason": "It was not"}, headers=HTML)
    assert "Reversal: takes back entry 1 this objective It was not local" in words(page.text)
    assert "left out taken back by 2" in words(page.text)


def test_times_of_an_entry_are_in_the_zone_of_the_page(client: TestClient) -> None:
    client.post("/slos", data=FILLED, headers=HTML)
    page = client.post("/slos/checkout-works/ledger?tz=Asia/Kolkata", data=ENTERED, headers=HTML)
    assert "2026-11-20 03:00 Exclusion" in words(page.text)
    assert "2026-11-19 21:30 Exclusion" in words(client.get("/slos/checkout-works?tz=UTC", headers=HTML).text)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"end": "2026-11-20T02:00"}, "An exclusion ends after it starts."),
        ({"reason": " "}, "reason"),
        ({"start": "soon"}, "start is a day or a minute"),
        ({"kind": "credit", "events": "0"}, "A correction is of more than 0 events."),
        ({"recurrence": "FREQ=NEVER"}, "FREQ"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_an_entry_that_cannot_be_comes_back_as_it_was_filled_in(
    client: TestClient, changed: dict[str, str], sentence: str
) -> None:
    client.post("/slos", data=FILLED, headers=HTML)
    answer = client.post("/slos/checkout-works/ledger", data={**ENTERED, **changed}, headers=HTML)
    assert answer.status_code == 422
    assert sentence in words(answer.text)
    assert 'value="mira"' in answer.text
    assert "Nothing was left out or corrected." in words(answer.text)


def test_two_exclusions_never_hold_at_once(client: TestClient) -> None:
    client.post("/slos", data=FILLED, headers=HTML)
    client.post("/slos/checkout-works/ledger", data=ENTERED, headers=HTML)
    answer = client.post("/slos/checkout-works/ledger", data={**ENTERED, "of": "service"}, headers=HTML)
    assert answer.status_code == 422
    assert "it overlaps entry 1 of mira: Disk moved" in words(answer.text)
