"""What a page is asked to show, all of it from the address: range, zone and theme.

Zone and theme are also remembered in a cookie, because nobody wants to choose them again on every page; the address
wins. A link made by `View.link` carries everything that is not as it would be anyway, so that it can be shared.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from starlette.responses import Response

from app.domain.errors import Invalid
from app.domain.signals import HOUR_MS
from app.web import deps, times

RANGES_MS = {
    "1h": HOUR_MS,
    "6h": 6 * HOUR_MS,
    "24h": 24 * HOUR_MS,
    "7d": 7 * 24 * HOUR_MS,
    "30d": 30 * 24 * HOUR_MS,
}
RANGE = "6h"
LONGEST_MS = 400 * 24 * HOUR_MS
BROWSER_ZONE = "browser"
Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
REMEMBERED_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class View:
    """`range` is None when the range is absolute: from start_ms to end_ms, whenever it is opened.

    `tz` and `theme` are what the address says, "" when it says nothing; `zone` and `look` what that comes to.
    """

    path: str
    now_ms: int
    range: str | None
    start_ms: int
    end_ms: int
    tz: str
    zone: ZoneInfo
    theme: str
    look: str

    @property
    def is_live(self) -> bool:
        return self.range is not None

    def link(self, path: str | None = None, **changed: str) -> str:
        """The address of a page under the same view; `changed` replaces single parameters."""
        absolute = {"from": times.rfc3339(self.start_ms), "to": times.rfc3339(self.end_ms)}
        chosen = absolute if self.range is None else {"range": "" if self.range == RANGE else self.range}
        if "range" in changed:
            chosen = {}
        found = {**chosen, "tz": self.tz, "theme": self.theme, **changed}
        query = urlencode({name: value for name, value in found.items() if value}, safe="/:")
        return quote(path or self.path, safe="/@") + (f"?{query}" if query else "")

    @property
    def frozen_link(self) -> str:
        """The same page with its range made absolute: what can be sent to somebody and still shows this."""
        return replace(self, range=None).link()


async def view(
    request: Request,
    now: deps.Now,
    range: Annotated[str | None, Query(max_length=10)] = None,  # noqa: A002 - the parameter's name in the address
    from_: Annotated[str | None, Query(alias="from", max_length=64)] = None,
    to: Annotated[str | None, Query(max_length=64)] = None,
    tz: Annotated[str | None, Query(max_length=64)] = None,
    theme: Annotated[str | None, Query(max_length=10)] = None,
) -> View:
    """The view a request asks for. Raises Invalid when a parameter says nothing that can be shown."""
    now_ms = times.to_ms(now)
    start_ms, end_ms, name = _range(now_ms, range, from_, to)
    remembered_theme = request.cookies.get("theme", "")
    return View(
        path=request.url.path,
        now_ms=now_ms,
        range=name,
        start_ms=start_ms,
        end_ms=end_ms,
        tz=tz or "",
        zone=_zone(tz, request.cookies),
        theme=_theme(theme),
        look=theme or (remembered_theme if remembered_theme in THEMES else "auto"),
    )


Viewed = Annotated[View, Depends(view)]


def remember(response: Response, view: View) -> Response:
    """Keep what the address chose for the next page."""
    for name, value in (("theme", view.theme), ("tz", view.tz)):
        if value:
            response.set_cookie(name, value, max_age=REMEMBERED_SECONDS, samesite="lax", path="/")
    return response


def _range(now_ms: int, name: str | None, start: str | None, end: str | None) -> tuple[int, int, str | None]:
    if start is None and end is None:
        if name is not None and name not in RANGES_MS:
            raise Invalid(f"The range must be one of {', '.join(RANGES_MS)}.", code="range_invalid", field="range")
        return now_ms - RANGES_MS[name or RANGE], now_ms, name or RANGE
    if name is not None:
        raise Invalid("Give either range, or from and to.", code="range_invalid", field="range")
    if start is None or end is None:
        raise Invalid(
            "An absolute range needs both from and to.", code="range_invalid", field="from" if start is None else "to"
        )
    start_ms, end_ms = times.parse(start, field="from"), times.parse(end, field="to")
    times.check_range(start_ms, end_ms, longest_ms=LONGEST_MS, names=("from", "to"))
    return start_ms, end_ms, None


def _zone(tz: str | None, cookies: dict[str, str]) -> ZoneInfo:
    """The zone asked for, else the one remembered, else the browser's as `page.js` noted it, else UTC."""
    if tz is not None and tz != BROWSER_ZONE:
        return times.zone(tz)
    remembered = cookies.get("tz", BROWSER_ZONE) if tz is None else BROWSER_ZONE
    for name in (remembered, cookies.get("browser_zone", "")):
        if times.is_zone(name):
            return ZoneInfo(name)
    return times.UTC_ZONE


def _theme(theme: str | None) -> str:
    if theme is not None and theme not in THEMES:
        raise Invalid(f"The theme must be one of {', '.join(THEMES)}.", code="theme_unknown", field="theme")
    return theme or ""


def now_or_end(view: View, now: datetime) -> datetime:
    """The moment a page that has no range is about: the end of an absolute range, else now."""
    return now if view.is_live else times.moment(view.end_ms)
