"""Signing in, in either database."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.actions import people as acting
from app.actions import sessions
from app.actions.sessions import Caller
from app.domain.errors import TooOften, Unknown
from app.domain.people import Role
from app.store import migrate
from app.store.engine import open_store
from tests.databases import Databases

NOW_MS = 1_795_444_325_000


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_tries_at_once_are_no_more_than_ten(databases: Databases, kind: str) -> None:
    store = open_store(databases.empty(kind))
    migrate.upgrade(store)
    with store.writing() as db:
        acting.create(db, "ada", Role.ADMIN, by="tests", now_ms=NOW_MS)

    def is_judged(_: int) -> bool:
        try:
            sessions.sign_in(store, "ada", "wrong", Caller("192.0.2.7"), now_ms=NOW_MS)
        except Unknown:
            return True
        except TooOften:
            return False
        raise AssertionError

    with ThreadPoolExecutor(8) as pool:
        judged = list(pool.map(is_judged, range(24)))
    store.close()
    assert sum(judged) == 10
