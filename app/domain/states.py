"""How a service is doing, judged from its signals alone: what is wrong, how badly, since when.

Objectives judge better than these general limits do; they stand in for them while a service has none.
A finding carries numbers; `reports.words` says them in a sentence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.domain.signals import HOUR_MS, MINUTE_MS, Floats, SignalSpan
from app.domain.trailing import TAIL_QUANTILE, WINDOW, Trailing, last

ERRORS_CRIT, ERRORS_WARN = 0.05, 0.01
ERRORS_LEAST_FAILED = 10  # in the window: one failed request at night pages nobody

LATENCY_CRIT, LATENCY_WARN = 6.0, 3.0  # times the usual
LATENCY_LEAST_MORE = 0.1  # seconds above the usual: 2 ms instead of 0.3 ms is no trouble
LATENCY_LEAST_TIMED = 20  # requests in the window

TRAFFIC_WARN = 0.2  # of the same time yesterday
TRAFFIC_LEAST_USUAL = 0.5  # requests a second: below, silence is normal

SATURATION_CRIT, SATURATION_WARN = 0.95, 0.85
FULL_SOON = 4 * 3600.0  # seconds at the current slope
FULL_LEAST_TAKEN = 0.5  # a resource less than half taken may rise in peace
FULL_LEAST_RISE = 0.02  # over the hour
FULL_LEAST_FIT = 0.6  # of its variance explained by a straight line
FULL_LEAST_POINTS = 20

SILENT_AFTER_MS = 5 * MINUTE_MS

USUAL_SPAN_MS = 24 * HOUR_MS
USUAL_STEP_MS = 10 * MINUTE_MS
USUAL_LEAST_BUCKETS = 6


class State(StrEnum):
    """Worst first, as lists are sorted."""

    CRIT = "crit"
    WARN = "warn"
    NO_DATA = "no-data"
    MAINT = "maint"
    OK = "ok"

    @property
    def rank(self) -> int:
        return list(State).index(self)


class Concern(StrEnum):
    """What a finding is about, with the unit of its value and limit."""

    ERRORS = "errors"  # ratio
    LATENCY = "latency"  # seconds
    TRAFFIC = "traffic"  # requests a second
    SATURATION = "saturation"  # ratio
    FILLING = "filling"  # seconds until full
    SILENCE = "silence"  # seconds since the newest sample; nan when there never was one


@dataclass(frozen=True, slots=True)
class Usual:
    """What a service normally does; None where too little is known to say."""

    latency: float | None = None  # seconds, median of the day
    traffic: float | None = None  # requests a second, at this time yesterday


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: `value` is past `limit`, `severity` times as far (1 just reaches it).

    `since_ms` is when it began, None when that is before the span looked at.
    """

    state: State
    concern: Concern
    value: float
    limit: float
    severity: float
    since_ms: int | None
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A service's state and everything that led to it, worst first."""

    state: State
    findings: tuple[Finding, ...] = ()

    @property
    def worst(self) -> Finding | None:
        return self.findings[0] if self.findings else None

    @property
    def severity(self) -> float:
        return self.findings[0].severity if self.findings else 0.0


def usual(day: SignalSpan) -> Usual:
    """What is normal for a service, from its last day in steps of USUAL_STEP_MS."""
    latency = day.latency(TAIL_QUANTILE) if day.has_histogram else day.latency_mean()
    known = latency[~np.isnan(latency)]
    yesterday = day.traffic_per_second()[:1]
    return Usual(
        latency=float(np.median(known)) if len(known) >= USUAL_LEAST_BUCKETS else None,
        traffic=last(yesterday),
    )


def judge(
    minutes: SignalSpan,
    window: Trailing,
    normal: Usual,
    full_in: Mapping[str, float],
    *,
    newest_ms: int | None,
    now_ms: int,
) -> Judgement:
    """The state at the end of a span of complete minutes, from its trailing figures; `full_in` is `filling` of it."""
    if newest_ms is None or now_ms - newest_ms > SILENT_AFTER_MS:
        silent = float("nan") if newest_ms is None else (now_ms - newest_ms) / 1000
        limit = SILENT_AFTER_MS / 1000
        finding = Finding(State.NO_DATA, Concern.SILENCE, silent, limit, severity=1.0, since_ms=newest_ms)
        return Judgement(State.NO_DATA, (finding,))
    found = [*_errors(window, minutes), *_latency(window, minutes, normal), *_traffic(window, minutes, normal)]
    for name, column in window.resources.items():
        found += _saturation(name, column, minutes, full_in.get(name))
    found.sort(key=lambda one: (one.state.rank, -one.severity, one.concern, one.resource))
    return Judgement(found[0].state if found else State.OK, tuple(found))


