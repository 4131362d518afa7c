"""The live channel over HTTP: one stream of server-sent events, and a plain answer for those that cannot hold one.

A stream is told what happens by the hub and holds no database session. It ends when the reader leaves, takes
nothing for ten seconds or may read no longer, or when the server stops; never by itself. A wall's stream is the same,
but tells of the services on that wall alone.
"""

import asyncio
from functools import partial

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app import logs
from app.domain.people import LOCAL, Kind
from app.reports import walls
from app.store import services
from app.web import deps, needs
from app.web.events import Subscriber
from app.web.kinds import STREAM_PATH
from app.web.needs import Need
from app.web.rights import Rights

log = logs.get("live")

UNSENT_SECONDS = 10.0

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back until its buffer is full
]


class Stream:
    """`GET /live?since=ID`. A browser's own reconnection sends the id as a header instead; that is the newer one."""

    def __init__(self, rights: Rights | None = None, need: Need = needs.READ) -> None:
        self._rights = rights or Rights()
        self._need = need

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await Response(headers={"Content-Type": "text/event-stream"})(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        burnline = deps.of(connection)
        since = connection.headers.get("last-event-id") or connection.query_params.get("since", "")
        subscriber = await burnline.live.join(since, holder=holder_of(connection), services=await wall_of(connection))
        leaving = asyncio.create_task(_wait_for_leave(receive, subscriber))
        try:
            self._rights.watch(connection, self._need, subscriber)
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
            self._rights.forget(subscriber)
            burnline.live.leave(subscriber)
            leaving.cancel()


async def poll(connection: HTTPConnection) -> Response:
    """What the stream would have told since a state, in one answer."""
    burnline = deps.of(connection)
    told = await burnline.live.poll(connection.query_params.get("since", ""), services=await wall_of(connection))
    return Response(orjson.dumps(told), media_type="application/json")


def routes() -> list[Route]:
    rights = Rights()
    return [
        Route(STREAM_PATH, Stream(rights, needs.READ), methods=["GET"]),
        Route("/live/poll", poll, methods=["GET"]),
        Route("/wall/{name}/live", Stream(rights, needs.WALL), methods=["GET"]),
        Route("/wall/{name}/live/poll", poll, methods=["GET"]),
    ]


def holder_of(connection: HTTPConnection) -> str:
    """Whose a stream is, as far as it is known: a session, a token, a screen."""
    actor = getattr(connection.state, "actor", LOCAL)
    known = actor.kind not in (Kind.LOCAL, Kind.ANONYMOUS)
    return f"{actor.kind} {actor.name} {actor.session_id}" if known else ""


async def wall_of(connection: HTTPConnection) -> frozenset[str] | None:
    """The services of the wall that is asked for; None: all. Raises Missing."""
    name = connection.path_params.get("name")
    if name is None or name == walls.EVERYTHING:
        return None
    return await run_in_threadpool(partial(_services_of, deps.of(connection), name))


def _services_of(burnline: deps.App, name: str) -> frozenset[str] | None:
    with burnline.store.reading() as db:
        return walls.find(walls.listed(burnline.slos.slos(), services.described(db)), name).services


async def _start(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    # Our own supervisor decides when to come again; this is for other readers.
    await send({"type": "http.response.body", "body": b"retry: 3000\n\n", "more_body": True})


async def _wait_for_leave(receive: Receive, subscriber: Subscriber) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscriber.part()
