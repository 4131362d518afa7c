"""What every route may ask for: the running application, who asks, and what time it is.

These are the only readers of `app.state` and, with the worker, of the clock. They are `async` because they never wait:
a plain `def` dependency would cost a trip to the thread pool.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Protocol

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from app.actions.screen import Accepted
from app.config import Settings
from app.domain.board import Board
from app.domain.counters import Counters
from app.domain.recipes import RecipeBook
from app.domain.samples import SampleBatch
from app.domain.slo_board import SloBoard
from app.reports import overview
from app.reports.status_keeper import Keeper
from app.store.engine import Store
from app.web.hub import Describe, Hub

VARY = "Cookie, HX-Request"
ETAG_SECONDS = 10  # pages say "34 min ago": none may be older than this without having been asked for again


class Ingest(Protocol):
    """Where decoded samples go; see actions.ingest."""

    @property
    def is_alive(self) -> bool: ...

    def submit(self, batch: SampleBatch, *, source: str, now_ms: int) -> Future[Accepted]:
        """Hand a batch in; an Accepted when it is durable, or an AppError. Raises Unavailable when too much waits."""
        ...


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. Until there are accounts everybody who can reach the server is the same somebody."""

    name: str


ANYBODY = Actor("local")


@dataclass(frozen=True, slots=True)
class Progress:
    """Work whose end people wait for, as the overview shows it; `percent` is whole, 0 to 100."""

    title: str
    note: str
    percent: int


@dataclass(slots=True)
class App:
    """One running Burnline, held at `app.state.burnline`.

    `revision` grows with every change a person makes, so that no page rendered before it is taken for current.
    `demo` is set while a demo company sends; `progress` is what its history has come to, None when it is complete.
    """

    settings: Settings
    store: Store
    board: Board
    ingest: Ingest
    recipes: RecipeBook
    build: str
    slos: SloBoard = field(default_factory=SloBoard)
    counters: Counters = field(default_factory=Counters)
    clock: Callable[[], datetime] = utc_now
    describe: Describe = overview.patch
    revision: int = 0
    demo: bool = False
    progress: Progress | None = None
    live: Hub = field(init=False)
    status: Keeper = field(init=False)

    def __post_init__(self) -> None:
        self.live = Hub(self.board, self.describe, build=self.build, clock=self.clock, counters=self.counters)
        self.status = Keeper(self.store, self.slos)


def of(connection: HTTPConnection) -> App:
    """The application behind a connection, for code that is no FastAPI route."""
    burnline: App = connection.app.state.burnline
    return burnline


async def burnline(request: Request) -> App:
    return of(request)


async def actor(request: Request) -> Actor:
    return actor_of(request)


def actor_of(connection: HTTPConnection) -> Actor:  # noqa: ARG001  # accounts will read it
    """Who asks, for code that is no FastAPI route."""
    return ANYBODY


async def now(request: Request) -> datetime:
    return of(request).clock()


Burnline = Annotated[App, Depends(burnline)]
By = Annotated[Actor, Depends(actor)]
Now = Annotated[datetime, Depends(now)]


async def page_state(request: Request, burnline: Burnline, by: By) -> None:
    """Name the state a page is about to be rendered from. Raises 304 when the browser has it.

    The names are taken before anything is read, so that a change in between is told rather than missed.
    """
    request.state.live_id = burnline.live.id
    request.state.etag = etag_of(request, burnline, by)
    if request.method == "GET" and request.headers.get("if-none-match") == request.state.etag:
        raise HTTPException(304, headers={"ETag": request.state.etag, "Vary": VARY})


def etag_of(request: Request, burnline: App, by: Actor) -> str:
    """From the state, not from the bytes: it costs a dict look-up instead of a page."""
    shown = "\n".join(
        (
            request.url.path,
            request.url.query,
            request.headers.get("cookie", ""),
            request.headers.get("hx-request", ""),
            by.name,
        )
    )
    shape = blake2b(shown.encode(), digest_size=6).hexdigest()
    moment = int(burnline.clock().timestamp()) // ETAG_SECONDS
    return f'W/"{burnline.build}-{burnline.live.id}-{burnline.revision}-{moment:x}-{shape}"'


ACTOR = Depends(actor)
STATE = Depends(page_state)
