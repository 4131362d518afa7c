"""Links of wall screens: making, revoking and telling them, and the address that turns a link into a screen.

`GET /s/TOKEN` leaves a cookie that is good for one wall and its stream, and sends the browser on, so that the token
stands in the address bar no longer than that takes.
"""

from collections import defaultdict, deque
from datetime import datetime, timedelta
from time import monotonic
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from app.actions import screens as acting
from app.actions.screens import Asked
from app.config import parse_duration
from app.domain import walls as shapes
from app.domain.errors import AppError, Invalid, Missing, TooOften
from app.reports import wall_screens
from app.store import screens as store
from app.store.engine import Connection
from app.store.screens import Screen
from app.web import deps, render, screens, times, wall_pages
from app.web.numbers import Number
from app.web.view import View, Viewed

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])
entrance = APIRouter(include_in_schema=False)

MOST_FIELDS = 20
WRONG_TRIES, WRONG_SECONDS = 10, 60.0
MOST_ADDRESSES = 10_000
FOR_EVER = ("", "never", "none")
EMPTY = {"name": "", "wall": "all", "pages": "services", "inch": "55", "m": "10", "expires": ""}


async def form(request: Request) -> dict[str, str]:
    """What was filled in; pages that were ticked stand together. Raises Invalid for what no browser sends."""
    try:
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Invalid("That is no form of ours.", code="form_invalid") from error
    found = dict(pairs)
    if ticked := [value for name, value in pairs if name == "pages"]:
        found["pages"] = ",".join(ticked)
    return found


Filled = Annotated[dict[str, str], Depends(form)]


@router.get("/settings/screens")
def screens_page(request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed) -> Response:
    """Every screen, when it was last seen, and a form for another."""
    return _page(request, burnline, now, view, EMPTY)


@router.post("/settings/screens")
def create(
    request: Request, burnline: deps.Burnline, now: deps.Now, by: deps.By, view: Viewed, filled: Filled
) -> Response:
    """Make a link. It is shown in this answer and never again."""
    try:
        with burnline.store.writing() as db:
            made, token = create_from(burnline, db, {**EMPTY, **filled}, by=by.name, now_ms=times.to_ms(now))
    except Invalid as problem:
        return _page(request, burnline, now, view, {**EMPTY, **filled}, problem=problem)
    changed(burnline)
    return _page(request, burnline, now, view, EMPTY, made=made, link=link(request, burnline, token))


@router.post("/settings/screens/{screen}/revocation")
def revoke(burnline: deps.Burnline, now: deps.Now, by: deps.By, view: Viewed, screen: Number) -> Response:
    """End a link: its screen says so within seconds."""
    with burnline.store.writing() as db:
        acting.revoke(db, screen, by=by.name, now_ms=times.to_ms(now))
    changed(burnline)
    return RedirectResponse(view.link("/settings/screens"), 303)


@router.post("/settings/screens/calls")
def call(burnline: deps.Burnline, now: deps.Now, by: deps.By, view: Viewed, filled: Filled) -> Response:
    """Show a message on all walls, or have them load themselves anew."""
    with burnline.store.writing() as db:
        if filled.get("do") == "reload":
            acting.reload(db, by=by.name, now_ms=times.to_ms(now))
        else:
            acting.tell(db, filled.get("message", ""), by=by.name, now_ms=times.to_ms(now))
    changed(burnline)
    return RedirectResponse(view.link("/settings/screens"), 303)


class Tries:
    """How often addresses showed a token that opens nothing."""

    def __init__(self) -> None:
        self._at: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=WRONG_TRIES))

    def check(self, address: str) -> None:
        """Raises TooOften for one that guesses."""
        at = self._at.get(address)
        if at and len(at) == WRONG_TRIES and monotonic() - at[0] < WRONG_SECONDS:
            raise TooOften("Wait a minute before you try another link.", retry_after_seconds=int(WRONG_SECONDS))

    def wrong(self, address: str) -> None:
        if len(self._at) >= MOST_ADDRESSES:
            self._at.clear()
        self._at[address].append(monotonic())


