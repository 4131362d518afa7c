"""The time of a sample in our JSON: RFC 3339 text with a zone, or a number of seconds or milliseconds since 1970."""

import re
from datetime import UTC, datetime, timedelta

from app.domain.series import clip
from app.wire.metrics.json_errors import Fault

YEAR_2000_S = 946_684_800
FIRST_MILLISECONDS = 1e11  # as seconds this would be the year 5138
FIRST_MICROSECONDS = 1e14  # as milliseconds likewise

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMS = 'Write "2026-11-23T15:00:00Z", or seconds (10 digits) or milliseconds (13 digits) since 1970 as a number.'


def milliseconds(time: object) -> int:
    """Unix milliseconds. Raises Fault."""
    if isinstance(time, str):
        moment = _of_text(time)
    elif isinstance(time, int | float) and not isinstance(time, bool):
        moment = _of_number(time)
    else:
        raise Fault("time", "type", "time is neither text nor a number.", _FORMS)
    if moment < YEAR_2000_S * 1000:
        raise Fault("time", "timestamp_too_old", f"time {clip(str(time))} is before the year 2000.", _FORMS)
    return moment


def _of_number(time: float) -> int:
    if time >= FIRST_MICROSECONDS:
        raise Fault("time", "timestamp_future", f"time {time} looks like micro- or nanoseconds.", _FORMS)
    # What is before 1970 is too old, however long before: -1e308 s have no milliseconds.
    return int(time) if time >= FIRST_MILLISECONDS else round(max(time, -1.0) * 1000)


def _of_text(time: str) -> int:
    found = _RFC3339.fullmatch(time)
    if not found:
        raise Fault("time", "time_invalid", f"time {clip(repr(time))} is no RFC 3339 time.", _FORMS)
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    fraction, zulu, sign, ahead_hours, ahead_minutes = found.groups()[6:]
    if not zulu and not sign:
        raise Fault(
            "time", "timezone_missing", f"time {clip(repr(time))} has no time zone.", 'End it with "Z" or "+02:00".'
        )
    ahead = timedelta(hours=int(ahead_hours or 0), minutes=int(ahead_minutes or 0))
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as error:
        raise Fault("time", "time_invalid", f"time {clip(repr(time))} does not exist: {error}.", _FORMS) from error
    if ahead >= timedelta(days=1) or int(ahead_minutes or 0) > 59:
        raise Fault("time", "time_invalid", f"time {clip(repr(time))} has an impossible zone.", _FORMS)
    # Differences do not overflow where a datetime of the year 1 or 9999 moved to UTC would.
    since = local - _EPOCH + (ahead if sign == "-" else -ahead)
    return since // timedelta(milliseconds=1) + int(f"{fraction or '':0<3}"[:3])
