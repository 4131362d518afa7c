"""What every route may ask for: the running application, who asks, and what time it is.

These are the only readers of `app.state` and, with the worker, of the clock. They are `async` because they hardly wait:
a plain `def` dependency would cost a trip to the thread pool.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from app.actions.screen import Accepted
from app.actions.sessions import Caller
from app.config import Settings
from app.domain.board import Board
from app.domain.counters import Counters
from app.domain.people import LOCAL, Kind
from app.domain.people import Actor as Actor  # noqa: PLC0414  # routes know it from here
from app.domain.recipes import RecipeBook
from app.domain.samples import SampleBatch
from app.domain.slo_board import SloBoard
from app.reports import overview, slo_cells, troubles
from app.reports.status_keeper import Keeper
from app.store import audit, owners
from app.store.engine import Store
from app.store.services import Described
from app.web import auth, callers, needs, screens
from app.web.auth import Doorkeeper
from app.web.events import Cells, Report
from app.web.hub import Describe, Hub
from app.web.needs import Need

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
class Progress:
    """Work whose end people wait for, as the overview shows it; `percent` is whole, 0 to 100."""

    title: str
    note: str
    percent: int


@dataclass(slots=True)
class App:
    """One running Burnline, held at `app.state.burnline`.

    `revision` grows with every change a person makes, so that no page rendered before it is taken for current.
    `doorkeeper` knows who asks; without one everybody is the same somebody.
    `described` is what was said of services when the database was asked last.
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
    doorkeeper: Doorkeeper | None = None
    progress: Progress | None = None
    described: Mapping[str, Described] = field(default_factory=dict)
    live: Hub = field(init=False)
    status: Keeper = field(init=False)

    def troubles(self) -> tuple[str, ...]:
        """What does not work in this installation itself."""
        return troubles.told(self.counters, ingest_is_alive=self.ingest.is_alive)

    def _described(self, board: Board, services: list[str], now: datetime) -> Report:
        """What a live patch says: golden signals, and the budgets beside them."""
        report = self.describe(board, services, now)
        cells = cast("dict[str, Cells]", report["services"])
        now_ms = int(now.timestamp() * 1000)
        budgets, held = slo_cells.patch(self.slos, self.store, self.counters, cells, now_ms=now_ms)
        told = {slug: {**one, **budgets.get(slug, {})} for slug, one in cells.items()}
        return {**report, "services": told, "held": held}

    def __post_init__(self) -> None:
        self.live = Hub(self.board, self._described, build=self.build, clock=self.clock, counters=self.counters)
        self.status = Keeper(self.store, self.slos)

    @property
    def has_people(self) -> bool:
        """Whether somebody has an account."""
        return self.doorkeeper is not None and self.doorkeeper.has_people

    def forget_people(self) -> None:
        """Somebody's rights were changed here: they hold at once."""
        self.revision += 1
        if self.doorkeeper is not None:
            self.doorkeeper.forget()

    def caller_of(self, connection: HTTPConnection) -> Caller:
        """Where a request comes from; through a proxy that is trusted, where it says."""
        return callers.of(connection, self.settings.trusted_proxies)


def of(connection: HTTPConnection) -> App:
    """The application behind a connection, for code that is no FastAPI route."""
    burnline: App = connection.app.state.burnline
    return burnline


async def burnline(request: Request) -> App:
    return of(request)


async def actor(request: Request) -> Actor:
    return actor_of(request)


def actor_of(connection: HTTPConnection) -> Actor:
    """Who asks, once they were admitted."""
    found: Actor = connection.state.actor
    return found


async def admit(connection: HTTPConnection, need: Need) -> Actor:
    """Who asks, when they may. Raises Unknown or Forbidden."""
    burnline = of(connection)
    who = LOCAL if burnline.doorkeeper is None else await burnline.doorkeeper.actor_of(connection)
    if who.kind in (Kind.LOCAL, Kind.ANONYMOUS) and (screen := await screens.screen_of(connection)) is not None:
        who = Actor(f"screen {screen.name}", Kind.SCREEN, None, frozenset(), extras=frozenset({f"wall {screen.wall}"}))
    connection.state.actor = who
    auth.authorize(who, need, opens=need.opens.format_map(connection.path_params))
    if need.of and who.teams is not None:
        owner = await run_in_threadpool(_owner, burnline.store, need.of, connection.path_params[need.of])
        auth.authorize(who, need, owner=owner)
    return who


async def admitted(request: Request) -> None:
    """Before every route of FastAPI: by the route that was matched, never by the address that was written."""
    await admit(request, needs.of(request.scope["route"], request.method))
    audit.come_from(of(request).caller_of(request).address)


def answer_for(by: Actor, owner: str) -> None:
    """For changes of what only the body names. Raises Forbidden when it is another team's."""
    auth.authorize(by, needs.WRITE, owner=owner)


def _owner(store: Store, kind: str, name: str) -> str:
    with store.reading() as db:
        if kind == "slo":
            return owners.of_slo(db, name)
        if kind == "service":
            return owners.of_service(db, name)
        return owners.of_ledger_entry(db, int(name)) if name.isascii() and name.isdigit() and len(name) < 19 else ""


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
            by.role or "",
        )
    )
    shape = blake2b(shown.encode(), digest_size=6).hexdigest()
    moment = int(burnline.clock().timestamp()) // ETAG_SECONDS
    return f'W/"{burnline.build}-{burnline.live.id}-{burnline.revision}-{moment:x}-{shape}"'


ADMITTED = Depends(admitted)
ACTOR = Depends(actor)
STATE = Depends(page_state)
