"""What a page is asked to show, all of it from the address: range, zone, theme and team.

All but the range are also remembered in a cookie, because nobody wants to choose them again on every page; the address
wins. A link made by `View.link` carries everything that is not as it would be anyway, so that it can be shared.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Literal, cast
from urllib.parse import quote, unquote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from starlette.responses import Response

from app.domain.errors import Invalid
from app.domain.signals import HOUR_MS
from app.reports import formats
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

    `tz`, `theme` and `team_asked` are what the address says, "" (None) when it says nothing; `zone_choice`, `look` and
    `team` what was chosen there or before, `zone` the zone that comes to.
    """

    path: str
    now_ms: int
    range: str | None
    start_ms: int
    end_ms: int
    tz: str
    zone: ZoneInfo
    zone_choice: str
    theme: str
    look: str
    team_asked: str | None = None
    team: str = ""

    @property
    def is_live(self) -> bool:
        return self.range is not None

    @property
    def parameters(self) -> dict[str, str]:
        """What an address must carry to show the same, only what is not so anyway."""
        if self.range is None:
            chosen = {"from": times.iso(self.start_ms), "to": times.iso(self.end_ms)}
        else:
            chosen = {"range": "" if self.range == RANGE else self.range}
        told = {**chosen, "tz": self.tz, "theme": self.theme, "team": self.team_asked or ""}
        return {name: value for name, value in told.items() if value}

    def link(self, path: str = "", **changed: str) -> str:
        """The address of a page under the same view; `changed` replaces single parameters, "" drops one."""
        kept = self.parameters
        if "range" in changed:
            kept = {name: value for name, value in kept.items() if name not in ("from", "to")}
        return quote(path or self.path, safe="/@") + _query({**kept, **changed})

    @property
    def query(self) -> str:
        """What to put behind any address of a page to stay in this view: "" or "?tz=UTC"."""
        return _query(self.parameters)

    @property
    def frozen_link(self) -> str:
        """The same page with its range made absolute: what can be sent to somebody and still shows this."""
        return self.frozen()

    def frozen(self, **chosen: str) -> str:
        """The same, with what else was chosen on the page."""
        return replace(self, range=None, team_asked=self.team).link(**chosen)

    @property
    def range_words(self) -> str:
        """An absolute range as the bar says it: 23 Nov 08:32 to 14:32."""
        start, end = (
            formats.clock(at_ms, zone=self.zone, now_ms=self.now_ms) for at_ms in (self.start_ms, self.end_ms)
        )
        day, _, minute = end.rpartition(" ")
        return f"{start} to {minute if day and start.startswith(day + ' ') else end}"

    @property
    def next_look(self) -> str:
        """The theme after this one, for a link that goes round them."""
        return THEMES[(THEMES.index(cast("Theme", self.look)) + 1) % len(THEMES)]

    @property
    def zone_choices(self) -> dict[str, str]:
        """What the bar offers: every zone there is stands on the settings page."""
        own = {} if self.zone.key == "UTC" else {self.zone.key: self.zone.key}
        return {BROWSER_ZONE: "Browser time", "UTC": "UTC", **own}


async def view(
    request: Request,
    now: deps.Now,
    range: Annotated[str | None, Query(max_length=10)] = None,  # noqa: A002 - the parameter's name in the address
    from_: Annotated[str | None, Query(alias="from", max_length=64)] = None,
    to: Annotated[str | None, Query(max_length=64)] = None,
    tz: Annotated[str | None, Query(max_length=64)] = None,
    theme: Annotated[str | None, Query(max_length=10)] = None,
    team: Annotated[str | None, Query(max_length=100)] = None,
) -> View:
    """The view a request asks for. Raises Invalid when a parameter says nothing that can be shown."""
    now_ms = times.to_ms(now)
    choice = _zone_choice(tz, request.cookies)
    zone = _zone(choice, request.cookies)
    start_ms, end_ms, name = _range(now_ms, range, from_ or None, to or None, zone=zone)
    remembered_theme = request.cookies.get("theme", "")
    return View(
        path=request.url.path,
        now_ms=now_ms,
        range=name,
        start_ms=start_ms,
        end_ms=end_ms,
        tz=tz or "",
        zone=zone,
        zone_choice=choice,
        theme=_theme(theme),
        look=theme or (remembered_theme if remembered_theme in THEMES else "auto"),
        team_asked=team,
        team=unquote(request.cookies.get("team", ""))[:100] if team is None else team,
    )


Viewed = Annotated[View, Depends(view)]


def remember(response: Response, view: View) -> Response:
    """Keep what the address chose for the next page."""
    for name, value in (("theme", view.theme), ("tz", view.tz)):
        if value:
            response.set_cookie(name, value, max_age=REMEMBERED_SECONDS, samesite="lax", path="/")
    if view.team_asked:
        response.set_cookie("team", quote(view.team_asked), max_age=REMEMBERED_SECONDS, samesite="lax", path="/")
    elif view.team_asked is not None:
        response.delete_cookie("team", samesite="lax", path="/")
    return response


def _range(
    now_ms: int, name: str | None, start: str | None, end: str | None, *, zone: ZoneInfo
) -> tuple[int, int, str | None]:
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
    start_ms, end_ms = times.parse_in(zone, start, field="from"), times.parse_in(zone, end, field="to")
    times.check_range(start_ms, end_ms, longest_ms=LONGEST_MS, names=("from", "to"))
    return start_ms, end_ms, None


def _zone_choice(tz: str | None, cookies: dict[str, str]) -> str:
    """The zone asked for, else the one remembered, else the browser's."""
    if tz is not None and tz != BROWSER_ZONE:
        return times.zone(tz).key
    remembered = cookies.get("tz", "") if tz is None else ""
    return remembered if times.is_zone(remembered) else BROWSER_ZONE


def _zone(choice: str, cookies: dict[str, str]) -> ZoneInfo:
    """Which zone the browser's is, `page.js` notes in a cookie; until then it is UTC, and called so."""
    name = cookies.get("browser_zone", "").replace("%2F", "/") if choice == BROWSER_ZONE else choice
    return ZoneInfo(name) if times.is_zone(name) else times.UTC_ZONE


def _theme(theme: str | None) -> str:
    if theme is not None and theme not in THEMES:
        raise Invalid(f"The theme must be one of {', '.join(THEMES)}.", code="theme_unknown", field="theme")
    return theme or ""


def _query(parameters: dict[str, str]) -> str:
    kept = {name: value for name, value in parameters.items() if value}
    return "?" + urlencode(kept, safe="/:") if kept else ""
