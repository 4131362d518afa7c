"""Walls: pages made for ten metres, which nobody looks after. The page, the parts of it that change, and both as JSON.

Everything about how a screen hangs is in its address: how large it is and how far away (`inch`, `m`), what it shows in
turn and for how long (`pages`, `dwell`), when it is dark (`dim`), and whether it keeps the machine awake (`awake`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app.domain import walls as shapes
from app.domain.errors import Invalid
from app.domain.people import Kind
from app.reports import formats, wall_screens, walls
from app.reports.wall_screens import Asked, Item, Screen
from app.reports.walls import Wall
from app.store import services
from app.store.engine import Connection
from app.store.screens import Beat
from app.store.screens import Screen as Link
from app.web import deps, render, screens, tabular, times, wall_models
from app.web.view import View, Viewed

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])
api = APIRouter(prefix="/api", dependencies=[deps.ACTOR], tags=["walls"])

DWELL, DWELLS = 30, (5, 3_600)
DIM = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)

Inch = Annotated[float, Query(ge=shapes.INCHES[0], le=shapes.INCHES[1], description="The screen's diagonal.")]
Metres = Annotated[
    float, Query(alias="m", ge=shapes.METRES[0], le=shapes.METRES[1], description="From how far it is read.")
]
Page = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class Hung:
    """How a screen hangs; `dim` are minutes of the day, "" when it never gets dark."""

    inch: float
    metres: float
    pages: tuple[str, ...]
    dwell: int
    dim: str
    awake: bool


async def hung(
    inch: Inch = shapes.USUAL_INCH,
    metres: Metres = shapes.USUAL_METRES,
    pages: Annotated[str, Query(max_length=100)] = "services",
    dwell: Annotated[int, Query(ge=DWELLS[0], le=DWELLS[1])] = DWELL,
    dim: Annotated[str, Query(max_length=20)] = "",
    awake: Annotated[str, Query(max_length=5)] = "",
) -> Hung:
    """What a wall's address says. Raises Invalid."""
    wanted = tuple(page_of(one) for one in pages.split(","))
    return Hung(inch, metres, wanted, dwell, _dim(dim), awake in ("1", "true", "yes"))


async def shower(request: Request) -> Link | None:
    """The screen that shows the wall; None when a person looks at it, whatever cookie their browser has besides."""
    return await screens.screen_of(request) if deps.actor_of(request).kind is Kind.SCREEN else None


Hangs = Annotated[Hung, Depends(hung)]
Shower = Annotated[Link | None, Depends(shower)]


@router.get("/wall")
def walls_page(request: Request, burnline: deps.Burnline, view: Viewed) -> Response:
    """Which walls there are."""
    with burnline.store.reading() as db:
        every = every_wall(burnline, db)
    return render.page(request, "wall/list.html", view=view, walls=list(every.values()))


@router.get("/wall/{name}")
def wall_page(
    request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed, name: str, hangs: Hangs, shower: Shower
) -> Response:
    """A wall, with its first state in it."""
    asked = Asked(view.zone, hangs.pages[0], inch=hangs.inch, metres=hangs.metres)
    with burnline.store.reading() as db:
        wall = walls.find(every_wall(burnline, db), name)
        screen = wall_screens.screen(burnline.board, burnline.slos, db, now, wall=wall, asked=asked)
    answer = render.page(
        request,
        "wall/page.html",
        address=f"/wall/{wall.name}",
        pages=hangs.pages,
        dwell=hangs.dwell,
        dim=hangs.dim,
        awake=hangs.awake,
        **_shown(screen, view, burnline),
    )
    if shower is not None:
        screens.leave_cookie(answer, request.cookies[screens.COOKIE], burnline.settings.public_url)
    return answer


@router.get("/wall/{name}/screen")
def wall_screen(
    request: Request,
    burnline: deps.Burnline,
    now: deps.Now,
    view: Viewed,
    name: str,
    shower: Shower,
    *,
    page: Page = "services",
    focus: Annotated[str, Query(max_length=400)] = "",
    inch: Inch = shapes.USUAL_INCH,
    metres: Metres = shapes.USUAL_METRES,
) -> Response:
    """The parts of a wall that change."""
    asked = Asked(view.zone, page_of(page), focus, inch, metres)
    with burnline.store.reading() as db:
        wall = walls.find(every_wall(burnline, db), name)
        screen = wall_screens.screen(burnline.board, burnline.slos, db, now, wall=wall, asked=asked)
    if shower is not None:
        screens.keeper(burnline.store).note(shower, _beat(request, times.to_ms(now)))
    return render.page(request, "wall/_screen.html", **_shown(screen, view, burnline))


