"""A wall in front of a server that fails on command: pages and files are the real application's, the rest is played.

`screen` is how the parts of the wall are answered: as the application does, or with a proxy's 502, a sign-in page, or
the 410 of a link that was revoked. The live channel is `fickle`'s, with all its ways to fail.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.request import Request, urlopen

from tests.journeys import pages
from tests.journeys.fickle import LOGIN, Fickle, Handler
from tests.journeys.pages import Stage
from tests.reports.cast import Member

REVOKED = {
    "error": {"code": "screen_revoked", "message": "This screen's link was revoked. Screen: NOC-2", "hint": None}
}


class WallHandler(Handler):
    """One request to a Walled."""

    fickle: "Walled"

    def do_GET(self) -> None:  # noqa: N802  # as http.server calls it
        path = self.path.partition("?")[0]
        if path.endswith("/live"):
            self.fickle.asked.append(self.path)
            self.live()
        elif path.endswith("/live/poll"):
            self.poll()
        elif path.endswith("/screen"):
            self.fickle.drawn.append(self.path)
            self.draw()
        else:
            self.fickle.loaded += path.startswith("/wall/")
            self.forward()

    def draw(self) -> None:
        match self.fickle.screen:
            case "bad gateway":
                self.answer("<h1>502</h1>", "text/html", status=502)
            case "login":
                self.answer(LOGIN, "text/html")
            case "revoked":
                self.answer(json.dumps(REVOKED), "application/json", status=410)
            case _:
                self.forward()

    def forward(self) -> None:
        request = Request(self.fickle.behind + self.path, headers={"Accept": self.headers.get("Accept", "*/*")})
        with urlopen(request) as found:
            body, kind = found.read().decode(), found.headers["Content-Type"]
            policy = found.headers["Content-Security-Policy"]
        if self.fickle.build:
            body = body.replace('="stage"', f'="{self.fickle.build}"')
        self.send_response(200)
        for name, value in (("Content-Type", kind), ("Content-Security-Policy", policy), ("Cache-Control", "no-store")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())


@dataclass
class Walled(Fickle):
    """`behind` is the real application; `build` what it says it is; `drawn` and `loaded` count what was asked for."""

    behind: str = ""
    screen: str = "real"
    build: str = ""
    drawn: list[str] = field(default_factory=list)
    loaded: int = 0

    handler: ClassVar[type[Handler] | None] = WallHandler

    def sign(self) -> dict[str, Any]:
        return {**super().sign(), "build": self.build or "stage"}


@contextmanager
def walled(folder: Path, members: tuple[Member, ...]) -> Iterator[tuple[Walled, Stage]]:
    """The application with the fickle server before it."""
    with pages.staged(folder, members) as stage:
        made = Walled(behind=stage.url)
        try:
            yield made, stage
        finally:
            made.stop()
