"""Signing in and what ends it, through the front door."""

import sqlite3
import unicodedata
from pathlib import Path

import pytest

from app.actions import passwords, sessions
from app.actions import people as acting
from app.domain import passwords as rules
from app.store import people
from app.web.auth import Doorkeeper
from app.web.deps import App
from tests.web.conftest import Clock
from tests.web.people.conftest import NOW_MS, Enter, Visitor, with_settings

PASSWORD = "correct horse battery"
HASH = passwords.hashed(PASSWORD)
HTML = {"accept": "text/html"}
ELSEWHERE = [
    "//evil",
    "/\\evil",
    "https:evil",
    "https://evil/",
    "\t//evil",
    "/%2f/evil",
    "/%5Cevil",
    "/a\r\nb",
    "evil",
    "",
]


@pytest.fixture(autouse=True)
def ada_has_a_password(burnline: App) -> None:
    with burnline.store.writing() as db:
        acting.set_password(db, acting.named(db, "ada"), HASH, by="tests")


def sign_in(visitor: Visitor, password: str = PASSWORD, *, name: str = "ada", goal: str = "/slos") -> Visitor:
    answer = visitor.post("/sign-in", data={"name": name, "password": password, "next": goal}, headers=HTML)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    return Visitor(visitor.client, {"Cookie": cookie.partition(";")[0]})


def test_a_page_leads_to_the_form_and_the_form_back_to_the_page(enter: Enter) -> None:
    asked = enter().get("/slos?range=1h", headers=HTML)
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=/slos%3Frange%3D1h")
    assert 'value="/slos?range=1h"' in enter().get(asked.headers["location"]).text
    signed_in = sign_in(enter())
    assert signed_in.get("/", headers=HTML).status_code == 200


def test_a_program_is_told_in_json_and_a_part_of_a_page_to_leave_it(enter: Enter) -> None:
    told = enter().get("/api/slos")
    assert (told.status_code, told.json()["error"]["code"]) == (401, "sign_in_needed")
    assert told.headers["www-authenticate"].startswith("Bearer")
    part = enter().get("/slos/list", headers={**HTML, "hx-request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in")


@pytest.mark.parametrize("goal", ELSEWHERE)
def test_signing_in_leads_nowhere_else(enter: Enter, goal: str) -> None:
    answer = enter().post("/sign-in", data={"name": "ada", "password": PASSWORD, "next": goal})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("ed", PASSWORD), ("", "")])
def test_a_wrong_name_is_told_as_a_wrong_password_is(enter: Enter, name: str, password: str) -> None:
    answer = enter().post("/sign-in", data={"name": name, "password": password})
    assert answer.status_code == 401
    assert "The name or the password is wrong." in answer.text
    assert "set-cookie" not in answer.headers
    assert "www-authenticate" not in answer.headers


def test_after_ten_wrong_tries_there_is_one_a_minute(enter: Enter, clock: Clock) -> None:
    def tries() -> int:
        return enter().post("/sign-in", data={"name": "ada", "password": "wrong"}).status_code

    assert [tries() for _ in range(12)] == [401] * 10 + [429] * 2
    assert enter().post("/sign-in", data={"name": "ada", "password": PASSWORD}).status_code == 429
    clock.move(61)
    assert sign_in(enter()).get("/account").status_code == 200


def test_signing_out_ends_the_session_and_not_another(enter: Enter) -> None:
    here, there = sign_in(enter()), sign_in(enter())
    assert here.post("/sign-out").headers["location"] == "/sign-in"
    assert here.get("/account").status_code == 401
    assert there.get("/account").status_code == 200


def test_another_password_ends_every_other_session(enter: Enter) -> None:
    here, there = sign_in(enter()), sign_in(enter())
    new = "another set of words"
    fields = {"current": PASSWORD, "password": new, "again": new}
    assert here.post("/account/password", data={**fields, "current": "wrong"}).status_code == 422
    assert there.get("/account").status_code == 200
    assert here.post("/account/password", data=fields).status_code == 303
    assert (here.get("/account").status_code, there.get("/account").status_code) == (200, 401)
    assert enter().post("/sign-in", data={"name": "ada", "password": PASSWORD}).status_code == 401
    sign_in(enter(), new)


@pytest.mark.parametrize("what", [{"role": "editor", "do": "save"}, {"do": "disable"}])
def test_another_role_or_none_ends_their_sessions(enter: Enter, burnline: App, what: dict[str, str]) -> None:
    vic, ada = enter("vic"), enter("ada")
    with burnline.store.reading() as db:
        number = acting.named(db, "vic").id
    assert vic.get("/account").status_code == 200
    assert ada.post(f"/settings/people/{number}", data=what).status_code == 303
    assert vic.get("/account").status_code == 401


