"""A Burnline with accounts: a real database, people of every role, and what each of them shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from app.actions import people as acting
from app.actions import sessions, tokens
from app.actions.sessions import Caller
from app.domain.people import Role, Scope
from app.store import migrate, people
from app.store.engine import Store, open_store
from app.web import app as web
from app.web.auth import Doorkeeper
from app.web.deps import App
from tests.databases import Databases
from tests.web.conftest import NOW, Clock

NOW_MS = int(NOW.timestamp() * 1000)
HERE = Caller("192.0.2.7", "tests")
PEOPLE = {
    "ada": (Role.ADMIN, ()),
    "ed": (Role.EDITOR, ("payments",)),
    "eve": (Role.EDITOR, ("search",)),
    "vic": (Role.VIEWER, ()),
}

Enter = Callable[..., "Visitor"]


@pytest.fixture(scope="module")
def template(databases: Databases) -> Path:
    """A migrated database with people in it, to be copied: migrating takes longer than most tests."""
    url = databases.empty("sqlite")
    made = open_store(url)
    migrate.upgrade(made)
    with made.writing() as db:
        for name, (role, teams) in PEOPLE.items():
            acting.create(db, name, role, teams=teams, by="tests", now_ms=NOW_MS)
    made.close()
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture
def store_file(tmp_path: Path, template: Path) -> Path:
    """Where the database is."""
    copy = tmp_path / "burnline.db"
    copy.write_bytes(template.read_bytes())
    return copy


@pytest.fixture
def store(store_file: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{store_file}")
    yield opened
    opened.close()


@pytest.fixture
def burnline(burnline: App, clock: Clock) -> App:
    keeper = Doorkeeper(burnline.store, burnline.settings, clock=clock)
    burnline.doorkeeper = keeper
    return burnline


@pytest.fixture
def app(burnline: App) -> FastAPI:
    return web.create(burnline)


@dataclass
class Visitor:
    """Somebody at the one front door; what the answers leave in a browser is kept in `cookies` alone."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, address: str, **more: Any) -> Response:
        headers = {**self.headers, **more.pop("headers", {})}
        answer = self.client.request(method, address, headers=headers, follow_redirects=False, **more)
        self.client.cookies.clear()
        return answer

    def get(self, address: str, **more: Any) -> Response:
        return self.ask("GET", address, **more)

    def post(self, address: str, **more: Any) -> Response:
        return self.ask("POST", address, **more)


@pytest.fixture
def enter(client: TestClient, burnline: App) -> Enter:
    """Somebody who is signed in, "" is nobody; or a program that shows a token with scopes."""

    def make(name: str = "", *scopes: Scope, source: str = "") -> Visitor:
        with burnline.store.writing() as db:
            if scopes:
                asked = tokens.Asked("a program", scopes, source)
                _, token = tokens.create(db, asked, by="tests", now_ms=NOW_MS)
                return Visitor(client, {"Authorization": f"Bearer {token}"})
            if not name:
                return Visitor(client)
            person = people.by_name(db, name)
            assert person is not None
            return Visitor(client, {"Cookie": f"burnline={sessions.begin(db, person, HERE, now_ms=NOW_MS)}"})

    return make


def with_settings(burnline: App, clock: Clock, **changed: object) -> App:
    """The same Burnline, set otherwise."""
    burnline.settings = replace(burnline.settings, **changed)  # type: ignore[arg-type]
    burnline.doorkeeper = Doorkeeper(burnline.store, burnline.settings, clock=clock)
    return burnline
