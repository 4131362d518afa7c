"""When somebody last looked at the overview, noted in their browser; and what has changed since, as a page."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.domain.signals import MINUTE_MS
from app.reports import visits
from app.web import deps, render, teams, times
from app.web.view import REMEMBERED_SECONDS, View, Viewed, remember

router = APIRouter(include_in_schema=False, dependencies=[deps.STATE])

COOKIE = "visit"  # "when the visit before ended.when this one was last seen", in seconds
APART_MS = 30 * MINUTE_MS  # without a look for so long, the next one is another visit
NOTED_MS = MINUTE_MS  # a look within this of the last one is not noted: cookies are part of what a page's ETag is of

Since = Annotated[str | None, Query(max_length=64)]


@dataclass(frozen=True, slots=True)
class Visit:
    """`before_ms` is when the visit before this one ended, None at the first."""

    before_ms: int | None
    seen_ms: int


def of(request: Request, view: View) -> Visit:
    """The visit a look belongs to."""
    before, _, seen = request.cookies.get(COOKIE, "").partition(".")
    if not (before.isdecimal() and seen.isdecimal() and len(before) < 12 and len(seen) < 12):
        return Visit(None, 0)
    before_ms, seen_ms = int(before) * 1000, int(seen) * 1000
    if view.now_ms - seen_ms > APART_MS:
        return Visit(seen_ms, seen_ms)
    return Visit(before_ms or None, seen_ms)


def note(response: Response, visit: Visit, view: View) -> Response:
    """Remember that it was looked."""
    if view.is_live and view.now_ms - visit.seen_ms > NOTED_MS:
        value = f"{(visit.before_ms or 0) // 1000}.{view.now_ms // 1000}"
        response.set_cookie(COOKIE, value, max_age=REMEMBERED_SECONDS, samesite="lax", path="/")
    return response


@router.get("/overview/changed")
def changed_link(
    request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed, since: Since = None
) -> Response:
    """How many, as the link to which."""
    return _changed(request, burnline, now, view, since, template="changed/_link.html")


@router.get("/changed")
def changed_page(
    request: Request, burnline: deps.Burnline, now: deps.Now, view: Viewed, since: Since = None
) -> Response:
    """Which services are in another state than then."""
    return _changed(request, burnline, now, view, since, template="changed/page.html")


def _changed(
    request: Request, burnline: deps.App, now: deps.Now, view: View, since: str | None, *, template: str
) -> Response:
    told_ms = of(request, view).before_ms if since is None else times.parse(since, field="since")
    then_ms = view.now_ms - 60 * MINUTE_MS if told_ms is None else told_ms
    chosen = teams.chosen(burnline, view)
    found = visits.since(burnline.board, now, then_ms=then_ms, services=chosen.services)
    return remember(render.page(request, template, view=view, visit=found, asked=since, team=chosen.name), view)
