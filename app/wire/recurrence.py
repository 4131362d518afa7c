"""Recurring spans as users write them: an RRULE (RFC 5545) in the wall-clock times of a zone.

A window from 01:00 to 05:00 is one on every day, also on those with 23 or 25 hours: both ends stand on the clock on the
wall. (RFC 5545 would keep its length and move its end.) A time that a change of clocks leaves out is the first minute
after the gap, one that happens twice is the first, as with compliance windows.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from app.domain.errors import Invalid

MOST_AT_ONCE = 10_000
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"}

# A rule that never comes ("30 February") is looked for until the year 9999. The calendar repeats itself every 400 years
# to the weekday, so rules are expanded in its last cycle: a third of a second at worst, instead of half a minute.
CYCLE_YEARS = 400

Span = tuple[int, int]


def check(rule: str, *, zone: str) -> None:
    """Raises Invalid for a rule or zone that cannot be read, or a rule that never comes."""
    start = datetime(2024, 1, 1)  # noqa: DTZ001  # a time on the wall
    if next(iter(_expanded(rule, start, _zone(zone))), None) is None:
        raise _invalid("This never happens.", "Example: FREQ=WEEKLY;BYDAY=SU")


def occurrences(rule: str, *, zone: str, first: Span, start_ms: int, end_ms: int) -> list[Span]:
    """The spans that touch [start_ms, end_ms) of a rule that begins with the span `first`, oldest first.

    The rule's own times count: when `first` does not fit the rule it is none of them. Raises Invalid.
    """
    place = _zone(zone)
    begins, ends = (_wall(at_ms, place) for at_ms in first)
    lasts = ends - begins
    after, before = _wall(start_ms, place) - lasts - timedelta(days=1), _wall(end_ms, place) + timedelta(days=1)
    found: list[Span] = []
    for wall in _expanded(rule, begins, place):
        if wall > before:
            break
        if wall < after:
            continue
        span = first if wall == begins else (_instant(wall, place), _instant(wall + lasts, place))
        if span[0] < span[1] and span[0] < end_ms and span[1] > start_ms:
            found.append(span)
        if len(found) > MOST_AT_ONCE:
            raise _invalid(f"This happens more than {MOST_AT_ONCE} times.", "Use a longer interval.")
    return found


def _expanded(rule: str, begins: datetime, place: tzinfo) -> Iterator[datetime]:
    """Wall-clock starts, ascending."""
    parts = _parts(rule)
    later = (9_999 - begins.year) // CYCLE_YEARS * CYCLE_YEARS
    until = parts.pop("UNTIL", None)
    last = None if until is None else _until(until, place)
    for shifted in _rule(parts, begins.replace(year=begins.year + later)):
        wall = shifted.replace(year=shifted.year - later)
        if last is not None and wall > last:
            return
        yield wall


def _rule(parts: dict[str, str], begins: datetime) -> rrule:
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        made = rrulestr(text, dtstart=begins)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise _unreadable(f"{error}") from error
    if not isinstance(made, rrule):
        raise _unreadable("it is a set of rules")
    return made


def _parts(rule: str) -> dict[str, str]:
    """By name in capitals. Raises Invalid for what RFC 5545 or we do not know."""
    text = rule.strip().upper().removeprefix("RRULE:")
    pairs = [part.partition("=") for part in text.rstrip(";").split(";")]
    parts = {name: value for name, _, value in pairs}
    if len(parts) < len(pairs):
        raise _unreadable("a part stands there twice")
    unknown = sorted(set(parts) - PARTS)
    if unknown:
        raise _unreadable(f"{unknown[0] or 'nothing'} is none of {', '.join(sorted(PARTS))}")
    if parts.get("FREQ") not in FREQUENCIES:
        raise _unreadable(f"FREQ is one of {', '.join(FREQUENCIES)}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise _unreadable("COUNT and UNTIL exclude each other")
    for name in ("INTERVAL", "COUNT"):
        if not re.fullmatch(r"[1-9]\d{0,4}", parts.get(name, "1")):
            raise _unreadable(f"{name} is a whole number above 0")
    return parts


def _until(text: str, place: tzinfo) -> datetime:
    """The last moment on the wall: a day is taken to its end, a time in UTC (Z) to the zone."""
    try:
        if "T" not in text:
            day = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007  # a day on the wall
            return day + timedelta(days=1, microseconds=-1)
        moment = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError as error:
        raise _unreadable("UNTIL is a day (20261231) or a time in UTC (20261231T225959Z)") from error
    if text.endswith("Z"):
        return moment.replace(tzinfo=UTC).astimezone(place).replace(tzinfo=None)
    return moment


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        text = f"{name[:60]!r} is no time zone."
        raise Invalid(text, code="zone_unknown", field="zone", hint="Example: Europe/Berlin") from error


def _wall(at_ms: int, place: tzinfo) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(place).replace(tzinfo=None, fold=0)


def _instant(wall: datetime, place: tzinfo) -> int:
    """Of a time on the wall; of one in a gap the gap's end."""
    there = wall.replace(tzinfo=place, fold=0)
    moment = there.astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) != wall:
        moment = _gap_end(wall, place)
    return int(moment.timestamp() * 1000)


def _gap_end(wall: datetime, place: tzinfo) -> datetime:
    """The first minute after a gap in which a time on the wall would lie.

    Read with the offset from after the gap it lies before the change of clocks, and with the one from before, after it.
    """
    minute = timedelta(minutes=1)
    early, late = (wall.replace(second=0, tzinfo=place, fold=fold).astimezone(UTC) for fold in (1, 0))
    offset = early.astimezone(place).utcoffset()
    changed = bisect_left(
        range((late - early) // minute), 1, key=lambda at: (early + at * minute).astimezone(place).utcoffset() != offset
    )
    return early + changed * minute


def _unreadable(why: str) -> Invalid:
    return _invalid(f"The recurrence cannot be read: {why}.", "Example: FREQ=WEEKLY;BYDAY=SU;UNTIL=20271231")


def _invalid(message: str, hint: str) -> Invalid:
    return Invalid(message, code="recurrence_invalid", field="recurrence", hint=hint)
