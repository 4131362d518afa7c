"""One's own account: the password, where one is signed in, and tokens of one's own."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.actions import passwords, sessions, tokens
from app.actions import people as acting
from app.domain.errors import AppError, Forbidden, Invalid, Missing
from app.domain.people import Actor
from app.domain.tokens import TokenText
from app.store import people
from app.store import sessions as session_store
from app.store import tokens as token_store
from app.store.engine import Connection
from app.store.people import Person
from app.web import deps, render, times
from app.web.forms import Filled
from app.web.numbers import NumberOrAll
from app.web.people_pages import not_kept
from app.web.sign_in_pages import chosen
from app.web.token_pages import LASTS, SCOPES, asked_for
from app.web.view import View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

EMPTY = {"name": "", "source": "", "expires": "90d", "scope_read": "1"}


@router.get("/account")
def account_page(request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By) -> Response:
    """Who one is, and what belongs to it."""
    return _page(request, burnline, view, by, times.to_ms(now))


@router.post("/account/password")
def set_password(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, filled: Filled
) -> Response:
    """Choose another password; every other session ends."""
    now_ms = times.to_ms(now)
    try:
        with burnline.store.reading() as db:
            person = _person(db, by)
            stored = people.password_of(db, person.id)
        text = chosen(filled, person.name)
        sessions.spare(burnline.store, person, now_ms=now_ms)
        _check_current(stored, filled)
        hashed = passwords.hashed(text)
        with burnline.store.writing() as db:
            acting.set_password(db, person, hashed, by=by.name, but=by.session_id)
    except Invalid as problem:
        return _page(request, burnline, view, by, now_ms, problem=problem)
    burnline.forget_people()
    return RedirectResponse(view.link("/account") + "#signed-in", 303)


@router.post("/account/sessions/{number}/end")
def end_session(burnline: deps.Burnline, view: Viewed, by: deps.By, number: NumberOrAll) -> Response:
    """Sign out somewhere else; 0: everywhere else."""
    with burnline.store.writing() as db:
        person = _person(db, by)
        if number:
            sessions.sign_out(db, person, number, by=by.name)
        else:
            sessions.sign_out_elsewhere(db, person, by.session_id)
    burnline.forget_people()
    return RedirectResponse(view.link("/account"), 303)


@router.post("/account/tokens")
def create_token(
    request: Request, burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, filled: Filled
) -> Response:
    """Make a token that may do no more than oneself."""
    now_ms = times.to_ms(now)
    try:
        with burnline.store.writing() as db:
            asked = asked_for(filled, now_ms=now_ms, person=_person(db, by))
            _, text = tokens.create(db, asked, by=by.name, now_ms=now_ms)
    except (Invalid, Forbidden) as problem:
        return _page(request, burnline, view, by, now_ms, filled={"expires": "", **filled}, problem=problem)
    return _page(request, burnline, view, by, now_ms, made=text)


@router.post("/account/tokens/{token}/revocation")
def revoke_token(burnline: deps.Burnline, view: Viewed, now: deps.Now, by: deps.By, token: str) -> Response:
    """One's own token opens nothing any more."""
    with burnline.store.writing() as db:
        person = _person(db, by)
        tokens.revoke(db, token, person_id=person.id, by=by.name, now_ms=times.to_ms(now))
    burnline.forget_people()
    return RedirectResponse(view.link("/account"), 303)


def _check_current(stored: str | None, filled: dict[str, str]) -> None:
    """Whoever finds a browser open must not take the account over."""
    if not passwords.holds(stored, filled.get("current", "")):
        raise Invalid("That is not the password.", code="password_wrong", field="current")


def _person(db: Connection, by: Actor) -> Person:
    """Whose account it is. Raises Missing where everybody is the same somebody."""
    if not by.person_id:
        hint = "Everybody here is the same admin."
        raise Missing("You are not signed in to an account.", code="no_account", hint=hint)
    return acting.find(db, by.person_id)


def _page(
    request: Request,
    burnline: deps.App,
    view: View,
    by: Actor,
    now_ms: int,
    *,
    filled: dict[str, str] | None = None,
    problem: AppError | None = None,
    made: TokenText | None = None,
) -> Response:
    with burnline.store.reading() as db:
        person = people.by_id(db, by.person_id)
        own = [] if person is None else session_store.of_person(db, person.id)
        held = [] if person is None else token_store.every(db, person_id=person.id)
        has_people = burnline.demo or people.exist(db)
    allowed = tokens.allowed_to(person.role) if person else frozenset()
    answer = render.page(
        request,
        "account/page.html",
        view=view,
        person=person,
        has_people=has_people,
        sessions=[one for one in own if not sessions.is_over(one.created_ms, one.seen_ms, now_ms=now_ms)],
        this=by.session_id,
        tokens=held,
        owners={},
        filled=filled or EMPTY,
        problem=problem,
        made=made,
        scopes={scope: text for scope, text in SCOPES.items() if scope in allowed},
        lasts=LASTS,
        revoke_at="/account/tokens",
    )
    return not_kept(remember(answer, view), problem)
