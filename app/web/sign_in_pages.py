"""Signing in and out, and the one-time links with which an account gets its password."""

import re
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.actions import passwords, sessions
from app.actions import people as acting
from app.actions.sessions import Caller
from app.domain import passwords as rules
from app.domain import people as names
from app.domain.errors import AppError, Invalid, Missing, TooOften, Unknown
from app.store.sessions import Ticket
from app.web import deps, errors, render, times
from app.web.auth import Doorkeeper
from app.web.forms import Filled
from app.web.view import THEMES

router = APIRouter(include_in_schema=False, dependencies=[deps.ACTOR])

NEXT = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
KEPT_SECONDS = sessions.LONGEST_MS // 1000

Next = Annotated[str, Query(max_length=2_000)]


@router.get("/sign-in")
def sign_in_page(request: Request, burnline: deps.Burnline, next: Next = "") -> Response:  # noqa: A002  # its name in the address
    """The form."""
    return _form(request, burnline, next=inside(next))


@router.post("/sign-in")
def sign_in(request: Request, burnline: deps.Burnline, now: deps.Now, filled: Filled) -> Response:
    """Begin a session and go on to where somebody was going."""
    keeper = keeper_of(burnline)
    goal, name = inside(filled.get("next", "")), filled.get("name", "")
    now_ms = times.to_ms(now)
    try:
        text = sessions.sign_in(burnline.store, name, filled.get("password", ""), caller_of(request), now_ms=now_ms)
    except (Unknown, TooOften) as problem:
        return _form(request, burnline, next=goal, name=name, problem=problem)
    return signed_in(keeper, text, goal)


@router.post("/sign-out")
def sign_out(burnline: deps.Burnline, by: deps.By) -> Response:
    """Let this browser be nobody's again."""
    keeper = keeper_of(burnline)
    if by.session_id:
        with burnline.store.writing() as db:
            sessions.sign_out(db, acting.find(db, by.person_id), by.session_id, by=by.name)
        keeper.forget()
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(keeper.cookie, path="/", secure=keeper.is_https, httponly=True, samesite="lax")
    return response


@router.get("/setup/{ticket}")
def setup_page(request: Request, burnline: deps.Burnline, now: deps.Now, ticket: str) -> Response:
    """Where a link that was handed out leads: the form that chooses a password."""
    found, name = _ticket(burnline, ticket, now_ms=times.to_ms(now))
    return _setup_form(request, found, name=name)


@router.post("/setup/{ticket}")
def set_up(request: Request, burnline: deps.Burnline, now: deps.Now, ticket: str, filled: Filled) -> Response:
    """Choose the password, of a first account also the name, and be signed in."""
    keeper = keeper_of(burnline)
    now_ms = times.to_ms(now)
    found, known = _ticket(burnline, ticket, now_ms=now_ms)
    try:
        name = known or names.person_name(filled.get("name", ""))
        hashed = passwords.hashed(chosen(filled, name))
        with burnline.store.writing() as db:
            sessions.used(db, found.kind, ticket, now_ms=now_ms)
            if found.person_id is None:
                person = acting.create_first(db, name, hashed, now_ms=now_ms)
            else:
                person = acting.find(db, found.person_id)
                acting.set_password(db, person, hashed, by=name)
            text = sessions.begin(db, person, caller_of(request), now_ms=now_ms)
    except Invalid as problem:
        return _setup_form(request, found, name=filled.get("name", known), problem=problem)
    keeper.forget()
    return signed_in(keeper, text, "/")


def chosen(filled: dict[str, str], name: str) -> str:
    """The new password of a form. Raises Invalid at the field at fault."""
    password = filled.get("password", "")
    rules.check(password, name=name)
    if filled.get("again", "") != password:
        raise Invalid("The two are not the same.", code="password_differs", field="again")
    return password


def signed_in(keeper: Doorkeeper, text: str, goal: str) -> Response:
    """Hand the session to the browser and send it on."""
    response = RedirectResponse(goal, 303)
    response.set_cookie(
        keeper.cookie, text, max_age=KEPT_SECONDS, path="/", secure=keeper.is_https, httponly=True, samesite="lax"
    )
    return response


def inside(address: str) -> str:
    """The address when it is a page of ours, else the first page."""
    plain = unquote(address)
    safe = NEXT.fullmatch(address) and not plain.startswith(("//", "/\\")) and plain.isprintable()
    return address if safe and "\\" not in plain else "/"


def caller_of(request: Request) -> Caller:
    """Where a request comes from."""
    return deps.of(request).caller_of(request)


def keeper_of(burnline: deps.App) -> Doorkeeper:
    """Who knows people here. Raises Missing where nobody does."""
    if burnline.doorkeeper is None:
        raise Missing("There are no accounts here.", code="no_accounts")
    return burnline.doorkeeper


def _ticket(burnline: deps.App, text: str, *, now_ms: int) -> tuple[Ticket, str]:
    """A ticket that is good, and whose account it is for. Raises Unknown."""
    with burnline.store.reading() as db:
        try:
            found = sessions.shown(db, sessions.SETUP, text, now_ms=now_ms)
        except Unknown:
            found = sessions.shown(db, sessions.PASSWORD, text, now_ms=now_ms)
        return found, "" if found.person_id is None else acting.find(db, found.person_id).name


def _form(
    request: Request,
    burnline: deps.App,
    *,
    next: str,  # noqa: A002
    name: str = "",
    problem: AppError | None = None,
) -> Response:
    settings = burnline.settings
    return plain(
        request,
        "sign_in/page.html",
        problem,
        next=next,
        name=name,
        provider=settings.oidc_issuer or "",
        has_people=keeper_of(burnline).has_people,
    )


def _setup_form(request: Request, found: Ticket, *, name: str, problem: AppError | None = None) -> Response:
    return plain(request, "sign_in/setup.html", problem, first=found.person_id is None, name=name, rules=rules)


def plain(request: Request, template: str, problem: AppError | None = None, **context: object) -> Response:
    """A page for who is not signed in: nothing of it is kept anywhere."""
    remembered = request.cookies.get("theme", "")
    look = remembered if remembered in THEMES else "auto"
    told = None if problem is None else errors.problem_of(problem)
    body = render.text(template, look=look, problem=problem, **context)
    headers = {"Cache-Control": "no-store", **({} if told is None else told.headers)}
    headers.pop("WWW-Authenticate", None)  # the browser's own window must not ask
    return HTMLResponse(body, 200 if told is None else told.status, headers)
