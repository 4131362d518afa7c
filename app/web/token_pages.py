"""Tokens of the installation, for those who administer. Each is shown once: in the answer to its making."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.actions import tokens as acting
from app.actions.tokens import Asked
from app.config import parse_duration
from app.domain.errors import AppError, Forbidden, Invalid
from app.domain.people import Scope
from app.domain.tokens import TokenText
from app.store import people
from app.store import tokens as store
from app.store.people import Person
from app.web import deps, render, times
from app.web.forms import Filled
from app.web.people_pages import not_kept
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

EMPTY = {"name": "", "source": "", "expires": "365d", "scope_ingest": "1"}
SCOPES = {
    Scope.INGEST: "send samples",
    Scope.READ: "read everything",
    Scope.WRITE: "read, and change objectives and the like",
    Scope.ADMIN: "everything, people and tokens too",
}
LASTS = {"30d": "30 days", "90d": "90 days", "365d": "a year", "": "for ever"}


@router.get("/settings/tokens")
def tokens_page(request: Request, burnline: deps.Burnline, view: Viewed) -> Response:
    """Every token there is, and a form for another."""
    return _page(request, burnline, view)


@router.post("/settings/tokens")
def create(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, filled: Filled
) -> Response:
    """Make a token for a program."""
    now_ms = times.to_ms(now)
    try:
        with burnline.store.writing() as db:
            _, text = acting.create(db, asked_for(filled, now_ms=now_ms), by=by.name, now_ms=now_ms)
    except (Invalid, Forbidden) as problem:
        return _page(request, burnline, view, filled={"expires": "", **filled}, problem=problem)
    return _page(request, burnline, view, made=text)


@router.post("/settings/tokens/{token}/revocation")
def revoke(burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, token: str) -> Response:
    """It opens nothing any more."""
    with burnline.store.writing() as db:
        acting.revoke(db, token, by=by.name, now_ms=times.to_ms(now))
    burnline.forget_people()
    return RedirectResponse(view.link("/settings/tokens"), 303)


def asked_for(filled: dict[str, str], *, now_ms: int, person: Person | None = None) -> Asked:
    """The token that a form asks for. Raises Invalid at the field at fault."""
    lasts = filled.get("expires", "").strip()
    try:
        expires_ms = now_ms + round(parse_duration(lasts).total_seconds() * 1000) if lasts else None
    except ValueError as error:
        text = "A length of time is a whole number and one of h, d, w, such as 90d."
        raise Invalid(text, code="expiry_invalid", field="expires") from error
    scopes = tuple(scope for scope in Scope if filled.get(f"scope_{scope.value}"))
    return Asked(filled.get("name", ""), scopes, filled.get("source", ""), expires_ms, person)


def _page(
    request: Request,
    burnline: deps.App,
    view: View,
    *,
    filled: dict[str, str] | None = None,
    problem: AppError | None = None,
    made: TokenText | None = None,
) -> Response:
    with burnline.store.reading() as db:
        everything = store.every(db)
        owners = {one.id: one.name for one in people.every(db)}
    answer = render.page(
        request,
        "settings/tokens.html",
        view=view,
        tokens=everything,
        owners=owners,
        filled=filled or EMPTY,
        problem=problem,
        made=made,
        scopes=SCOPES,
        lasts=LASTS,
        revoke_at="/settings/tokens",
    )
    return not_kept(remember(answer, view), problem)
