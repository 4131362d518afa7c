"""A server that takes what it is sent and remembers it; it can be told to be difficult."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import orjson


@dataclass
class FrontDoor:
    """`posts` are (path, body) in the order they were taken. `moods` are answers given instead, first to last:
    (status, Retry-After). `signals` answers GET of a service's signals; None is 404.
    """

    url: str = ""
    posts: list[tuple[str, bytes]] = field(default_factory=list)
    moods: list[tuple[int, str]] = field(default_factory=list)
    signals: list[dict[str, object]] | None = None
    lock: Lock = field(default_factory=Lock)

    def bodies(self, path: str) -> list[bytes]:
        with self.lock:
            return [body for where, body in self.posts if where == path]


@contextmanager
def opened() -> Iterator[FrontDoor]:
    door = FrontDoor()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with door.lock:
                mood = door.moods.pop(0) if door.moods else None
                if mood is None:
                    door.posts.append((self.path, body))
            self.answer(*(mood or (204, "")))

        def do_GET(self) -> None:
            self.answer(404 if door.signals is None else 200, "", orjson.dumps(door.signals))

        def answer(self, status: int, retry_after: str, body: bytes = b"") -> None:
            self.send_response(status)
            if retry_after:
                self.send_header("Retry-After", retry_after)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    door.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield door
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
