"""Times, steps and zones as people write them in an address."""

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from app.domain.errors import Invalid
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.reports import formats

UTC_ZONE = ZoneInfo("UTC")
LATEST_MS = 4_102_444_800_000  # 2100: later times are slips of the keyboard
LONGEST_STEP_MS = 31 * 24 * HOUR_MS
EPOCH_SECONDS = re.compile(r"\d{1,10}(\.\d{1,9})?", re.ASCII)
EPOCH_MILLISECONDS = re.compile(r"\d{12,14}", re.ASCII)
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(?P<zone>[Zz]|[+ -]\d\d:\d\d)?", re.ASCII)
LOCAL = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d)?", re.ASCII)
STEP = re.compile(r"(?P<number>\d{1,9})(?P<unit>s|m|h|d)?", re.ASCII)
UNITS_MS = {"s": 1000, "m": MINUTE_MS, "h": HOUR_MS, "d": 24 * HOUR_MS}
EXAMPLE = "Use RFC 3339 such as 2026-11-23T14:00:00Z, or seconds since 1970."


def parse(text: str, *, field: str) -> int:
    """Unix milliseconds of a time in RFC 3339 or in epoch seconds. Raises Invalid."""
    if EPOCH_SECONDS.fullmatch(text):
        return _bounded(round(float(text) * 1000), field=field)
    if EPOCH_MILLISECONDS.fullmatch(text):
        raise _unreadable(f"The {field} looks like milliseconds; times are seconds since 1970.", field=field)
    match = RFC3339.fullmatch(text)
    if match is None:
        raise _unreadable(f"The {field} is no time that can be read.", field=field)
    if match["zone"] is None:
        raise Invalid(
            f"The {field} has no time zone.",
            code="timezone_missing",
            field=field,
            hint="End it in Z for UTC, or in +01:00.",
        )
    # A plus sign that nobody encoded arrives as a space.
    written = text if match["zone"] in "Zz" else text[: -len("+00:00")] + text[-len("+00:00") :].replace(" ", "+")
    try:
        return _bounded(to_ms(datetime.fromisoformat(written.upper())), field=field)
    except (ValueError, OverflowError) as error:
        raise _unreadable(f"The {field} is no time that exists.", field=field) from error


def parse_in(zone: ZoneInfo, text: str, *, field: str) -> int:
    """The same, where a time without a zone is one of the clock on the reader's wall: what a form sends."""
    if not LOCAL.fullmatch(text):
        return parse(text, field=field)
    try:
        return _bounded(to_ms(datetime.fromisoformat(text.upper()).replace(tzinfo=zone)), field=field)
    except (ValueError, OverflowError) as error:
        raise _unreadable(f"The {field} is no time that exists.", field=field) from error


def step(text: str, *, least_ms: int) -> int:
    """Milliseconds of a step: seconds, or a number with s, m, h or d. Raises Invalid."""
    match = STEP.fullmatch(text)
    step_ms = int(match["number"]) * UNITS_MS[match["unit"] or "s"] if match else 0
    if not 0 < step_ms <= LONGEST_STEP_MS or step_ms % least_ms:
        whole = "whole minutes" if least_ms == MINUTE_MS else "whole seconds"
        raise Invalid(
            f"The step must be {whole}, more than none and at most 31 days.",
            code="step_invalid",
            field="step",
            hint="Use 60, 5m, 1h or 1d.",
        )
    return step_ms


def check_range(start_ms: int, end_ms: int, *, longest_ms: int, names: tuple[str, str] = ("start", "end")) -> None:
    """Raises Invalid unless the range has a length that can be answered for."""
    start, end = names
    if start_ms >= end_ms:
        raise Invalid(f"The {start} must be before the {end}.", code="range_invalid", field=start)
    if end_ms - start_ms > longest_ms:
        raise Invalid(
            f"The range is {(end_ms - start_ms) // (24 * HOUR_MS)} days long; at most {longest_ms // (24 * HOUR_MS)}.",
            code="range_invalid",
            field=start,
        )


def between(start: str | None, end: str | None, *, now_ms: int, usual_ms: int, longest_ms: int) -> tuple[int, int]:
    """[start, end) in Unix milliseconds; up to now, and usual_ms long, where nothing is said. Raises Invalid."""
    end_ms = parse(end, field="end") if end is not None else now_ms
    start_ms = parse(start, field="start") if start is not None else max(0, end_ms - usual_ms)
    check_range(start_ms, end_ms, longest_ms=longest_ms)
    return start_ms, end_ms


def check_points(start_ms: int, end_ms: int, *, step_ms: int, most: int) -> None:
    """Raises Invalid when a range has too many steps, naming one that would do."""
    points = (end_ms - start_ms) // step_ms + 1
    if points > most:
        least = -(-(end_ms - start_ms) // most)
        enough = next((one for one in (MINUTE_MS, 5 * MINUTE_MS, HOUR_MS, 24 * HOUR_MS) if one >= least), least)
        raise Invalid(
            f"That would be {points} points a series; the limit is {most}.",
            code="query_too_large",
            field="step",
            hint=f"Use step={enough // 1000}, or a shorter range.",
        )


def zone(name: str) -> ZoneInfo:
    """Raises Invalid when there is no such zone."""
    if not is_zone(name):
        raise Invalid(
            "That time zone is not known.",
            code="timezone_unknown",
            field="tz",
            hint="Use UTC, browser, or a place such as Europe/Berlin.",
        )
    return ZoneInfo(name)


def is_zone(name: str) -> bool:
    """Whether a name is UTC or a place: no path, no abbreviation that means two zones."""
    return name == "UTC" or ("/" in name and name in zones())


@cache
def zones() -> frozenset[str]:
    """Every zone that has a place's name."""
    skipped = ("Etc/", "SystemV/", "US/")
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith(skipped))


def to_ms(at: datetime) -> int:
    """Unix milliseconds."""
    return round(at.timestamp() * 1000)


def moment(at_ms: int) -> datetime:
    """Unix milliseconds as an aware time."""
    return datetime.fromtimestamp(at_ms / 1000, tz=UTC)


def iso(at_ms: int) -> str:
    """Unix milliseconds in RFC 3339, with a fraction only where there is one."""
    return formats.iso(at_ms)


def _bounded(at_ms: int, *, field: str) -> int:
    if not 0 <= at_ms <= LATEST_MS:
        raise _unreadable(f"The {field} lies outside the years 1970 to 2100.", field=field)
    return at_ms


def _unreadable(message: str, *, field: str) -> Invalid:
    return Invalid(message, code="time_invalid", field=field, hint=EXAMPLE)
