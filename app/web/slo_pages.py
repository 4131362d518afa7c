"""The pages about objectives and their live regions: parse, call one report, render."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.domain.errors import AppError
from app.domain.slos import Health
from app.domain.windows import Period
from app.reports import slo_charts, slo_pages, slo_spending, slos
from app.web import deps, render
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

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
    return show(request, burnline, view, slo, template="slos/_head.html")


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
    effects = burnline.slos.effects(detail.row.slo.id)
    answer = render.page(
        request,
        template,
        view=view,
        detail=detail,
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
    with burnline.store.reading() as db:
        listed = slo_pages.listed(burnline.slos, db, service=service, health=chosen["health"], search=q)
    return remember(render.page(request, template, view=view, listed=listed, chosen=chosen), view)


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
