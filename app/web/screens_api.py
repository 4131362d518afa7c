"""The JSON API of wall screens: links are made, listed and revoked, and all walls are told something."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.actions import screens as acting
from app.domain import walls as shapes
from app.reports import formats
from app.store import screens as store
from app.store.screens import Screen
from app.web import deps, screen_pages, tabular, times
from app.web.models import Described
from app.web.numbers import Number

router = APIRouter(prefix="/api", dependencies=[deps.ACTOR], tags=["walls"])


class ScreenAsked(BaseModel):
    """A link to be made."""

    model_config = Described

    name: Annotated[str, Field(description="Where it hangs, such as NOC-2.")]
    wall: str = "all"
    pages: Annotated[list[str], Field(description="Shown in turn: services, slos.")] = ["services"]
    inch: Annotated[float, Field(description="The screen's diagonal.")] = shapes.USUAL_INCH
    m: Annotated[float, Field(description="From how far it is read, in metres.")] = shapes.USUAL_METRES
    expires: Annotated[
        str, Field(description="How long it holds without being seen, such as 90d; empty: for ever.")
    ] = ""


class ScreenNow(BaseModel):
    """A link and when its screen was last seen."""

    model_config = Described

    screen: int
    name: str
    wall: str
    pages: str
    inch: float
    m: float
    state: Literal["in force", "expired", "revoked"]
    author: str
    created: datetime
    expires: datetime | None
    seen: datetime | None
    seen_address: str
    seen_build: str
    seen_viewport: str


class ScreenMade(ScreenNow):
    """A new link, which is told in this answer and never again."""

    link: str


class CallAsked(BaseModel):
    """What all walls are told: a message that stands for an hour ("" takes it back), or to load themselves anew."""

    model_config = Described

    message: str | None = None
    reload: bool = False


@router.get("/screens", response_model=list[ScreenNow])
def list_screens(burnline: deps.Burnline, now: deps.Now) -> Response:
    """Every screen that has a link."""
    with burnline.store.reading() as db:
        every = store.every(db)
    return tabular.as_json([_row(one, times.to_ms(now)) for one in every])


@router.post("/screens", status_code=201, response_model=ScreenMade)
def create_screen(
    request: Request, burnline: deps.Burnline, now: deps.Now, by: deps.By, asked: Annotated[ScreenAsked, Body()]
) -> Response:
    """Make a link for a screen, read-only and for one wall."""
    now_ms = times.to_ms(now)
    filled = {
        "name": asked.name,
        "wall": asked.wall,
        "pages": ",".join(asked.pages),
        "inch": str(asked.inch),
        "m": str(asked.m),
        "expires": asked.expires,
    }
    with burnline.store.writing() as db:
        made, token = screen_pages.create_from(burnline, db, filled, by=by.name, now_ms=now_ms)
    screen_pages.changed(burnline)
    row = {**_row(made, now_ms), "link": screen_pages.link(request, burnline, token)}
    return tabular.as_json(row, status=201)


@router.post("/screens/{screen}/revocation", response_model=ScreenNow)
def revoke_screen(burnline: deps.Burnline, now: deps.Now, by: deps.By, screen: Number) -> Response:
    """End a link: its stream ends, and its screen says so."""
    now_ms = times.to_ms(now)
    with burnline.store.writing() as db:
        acting.revoke(db, screen, by=by.name, now_ms=now_ms)
        found = store.find(db, screen)
    screen_pages.changed(burnline)
    return tabular.as_json(None if found is None else _row(found, now_ms))


@router.post("/screens/calls", status_code=204)
def call_screens(burnline: deps.Burnline, now: deps.Now, by: deps.By, asked: Annotated[CallAsked, Body()]) -> Response:
    """Tell all walls something."""
    now_ms = times.to_ms(now)
    with burnline.store.writing() as db:
        if asked.message is not None:
            acting.tell(db, asked.message, by=by.name, now_ms=now_ms)
        if asked.reload:
            acting.reload(db, by=by.name, now_ms=now_ms)
    screen_pages.changed(burnline)
    return Response(status_code=204)


def _row(one: Screen, now_ms: int) -> dict[str, object]:
    over = "revoked" if one.revoked_ms is not None else "expired"
    return {
        "screen": one.id,
        "name": one.name,
        "wall": one.wall,
        "pages": ",".join(one.pages),
        "inch": one.inch,
        "m": one.metres,
        "state": "in force" if one.is_good(now_ms) else over,
        "author": one.author,
        "created": formats.iso(one.created_ms),
        "expires": _iso(one.expires_ms),
        "seen": _iso(one.seen_ms),
        "seen_address": one.seen_address,
        "seen_build": one.seen_build,
        "seen_viewport": one.seen_viewport,
    }


def _iso(at_ms: int | None) -> str | None:
    return None if at_ms is None else formats.iso(at_ms)
