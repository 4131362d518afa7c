"""Numbers and times as people read them: the same on a page, in a patch and in a reason.

Three significant digits, a thin space before a unit, a dash for what is not known. Templates get these as filters.
"""

import math
from datetime import UTC, datetime
from typing import TypeGuard
from zoneinfo import ZoneInfo

DASH = "–"
THIN = "\u2009"

MINUTE, HOUR, DAY = 60, 3600, 86_400
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def percent(ratio: float | None) -> str:
    """A ratio as a percentage with at most two decimals; a trace of something never reads as nothing."""
    if not known(ratio):
        return DASH
    share = ratio * 100
    if 0 < share < 0.01:
        return f"<{THIN}0.01{THIN}%"
    return f"{_digits(share, most_decimals=2)}{THIN}%"


def per_second(rate: float | None) -> str:
    """A rate: 310/s, 1.24k/s, 0.05/s."""
    if not known(rate):
        return DASH
    if 0 < rate < 0.001:
        return f"<{THIN}0.001/s"
    return f"{number(rate)}/s"


def seconds(value: float | None) -> str:
    """A latency: 250 µs, 380 ms, 2.8 s, 1 min 30 s."""
    if not known(value):
        return DASH
    if 0 < value < 0.000_999_5:
        return f"{_digits(value * 1e6)}{THIN}µs"
    if value < 0.999_5:
        return f"{_digits(value * 1e3)}{THIN}ms"
    if value < MINUTE:
        return f"{_digits(value)}{THIN}s"
    return duration(value)


def duration(value: float | None) -> str:
    """A length of time in its two largest units: 8 s, 34 min, 5 h 20 min, 2 d 3 h."""
    if not known(value):
        return DASH
    whole = max(0, round(value))
    for size, name, smaller, smaller_name in (
        (DAY, "d", HOUR, "h"),
        (HOUR, "h", MINUTE, "min"),
        (MINUTE, "min", 1, "s"),
    ):
        if whole >= size:
            head, rest = divmod(whole, size)
            tail = rest // smaller
            if tail and not (name == "min" and head >= 10):
                return f"{head}{THIN}{name} {tail}{THIN}{smaller_name}"
            return f"{head}{THIN}{name}"
    return f"{whole}{THIN}s"


def minutes(value: float | None) -> str:
    """A length of time nobody knows to the second: 3 min, 5 h 20 min."""
    if not known(value):
        return DASH
    return duration(round(value / MINUTE) * MINUTE) if value >= MINUTE / 2 else "less than a minute"


def size(value: float | None) -> str:
    """Bytes: 1.24 GB (powers of 1 000)."""
    if not known(value):
        return DASH
    power = 0
    while abs(value) >= 999.5 and power < len(_SIZES) - 1:
        value, power = value / 1000, power + 1
    return f"{_digits(value)}{THIN}{_SIZES[power]}"


def number(value: float | None) -> str:
    """A number: 12, 1.24k, 3.1M."""
    if not known(value):
        return DASH
    for unit, suffix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= 0.9995 * unit:
            return _digits(value / unit) + suffix
    return _digits(value)


def ago(at_ms: int | None, *, now_ms: int) -> str:
    """How long ago, for glances; tables print the time."""
    if at_ms is None:
        return DASH
    since = (now_ms - at_ms) / 1000
    return "just now" if since < 1 else f"{duration(since)} ago"


def since(at_ms: int | None, *, zone: ZoneInfo, now_ms: int) -> str:
    """When something began: since 14:14 (18 min)."""
    if at_ms is None:
        return ""
    return f"since {clock(at_ms, zone=zone, now_ms=now_ms)} ({minutes((now_ms - at_ms) / 1000)})"


def clock(at_ms: int | None, *, zone: ZoneInfo, now_ms: int) -> str:
    """A minute in a zone: 14:31, with the day when that is not today, with the year when it is another one."""
    if at_ms is None:
        return DASH
    at, now = moment(at_ms, zone=zone), moment(now_ms, zone=zone)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b %H:%M}" if at.year == now.year else f"{at.day} {at:%b %Y %H:%M}"


def stamp(at_ms: int | None, *, zone: ZoneInfo) -> str:
    """A full time for tables: 2026-11-23 14:31."""
    return DASH if at_ms is None else f"{moment(at_ms, zone=zone):%Y-%m-%d %H:%M}"


def field(at_ms: int, *, zone: ZoneInfo) -> str:
    """A minute as a form's field of date and time takes it: 2026-11-23T14:31."""
    return f"{moment(at_ms, zone=zone):%Y-%m-%dT%H:%M}"


def iso(at_ms: int) -> str:
    """RFC 3339 in UTC, with milliseconds only where there are some."""
    at = moment(at_ms, zone=ZoneInfo("UTC"))
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{at_ms % 1000:03d}Z" if at_ms % 1000 else "Z")


def zone_name(at_ms: int, *, zone: ZoneInfo) -> str:
    """The zone as printed once per table and axis: UTC, Europe/Berlin (UTC+1)."""
    if zone.key == "UTC":
        return "UTC"
    offset = moment(at_ms, zone=zone).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"{zone.key} (UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''})"


def moment(at_ms: int, *, zone: ZoneInfo) -> datetime:
    """Unix milliseconds as a time in a zone."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC).astimezone(zone)


def _digits(value: float, *, most_decimals: int = 6) -> str:
    """Three significant digits without trailing zeros, never in scientific notation."""
    if value == 0:
        return "0"
    decimals = min(most_decimals, max(0, 2 - math.floor(math.log10(abs(value)) + 1e-12)))
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def known(value: float | None) -> TypeGuard[float]:
    """Whether there is a number at all."""
    return value is not None and not math.isnan(value)
