"""A small application for the tests of the server, which also runs as a program of its own (see test_server.py)."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from app.web import server

BODY_LIMIT = 1024 * 1024


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await PATHS[scope["path"]](scope, receive, send)
        return
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def count(_scope: Scope, receive: Receive, send: Send) -> None:
    """How many bytes the body has; 413 as soon as it has too many."""
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            gone.append(size)
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
        if size > BODY_LIMIT:
            await answer(send, 413, b"too large", (b"connection", b"close"))
            return
    await answer(send, 200, b"%d" % size)


async def headers(scope: Scope, receive: Receive, send: Send) -> None:
    """The names of the request's headers, as they are once the body is there."""
    while (await receive()).get("more_body"):
        pass
    await answer(send, 200, b",".join(name for name, _ in scope["headers"]))


async def unread(_scope: Scope, _receive: Receive, send: Send) -> None:
    """An answer that does not wait for the body."""
    await answer(send, 404, b"not here")


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    """Takes its time before it reads the body."""
    await asyncio.sleep(1)
    await count(scope, receive, send)


async def stream(_scope: Scope, receive: Receive, send: Send) -> None:
    """Beats until the client leaves."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await receive()
    beats = asyncio.create_task(_beat(send))
    await receive()
    beats.cancel()
    gone.append(-1)


async def _beat(send: Send) -> None:
    while True:
        await send({"type": "http.response.body", "body": b"event: beat\n\n", "more_body": True})
        await asyncio.sleep(0.05)


async def flood(_scope: Scope, _receive: Receive, send: Send) -> None:
    """More than the client will take."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(10_000):
        await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
    gone.append(-2)


async def answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


gone: list[int] = []  # what the application saw of clients that left

PATHS: dict[str, Callable[[Scope, Receive, Send], Awaitable[None]]] = {
    "/": count,
    "/headers": headers,
    "/unread": unread,
    "/busy": busy,
    "/stream": stream,
    "/flood": flood,
}

if __name__ == "__main__":
    listener = server.listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    server.run(app, listener)
    print("stopped", flush=True)
