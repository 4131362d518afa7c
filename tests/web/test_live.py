"""The live channel over HTTP: how a stream is dressed, and when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.web import live
from app.web.deps import App
from app.web.events import event_of
from tests import loops
from tests.web.test_hub import NOW_MS, parsed


class Reader:
    """A client of one stream, as the server sees it."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()
        self.told = asyncio.Event()
        self.stuck = False

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.stuck:
            await asyncio.sleep(60)
        self.sent.append(message)
        if b"event: " in message.get("body", b""):
            self.told.set()

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in parsed(b"".join(message.get("body", b"") for message in self.sent))]


@asynccontextmanager
async def streaming(burnline: App, app: Any, reader: Reader) -> AsyncIterator[asyncio.Task[None]]:
    scope = {"type": "http", "method": "GET", "path": "/live", "query_string": b"", "headers": [], "app": app}
    task = asyncio.create_task(live.Stream()(scope, reader.receive, reader.send))
    await asyncio.wait_for(reader.told.wait(), 1)
    yield task
    task.cancel()


def test_a_stream_is_dressed_so_that_nothing_holds_it_back(burnline: App, app: Any) -> None:
    async def play() -> None:
        reader = Reader()
        async with streaming(burnline, app, reader):
            headers = dict(reader.sent[0]["headers"])
            assert headers[b"content-type"] == b"text/event-stream; charset=utf-8"
            assert headers[b"x-accel-buffering"] == b"no"
            assert headers[b"cache-control"] == b"no-store"
            assert b"retry: 3000\n\n" in reader.sent[1]["body"]
            assert reader.names == ["build", "beat", "resync"]

    loops.run(play())


def test_a_stream_whose_reader_left_is_forgotten(burnline: App, app: Any) -> None:
    async def play() -> None:
        reader = Reader()
        async with streaming(burnline, app, reader) as task:
            assert burnline.live.streams == 1
            reader.gone.set()
            await asyncio.wait_for(task, 1)
            assert burnline.live.streams == 0

    loops.run(play())


def test_a_reader_that_takes_nothing_is_dropped(burnline: App, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "UNSENT_SECONDS", 0.05)

    async def play() -> None:
        reader = Reader()
        async with streaming(burnline, app, reader) as task:
            reader.stuck = True
            burnline.live.tell_all("beat", event_of("beat", burnline.live.beat()))
            await asyncio.wait_for(task, 1)
            assert burnline.live.streams == 0
            assert burnline.counters.value("burnline_live_dropped_total", reason="slow") == 1

    loops.run(play())


def test_polling_answers_what_a_stream_would_have_told(client: TestClient, burnline: App) -> None:
    told = client.get("/live/poll").json()
    assert told["resync"] is True
    assert told["services"] == {}
    assert told["id"] == burnline.live.id
    again = client.get("/live/poll", params={"since": told["id"]}).json()
    assert again["resync"] is False
    assert again["now"] == NOW_MS


def test_a_full_house_is_503_and_when_to_come_again(client: TestClient, burnline: App) -> None:
    burnline.live.limit = 0
    response = client.get("/live")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "streams_full")
    assert response.headers["retry-after"] == "15"


def test_head_of_a_stream_ends(client: TestClient) -> None:
    assert client.head("/live").status_code == 200
