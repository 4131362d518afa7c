"""Clients that never finish what they began: ours lets go of them, stock uvicorn keeps every one.

What each deadline does in detail is in tests/web/test_server.py.
"""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from app.web import server
from app.web.edge import Limits
from tests.web import served

SOCKETS = 50
QUICK = Limits(head_seconds=0.3, body_seconds=0.4, idle_seconds=1, stall_seconds=0.3, linger_seconds=0.5)
LONGER_SECONDS = 2.0  # than any of these
BEGUN = {
    "nothing": b"",
    "half a head": b"POST / HTTP/1.1\r\nHost: burnline\r\n",
    "half a body": b"POST / HTTP/1.1\r\nHost: burnline\r\nContent-Length: 100\r\n\r\nabc",
}


@contextmanager
def running(made: uvicorn.Server) -> Iterator[int]:
    """The port of a server in a thread."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=SOCKETS * 2)
    thread = threading.Thread(target=made.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        made.should_exit = made.force_exit = True
        thread.join()
        listener.close()


def still_open(port: int, begun: bytes) -> int:
    """How many connections are after a while in which they said no more."""
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(SOCKETS)]
    for one in clients:
        one.sendall(begun)
    threading.Event().wait(LONGER_SECONDS)
    ended = sum(_has_ended(one) for one in clients)
    for one in clients:
        one.close()
    return SOCKETS - ended


def _has_ended(client: socket.socket) -> bool:
    """Reads what was answered, and looks whether there is an end after it."""
    while select.select([client], [], [], 0)[0]:
        try:
            if client.recv(65_536) == b"":
                return True
        except OSError:
            return True
    return False


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
def test_clients_that_never_finish_are_let_go_of(begun: bytes) -> None:
    with running(server.build(served.app, limits=QUICK)) as port:
        assert still_open(port, begun) == 0


def test_stock_uvicorn_keeps_every_one() -> None:
    stock = uvicorn.Server(uvicorn.Config(served.app, log_config=None, access_log=False, interface="asgi3"))
    with running(stock) as port:
        assert [still_open(port, begun) for begun in BEGUN.values()] == [SOCKETS] * len(BEGUN)
