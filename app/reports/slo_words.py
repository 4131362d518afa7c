"""What objectives say in words: every text beside a number of theirs is made here, from the number."""

from collections.abc import Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.domain.slo_settings import plain
from app.domain.slos import Budgeting, BurnPair, Health, Method, Slo
from app.domain.states import State
from app.domain.sums import PairNow, SloNow
from app.domain.windows import Rolling, Unit, Window, nominal_minutes
from app.reports import formats
from app.reports.formats import DASH, THIN

WORDS = {
    Health.EXHAUSTED: "EXHAUSTED",
    Health.AT_RISK: "AT RISK",
    Health.WATCH: "WATCH",
    Health.NO_DATA: "NO DATA",
    Health.HEALTHY: "HEALTHY",
}
FULL_WORDS = {health: word.lower() for health, word in WORDS.items()}
STATES = {
    Health.EXHAUSTED: State.CRIT,
    Health.AT_RISK: State.CRIT,
    Health.WATCH: State.WARN,
    Health.NO_DATA: State.NO_DATA,
    Health.HEALTHY: State.OK,
}
METHODS: Mapping[Method, str] = {
    Method.OCCURRENCES: "by occurrences",
    Method.TIME_SLICES: "by time slices",
    Method.RATIO_TIME_SLICES: "by ratio time slices",
}
_DAY = 1_440


def target(share: Decimal) -> str:
    """Exact, however many nines: 99.95 %."""
    return f"{plain(share * 100)}{THIN}%"


def compliance(share: float | None, *, of: Decimal) -> str:
    """To a digit more than its target has, never rounded up to it: 99.895 % of 99.9 % is a miss."""
    if not formats.known(share):
        return DASH
    digits = max(2, -int((of * 100).normalize().as_tuple().exponent) + 1)
    shown = int(share * 10 ** (digits + 2) + 1e-6) / 10**digits
    return f"{shown:.{digits}f}".rstrip("0").rstrip(".") + f"{THIN}%"


def window(of: Window) -> str:
    """Rolling 30 d; calendar month, Europe/Berlin."""
    if isinstance(of, Rolling):
        return f"rolling {length(of.minutes)}"
    many = "" if of.count == 1 else f"{of.count} "
    unit = f"{many}{of.unit.value}" + ("" if of.count == 1 else "s")
    fiscal = of.unit is Unit.YEAR and (of.anchor.month, of.anchor.day) != (1, 1)
    start = f" from {of.anchor.day} {of.anchor:%b}" if fiscal else ""
    return f"calendar {unit}{start}, {of.zone}"


def length(minutes: int) -> str:
    """A window's length in days where it is whole days: 30 d, not 4 w 2 d."""
    return f"{minutes // _DAY}{THIN}d" if minutes and not minutes % _DAY else formats.duration(minutes * 60)


def method(slo: Slo) -> str:
    """How its budget is counted."""
    return budgeting(slo.budgeting)


def budgeting(of: Budgeting) -> str:
    """By time slices of 5 min, good from 99 %."""
    text = METHODS[of.method]
    if of.method is Method.OCCURRENCES:
        return text
    text += f" of {of.slice_minutes}{THIN}min"
    goal = of.slice_target
    return text if goal is None else f"{text}, good from {target(goal)}"


def share(part: float | None) -> str:
    """A share of a budget, unclamped: -8 %, 340 %; a trace of something never reads as nothing."""
    if not formats.known(part):
        return DASH
    if part < 0:
        return "-" + formats.percent(-part).replace(f"<{THIN}", "")
    return formats.percent(part)


def unit(slo: Slo) -> str:
    """What its budget is counted in."""
    return "bad events" if slo.budgeting.method is Method.OCCURRENCES else "bad minutes"


def count(events: float | None) -> str:
    """Events of a budget in full, as nobody can subtract 4.21k from 35.1k: 4 210."""
    if not formats.known(events):
        return DASH
    if abs(events) >= 10_000_000:
        return formats.number(events)
    digits = 0 if abs(events) >= 100 or events == round(events) else 1
    text = f"{events:,.{digits}f}".replace(",", THIN)
    return "0" if text in ("-0", "-0.0") else text


def exact(events: float) -> str:
    """Every digit, for those who compute it again: 35 100 000."""
    return f"{events:,.6f}".rstrip("0").rstrip(".").replace(",", THIN)


def events_left(slo: Slo, now: SloNow) -> str:
    """Beside the percentage: 4 210 of 35 100 bad events."""
    if now.budget_left_events is None:
        return "no events"
    return f"{count(now.budget_left_events)} of {count(now.budget_events)} {unit(slo)}"


def seconds_left(seconds: float | None) -> str:
    """The same as time of total outage: 5 min 10 s; below nothing it is what was overspent."""
    if not formats.known(seconds):
        return DASH
    return f"-{formats.duration(-seconds)}" if seconds < 0 else formats.duration(seconds)


def burn(rate: float | None) -> str:
    """14.6x; what is next to nothing with two decimals, not with three digits."""
    if not formats.known(rate):
        return DASH
    return f"{rate:.2f}x" if 0.005 <= rate < 0.1 else f"{formats.number(rate)}x"


def meaning(rate: float | None, of: Window) -> str:
    """What a burn comes to: "14.6x = the whole 30-day budget in 2 d 1 h"."""
    if not formats.known(rate):
        return ""
    if rate <= 0:
        return "nothing is being spent"
    minutes = nominal_minutes(of)
    named = f"{minutes // _DAY}-day" if minutes % _DAY == 0 else length(minutes)
    return f"{burn(rate)} = the whole {named} budget in {formats.duration(minutes * 60 / rate)}"


def out(now: SloNow, *, zone: ZoneInfo, now_ms: int) -> str:
    """When nothing is left if it goes on like this: out in 5 h 55 min (20:26)."""
    if now.budget_left is not None and now.budget_left <= 0:
        return "spent"
    at_ms = now.exhaustion.at_ms
    if at_ms is None:
        return "lasts" if now.budget_left is not None else DASH
    if at_ms - now.window.end_ms > now.window.end_ms - now.window.start_ms:
        return "outlasts the window"
    when = formats.clock(at_ms, zone=zone, now_ms=now_ms)
    return f"out in {formats.minutes(max(0, at_ms - now_ms) / 1000)} ({when})"


def pair(of: PairNow) -> str:
    """Which windows a burn policy looks at: 5 min + 1 h."""
    if of.long.minutes == of.short.minutes:
        return length(of.long.minutes)
    return f"{length(of.short.minutes)} + {length(of.long.minutes)}"


def pair_windows(of: BurnPair) -> str:
    """The same of its definition."""
    if of.long_minutes == of.short_minutes:
        return length(of.long_minutes)
    return f"{length(of.short_minutes)} + {length(of.long_minutes)}"
