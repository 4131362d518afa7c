"""The forms the status page is published in: HTML, JSON, feeds and badges, all made of one `Page` and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import orjson

from app.domain.states import State
from app.domain.status import Level
from app.domain.status_page import UNCONFIRMED, Component, Page, known_until_ms
from app.reports import formats, status_bars, status_feeds, status_words, statuspage
from app.reports.badges import Badge
from app.web import render
from app.wire import status_state

STATES = {
    Level.OPERATIONAL: State.OK,
    Level.UNKNOWN: State.NO_DATA,
    Level.MAINTENANCE: State.MAINT,
    Level.DEGRADED: State.WARN,
    Level.PARTIAL_OUTAGE: State.CRIT,
    Level.MAJOR_OUTAGE: State.CRIT,
}
SYMBOLS = {Level.PARTIAL_OUTAGE: "partial"}
STYLES = ("tokens.css", "status.css", "status_told.css")
SCRIPT = "status.js"
Feed = Literal["rss", "atom"]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the page's parts are found from it. `base` is the page's own address, "" when nobody knows it."""

    styles: tuple[str, ...]
    script: str
    icon: str
    folder: str  # of feeds, JSON and badges
    base: str
    is_copy: bool


def served(base: str, level: Level) -> Places:
    """By a running Burnline."""
    url = render.static().url
    return Places(
        styles=tuple(url(f"css/{name}") for name in STYLES),
        script=url(f"js/{SCRIPT}"),
        icon=url(f"icons/{icon(level)}.svg"),
        folder="/status/",
        base=base,
        is_copy=False,
    )


def copied(base: str) -> Places:
    """In a folder of its own."""
    return Places(STYLES, SCRIPT, "icon.svg", "", base, is_copy=True)


def html(page: Page, places: Places, *, theme: str = "auto") -> bytes:
    zone = ZoneInfo(page.zone)
    text = render.text(
        "status/page.html",
        page=page,
        at=places,
        theme=theme,
        zone=zone,
        words=status_words,
        states=STATES,
        symbols=SYMBOLS,
        bars=status_bars,
        stale_text=stale_text(page),
    )
    return text.encode()


def stale_text(page: Page) -> str:
    """What the headline turns to when the page is too old to be believed."""
    zone = ZoneInfo(page.zone)
    known = known_until_ms(page)
    if known is None:
        return f"{UNCONFIRMED}."
    return f"{UNCONFIRMED}; last known {formats.stamp(known, zone=zone)} {formats.zone_name(known, zone=zone)}."


def icon(level: Level) -> str:
    state = STATES[level]
    return "ok" if state is State.MAINT else state.value


def as_json(name: str, page: Page, *, base: str) -> bytes:
    """One document of Statuspage's API, by its name without the ending. Raises KeyError."""
    return orjson.dumps(statuspage.DOCUMENTS[name](page, base))


def feed(kind: Feed, page: Page, *, base: str) -> bytes:
    entries = status_feeds.entries(page)
    return render.text(
        f"status/feed.{kind}", page=page, entries=entries, base=base, rfc822=status_feeds.rfc822
    ).encode()


def badge(page: Page, component: Component | None = None) -> bytes:
    """Of one component, or of all."""
    name, level = (page.title, page.level) if component is None else (component.name, component.level)
    shown = Badge(name, status_words.WORDS[level].lower(), STATES[level])
    return render.text("slos/_badge.svg", badge=shown).encode()


def folder(page: Page, *, base: str = "") -> Mapping[str, bytes]:
    """A copy that needs nobody, by file name; the page itself is last."""
    static = render.static().assets
    files = {name: static[f"css/{name}"].body for name in STYLES} | {SCRIPT: static[f"js/{SCRIPT}"].body}
    files["icon.svg"] = static[f"icons/{icon(page.level)}.svg"].body
    files |= {f"api/v2/{name}.json": as_json(name, page, base=base) for name in statuspage.DOCUMENTS}
    files |= {"feed.rss": feed("rss", page, base=base), "feed.atom": feed("atom", page, base=base)}
    files |= {f"components/{one.id}/badge.svg": badge(page, one) for one in page.components}
    files |= {"badge.svg": badge(page), "state.json": status_state.write(page)}
    files["index.html"] = html(page, copied(base))
    return files
