"""The web application: its routes and the layers around them.

    Envelope    headers, request id, log and count of every response; the 500 of last resort
    Gate        hosts, origins, body limits
    GZip        of what is worth it; never of event streams
    routes      ingest, live, static files and operations as plain Starlette routes; pages and JSON API as FastAPI's

Samples go from the gate straight to their endpoint: compression and FastAPI's own layers would cost a small request a
third of its time.

A new router of pages or of the JSON API is one line in ROUTERS.
"""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Container
from contextlib import asynccontextmanager, suppress
from functools import partial
from types import FrameType
from typing import TypeAlias

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web import (
    account_pages,
    api,
    audit,
    badges,
    demo,
    deps,
    errors,
    guard,
    health,
    ingest,
    live,
    needs,
    notices_api,
    openapi,
    openid_pages,
    openslo_api,
    ops,
    pages,
    people_pages,
    reference,
    render,
    screen_pages,
    screens_api,
    search,
    sign_in_pages,
    slo_archive_pages,
    slo_drafts_api,
    slo_forms,
    slo_ledger_api,
    slo_ledger_pages,
    slo_pages,
    slo_reads,
    slos_api,
    status_pages,
    status_settings_pages,
    token_pages,
    visits,
    wall_pages,
)
from app.web.envelope import Envelope
from app.web.gate import Gate

ROUTERS = (
    badges.router,  # before the pages: a service's address takes everything below it
    slo_forms.router,
    slo_archive_pages.router,
    slo_ledger_pages.router,
    slo_pages.router,
    pages.router,
    health.pages,
    audit.pages,
    search.pages,
    visits.router,
    status_pages.router,
    status_settings_pages.router,
    notices_api.router,
    wall_pages.router,
    wall_pages.api,
    screen_pages.router,
    screen_pages.entrance,
    screens_api.router,
    slos_api.router,
    slo_drafts_api.router,
    slo_reads.router,
    slo_ledger_api.router,
    openslo_api.router,
    api.router,
    health.api,
    audit.api,
    search.api,
    reference.router,
    demo.router,
    sign_in_pages.router,
    openid_pages.router,
    account_pages.router,
    people_pages.router,
    token_pages.router,
)

Handler: TypeAlias = Callable[[int, FrameType | None], object]

COMPRESS_FROM_BYTES = 1_000
COMPRESS_LEVEL = 5  # the default of 9 takes three times as long for 2 % less


class Application(FastAPI):
    """`short_way` takes what is posted to `short_paths`; the routes are there all the same, for every other method."""

    short_way: ASGIApp
    short_paths: Container[str] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in self.short_paths:
            scope["app"] = self
            await self.short_way(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create(burnline: deps.App) -> FastAPI:
    """The application around one running Burnline."""
    app = Application(
        title="Burnline",
        version=burnline.build,
        description="Golden signals, objectives and error budgets of your services.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        dependencies=[deps.ADMITTED],
        telemetry={"tracing": False, "metrics": False, "logs": False},  # an operator's OTEL_* variables are not ours
    )
    app.state.burnline = burnline
    endpoints = ingest.endpoints(burnline)
    app.router.routes[:0] = [
        *ingest.routes(endpoints),
        *live.routes(),
        *render.static().routes(),
        *ops.routes(burnline),
    ]
    plain = list(app.router.routes)
    for router in ROUTERS:
        app.include_router(router)
    needs.check([*plain, *(route for router in ROUTERS for route in router.routes)])
    guard.before(plain, but=endpoints)
    app.openapi = openapi.with_plain_routes(app)  # type: ignore[method-assign]  # the documented way to extend it
    errors.install(app)
    # The last one added is the outermost.
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM_BYTES, compresslevel=COMPRESS_LEVEL)
    settings = burnline.settings
    gate = partial(Gate, listens_on=settings.host, public_url=settings.public_url)
    app.add_middleware(gate)
    app.add_middleware(Envelope, burnline=burnline)
    app.short_way = Envelope(gate(ingest.short_way(endpoints)), burnline)
    app.short_paths = frozenset(endpoints)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    hub = app.state.burnline.live
    telling = asyncio.create_task(hub.run())
    _at_stop(hub.close)
    try:
        yield
    finally:
        hub.close()
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling


def _at_stop(act: Callable[[], None]) -> None:
    """Act on the signal to stop, before whoever handles it now.

    The server waits for open responses and only then tells the application that it stops, so a stream that waits to be
    told would wait for ever (uvicorn#2943). Signals belong to the main thread; elsewhere (tests) there are none.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)
        if callable(before):
            signal.signal(number, partial(_act_first, act, before))


def _act_first(act: Callable[[], None], then: Handler, number: int, frame: FrameType | None) -> None:
    act()
    then(number, frame)
