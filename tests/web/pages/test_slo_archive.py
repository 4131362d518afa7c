"""Taking an objective out of use, after a question, and putting it back as it was."""

from starlette.testclient import TestClient

from app.store import slos
from app.store.engine import Store
from tests.web.pages.conftest import Look, words
from tests.web.pages.test_slo_forms import FILLED, HTML, _known, saved

__all__ = ["_known"]


def test_an_objective_is_archived_after_a_question_and_restored_as_it_was(
    client: TestClient, store: Store, look: Look
) -> None:
    client.post("/slos", data=FILLED, headers=HTML)
    before = saved(store)
    assert 'href="/slos/checkout-works/archival"' in look("/slos/checkout-works/edit")
    question = look("/slos/checkout-works/archival")
    assert "Archive Checkout works?" in words(question)
    assert saved(store) == before
    page = client.post("/slos/checkout-works/archival", data={"note": "Moved"}, headers=HTML)
    assert "Checkout works checkout-works 99.5 % checkout" in words(page.text)
    with store.reading() as db:
        assert slos.every(db) == []
        assert slos.edits(db, before.id)[0][1].note == "Moved"
    assert client.get("/slos/checkout-works/edit", headers=HTML).status_code == 404
    answer = client.post(f"/slos/archived/{before.id}/restoration", headers=HTML, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/slos/checkout-works")
    after = saved(store)
    assert after.revision > before.revision
    assert (after.id, after.sli_id, after.alerting, after.target) == (
        before.id,
        before.sli_id,
        before.alerting,
        before.target,
    )
    assert "Nothing is archived." in words(look("/slos/archived"))


def test_history_of_one_that_is_restored_is_read_again(client: TestClient, store: Store) -> None:
    """Nobody has kept the minutes of an SLI that was out of use."""
    client.post("/slos", data=FILLED, headers=HTML)
    slo = saved(store)
    with store.writing() as db:
        (sli,) = slos.slis(db)
        slos.note_filled(db, [sli], at_ms=sli.wanted_ms)
    client.post("/slos/checkout-works/archival", headers=HTML)
    client.post(f"/slos/archived/{slo.id}/restoration", headers=HTML)
    with store.reading() as db:
        (sli,) = slos.slis(db)
    assert sli.filled_ms == sli.created_ms > sli.wanted_ms


def test_one_whose_address_was_given_to_another_is_not_restored(client: TestClient, store: Store) -> None:
    client.post("/slos", data=FILLED, headers=HTML)
    old = saved(store)
    client.post("/slos/checkout-works/archival", headers=HTML)
    client.post("/slos", data={**FILLED, "target": "99 %"}, headers=HTML)
    answer = client.post(f"/slos/archived/{old.id}/restoration", headers=HTML)
    assert answer.status_code == 422
    assert "There is another objective checkout-works now. Archive that one" in words(answer.text)
    assert str(saved(store).target) == "0.99"


def test_what_is_not_archived_is_not_restored(client: TestClient, store: Store) -> None:
    client.post("/slos", data=FILLED, headers=HTML)
    assert client.post(f"/slos/archived/{saved(store).id}/restoration", headers=HTML).status_code == 404
    assert client.post("/slos/archived/99/restoration", headers=HTML).status_code == 404
    assert client.get("/slos/nothing/archival", headers=HTML).status_code == 404


def test_archived_is_an_address_of_its_own(client: TestClient) -> None:
    answer = client.post("/slos", data={**FILLED, "slo": "archived"}, headers=HTML)
    assert "archived is an address of its own." in words(answer.text)
