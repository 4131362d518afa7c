"""Burnline's own health, as a page and as JSON: from one report."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.config import Settings
from app.reports import health
from app.reports.health import Health, Retention
from app.web import deps, render, tabular, times
from app.web.view import Viewed, remember

pages = APIRouter(include_in_schema=False, dependencies=[deps.STATE])
api = APIRouter(prefix="/api/settings", dependencies=[deps.ACTOR])


@pages.get("/troubles")
def troubles(request: Request) -> Response:
    """What does not work, as it stands at the top of every page."""
    return render.page(request, "_troubles.html")


@pages.get("/settings/health")
def page(request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed) -> Response:
    """What comes in and from whom, how far behind each part is, and what room is left."""
    found = _found(burnline, times.to_ms(now))
    return remember(render.page(request, "settings/health.html", view=view, health=found), view)


@api.get("/health", tags=["operations"])
def as_json(burnline: deps.Burnline, now: deps.Now) -> Response:
    """The health of this installation: its troubles, its parts, and what each way in has brought."""
    found: dict[str, Any] = asdict(_found(burnline, times.to_ms(now)))
    for one in found["sources"]:
        last_ms = one.pop("last_ms")
        one["last"] = None if last_ms is None else times.iso(last_ms)
    return tabular.as_json(found | {"since": times.iso(found.pop("since_ms"))})


def _found(burnline: deps.App, now_ms: int) -> Health:
    return health.page(
        burnline.store, burnline.counters, burnline.troubles(), retention=_retention(burnline.settings), now_ms=now_ms
    )


def _retention(settings: Settings) -> Retention:
    millisecond = timedelta(milliseconds=1)
    return Retention(
        settings.raw_retention // millisecond,
        settings.minute_retention // millisecond,
        settings.hour_retention // millisecond,
    )
