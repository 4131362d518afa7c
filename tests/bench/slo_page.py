"""The page of one objective, by itself: 30 days of minutes, asked for in process, so that nothing else is counted.

A chart of a rolling window over its own length looks back twice as far: 60 days of minutes are stored.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import numpy as np
from starlette.types import ASGIApp, Message

from app.config import Settings
from app.domain.changes import Change
from app.domain.recipes import RecipeBook
from app.domain.signals import MINUTE_MS
from app.store import changes, migrate
from app.store.engine import Store, open_store
from app.web import app as web
from app.web.deps import App
from tests.bench.plan import Plan, say
from tests.bench.table import Table, met
from tests.reports import cast, slo_boards, slo_cast, slo_past
from tests.web.conftest import Clock, NullIngest

ASKED = 50
WARM = 10
DEPLOYS = 60
MOST_MS = 20.0
SLO = "/slos/checkout-availability"
PATHS = (SLO, f"{SLO}/head", f"{SLO}/body", f"{SLO}/burns/replay?replay=24h", f"{SLO}/burns/replay?replay=30d")


def table(plan: Plan) -> Table:
    found = Table("The page of one objective, 30 days", ("path", "CPU ms", "wall ms", "kB", "allowed", "met"))
    say("the page of one objective")
    folder = plan.folder / "slo_page"
    folder.mkdir(parents=True)
    store = open_store(f"sqlite:///{folder / 'burnline.db'}")
    try:
        application = _application(store)
        for path in PATHS:
            cpu_ms, wall_ms, size = asyncio.run(_measured(application, path))
            found.add(
                path, f"{cpu_ms:.1f}", f"{wall_ms:.1f}", f"{size / 1000:.0f}", f"{MOST_MS:g}", met(cpu_ms, MOST_MS)
            )
    finally:
        store.close()
    found.note(f"Medians of {ASKED} requests, one after the other, not compressed.")
    return found


def _application(store: Store) -> ASGIApp:
    migrate.upgrade(store)
    with store.writing() as db:
        slo_past.store(db)
        slo_past.enter(db)
        slo_cast.open_alerts(db)
        for number in range(DEPLOYS):
            deploy = Change("checkout", cast.NOW_MS - (number * 720 + 1) * MINUTE_MS, f"v2.{number}", "Deploy")
            changes.record(db, deploy, now_ms=cast.NOW_MS)
    with store.reading() as db:
        slos = slo_boards.loaded(db)
    burnline = App(
        settings=Settings.from_environment({}, {}),
        store=store,
        board=cast.board(),
        slos=slos,
        ingest=NullIngest(),
        recipes=RecipeBook([]),
        build="bench",
        clock=Clock(),
    )
    made: ASGIApp = web.create(burnline)
    return made


async def _measured(application: ASGIApp, path: str) -> tuple[float, float, int]:
    """Medians of milliseconds of CPU and of wall time, and bytes."""
    size = max([await _ask(application, path) for _ in range(WARM)])
    used = [await _timed(application, path, clock) for clock in (time.process_time, time.perf_counter)]
    cpu_ms, wall_ms = (float(np.median(one)) * 1000 for one in used)
    return cpu_ms, wall_ms, size


async def _timed(application: ASGIApp, path: str, clock: Callable[[], float]) -> Sequence[float]:
    found = []
    for _ in range(ASKED):
        began = clock()
        await _ask(application, path)
        found.append(clock() - began)
    return found


async def _ask(application: ASGIApp, path: str) -> int:
    """Bytes of the answer."""
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    plain, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"accept", b"text/html")],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
        "state": {},
    }
    await application(scope, receive, send)
    if told[0]["status"] != 200:
        raise RuntimeError(f"{path} answered {told[0]['status']}.")
    return sum(len(message.get("body", b"")) for message in told[1:])
