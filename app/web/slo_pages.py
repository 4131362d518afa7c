"""The pages about objectives and their live regions: parse, call one report, render."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.domain.errors import AppError
from app.domain.signals import MINUTE_MS
from app.domain.slos import Health
from app.domain.windows import Period
from app.reports import (
    slo_charts,
    slo_explained,
    slo_held,
    slo_pages,
    slo_periods,
    slo_replays,
    slo_spending,
    slos,
)
from app.web import deps, render, teams
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

Replayed = Literal["24h", "7d", "30d"]  # those of slo_replays.RANGES_MS
Search = Annotated[str, Query(max_length=100)]
By = Annotated[str, Query(max_length=200)]
Service = Annotated[str, Query(max_length=400)]


@router.get("/slos")
def list_page(
    request: Request,
    burnline: deps.Burnline,
    view: Viewed,
    health: Health | None = None,
    service: Service = "",
    q: Search = "",
) -> Response:
    """Every objective, worst first."""
    return _list(request, burnline, view, health, service, q, template="slos/page.html")


@router.get("/slos/list")
def list_region(
    request: Request,
    burnline: deps.Burnline,
    view: Viewed,
    health: Health | None = None,
    service: Service = "",
    q: Search = "",
) -> Response:
    """The list and its counts."""
    return _list(request, burnline, view, health, service, q, template="slos/_list.html")


@router.get("/slos/{slo}/head")
def slo_head(request: Request, burnline: deps.Burnline, view: Viewed, slo: str) -> Response:
    """An objective's health and its figures."""
    with burnline.store.reading() as db:
        row = slos.one(burnline.slos, db, slo)
        held = slo_held.sentence(burnline.counters, db, now_ms=view.now_ms)
    until_ms = burnline.slos.until_minute * MINUTE_MS
    return remember(render.page(request, "slos/head.html", view=view, row=row, until_ms=until_ms, held=held), view)


@router.get("/slos/{slo}/body")
def slo_body(request: Request, burnline: deps.Burnline, view: Viewed, slo: str) -> Response:
    """All below it."""
    return show(request, burnline, view, slo, template="slos/body.html")


@router.get("/slos/{slo}/why")
def slo_why(request: Request, burnline: deps.Burnline, view: Viewed, slo: str) -> Response:
    """Why its number is what it is."""
    with burnline.store.reading() as db:
        row = slos.one(burnline.slos, db, slo)
        explained = slo_explained.explained(burnline.slos, db, row)
    until_ms = burnline.slos.until_minute * MINUTE_MS
    answer = render.page(request, "slos/why.html", view=view, row=row, explained=explained, until_ms=until_ms)
    return remember(answer, view)


@router.get("/slos/{slo}/burns")
def burns_page(request: Request, burnline: deps.Burnline, view: Viewed, slo: str, replay: Replayed = "24h") -> Response:
    """How fast its budget burned, and what would have fired."""
    return _replay(request, burnline, view, slo, replay, template="slos/burns.html")


@router.get("/slos/{slo}/burns/replay")
def burns_region(
    request: Request, burnline: deps.Burnline, view: Viewed, slo: str, replay: Replayed = "24h"
) -> Response:
    """The same as a region."""
    return _replay(request, burnline, view, slo, replay, template="slos/_replay.html")


@router.get("/slos/{slo}/periods")
def periods_page(request: Request, burnline: deps.Burnline, view: Viewed, slo: str) -> Response:
    """Calendar periods that are over."""
    return _periods(request, burnline, view, slo, template="slos/periods.html")


@router.get("/slos/{slo}/periods/list")
def periods_region(request: Request, burnline: deps.Burnline, view: Viewed, slo: str) -> Response:
    """The same as a region."""
    return _periods(request, burnline, view, slo, template="slos/_periods.html")


@router.get("/slos/{slo}/spending/list")
def spending_region(request: Request, burnline: deps.Burnline, view: Viewed, slo: str, by: By = "deploy") -> Response:
    """Who spent the budget of the window."""
    return _spending(request, burnline, view, slo, by, template="slos/_spending.html")


