"""Forms about objectives: writing one, with a look at what it would have been, and adopting what is proposed.

A form that cannot be taken comes back as it was filled in, with the sentence at its field.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.actions import slos as acting
from app.domain.errors import AppError, Invalid
from app.domain.json_values import Value
from app.domain.slos import Health, Slo
from app.domain.windows import Unit
from app.reports import slo_charts, slo_proposals, slo_what_if, slos
from app.reports.slo_what_if import Preview
from app.store import services
from app.store.engine import Connection
from app.web import deps, render, slo_asking, slo_filling, times
from app.web.forms import Filled
from app.web.slos_api import edit_of, kept_ms, stored
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

LENGTHS = ("1d", "7d", "28d", "30d", "90d")


@router.get("/slos/new")
def new_page(request: Request, burnline: deps.Burnline, view: Viewed, service: str = "") -> Response:
    """An empty form."""
    return _form(request, burnline, view, {"service": service[:400]})


@router.get("/slos/proposals")
def proposals_page(request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now) -> Response:
    """Objectives that services could have."""
    with burnline.store.reading() as db:
        found = slo_proposals.proposed(db, now_ms=times.to_ms(now))
    return remember(render.page(request, "slos/proposals.html", view=view, proposals=found), view)


@router.post("/slos/proposals/{key}/adoption")
def adopt(burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, key: str) -> Response:
    """Make a proposal an objective, and show it. Raises Missing when nothing of that name is proposed."""
    now_ms = times.to_ms(now)
    with burnline.store.writing() as db:
        draft = slo_proposals.draft(slo_proposals.find(db, key, now_ms=now_ms))
        edit = edit_of(by, author="", note="", origin="proposal")
        made = acting.create(db, draft, edit, now_ms=now_ms, kept_ms=kept_ms(burnline))
    burnline.revision += 1
    return RedirectResponse(view.link(f"/slos/{made.slug}"), 303)


@router.post("/slos")
def create(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, filled: Filled
) -> Response:
    """Save a new objective, or look at what it would have been."""
    return _save(request, burnline, view, times.to_ms(now), by, filled, before=None)


@router.get("/slos/{slo}/edit")
def edit_page(request: Request, burnline: deps.Burnline, view: Viewed, slo: str) -> Response:
    """The form, as it would be filled in to get what there is."""
    with burnline.store.reading() as db:
        before = stored(db, slo)
    return _form(request, burnline, view, slo_filling.of_slo(before), before=before)


@router.post("/slos/{slo}")
def change(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, slo: str, filled: Filled
) -> Response:
    """Change an objective, or look at what it would have been."""
    with burnline.store.reading() as db:
        before = stored(db, slo)
    return _save(request, burnline, view, times.to_ms(now), by, filled, before=before)


def _save(
    request: Request,
    burnline: deps.App,
    view: View,
    now_ms: int,
    by: deps.Actor,
    filled: dict[str, str],
    *,
    before: Slo | None,
) -> Response:
    unseen = "unseen" in filled
    if filled.get("do") == "rows":
        return _form(request, burnline, view, filled, before=before)
    try:
        if filled.get("do") == "preview":
            with burnline.store.reading() as db:
                draft = acting.read(db, slo_asking.asked_for(filled, before), unseen=unseen)
                made = acting.asked(db, draft, number=0 if before is None else before.id)
                preview = slo_what_if.preview(burnline.slos, db, made)
            return _form(request, burnline, view, filled, before=before, preview=preview)
        with burnline.store.writing() as db:
            made = _stored(db, slo_asking.asked_for(filled, before), filled, before, by, now_ms, kept_ms(burnline))
    except Invalid as problem:
        return _form(request, burnline, view, filled, before=before, problem=problem)
    burnline.revision += 1
    return RedirectResponse(view.link(f"/slos/{made.slug}"), 303)


def _stored(
    db: Connection,
    fields: dict[str, Value],
    filled: Mapping[str, str],
    before: Slo | None,
    by: deps.Actor,
    now_ms: int,
    kept: int,
) -> Slo:
    draft = acting.read(db, fields, unseen="unseen" in filled)
    edit = edit_of(by, author="", note=filled.get("note", ""), origin="form")
    if before is None:
        return acting.create(db, draft, edit, now_ms=now_ms, kept_ms=kept)
    return acting.change(db, before, draft, edit, now_ms=now_ms, kept_ms=kept)


def _form(
    request: Request,
    burnline: deps.App,
    view: View,
    filled: Mapping[str, str],
    *,
    before: Slo | None = None,
    problem: AppError | None = None,
    preview: Preview | None = None,
) -> Response:
    complete = slo_filling.complete(filled)
    steps = slo_filling.credit_rows(complete)
    with burnline.store.reading() as db:
        known = [one.slug for one in services.all_services(db)]
        bad, total = _counted(burnline, db, before, preview)
    answer = render.page(
        request,
        "slos/form.html",
        view=view,
        filled=complete,
        pairs=slo_filling.pair_rows(complete),
        credits=list(zip(steps, slo_filling.headrooms(steps, bad=bad, total=total), strict=True)),
        healths=list(Health),
        is_plain=slo_filling.is_plain(complete),
        before=before,
        problem=problem,
        preview=preview,
        curve=None if preview is None else slo_charts.curve(preview.budget.left),
        services=known,
        units=[unit.value for unit in Unit],
        lengths=LENGTHS,
    )
    if problem is not None:
        answer.status_code = 422
        del answer.headers["etag"]
    return remember(answer, view)


def _counted(burnline: deps.App, db: Connection, before: Slo | None, preview: Preview | None) -> tuple[float, float]:
    """Bad and all events of the window, as far as anybody knows them."""
    if preview is not None:
        return preview.bad, preview.total
    if before is None:
        return 0.0, 0.0
    window = slos.now(burnline.slos, db, [before])[before.id].window
    return window.bad, window.total
