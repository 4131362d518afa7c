"""The status page and its other forms for whoever asks: from what is kept in memory, never from the database.

Answers are public and the same for everybody: no cookie is read, and of what an address asks for only a known time
zone and theme count, so that a storm of visitors meets a few finished bodies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.domain.errors import Missing
from app.domain.status import Level
from app.domain.status_page import UNCONFIRMED, Page, unconfirmed
from app.reports import statuspage
from app.web import deps, status_files, times
from app.web.view import THEMES
from app.wire import status_state

router = APIRouter(include_in_schema=False)

CACHING = "public, max-age=15, stale-if-error=600"
BODIES_KEPT = 256
HTML, JSON, SVG = "text/html; charset=utf-8", "application/json", "image/svg+xml"
FEEDS: dict[str, status_files.Feed] = {"rss": "rss", "atom": "atom"}
Text = Annotated[str, Query(max_length=8_000)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What to answer from: the page in a zone, and where bodies made of it are kept as long as it is."""

    page: Page
    base: str
    bodies: dict[tuple[object, ...], tuple[bytes, str]]


@router.get("/status")
def status_page(request: Request, burnline: deps.Burnline, now: deps.Now, tz: Text = "", theme: Text = "") -> Response:
    """How everything is, in words, for everybody."""
    asked = _asked(request, burnline, now, tz)
    look = theme if theme in THEMES else "auto"
    places = status_files.served(asked.base, asked.page.level)
    return _answer(request, asked, HTML, lambda: status_files.html(asked.page, places, theme=look), "html", look)


@router.get("/status/state.json")
def status_state_document(request: Request, burnline: deps.Burnline, now: deps.Now, tz: Text = "") -> Response:
    """All of the page, to make a copy of it from."""
    asked = _asked(request, burnline, now, tz)
    return _answer(request, asked, JSON, lambda: status_state.write(asked.page), "state")


@router.get("/status/api/v2/{name:path}.json")
def status_document(request: Request, burnline: deps.Burnline, now: deps.Now, name: str) -> Response:
    """A document in Statuspage's shape."""
    if name not in statuspage.DOCUMENTS:
        raise Missing("There is no such document.", code="document_unknown")
    asked = _asked(request, burnline, now)
    return _answer(request, asked, JSON, lambda: status_files.as_json(name, asked.page, base=asked.base), name)


@router.get("/status/feed.{kind}")
def status_feed(request: Request, burnline: deps.Burnline, now: deps.Now, kind: str) -> Response:
    """Updates, newest first."""
    if kind not in FEEDS:
        raise Missing("There is a feed.atom and a feed.rss.", code="feed_unknown")
    asked = _asked(request, burnline, now)
    media_type = f"application/{kind}+xml; charset=utf-8"
    return _answer(
        request, asked, media_type, lambda: status_files.feed(FEEDS[kind], asked.page, base=asked.base), "feed", kind
    )


@router.get("/status/badge.svg")
def status_badge(request: Request, burnline: deps.Burnline, now: deps.Now) -> Response:
    """Everything in two words."""
    asked = _asked(request, burnline, now)
    return _answer(request, asked, SVG, lambda: status_files.badge(asked.page), "badge")


@router.get("/status/components/{component}/badge.svg")
def component_badge(request: Request, burnline: deps.Burnline, now: deps.Now, component: str) -> Response:
    """One component in two words."""
    asked = _asked(request, burnline, now)
    found = next((one for one in asked.page.components if one.id == component), None)
    if found is None:
        raise Missing("There is no such component on the status page.", code="component_unknown")
    return _answer(request, asked, SVG, lambda: status_files.badge(asked.page, found), "badge", component)


def _asked(request: Request, burnline: deps.App, now: datetime, tz: str = "") -> Asked:
    """The page, unconfirmed when it is too old to be believed."""
    now_ms = times.to_ms(now)
    base = f"{burnline.settings.public_url or str(request.base_url).rstrip('/')}/status"
    kept = burnline.status.current(now_ms=now_ms, revision=burnline.revision)
    if kept is None:
        return Asked(_nothing(now_ms), base, {})
    zone = tz if times.is_zone(tz) else kept.facts.choice.zone
    page = kept.page(ZoneInfo(zone) if times.is_zone(zone) else times.UTC_ZONE)
    return Asked(unconfirmed(page) if now_ms > page.valid_until_ms else page, base, kept.bodies)


def _nothing(now_ms: int) -> Page:
    """When nothing could be read since the start."""
    return Page("Status", "", "UTC", now_ms, now_ms, None, Level.UNKNOWN, UNCONFIRMED, None, None, (), (), (), ())


def _answer(request: Request, asked: Asked, media_type: str, make: Callable[[], bytes], *key: object) -> Response:
    """A finished body: the same question about the same facts is answered by the same bytes."""
    whole = (asked.base, asked.page.zone, asked.page.headline, *key)
    found = asked.bodies.get(whole)
    if found is None:
        body = make()
        found = body, f'W/"{blake2b(body, digest_size=9).hexdigest()}"'
        if len(asked.bodies) >= BODIES_KEPT:
            asked.bodies.clear()
        asked.bodies[whole] = found
    headers = {"Cache-Control": CACHING, "ETag": found[1], "Access-Control-Allow-Origin": "*"}
    if request.headers.get("if-none-match") == found[1]:
        return Response(status_code=304, headers=headers)
    return Response(found[0], headers=headers, media_type=media_type)