def latency_limit(usual_latency: float, times: float) -> float:
    """Seconds that are `times` the usual, but never less than LATENCY_LEAST_MORE above it."""
    return max(usual_latency * times, usual_latency + LATENCY_LEAST_MORE)


def filling(minutes: SignalSpan, window: Trailing) -> dict[str, float]:
    """Seconds until full, of the resources that are much taken and clearly rise."""
    left = {
        name: seconds_to_full(minutes.resources[name], step_ms=minutes.step_ms)
        for name, column in window.resources.items()
        if (last(column) or 0.0) >= FULL_LEAST_TAKEN
    }
    return {name: seconds for name, seconds in left.items() if seconds is not None}


def seconds_to_full(shares: Floats, *, step_ms: int) -> float | None:
    """When a resource reaches 1 at the slope of its last hour; None when it does not clearly rise."""
    recent = shares[-(HOUR_MS // step_ms) :]
    at = np.flatnonzero(~np.isnan(recent))
    if len(at) < FULL_LEAST_POINTS or recent[at[-1]] >= 1:
        return None
    hours = (at - at.mean()) * (step_ms / HOUR_MS)
    rise = recent[at] - recent[at].mean()
    slope = (hours * rise).sum() / (hours * hours).sum()
    explained = slope * slope * (hours * hours).sum()
    if slope < FULL_LEAST_RISE or explained < FULL_LEAST_FIT * (rise * rise).sum():
        return None
    return float((1 - recent[at[-1]]) / slope * 3600)


def _errors(window: Trailing, minutes: SignalSpan) -> Iterator[Finding]:
    ratio, failed = last(window.error_ratio), last(window.errors)
    if ratio is None or failed is None or failed < ERRORS_LEAST_FAILED or ratio < ERRORS_WARN:
        return
    state, limit = (State.CRIT, ERRORS_CRIT) if ratio >= ERRORS_CRIT else (State.WARN, ERRORS_WARN)
    began = _began(window.error_ratio, minutes, window.error_ratio >= limit, minutes.error_ratio() >= limit)
    yield Finding(state, Concern.ERRORS, ratio, limit, ratio / limit, began)


def _latency(window: Trailing, minutes: SignalSpan, normal: Usual) -> Iterator[Finding]:
    now, timed = last(window.latency), last(window.timed)
    if now is None or normal.latency is None or timed is None or timed < LATENCY_LEAST_TIMED:
        return
    for state, times in ((State.CRIT, LATENCY_CRIT), (State.WARN, LATENCY_WARN)):
        limit = latency_limit(normal.latency, times)
        if now > limit:
            single = minutes.latency_mean() if window.latency_is_mean else minutes.latency(TAIL_QUANTILE)
            began = _began(window.latency, minutes, window.latency > limit, single > limit)
            yield Finding(state, Concern.LATENCY, now, limit, now / limit, began)
            return


def _traffic(window: Trailing, minutes: SignalSpan, normal: Usual) -> Iterator[Finding]:
    now = last(window.traffic)
    if now is None or normal.traffic is None or normal.traffic < TRAFFIC_LEAST_USUAL:
        return
    limit = normal.traffic * TRAFFIC_WARN
    if now < limit:
        began = _began(window.traffic, minutes, window.traffic < limit, minutes.traffic_per_second() < limit)
        yield Finding(State.WARN, Concern.TRAFFIC, now, limit, min(limit / max(now, 1e-9), 100.0), began)


def _saturation(name: str, column: Floats, minutes: SignalSpan, left: float | None) -> Iterator[Finding]:
    share = last(column)
    if share is None:
        return
    if share >= SATURATION_WARN:
        state, limit = (State.CRIT, SATURATION_CRIT) if share >= SATURATION_CRIT else (State.WARN, SATURATION_WARN)
        began = _began(column, minutes, column >= limit, minutes.resources[name] >= limit)
        yield Finding(state, Concern.SATURATION, share, limit, share / limit, began, name)
    elif left is not None and left < FULL_SOON:
        severity = FULL_SOON / max(left, 60.0)
        yield Finding(State.WARN, Concern.FILLING, left, FULL_SOON, severity, minutes.end_ms, name)


def _began(figures: Floats, minutes: SignalSpan, past: NDArray[np.bool_], single: NDArray[np.bool_]) -> int | None:
    """When the trouble at the end began: the first bad minute inside the first window found bad without a break.

    Windows without data break nothing. None when the trouble is as old as the span.
    """
    sound = np.flatnonzero(~past & ~np.isnan(figures))
    first = int(sound[-1]) + 1 if len(sound) else 0
    bad = first + int(np.argmax(past[first:]))
    if len(sound) == 0 and bad < WINDOW:
        return None
    from_minute = max(0, bad - WINDOW + 1)
    at = from_minute + int(np.argmax(single[from_minute : bad + 1])) if single[from_minute : bad + 1].any() else bad
    return minutes.start_ms + at * minutes.step_ms
