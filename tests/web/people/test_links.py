"""Links with which a password is chosen: on record, and good no more when they should not be."""

import pytest

from app.actions import passwords
from app.actions import people as acting
from app.store import audit
from app.web.deps import App
from tests.web.people.conftest import Enter

WORDS = "a few more words"
FIELDS = {"password": WORDS, "again": WORDS}
JSON = {"accept": "application/json"}


def number_of(burnline: App, name: str) -> int:
    with burnline.store.reading() as db:
        return acting.named(db, name).id


def invited(enter: Enter, burnline: App, name: str) -> str:
    answer = enter("ada").post(f"/settings/people/{number_of(burnline, name)}/invitation")
    return "/setup/" + answer.text.partition("/setup/")[2].partition("<")[0]


def test_who_hands_out_a_link_to_an_account_is_on_record(enter: Enter, burnline: App) -> None:
    invited(enter, burnline, "vic")
    with burnline.store.reading() as db:
        (found,) = audit.newest(db, verb="link_made")
    assert (found.by, found.subject) == ("ada", "vic")


@pytest.mark.parametrize("what", ["the account is disabled", "another password is chosen"])
def test_a_link_holds_no_longer_than_what_it_was_made_for(enter: Enter, burnline: App, what: str) -> None:
    link = invited(enter, burnline, "vic")
    assert enter().get(link).status_code == 200
    if what == "the account is disabled":
        done = enter("ada").post(f"/settings/people/{number_of(burnline, 'vic')}", data={"do": "disable"})
        assert done.status_code == 303
    else:
        with burnline.store.writing() as db:
            acting.set_password(db, acting.named(db, "vic"), passwords.hashed("words of their own"), by="vic")
    answer = enter().post(link, data=FIELDS, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "link_over")


def test_a_disabled_account_gets_no_link(enter: Enter, burnline: App) -> None:
    number = number_of(burnline, "vic")
    enter("ada").post(f"/settings/people/{number}", data={"do": "disable"})
    answer = enter("ada").post(f"/settings/people/{number}/invitation")
    assert answer.status_code == 422
    assert "/setup/" not in answer.text