def test_the_last_admin_stays_one(enter: Enter, burnline: App) -> None:
    with burnline.store.reading() as db:
        number = acting.named(db, "ada").id
    for what in ({"role": "viewer", "do": "save"}, {"do": "disable"}):
        answer = enter("ada").post(f"/settings/people/{number}", data=what)
        assert answer.status_code == 422
        assert "last admin" in answer.text


def test_a_session_ends_after_twelve_idle_hours_and_after_seven_days(enter: Enter, clock: Clock) -> None:
    ada = sign_in(enter())
    for _ in range(15):
        clock.move(11 * 3600)
        assert ada.get("/account").status_code == 200
    clock.move(4 * 3600)  # 169 h in all: a week and an hour
    assert ada.get("/account").status_code == 401
    other = sign_in(enter())
    clock.move(12 * 3600 + 1)
    assert other.get("/account").status_code == 401


def test_what_another_process_ends_is_over_within_five_seconds(
    enter: Enter, burnline: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = sign_in(enter())
    assert ada.get("/account").status_code == 200
    with burnline.store.writing() as db:  # nobody tells the doorkeeper here
        acting.set_password(db, acting.named(db, "ada"), HASH, by="elsewhere")
    assert isinstance(burnline.doorkeeper, Doorkeeper)
    burnline.doorkeeper._checked_at -= 2.0  # two seconds later
    assert ada.get("/account").status_code == 401


def test_an_invited_person_chooses_a_password_once(enter: Enter) -> None:
    made = enter("ada").post("/settings/people", data={"name": "Bob@Example.com", "role": "viewer", "teams": "Search"})
    link = "/setup/" + made.text.partition("/setup/")[2].partition("<")[0]
    assert "bob@example.com" in enter().get(link).text
    weak = enter().post(link, data={"password": "Password123!", "again": "Password123!"})
    assert weak.status_code == 422
    fields = {"password": "a few more words", "again": "a few more words"}
    assert enter().post(link, data=fields).status_code == 303
    assert (
        enter().post(link, data=fields, headers={"accept": "application/json"}).json()["error"]["code"] == "link_over"
    )
    sign_in(enter(), "a few more words", name="bob@example.com")


def test_a_https_address_gets_a_cookie_that_no_other_host_can_set(burnline: App, clock: Clock, enter: Enter) -> None:
    with_settings(burnline, clock, public_url="https://burnline.example.com")
    cookie = enter().post("/sign-in", data={"name": "ada", "password": PASSWORD}).headers["set-cookie"]
    assert cookie.startswith("__Host-burnline=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_the_database_holds_nothing_that_opens_a_session(enter: Enter, burnline: App, store_file: Path) -> None:
    ada = sign_in(enter())
    text = ada.headers["Cookie"].partition("=")[2]
    with sqlite3.connect(store_file) as copied:
        dump = "\n".join(copied.iterdump())
    assert text not in dump
    assert PASSWORD not in dump
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in dump
    with burnline.store.reading() as db:
        person = people.by_name(db, "ada")
        assert person is not None
        (found,) = [one for one in [sessions.of_text(db, text, now_ms=NOW_MS)] if one]
        assert found[1].name == "ada"


def test_no_log_holds_a_secret(enter: Enter, caplog: pytest.LogCaptureFixture) -> None:
    ada = sign_in(enter())
    made = ada.post("/settings/people", data={"name": "bob", "role": "viewer"})
    link = made.text.partition("/setup/")[2].partition("<")[0]
    enter().get(f"/setup/{link}")
    enter().post("/sign-in", data={"name": "ada", "password": "hunter2hunter2"})
    told = " ".join(str(vars(record)) for record in caplog.records)
    assert len(link) == 43
    for secret in (PASSWORD, "hunter2hunter2", link, ada.headers["Cookie"].partition("=")[2]):
        assert secret not in told


def test_a_password_counts_as_many_signs_as_it_has_however_a_keyboard_spells_them() -> None:
    spelled = unicodedata.normalize("NFD", "élève" * 25)  # 175 code points, 125 signs
    rules.check(spelled, name="ada")
    assert passwords.holds(passwords.hashed(spelled), spelled)


def test_signing_out_everywhere_else_leaves_the_session_that_asks(enter: Enter) -> None:
    here, there = sign_in(enter()), sign_in(enter())
    assert here.post("/account/sessions/0/end").status_code == 303
    assert there.get("/account").status_code == 401
    assert here.get("/account").status_code == 200
