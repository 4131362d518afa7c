"""Taking objectives out of use, after a question, and putting them back."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.actions import slos as acting
from app.domain.errors import Invalid
from app.store import owners
from app.store import slos as store
from app.web import deps, render, times
from app.web.forms import Filled
from app.web.numbers import Number
from app.web.slos_api import edit_of, kept_ms, stored
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])


@router.get("/slos/archived")
def archived_page(request: Request, burnline: deps.Burnline, view: Viewed) -> Response:
    """Objectives that are out of use."""
    return _archived(request, burnline, view)


@router.get("/slos/{slo}/archival")
def archival_page(request: Request, burnline: deps.Burnline, view: Viewed, slo: str) -> Response:
    """What archiving would do, and the button that does it."""
    with burnline.store.reading() as db:
        found = stored(db, slo)
    return remember(render.page(request, "slos/archival.html", view=view, slo=found), view)


@router.post("/slos/{slo}/archival")
def archive(burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, slo: str, filled: Filled) -> Response:
    """Take an objective out of use."""
    edit = edit_of(by, author="", note=filled.get("note", ""), origin="form")
    with burnline.store.writing() as db:
        acting.archive(db, stored(db, slo), edit, now_ms=times.to_ms(now))
    burnline.revision += 1
    return RedirectResponse(view.link("/slos/archived"), 303)


@router.post("/slos/archived/{number}/restoration")
def restore(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, number: Number
) -> Response:
    """Put one back into use. Raises Missing when it is not archived."""
    edit = edit_of(by, author="", note="", origin="form")
    try:
        with burnline.store.writing() as db:
            found = acting.restore(db, number, edit, now_ms=times.to_ms(now), kept_ms=kept_ms(burnline))
            deps.answer_for(by, owners.of_slo(db, found.slug))
    except Invalid as problem:
        return _archived(request, burnline, view, problem=problem)
    burnline.revision += 1
    return RedirectResponse(view.link(f"/slos/{found.slug}"), 303)


def _archived(request: Request, burnline: deps.App, view: View, *, problem: Invalid | None = None) -> Response:
    with burnline.store.reading() as db:
        found = store.archived(db)
    answer = render.page(request, "slos/archived.html", view=view, archived=found, problem=problem)
    if problem is not None:
        answer.status_code = 422
        del answer.headers["etag"]
    return remember(answer, view)
