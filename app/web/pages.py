"""The pages people look at, and their live regions under addresses of their own: parse, call one report, render."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.domain.errors import Invalid, Unavailable
from app.domain.signals import MINUTE_MS
from app.domain.states import State
from app.reports import charts, overview, recipes, services, slo_held, slo_pages
from app.web import deps, lines, render, teams, times, visits
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

Search = Annotated[str, Query(max_length=100)]


@router.get("/")
def overview_page(
    request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed, state: State | None = None, q: Search = ""
) -> Response:
    """Every service, worst first."""
    return _overview(request, burnline, now, view, state, q, template="overview/page.html")


@router.get("/overview/services")
def overview_services(
    request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed, state: State | None = None, q: Search = ""
) -> Response:
    """The list and its counts."""
    return _overview(request, burnline, now, view, state, q, template="overview/_services.html")


@router.get("/overview/progress")
def overview_progress(request: Request, burnline: deps.Burnline) -> Response:
    """How far the demo's history has been filled in."""
    return render.page(request, "overview/_progress.html", progress=burnline.progress)


@router.get("/services/{service:path}/head")
def service_head(request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed, service: str) -> Response:
    """A service's state and the evidence for it."""
    found = burnline.board.find(service)
    detail = services.detail(burnline.board, burnline.store, found, now, slos=burnline.slos)
    return render.page(request, "services/_head.html", view=view, head=detail.head)


@router.get("/services/{service:path}")
def service_page(request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed, service: str) -> Response:
    """One service over a range."""
    found = burnline.board.find(service)
    page = services.page(
        burnline.board,
        burnline.store,
        found,
        now,
        start_ms=view.start_ms,
        end_ms=view.end_ms,
        zone=view.zone,
        slos=burnline.slos,
    )
    columns = page.shown.columns
    with burnline.store.reading() as db:
        objectives = slo_pages.of_service(burnline.slos, db, found.slug)
    return _page(
        request,
        "services/page.html",
        view,
        head=page.detail.head,
        resources=page.detail.resources,
        shown=page.shown,
        table=page.table,
        objectives=objectives,
        until_ms=burnline.slos.until_minute * MINUTE_MS,
        payload=charts.payload(page.shown, zone=view.zone),
        source=f"/api/services/{quote(found.slug, safe='@')}/signals",
        query=urlencode(
            {"start": columns.start_ms // 1000, "end": columns.end_ms // 1000, "step": columns.step_ms // 1000}
        ),
    )


@router.get("/settings")
def settings_page(request: Request, burnline: deps.Burnline, view: Viewed) -> Response:
    """What can be chosen, and where."""
    return _page(
        request,
        "settings/page.html",
        view,
        zones=sorted(times.zones()),
        base=_base(request, burnline),
        first_account=not (burnline.has_people or burnline.demo),
    )


@router.get("/settings/recipes")
def recipes_page(request: Request, burnline: deps.Burnline, view: Viewed, q: Search = "") -> Response:
    """Which series feed which signal, and which no recipe recognised."""
    return _page(request, "settings/recipes.html", view, recipes=recipes.page(burnline.store, search=q), q=q)


def _overview(
    request: Request,
    burnline: deps.App,
    now: datetime,
    view: View,
    state: State | None,
    q: str,
    *,
    template: str,
) -> Response:
    at = None if view.is_live else times.moment(view.end_ms)
    if at is not None and view.end_ms < burnline.board.oldest_ms():
        raise Invalid("The overview looks back one day.", code="range_invalid", field="to")
    budgets, held, visit, chosen = {}, "", visits.of(request, view), teams.chosen(burnline, view)
    if at is None and burnline.slos.slos():
        with suppress(Unavailable), burnline.store.reading() as db:  # a page without budgets says why at its top
            budgets = slo_pages.worst(burnline.slos, db)
            held = slo_held.sentence(burnline.counters, db, now_ms=view.now_ms)
    found = overview.page(burnline.board, now, at=at, state=state, search=q, budgets=budgets, services=chosen.services)
    answer = _page(
        request,
        template,
        view,
        overview=found,
        line=lines.under(view, has_budgets=found.has_budgets),
        held=held,
        visit=visit,
        teams=chosen.every,
        team=chosen.name,
        chosen={"state": state.value if state else "", "q": q},
        base=_base(request, burnline),
        progress=burnline.progress,
    )
    return visits.note(answer, visit, view)


def _base(request: Request, burnline: deps.App) -> str:
    """Where senders reach this server, as far as it knows."""
    return burnline.settings.public_url or str(request.base_url).rstrip("/")


def _page(request: Request, template: str, view: View, **context: object) -> Response:
    if "freeze" in request.query_params and view.is_live:
        return RedirectResponse(view.frozen_link, 303)
    return remember(render.page(request, template, view=view, **context), view)