TRIES = Tries()


@entrance.get("/s/{token}")
def enter(request: Request, burnline: deps.Burnline, now: deps.Now, token: str) -> Response:
    """Become the screen of a link."""
    address = burnline.caller_of(request).address
    TRIES.check(address)
    now_ms = times.to_ms(now)
    found = screens.keeper(burnline.store).known(token, now_ms=now_ms)
    if found is None or not found.is_good(now_ms):
        TRIES.wrong(address)
        raise Missing("This link is no longer valid.", code="link_invalid", hint="An admin makes a new one.")
    response = RedirectResponse(address_of(found), 303, headers={"Cache-Control": "no-store"})
    screens.leave_cookie(response, token, burnline.settings.public_url)
    return response


def create_from(
    burnline: deps.App, db: Connection, filled: dict[str, str], *, by: str, now_ms: int
) -> tuple[Screen, str]:
    """A link out of texts, as forms and commands have them. Raises Invalid at the field at fault."""
    asked = Asked(
        name=filled["name"],
        wall=filled["wall"],
        pages=tuple(part.strip() for part in filled["pages"].split(",") if part.strip()),
        inch=_number(filled["inch"], "inch"),
        metres=_number(filled["m"], "m"),
        lifetime=_lifetime(filled["expires"].strip()),
    )
    known = wall_pages.every_wall(burnline, db)
    return acting.create(db, asked, known=known, kinds=wall_screens.PAGES, by=by, now_ms=now_ms)


def link(request: Request, burnline: deps.App, token: str) -> str:
    """What is opened on the screen, once."""
    return f"{burnline.settings.public_url or str(request.base_url).rstrip('/')}/s/{token}"


def address_of(screen: Screen) -> str:
    """The wall as this screen shows it."""
    hung = {"inch": f"{screen.inch:g}", "m": f"{screen.metres:g}", "pages": ",".join(screen.pages)}
    return f"/wall/{screen.wall}?{urlencode(hung, safe=',')}"


def changed(burnline: deps.App) -> None:
    """Let this process know at once, and nudge the walls; the others look within seconds."""
    burnline.revision += 1
    screens.keeper(burnline.store).forget()
    burnline.live.nudge()


def _page(
    request: Request,
    burnline: deps.App,
    now: datetime,
    view: View,
    filled: dict[str, str],
    *,
    problem: AppError | None = None,
    made: Screen | None = None,
    link: str = "",
) -> Response:
    now_ms = times.to_ms(now)
    with burnline.store.reading() as db:
        every = store.every(db)
        message, _ = store.calls(db, now_ms=now_ms)
        walls = wall_pages.every_wall(burnline, db)
    answer = render.page(
        request,
        "settings/screens.html",
        view=view,
        screens=every,
        message=message,
        walls=list(walls.values()),
        kinds=wall_screens.PAGES,
        filled=filled,
        problem=problem,
        made=made,
        link=link,
        now_ms=now_ms,
        fits=_fits(filled),
    )
    if problem is not None or made is not None:
        answer.status_code = 201 if problem is None else 422
        del answer.headers["etag"]
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _fits(filled: dict[str, str]) -> str:
    """What a screen such as is filled in shows at once; "" when it cannot be told."""
    try:
        inch, metres = _number(filled["inch"], "inch"), _number(filled["m"], "m")
    except Invalid:
        return ""
    if inch <= 0:
        return ""
    rows = shapes.layout(["checkout-api"] * 20, ["catalog"] * 20, inch=inch, metres=metres).rows
    return f"{rows} {'service' if rows == 1 else 'services'} at once in huge type on this one, the others as cells"


def _number(text: str, field: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise Invalid(f"{field} is a number such as 55.", code=f"{field}_invalid", field=field) from error


def _lifetime(text: str) -> timedelta | None:
    if text.lower() in FOR_EVER:
        return None
    try:
        return parse_duration(text)
    except (ValueError, OverflowError) as error:
        sentence = "A link holds for a time such as 90d since it was last seen, or for ever."
        raise Invalid(sentence, code="expires_invalid", field="expires") from error