@api.get("/walls", response_model=list[wall_models.WallRow])
def list_walls(burnline: deps.Burnline) -> Response:
    """Every wall there is: everything, and one an owner."""
    with burnline.store.reading() as db:
        every = every_wall(burnline, db)
    known = [one.slug for one in burnline.board.services()]
    return tabular.as_json(
        [
            {"wall": one.name, "title": one.title, "services": sum(one.holds(slug) for slug in known)}
            for one in every.values()
        ]
    )


@api.get("/walls/{name}", response_model=wall_models.WallNow)
def wall_now(
    burnline: deps.Burnline,
    now: deps.Now,
    view: Viewed,
    name: str,
    *,
    page: Page = "services",
    inch: Inch = shapes.USUAL_INCH,
    metres: Metres = shapes.USUAL_METRES,
) -> Response:
    """What a wall shows now."""
    asked = Asked(view.zone, page_of(page), inch=inch, metres=metres)
    with burnline.store.reading() as db:
        wall = walls.find(every_wall(burnline, db), name)
        screen = wall_screens.screen(burnline.board, burnline.slos, db, now, wall=wall, asked=asked)
    return tabular.as_json(as_json(screen))


def every_wall(burnline: deps.App, db: Connection) -> dict[str, Wall]:
    """The walls there are now, by name."""
    return walls.listed(burnline.slos.slos(), services.described(db))


def page_of(name: str) -> str:
    """Raises Invalid for a page that walls do not have."""
    if name not in wall_screens.PAGES:
        known = ", ".join(wall_screens.PAGES)
        raise Invalid(f"A wall has no page named {name[:20]}; there are {known}.", code="page_unknown", field="pages")
    return name


def as_json(screen: Screen) -> dict[str, object]:
    """The numbers of a wall."""
    return {
        "wall": screen.wall.name,
        "title": screen.wall.title,
        "page": screen.page,
        "sentence": screen.sentence or None,
        "tightest": screen.tightest or None,
        "counts": {one.state.value: one.number for one in screen.counts},
        "services": screen.services,
        "objectives_met": screen.objectives.met,
        "objectives_missed": screen.objectives.missed,
        "objectives_without_data": screen.objectives.unknown,
        "rows": list(_items(screen.rows)),
        "cells": list(_items(screen.cells)),
        "hidden": screen.hidden,
        "critical": list(screen.critical),
        "newest": None if screen.newest_ms is None else formats.iso(screen.newest_ms),
        "now": formats.iso(screen.now_ms),
    }


def _items(items: tuple[Item, ...]) -> Iterator[dict[str, object]]:
    for one in items:
        since = None if one.since_ms is None else formats.iso(one.since_ms)
        yield {
            "key": one.key,
            "name": one.name,
            "state": one.state.value,
            "detail": one.detail,
            "value": one.value or None,
            "unit": one.unit or None,
            "since": since,
        }


def _beat(request: Request, now_ms: int) -> Beat:
    """What a screen says of itself, cut to what is worth keeping."""
    said = {name: request.headers.get(f"burnline-{name}", "")[:40] for name in ("shown", "viewport")}
    address = deps.of(request).caller_of(request).address
    return Beat(now_ms, address, said["shown"], said["viewport"])


def _shown(screen: Screen, view: View, burnline: deps.App) -> dict[str, object]:
    at = formats.moment(screen.now_ms, zone=view.zone)
    label = at.strftime("%Z")
    zone_label = f"UTC{label}" if label[:1] in "+-" else label
    message, reload = screens.keeper(burnline.store).calls(now_ms=screen.now_ms)
    return {
        "screen": screen,
        "zone": view.zone,
        "clock": f"{at:%H:%M}",
        "zone_label": zone_label,
        "message": "" if message is None else message.text,
        "reload": 0 if reload is None else reload.id,
    }


def _dim(text: str) -> str:
    if not text:
        return ""
    match = DIM.fullmatch(text)
    if match is None:
        raise Invalid("dim is two times of the day such as 22:00-06:30.", code="dim_invalid", field="dim")
    hours, minutes, until_hours, until_minutes = (int(part) for part in match.groups())
    return f"{hours * 60 + minutes}-{until_hours * 60 + until_minutes}"
