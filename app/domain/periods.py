"""When compliance windows begin and end: periods of a calendar in its zone, however long its days are.

Periods are made in wall-clock time and only then turned into instants: the day of a change of the clocks has 23 or 25
hours. A wall-clock time that the change skips begins with the first minute there is, one that comes twice with the
first.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.errors import Invalid
from app.domain.windows import Calendar, Period, Rolling, Unit, Window, nominal_minutes

MINUTE_MS = 60_000
DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_DAYS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31, Unit.QUARTER: 92, Unit.YEAR: 366}


def period_at(window: Window, at_ms: int) -> Period:
    """The period that an instant is in; of a rolling window the one that ends with the last whole minute before it."""
    if isinstance(window, Rolling):
        end_ms = at_ms // MINUTE_MS * MINUTE_MS
        return Period(end_ms - window.minutes * MINUTE_MS, end_ms)
    number = _number(window, at_ms)
    return Period(_start(window, number), _start(window, number + 1))


def before(window: Window, at_ms: int, count: int) -> tuple[Period, ...]:
    """The newest `count` periods that are over at an instant, newest first."""
    found: list[Period] = []
    if isinstance(window, Rolling):
        end_ms, length_ms = at_ms // MINUTE_MS * MINUTE_MS, window.minutes * MINUTE_MS
        return tuple(Period(end_ms - (n + 1) * length_ms, end_ms - n * length_ms) for n in range(count))
    number = _number(window, at_ms)
    end_ms = _start(window, number)
    while len(found) < count:
        number -= 1
        start_ms = _start(window, number)
        if start_ms < end_ms:  # a day that a zone left out has no minute
            found.append(Period(start_ms, end_ms))
        end_ms = start_ms
    return tuple(found)


def longest_minutes(window: Window) -> int:
    """No period of it is longer: months of 31 days, leap years, and a day for changes of the clock."""
    if isinstance(window, Rolling):
        return window.minutes
    return (LONGEST_DAYS[window.unit] * window.count + 1) * 1_440


def zone(name: str) -> ZoneInfo:
    """Raises Invalid when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        text = f"{name[:80]} is no time zone: use a name like Europe/Berlin."
        raise Invalid(text, code="window_invalid", field="window.zone") from error


def _number(window: Calendar, at_ms: int) -> int:
    """Which period an instant is in, 0 that which begins with the anchor."""
    elapsed = at_ms // MINUTE_MS - _start(window, 0) // MINUTE_MS
    number = elapsed // nominal_minutes(window)
    while _start(window, number) > at_ms:
        number -= 1
    while _start(window, number + 1) <= at_ms:
        number += 1
    return number


def _start(window: Calendar, number: int) -> int:
    return _instant(_wall(window, number * window.count), zone(window.zone))


def _wall(window: Calendar, units: int) -> datetime:
    """The anchor and so many units, on the wall."""
    if window.unit in DAYS:
        return window.anchor + timedelta(days=units * DAYS[window.unit])
    months = window.anchor.year * 12 + window.anchor.month - 1 + units * MONTHS[window.unit]
    return window.anchor.replace(year=months // 12, month=months % 12 + 1)


def _instant(wall: datetime, where: ZoneInfo) -> int:
    """The first minute, in Unix ms, at which a clock there shows this time or a later one."""
    at = _minute(wall.replace(tzinfo=where))
    if _shown(at, where) == wall:
        return at * MINUTE_MS
    lo, hi = _minute(wall.replace(tzinfo=where, fold=1)) - 1, at
    while hi - lo > 1:  # the change of the clocks lies between
        middle = (lo + hi) // 2
        lo, hi = (lo, middle) if _shown(middle, where) >= wall else (middle, hi)
    return hi * MINUTE_MS


def _minute(at: datetime) -> int:
    return (at - EPOCH) // timedelta(minutes=1)


def _shown(minute: int, where: ZoneInfo) -> datetime:
    shown = (EPOCH + timedelta(minutes=minute)).astimezone(where)
    return shown.replace(tzinfo=None, fold=0)
