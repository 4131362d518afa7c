"""The bars of the status page: 90 days in a strip, each as tall as it was bad, each with its words."""

from dataclasses import dataclass, replace
from datetime import date

from app.domain.status import Level
from app.domain.status_page import Component, Day
from app.reports import formats, status_words

PITCH, WIDTH, HEIGHT = 6, 4, 32
TALL = {
    Level.OPERATIONAL: 14,
    Level.UNKNOWN: 14,
    Level.MAINTENANCE: 14,
    Level.DEGRADED: 20,
    Level.PARTIAL_OUTAGE: 26,
    Level.MAJOR_OUTAGE: 32,
}
MOST_TOLD = 10
CALM = (Level.OPERATIONAL, Level.UNKNOWN)
MANY = 24  # components; more would make the page a heavy one


@dataclass(frozen=True, slots=True)
class Bar:
    """A stroke from the bottom up, in its middle; or those of days in a row that have one text."""

    x: int
    top: int
    level: Level
    text: str
    days: int = 1

    @property
    def path(self) -> str:
        return "".join(f"M{self.x + at * PITCH} {HEIGHT}V{self.top}" for at in range(self.days))


def bars(of: Component) -> list[Bar]:
    """One a day."""
    return [
        Bar(at * PITCH + WIDTH // 2, HEIGHT - TALL[day.level], day.level, text(day)) for at, day in enumerate(of.days)
    ]


def strip(of: Component, *, many: bool) -> list[Bar]:
    """One a day; on a page of many components, days in a row that were well, or unknown, are told at once."""
    if not many:
        return bars(of)
    found: list[Bar] = []
    since = ""
    for bar, day in zip(bars(of), of.days, strict=True):
        last = found[-1] if found else None
        if last is not None and last.level is day.level and day.level in CALM:
            told = f"{named(since)} to {named(day.date)}: {_word(day.level)}"
            found[-1] = replace(last, days=last.days + 1, text=told)
        else:
            since = day.date
            found.append(bar)
    return found


def _word(level: Level) -> str:
    return "No data" if level is Level.UNKNOWN else status_words.WORDS[level]


def gaps(of: Component) -> list[tuple[int, int]]:
    """Where nothing is known, as (x, width): days in a row are one."""
    found: list[tuple[int, int]] = []
    for bar in (one for one in bars(of) if one.level is Level.UNKNOWN):
        begin = bar.x - WIDTH // 2
        if found and sum(found[-1]) + PITCH - WIDTH == begin:
            found[-1] = (found[-1][0], begin + WIDTH - found[-1][0])
        else:
            found.append((begin, WIDTH))
    return found


def width(of: Component) -> int:
    return max(1, len(of.days) * PITCH - (PITCH - WIDTH))


def text(day: Day) -> str:
    """23 Nov: Partial outage, 2 h; 99.21 % Successful requests."""
    when = named(day.date)
    if day.share is None:
        return f"{when}: {_word(day.level)}{', nothing measured' if day.level is Level.MAINTENANCE else ''}"
    lasted = f", {formats.duration(day.lasted_s)}" if day.lasted_s else ""
    planned = ", maintenance" if day.maintenance and day.level is not Level.MAINTENANCE else ""
    measure = f" {day.measure}" if day.level.is_trouble else ""  # of a day that was well the one below the strip
    known = "" if day.known >= 0.95 else f", {formats.percent(day.known)} of the day measured"
    told = f"{when}: {status_words.WORDS[day.level]}{lasted}{planned}; {share_text(day.share)}{measure}{known}"
    return told.replace(formats.THIN, " ")


def troubled(of: Component) -> list[Day]:
    """The days that were not well, newest first."""
    return [day for day in reversed(of.days) if day.level.is_trouble][:MOST_TOLD]


def share_text(share: float | None) -> str:
    """Good shares are never rounded up to all: 99.996 % is 99.99 %."""
    if share is None:
        return formats.DASH
    hundredths = int(share * 10_000 + 1e-9)
    return f"{hundredths // 100}.{hundredths % 100:02d}{formats.THIN}%" if share < 1 else f"100{formats.THIN}%"


def named(iso: str) -> str:
    """A date without its year: 23 Nov."""
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%b}"


def weekday(iso: str) -> str:
    """A date with its weekday: Mon 23 Nov 2026."""
    day = date.fromisoformat(iso)
    return f"{day:%a} {day.day} {day:%b %Y}"
