"""uvicorn as Burnline runs it: deadlines and limits on every connection, a stop that ends, no logs of its own."""

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from app.web.edge import Edge, Limits


class Server(uvicorn.Server):
    """Returns after SIGTERM or Ctrl-C, so that the caller can stop the rest; uvicorn dies of the signal."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address; port 0 takes any free one. Raises OSError when it cannot be had."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(address[:2], family=family, backlog=2048)


def build(app: ASGIApp, *, limits: Limits | None = None) -> Server:
    """A server of the application; `run` on it with sockets serves until a signal or `should_exit`."""
    limits = limits or Limits()
    return Server(
        uvicorn.Config(
            app,
            http=type("Edge", (Edge,), {"limits": limits}),
            ws="none",
            lifespan="auto",
            interface="asgi3",
            workers=1,
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=limits.idle_seconds,
            timeout_graceful_shutdown=limits.stop_seconds,
        )
    )


def run(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what was begun, within 10 seconds."""
    build(app).run(sockets=[listener])
