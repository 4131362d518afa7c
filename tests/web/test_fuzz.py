"""Nothing a client sends makes a 500: every described operation, fed with what its description allows and what not."""

from dataclasses import replace

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.schemas import BaseSchema
from starlette.testclient import TestClient

from app.domain.board import Board
from app.store import migrate
from app.store.engine import Store
from app.web import app as web
from app.web.deps import App
from app.web.kinds import STREAM_PATH
from tests.reports import cast
from tests.web import fuzzing
from tests.web.conftest import Clock
from tests.web.test_ingest import Route, each_route, send

EXAMPLES = 8  # of each operation, allowed and not allowed each


@pytest.fixture
def board(clock: Clock) -> Board:
    return cast.board(now_ms=int(clock().timestamp() * 1000))


@pytest.fixture
def described(burnline: App, store: Store) -> BaseSchema:
    migrate.upgrade(store)
    burnline.settings = replace(burnline.settings, host="0.0.0.0")  # any Host will do
    return schemathesis.openapi.from_asgi("/openapi.json", web.create(burnline)).exclude(path=STREAM_PATH)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_ends_in_a_fault_of_ours(described: BaseSchema, mode: GenerationMode) -> None:
    tried = fuzzing.feed_all(described, mode, examples=EXAMPLES)
    assert tried >= (10 if mode is GenerationMode.POSITIVE else 4)


EDITS = st.lists(st.tuples(st.integers(0, 4096), st.binary(max_size=6)), min_size=1, max_size=4)


@each_route
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, tail=st.binary(max_size=40), noise=st.binary(max_size=400) | st.none())
def test_no_body_ends_in_a_fault_of_ours(
    client: TestClient, burnline: App, route: Route, edits: list[tuple[int, bytes]], tail: bytes, noise: bytes | None
) -> None:
    body = bytearray(route.body)
    for where, piece in edits:
        at = where % len(body)
        body[at : at + len(piece)] = piece
    response = send(client, route, content=bytes(body) + tail if noise is None else noise)
    assert response.status_code in (200, 204, 400, 413, 415, 422)
    assert burnline.counters.value("burnline_unexpected_errors_total", kind="ingest") == 0
