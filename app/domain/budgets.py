"""How much of an error budget is spent, and when it will be: of one objective or of columns of them, by the same lines.

Counts are whole millionths of events (see `sli_minutes`) summed over a window; nothing is clamped but one thing: a
credit for more bad events than there were is worth no more than they. No event is NaN: no data is not 100 %.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.domain.samples import Floats
from app.domain.sli_minutes import EVENT
from app.domain.sums import Exhaustion
from app.domain.windows import Period

BAND_PAIRS = 3


def bad_share(bad: ArrayLike, total: ArrayLike) -> Floats:
    """The share of events that were bad, NaN where there was none."""
    failed = np.maximum(np.asarray(bad, dtype=np.int64), 0)
    events = np.asarray(total, dtype=np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(events > 0, failed / events, np.nan), dtype=np.float64)


def compliance(bad: ArrayLike, total: ArrayLike) -> Floats:
    """The share of events that were good, NaN where there was none."""
    return np.asarray(1 - bad_share(bad, total))


def left(bad: ArrayLike, total: ArrayLike, allowed: ArrayLike) -> Floats:
    """The fraction of the budget unspent: 1 untouched, 0 spent, below 0 overspent; NaN where there was no event."""
    return np.asarray(1 - bad_share(bad, total) / np.asarray(allowed, dtype=np.float64))


def events(total: ArrayLike, allowed: ArrayLike) -> Floats:
    """The whole budget in events: how many of the window's may be bad; NaN where there was none."""
    whole = np.asarray(total, dtype=np.int64)
    budget = np.asarray(allowed, dtype=np.float64) * whole / EVENT
    return np.asarray(np.where(whole > 0, budget, np.nan))


def left_events(bad: ArrayLike, total: ArrayLike, allowed: ArrayLike) -> Floats:
    """Bad events that may still come, below 0 those that were too many; NaN where there was no event."""
    failed = np.maximum(np.asarray(bad, dtype=np.int64), 0)
    return np.asarray(events(total, allowed) - failed / EVENT)


def left_seconds(left_events: ArrayLike, hour_total: ArrayLike, hour_known_ms: ArrayLike) -> Floats:
    """Seconds of total outage until nothing is left, at the traffic of the last hour; NaN where it had none."""
    seconds = np.asarray(hour_known_ms, dtype=np.int64) / 1000
    served = np.asarray(hour_total, dtype=np.int64) / EVENT
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(served > 0, np.asarray(left_events) * (seconds / served), np.nan))


def projected(total: ArrayLike, period: Period, *, until_ms: int) -> Floats:
    """Millionths of events a calendar period will have had at its end if the rest is like what there was until now."""
    elapsed = min(until_ms, period.end_ms) - period.start_ms
    share = (period.end_ms - period.start_ms) / elapsed if elapsed > 0 else np.nan
    return np.asarray(np.asarray(total, dtype=np.int64) * share)


def out_seconds(
    left_events: ArrayLike, bad: NDArray[np.int64], minutes: NDArray[np.int64], least_failures: ArrayLike
) -> Floats:
    """Seconds until nothing is left: 0 when nothing is, NaN when unknown, infinite when nothing fails.

    `bad` and `minutes` are (n, pairs) of the long windows. The first pair's rate counts; the second's where the first
    window had fewer than `least_failures` bad events.
    """
    left_now = np.asarray(left_events, dtype=np.float64).reshape(-1)
    chosen = _chosen(bad, minutes, least_failures)
    rows = np.arange(len(left_now))
    return _seconds(left_now, bad[rows, chosen], minutes[rows, chosen])


def exhaustion(
    left_events: float | None,
    *,
    bad: Sequence[int],
    minutes: Sequence[int],
    least_failures: int,
    until_ms: int,
    period_end_ms: int | None = None,
) -> Exhaustion:
    """When nothing is left, of one objective; `bad` and `minutes` are of the pairs' long windows.

    Of a calendar window, `left_events` is of the projected budget, and nothing runs out after the period's end. What
    ages out of a rolling window meanwhile is left out of account (see `ageing`).
    """
    if left_events is None or not bad:
        return Exhaustion(None, None, None, rate_minutes=minutes[0] if bad else 0)
    failed, spans = np.array([bad], dtype=np.int64), np.array([minutes], dtype=np.int64)
    at = int(_chosen(failed, spans, least_failures)[0])
    seconds = _seconds(np.full(len(bad), left_events), failed[0], spans[0])
    times = [_time(one, until_ms=until_ms, period_end_ms=period_end_ms) for one in seconds.tolist()]
    band = times[:BAND_PAIRS]
    ends = [one for one in band if one is not None]
    return Exhaustion(
        at_ms=times[at],
        earliest_ms=min(ends, default=None),
        latest_ms=max(ends) if len(ends) == len(band) else None,
        rate_minutes=int(minutes[at]),
    )


def _chosen(bad: NDArray[np.int64], minutes: NDArray[np.int64], least_failures: ArrayLike) -> NDArray[np.intp]:
    """The pair whose rate counts."""
    if bad.shape[1] < 2:
        return np.zeros(len(bad), dtype=np.intp)
    few = bad[:, 0] < np.asarray(least_failures, dtype=np.int64) * EVENT
    return np.asarray(few & (minutes[:, 1] > 0), dtype=np.intp)


def _seconds(left_events: Floats, bad: NDArray[np.int64], minutes: NDArray[np.int64]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = left_events * (minutes * 60 / (np.maximum(bad, 0) / EVENT))
    reached = np.where(left_events <= 0, 0.0, np.where(bad > 0, needed, np.inf))
    return np.asarray(np.where(np.isnan(left_events) | (minutes < 0), np.nan, reached))


def _time(seconds: float, *, until_ms: int, period_end_ms: int | None) -> int | None:
    if not np.isfinite(seconds):
        return None
    at_ms = until_ms + round(seconds * 1000)
    return None if period_end_ms is not None and at_ms > period_end_ms else at_ms
