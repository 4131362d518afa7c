"""People, sessions and tokens in either database."""

import pytest

from app.domain.people import Role, Scope
from app.store import owners, people, revisions, services, sessions, tokens
from app.store.engine import Store
from app.store.services import Described
from app.store.sessions import Ticket
from app.store.tokens import Token

NOW_MS = 1_795_444_325_000
HOUR_MS = 3_600_000


def test_a_person_has_a_role_teams_and_a_password_and_each_change_raises_the_number(store: Store) -> None:
    with store.writing() as db:
        assert not people.exist(db)
        ada = people.add(db, "ada", Role.VIEWER, now_ms=NOW_MS)
        people.set_teams(db, ada, ("search", "payments"))
        people.set_role(db, ada, Role.ADMIN)
        people.set_password(db, ada, "a hash")
        people.set_teams(db, ada, ("search",))
    with store.reading() as db:
        found = people.by_name(db, "ada")
        assert found == people.by_id(db, ada)
        assert found is not None
        assert (found.role, found.teams, found.has_password) == (Role.ADMIN, ("search",), True)
        assert people.password_of(db, ada) == "a hash"
        assert people.admins(db) == {ada}
        assert people.every(db) == [found]
        assert revisions.read(db, revisions.PEOPLE) == 5


def test_a_disabled_admin_administers_nothing(store: Store) -> None:
    with store.writing() as db:
        ada = people.add(db, "ada", Role.ADMIN, now_ms=NOW_MS)
        people.set_disabled(db, ada, NOW_MS)
        assert people.admins(db) == set()
        people.set_disabled(db, ada, None)
        assert people.admins(db) == {ada}


def test_an_identity_is_one_issuer_s_alone_and_stays_whose_it_was(store: Store) -> None:
    with store.writing() as db:
        ada, bob = (people.add(db, name, Role.VIEWER, now_ms=NOW_MS) for name in ("ada", "bob"))
        people.vouch(db, "https://a", "1", ada, now_ms=NOW_MS)
        people.vouch(db, "https://b", "1", bob, now_ms=NOW_MS)
        people.vouch(db, "https://a", "1", bob, now_ms=NOW_MS)
        names = [people.by_identity(db, issuer, "1") for issuer in ("https://a", "https://b", "https://c")]
    assert [one and one.name for one in names] == ["ada", "bob", None]


def test_sessions_are_found_by_digest_and_end_one_by_one_or_all_but_one(store: Store) -> None:
    with store.writing() as db:
        numbers = [sessions.begin(db, bytes([n]) * 32, 7, address="::1", agent="", now_ms=NOW_MS + n) for n in range(4)]
        assert sessions.find(db, bytes([2]) * 32) == sessions.of_person(db, 7)[1]
        sessions.end(db, 7, session_id=numbers[0])
        assert sessions.end(db, 7, but=numbers[3]) == 2
        assert [one.id for one in sessions.of_person(db, 7)] == [numbers[3]]
        sessions.touch(db, numbers[3], now_ms=NOW_MS + HOUR_MS)
        assert sessions.forget(db, created_before_ms=0, seen_before_ms=NOW_MS + HOUR_MS) == 0
        assert sessions.forget(db, created_before_ms=0, seen_before_ms=NOW_MS + HOUR_MS + 1) == 1


def test_a_ticket_is_good_until_it_is_torn_replaced_or_over(store: Store) -> None:
    with store.writing() as db:
        first, second = b"1" * 32, b"2" * 32
        sessions.issue(db, first, Ticket("password", 7, "", NOW_MS + 10))
        assert sessions.ticket(db, first, "setup", now_ms=NOW_MS) is None
        sessions.issue(db, second, Ticket("password", 7, "kept", NOW_MS + 10))
        assert sessions.ticket(db, first, "password", now_ms=NOW_MS) is None
        assert sessions.ticket(db, second, "password", now_ms=NOW_MS + 10) is None
        assert sessions.ticket(db, second, "password", now_ms=NOW_MS) == Ticket("password", 7, "kept", NOW_MS + 10)
        assert sessions.tear(db, second, now_ms=NOW_MS)
        assert not sessions.tear(db, second, now_ms=NOW_MS)


def test_attempts_are_kept_until_they_would_be_full_again(store: Store) -> None:
    with store.writing() as db:
        sessions.note_attempts(db, "ada", 3.5, now_ms=NOW_MS, full_before_ms=0)
        assert sessions.attempts(db, "ada") == (3.5, NOW_MS)
        sessions.note_attempts(db, "bob", 9.0, now_ms=NOW_MS + 2, full_before_ms=NOW_MS + 1)
        assert sessions.attempts(db, "ada") is None
        sessions.clear_attempts(db, "bob")
        assert sessions.attempts(db, "bob") is None


def test_a_token_comes_back_with_the_digest_of_its_secret_and_is_revoked_once(store: Store) -> None:
    token = Token("abcdefgh", "ci", (Scope.READ, Scope.WRITE), "eu", None, "ada", NOW_MS, NOW_MS + HOUR_MS)
    with store.writing() as db:
        tokens.add(db, token, b"d" * 32)
        tokens.note_use(db, token.id, hour_ms=NOW_MS)
        found = tokens.find(db, token.id)
        assert found is not None
        assert found[1] == b"d" * 32
        assert (found[0].scopes, found[0].used_ms) == (token.scopes, NOW_MS)
        assert [found[0].is_good(at_ms) for at_ms in (NOW_MS, NOW_MS + HOUR_MS)] == [True, False]
        assert tokens.revoke(db, token.id, now_ms=NOW_MS)
        assert not tokens.revoke(db, token.id, now_ms=NOW_MS)
        assert tokens.find(db, "other") is None
        (listed,) = tokens.every(db)
        assert not listed.is_good(NOW_MS)
        assert tokens.every(db, person_id=7) == []


@pytest.mark.parametrize(("labels", "owner"), [({"team": ("Pay",)}, "Pay"), ({"owner": ("Shop",)}, "Shop"), ({}, "")])
def test_a_service_is_the_team_s_in_its_labels(store: Store, labels: dict[str, tuple[str, ...]], owner: str) -> None:
    with store.writing() as db:
        number = services.ensure(db, [("shop", "")], now_ms=NOW_MS)["shop", ""]
        services.describe(db, number, Described("Shop", "", labels, {}))
        assert owners.of_service(db, "shop") == owner
        assert owners.of_service(db, "unknown") == ""
