"""Moments in which who asks is not known yet, or not any more."""

import asyncio
from threading import Event

import pytest
from starlette.requests import HTTPConnection

from app.actions import people as acting
from app.domain.people import Actor, Kind
from app.store import people, sessions
from app.store.engine import Store
from app.web.auth import Doorkeeper
from app.web.deps import App
from tests import loops
from tests.web.people.conftest import Enter


def connection(cookie: str = "") -> HTTPConnection:
    headers = [(b"cookie", cookie.encode())] if cookie else []
    scope = {"type": "http", "path": "/", "query_string": b"", "headers": headers, "burnline.headers": dict(headers)}
    return HTTPConnection(scope)


def test_nobody_is_taken_for_local_before_it_is_known_whether_there_are_accounts(
    burnline: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = burnline.doorkeeper
    assert keeper is not None
    answer, state = Event(), keeper._state

    def slow() -> tuple[int, bool]:
        answer.wait(10)
        return state()

    async def at_once() -> list[Actor]:
        asked = [asyncio.create_task(keeper.actor_of(connection())) for _ in range(3)]
        await asyncio.sleep(0)
        answer.set()
        return await asyncio.gather(*asked)

    monkeypatch.setattr(keeper, "_state", slow)
    assert {actor.kind for actor in loops.run(at_once())} == {Kind.ANONYMOUS}


def test_a_session_that_ends_while_it_is_looked_up_is_not_remembered(
    burnline: App, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper, cookie = burnline.doorkeeper, enter("ada").headers["Cookie"]
    assert keeper is not None
    find = keeper._find_session

    def overtaken(*asked: object) -> object:
        found = find(*asked)  # type: ignore[arg-type]
        _end_all(burnline.store)
        keeper.forget()
        return found

    monkeypatch.setattr(keeper, "_find_session", overtaken)
    assert loops.run(keeper.actor_of(connection(cookie))).name == "ada"
    monkeypatch.undo()
    assert loops.run(keeper.actor_of(connection(cookie))).kind is Kind.ANONYMOUS


def test_without_an_account_everybody_is_local_and_then_nobody_is(burnline: App) -> None:
    with burnline.store.writing() as db:
        for person in people.every(db):
            db.exec_driver_sql(f"DELETE FROM people WHERE id = {person.id}")
    keeper = Doorkeeper(burnline.store, burnline.settings, clock=burnline.clock)
    assert loops.run(keeper.actor_of(connection())).kind is Kind.LOCAL
    with burnline.store.writing() as db:
        made = acting.create_first(db, "root", "a hash", now_ms=0)
    keeper.forget()
    assert made.role == "admin"
    assert loops.run(keeper.actor_of(connection())).kind is Kind.ANONYMOUS


def _end_all(store: Store) -> None:
    with store.writing() as db:
        for person in people.every(db):
            sessions.end(db, person.id)
