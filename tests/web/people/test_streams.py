"""Streams of people whom a proxy names: each ends when its own reader may read no longer, and no other does."""

import asyncio
from ipaddress import ip_network

import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from app.actions import people as acting
from app.web import deps, needs, rights
from app.web.deps import App
from app.web.events import Subscriber
from tests import loops
from tests.web.conftest import Clock
from tests.web.people.conftest import NOW_MS, with_settings

PROXY = "10.0.0.1"


def connection(app: FastAPI, user: str) -> HTTPConnection:
    headers = [(b"x-user", user.encode())]
    scope = {"type": "http", "path": "/live", "path_params": {}, "client": (PROXY, 1), "app": app, "state": {}}
    return HTTPConnection({**scope, "headers": headers, "burnline.headers": dict(headers)})


def test_the_streams_of_two_people_behind_a_proxy_are_two(
    app: FastAPI, burnline: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights, "CHECK_SECONDS", 0.01)
    with_settings(burnline, clock, trusted_proxies=(ip_network(PROXY),), proxy_user_header="x-user")

    async def both_watched() -> tuple[bool, bool]:
        watch, grace, joan = rights.Rights(), Subscriber(), Subscriber()
        for user, subscriber in (("joan", joan), ("grace", grace)):
            await deps.admit(connection(app, user), needs.READ)
            watch.watch(connection(app, user), needs.READ, subscriber)
        with burnline.store.writing() as db:
            acting.disable(db, acting.named(db, "grace"), by="ada", now_ms=NOW_MS)
        burnline.forget_people()
        assert b"bye" in await asyncio.wait_for(grace.take(), 10)
        ended = grace.parted, joan.parted
        watch.forget(grace)
        watch.forget(joan)
        return ended

    assert loops.run(both_watched()) == (True, False)
