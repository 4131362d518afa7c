"""Nothing that anybody sends makes a 500, whoever they are: each described operation, over a company with objectives.

FAULT_FACTOR=20 looks longer.
"""

import os
from dataclasses import replace

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis import GenerationMode

from app.domain.board import Board
from app.domain.people import Scope
from app.store import slos
from app.web import app as web
from app.web.deps import App
from app.web.hub import Hub
from app.web.kinds import STREAM_PATH
from tests import objectives
from tests.reports import cast
from tests.web import fuzzing
from tests.web.conftest import Clock
from tests.web.people.conftest import NOW_MS, Enter

FACTOR = int(os.environ.get("FAULT_FACTOR", "1"))  # noqa: TID251  # how long to look
OBJECTIVE = "payments-availability"
THERE = {"slo": OBJECTIVE, "service": "payments", "name": "all", "entry": "1", "notice": "1", "screen": "1"}

WHO: tuple[tuple[str, tuple[Scope, ...]], ...] = (
    ("", ()),
    ("vic", ()),
    ("", (Scope.INGEST,)),
    ("", (Scope.READ,)),
    ("ed", ()),
    ("", (Scope.WRITE,)),
    ("ada", ()),
    ("", (Scope.ADMIN,)),
)


@pytest.fixture
def board(clock: Clock) -> Board:
    return cast.board(now_ms=int(clock().timestamp() * 1000))


@pytest.fixture
def company(burnline: App) -> FastAPI:
    """With an objective of a team, and any Host will do."""
    burnline.settings = replace(burnline.settings, host="0.0.0.0")
    with burnline.store.writing() as db:
        if slos.by_slug(db, OBJECTIVE) is None:
            made = objectives.objective(objectives.failures(), slug=OBJECTIVE, service="payments")
            objectives.stored(db, replace(made, owner="payments"), now_ms=NOW_MS)
    return web.create(burnline)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_nobody_s_request_ends_in_a_fault_of_ours(
    company: FastAPI, enter: Enter, burnline: App, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hub, "run", _silent)  # every request begins the application anew, each on a loop of its own
    described = schemathesis.openapi.from_asgi("/openapi.json", company, headers=enter("ada").headers)
    headers = [enter(name, *scopes).headers for name, scopes in WHO]
    plain = described.exclude(path=STREAM_PATH)
    assert fuzzing.feed_all(plain, mode, examples=FACTOR, headers=headers, there=THERE) > 20
    assert burnline.counters.by("burnline_unexpected_errors_total") == {}


async def _silent(hub: Hub) -> None: ...
