"""The live channel over HTTP: one stream of server-sent events, and a plain answer for those that cannot hold one.

A stream is told what happens by the hub and holds no database session. It ends when the reader leaves, takes
nothing for ten seconds or may read no longer, or when the server stops; never by itself.
"""

import asyncio

import orjson
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app import logs
from app.domain.errors import Forbidden, Unavailable, Unknown
from app.web import deps, needs
from app.web.events import Subscriber, event_of
from app.web.kinds import STREAM_PATH

log = logs.get("live")

UNSENT_SECONDS = 10.0
CHECK_SECONDS = 2.5  # after which it is asked again whether the reader may; with what auth takes, below five

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back until its buffer is full
]


class Stream:
    """`GET /live?since=ID`. A browser's own reconnection sends the id as a header instead; that is the newer one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await Response(headers={"Content-Type": "text/event-stream"})(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        burnline = deps.of(connection)
        since = connection.headers.get("last-event-id") or connection.query_params.get("since", "")
        subscriber = await burnline.live.join(since)
        leaving = asyncio.create_task(_wait_for_leave(receive, subscriber))
        watching = asyncio.create_task(_watch_rights(connection, subscriber))
        try:
            await _start(send)
            while not subscriber.parted:
                events = await subscriber.take()
                async with asyncio.timeout(UNSENT_SECONDS):
                    await send({"type": "http.response.body", "body": events, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("slow_reader_dropped")
            burnline.counters.add("burnline_live_dropped_total", reason="slow")
        finally:
            burnline.live.leave(subscriber)
            leaving.cancel()
            watching.cancel()


async def poll(connection: HTTPConnection) -> Response:
    """What the stream would have told since a state, in one answer."""
    burnline = deps.of(connection)
    told = await burnline.live.poll(connection.query_params.get("since", ""))
    return Response(orjson.dumps(told), media_type="application/json")


def routes() -> list[Route]:
    return [
        Route(STREAM_PATH, Stream(), methods=["GET"]),
        Route("/live/poll", poll, methods=["GET"]),
        Route("/wall/{name}/live", Stream(), methods=["GET"]),
        Route("/wall/{name}/live/poll", poll, methods=["GET"]),
    ]


async def _start(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    # Our own supervisor decides when to come again; this is for other readers.
    await send({"type": "http.response.body", "body": b"retry: 3000\n\n", "more_body": True})


async def _watch_rights(connection: HTTPConnection, subscriber: Subscriber) -> None:
    """End the stream of a session or token that is over."""
    need = needs.of(connection.scope["route"], "GET")
    while not subscriber.parted:
        await asyncio.sleep(CHECK_SECONDS)
        try:
            await deps.admit(connection, need)
        except (Unknown, Forbidden):
            subscriber.tell("bye", event_of("bye", {}))
            subscriber.part()
        except Unavailable:
            continue  # nobody can be shut out through a database that is away


async def _wait_for_leave(receive: Receive, subscriber: Subscriber) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscriber.part()