@router.get("/slos/{slo}/spending")
def spending_page(request: Request, burnline: deps.Burnline, view: Viewed, slo: str, by: By = "deploy") -> Response:
    """The same as a page of its own, for who runs no scripts."""
    return _spending(request, burnline, view, slo, by, template="slos/spending.html")


@router.get("/slos/{slo}")
def slo_page(request: Request, burnline: deps.Burnline, view: Viewed, slo: str) -> Response:
    """One objective."""
    return show(request, burnline, view, slo)


def show(
    request: Request,
    burnline: deps.App,
    view: View,
    slo: str,
    *,
    template: str = "slos/show.html",
    filled: Mapping[str, str] | None = None,
    problem: AppError | None = None,
) -> Response:
    """An objective; `filled` is what its ledger's form was filled in with when that could not be taken."""
    span = None if view.is_live else (view.start_ms, view.end_ms)
    with burnline.store.reading() as db:
        detail = slo_pages.detail(burnline.slos, db, slo, span=span)
        held = slo_held.sentence(burnline.counters, db, now_ms=view.now_ms)
    effects = burnline.slos.effects(detail.row.slo.id)
    answer = render.page(
        request,
        template,
        view=view,
        detail=detail,
        row=detail.row,
        explained=detail.explained,
        until_ms=detail.until_ms,
        held=held,
        payload=slo_charts.payload(detail, effects, zone=view.zone, is_now=view.is_live),
        filled=filled or {},
        problem=problem,
    )
    if problem is not None:
        answer.status_code = 422
        del answer.headers["etag"]
    return remember(answer, view)


def _list(
    request: Request,
    burnline: deps.App,
    view: View,
    health: Health | None,
    service: str,
    q: str,
    *,
    template: str,
) -> Response:
    chosen = {"health": health.value if health else "", "service": service, "q": q}
    team = teams.chosen(burnline, view)
    with burnline.store.reading() as db:
        listed = slo_pages.listed(
            burnline.slos, db, service=service, health=chosen["health"], search=q, services=team.services
        )
        held = slo_held.sentence(burnline.counters, db, now_ms=view.now_ms) if listed.total else ""
    answer = render.page(
        request, template, view=view, listed=listed, chosen=chosen, held=held, teams=team.every, team=team.name
    )
    return remember(answer, view)


def _replay(request: Request, burnline: deps.App, view: View, slug: str, chosen: str, *, template: str) -> Response:
    until_ms = burnline.slos.until_minute * MINUTE_MS
    span = (until_ms - slo_replays.RANGES_MS[chosen], until_ms) if view.is_live else (view.start_ms, view.end_ms)
    with burnline.store.reading() as db:
        slo = slos.find(burnline.slos, db, slug)
        replay = slo_replays.replay(burnline.slos, db, slo, start_ms=span[0], end_ms=span[1])
    answer = render.page(
        request,
        template,
        view=view,
        replay=replay,
        burns=slo_replays.payload(replay, zone=view.zone),
        ranges=list(slo_replays.RANGES_MS),
        reached=chosen if view.is_live else "",
    )
    return remember(answer, view)


def _periods(request: Request, burnline: deps.App, view: View, slug: str, *, template: str) -> Response:
    with burnline.store.reading() as db:
        slo = slos.find(burnline.slos, db, slug)
        periods = slo_periods.explained(burnline.slos, db, slo)
    return remember(render.page(request, template, view=view, slo=slo, periods=periods), view)


def _spending(request: Request, burnline: deps.App, view: View, slug: str, by: str, *, template: str) -> Response:
    with burnline.store.reading() as db:
        row = slos.one(burnline.slos, db, slug)
        window = row.now.window
        within = Period(window.start_ms, window.end_ms)
        found = slo_spending.of(burnline.slos, db, row.slo, by=by, within=within, zone=view.zone)
        labels = slo_spending.labels(db, row.slo)
    choices = {"deploy": "Deploy", "hour": "Hour of the day"} | {f"label:{name}": name for name in labels}
    answer = render.page(
        request,
        template,
        view=view,
        slo=row.slo,
        spending=found,
        choices=choices if by in choices else {by: by.removeprefix("label:"), **choices},
        start_ms=window.start_ms,
        end_ms=window.end_ms,
    )
    return remember(answer, view)
