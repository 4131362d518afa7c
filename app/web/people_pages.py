"""People, for those who administer: letting somebody in, what they may do, and letting them in no more.

Nobody types a password for somebody else: an account is made with a link that its owner opens once to choose one.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.actions import people as acting
from app.actions import sessions
from app.domain import people as rules
from app.domain.errors import AppError, Invalid
from app.domain.people import Role
from app.store import people
from app.store.engine import Connection
from app.store.people import Person
from app.web import deps, render, times
from app.web.forms import Filled
from app.web.numbers import Chosen, Number
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

INVITATION_MS = 24 * sessions.HOUR_MS
EMPTY = {"name": "", "role": Role.VIEWER.value, "teams": ""}


@router.get("/settings/people")
def people_page(request: Request, burnline: deps.Burnline, view: Viewed, person: Chosen = 0) -> Response:
    """Every account; one of them opened to be changed."""
    return _page(request, burnline, view, edited=person)


@router.post("/settings/people")
def create(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, filled: Filled
) -> Response:
    """Make an account, and show the link that goes with it: in this answer and never again."""
    now_ms = times.to_ms(now)
    try:
        with burnline.store.writing() as db:
            teams = rules.teams_of(filled.get("teams", ""))
            made = acting.create(db, filled.get("name", ""), _role(filled), teams=teams, by=by.name, now_ms=now_ms)
            link = _invitation(request, burnline, db, made, by=by.name, now_ms=now_ms)
    except Invalid as problem:
        return _page(request, burnline, view, filled={**EMPTY, **filled}, problem=problem)
    burnline.forget_people()
    return _page(request, burnline, view, invited=made, link=link)


@router.post("/settings/people/{person}")
def change(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, person: Number, filled: Filled
) -> Response:
    """Change what somebody may do, or let them in no more."""
    try:
        with burnline.store.writing() as db:
            _change(db, acting.find(db, person), filled, by=by.name, now_ms=times.to_ms(now))
    except Invalid as problem:
        return _page(request, burnline, view, edited=person, problem=problem)
    burnline.forget_people()
    return RedirectResponse(view.link("/settings/people"), 303)


@router.post("/settings/people/{person}/invitation")
def invite(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, person: Number
) -> Response:
    """A new link to choose a password with; the one before is good no more."""
    try:
        with burnline.store.writing() as db:
            found = acting.find(db, person)
            link = _invitation(request, burnline, db, found, by=by.name, now_ms=times.to_ms(now))
    except Invalid as problem:
        return _page(request, burnline, view, edited=person, problem=problem)
    return _page(request, burnline, view, invited=found, link=link)


def _change(db: Connection, person: Person, filled: dict[str, str], *, by: str, now_ms: int) -> None:
    do = filled.get("do", "")
    if do == "disable":
        acting.disable(db, person, by=by, now_ms=now_ms)
    elif do == "enable":
        acting.enable(db, person, by=by)
    else:
        acting.set_teams(db, person, rules.teams_of(filled.get("teams", "")), by=by)
        acting.set_role(db, person, _role(filled), by=by)


def _role(filled: dict[str, str]) -> Role:
    try:
        return Role(filled.get("role", ""))
    except ValueError as error:
        text = f"A role is {', '.join(Role)}."
        raise Invalid(text, code="role_unknown", field="role") from error


def _invitation(request: Request, burnline: deps.App, db: Connection, person: Person, *, by: str, now_ms: int) -> str:
    text = sessions.invite(db, person, by=by, until_ms=now_ms + INVITATION_MS)
    base = burnline.settings.public_url or str(request.base_url).rstrip("/")
    return f"{base}/setup/{text}"


def _page(
    request: Request,
    burnline: deps.App,
    view: View,
    *,
    filled: dict[str, str] | None = None,
    problem: AppError | None = None,
    edited: int = 0,
    invited: Person | None = None,
    link: str = "",
) -> Response:
    with burnline.store.reading() as db:
        everybody = people.every(db)
    answer = render.page(
        request,
        "settings/people.html",
        view=view,
        people=everybody,
        edited=next((one for one in everybody if one.id == edited), None),
        filled=filled or EMPTY,
        problem=problem,
        invited=invited,
        link=link,
        roles=list(Role),
    )
    return not_kept(remember(answer, view), problem)


def not_kept(answer: Response, problem: AppError | None = None) -> Response:
    """An answer that no cache may keep: it may hold what is shown once."""
    if problem is not None:
        answer.status_code = 422
    if "etag" in answer.headers:
        del answer.headers["etag"]
    answer.headers["Cache-Control"] = "no-store"
    return answer
