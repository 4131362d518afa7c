"""A server whose live channel fails on command, in each of the ways real ones do."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from app.config import asset

PAGE = """<!doctype html><title>{title}</title>
<body data-live-since="boot.1" data-build="b1">
<span data-live-chip></span><div data-service="checkout"><b data-cell="latency">1 ms</b></div>
<a href="/elsewhere">elsewhere</a>
<script src="/live.js"></script><script src="/note.js"></script>"""

NOTE = """window.told = [];
for (const name of ["beat", "patch", "resync", "build"])
  document.addEventListener("burnline:" + name, (event) => told.push([name, event.detail]));"""

LOGIN = "<!doctype html><title>Sign in</title>"
LONGEST_SECONDS = 30


@dataclass
class Fickle:
    """`mode` is how `/live` and `/live/poll` answer next; `asked` are the `since` of streams, `polled` of polls.

    streaming   beats at once and whenever told to
    bad gateway 502, as a proxy answers while we restart
    login       200 with a page, as a proxy answers when somebody's session ended
    silent      a stream that opens and says nothing: half-open, or a proxy that holds it back
    """

    mode: str = "streaming"
    poll: str = "bad gateway"
    asked: list[str] = field(default_factory=list)
    polled: list[str] = field(default_factory=list)
    open: list["Handler"] = field(default_factory=list)
    version: int = 1
    data_age_ms: int | None = 3_000
    services: dict[str, Any] = field(default_factory=dict)

    handler: ClassVar[type["Handler"] | None] = None

    def __post_init__(self) -> None:
        handler = type("Bound", (self.handler or Handler,), {"fickle": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.drop()
        self.server.shutdown()
        self.server.server_close()

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """Send an event to every open stream."""
        if name == "patch":
            self.version += 1
            self.services.update(data["services"])
        for stream in list(self.open):
            stream.tell(name, data, self.version if name == "patch" else None)

    def beat(self) -> None:
        self.tell("beat", self.sign())

    def sign(self) -> dict[str, Any]:
        now = int(time.time() * 1000)  # noqa: TID251 - the clock of a browser test is the browser's
        data_ts = None if self.data_age_ms is None else now - self.data_age_ms
        return {"now": now, "data_ts": data_ts, "build": "b1", "v": self.version}

    def drop(self) -> None:
        """Cut every open stream."""
        for stream in list(self.open):
            stream.over.set()

    def waits_for(self, happened: Callable[[], bool]) -> None:
        """Until something was asked of the server."""
        until = time.monotonic() + LONGEST_SECONDS
        while not happened():
            assert time.monotonic() < until
            time.sleep(0.02)


class Handler(BaseHTTPRequestHandler):
    """One request to a Fickle."""

    protocol_version = "HTTP/1.1"
    fickle: Fickle

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        since = parse_qs(address.query).get("since", [""])[0]
        if address.path == "/live":
            self.fickle.asked.append(since)
            self.live()
        elif address.path == "/live/poll":
            self.fickle.polled.append(since)
            self.poll()
        elif address.path == "/live.js":
            self.answer((asset("static") / "js" / "live.js").read_text(), "text/javascript")
        elif address.path == "/note.js":
            self.answer(NOTE, "text/javascript")
        else:
            self.answer(PAGE.format(title=address.path), "text/html")

    def live(self) -> None:
        mode = self.fickle.mode
        if mode == "bad gateway":
            self.answer("bad gateway", "text/plain", status=502)
            return
        if mode == "login":
            self.answer(LOGIN, "text/html")
            return
        self.over = threading.Event()
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.flush()
        self.fickle.open.append(self)
        if mode == "streaming":
            self.tell("beat", self.fickle.sign(), None)
        while not self.over.wait(0.2) and not self.left():
            pass
        self.fickle.open.remove(self)

    def poll(self) -> None:
        if self.fickle.poll == "bad gateway":
            self.answer("bad gateway", "text/plain", status=502)
            return
        told = {"id": f"boot.{self.fickle.version}", "resync": False, "services": self.fickle.services}
        self.answer(json.dumps({**self.fickle.sign(), **told}), "application/json")

    def tell(self, name: str, data: dict[str, Any], version: int | None) -> None:
        head = f"id: boot.{version}\n" if version else ""
        try:
            self.wfile.write(f"{head}event: {name}\ndata: {json.dumps(data)}\n\n".encode())
            self.wfile.flush()
        except OSError:
            self.over.set()

    def left(self) -> bool:
        """Whether the browser hung up: a comment reaches nobody then."""
        try:
            self.wfile.write(b":\n\n")
            self.wfile.flush()
        except OSError:
            return True
        return False

    def answer(self, body: str, content_type: str, *, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body.encode())))
        self.send_header("Cache-Control", "private, no-cache")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Tests speak for themselves."""
