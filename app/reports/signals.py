"""A service's golden signals over a range: the columns its charts draw, and the same numbers as flat rows.

The newest bucket is shown as far as its minutes are complete and its rates are taken over those, so that a bucket that
is still filling is never a dip.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from app.domain import states
from app.domain.board import Board, ServiceRef
from app.domain.minutes import empty_span
from app.domain.signals import HOUR_MS, MINUTE_MS, Floats, SignalSpan
from app.domain.trailing import complete_until
from app.reports import formats
from app.store import signals as stored
from app.store.engine import Store

DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
MOST_POINTS = 11_000
WANTED_POINTS = 360
STEPS_MS = tuple(
    [minutes * MINUTE_MS for minutes in (1, 2, 5, 10, 15, 30)] + [hours * HOUR_MS for hours in (1, 2, 3, 6, 12, 24)]
)
FINE_SPAN_MS = 2 * DAY_MS  # up to here minutes are read, above it hours: sixty times fewer rows
LEAST_GAP_MS = states.SILENT_AFTER_MS

UNITS = {"latency": "s", "traffic": "1/s", "errors": "1/s", "error_ratio": "ratio", "saturation": "ratio"}


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """Traffic of an earlier time, laid over the range: point i stands at first_ms + i*step_ms."""

    first_ms: int
    step_ms: int
    traffic: Floats

    @property
    def times_ms(self) -> list[int]:
        return [self.first_ms + at * self.step_ms for at in range(len(self.traffic))]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Bucket i is [start_ms + i*step_ms, + step_ms) of a range that ends at end_ms; NaN means no data.

    partial       the last bucket holds only the minutes complete so far
    signals       signal -> series -> values: latency (p50, p95, p99, or mean) in seconds, traffic (requests) and errors
                  (failed) a second, error_ratio (ratio) and saturation (a series a resource) in [0, 1]
    last_week     traffic seven days before, None when it was not asked for or nothing is known of it
    gaps          stretches [from, to) in which nothing at all is known
    """

    service: ServiceRef
    start_ms: int
    end_ms: int
    step_ms: int
    partial: bool
    signals: dict[str, dict[str, Floats]]
    last_week: Before | None = None
    gaps: tuple[tuple[int, int], ...] = ()
    source: str = ""
    others: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.signals["traffic"]["requests"])

    @property
    def times_ms(self) -> list[int]:
        return [self.start_ms + at * self.step_ms for at in range(len(self))]


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One value; None is "no data". `series` tells apart what one signal has several of."""

    time: str
    service: str
    signal: str
    series: str
    unit: str
    value: float | None


def step_for(start_ms: int, end_ms: int) -> int:
    """The step that shows a range in about WANTED_POINTS points."""
    least = MINUTE_MS if end_ms - start_ms <= FINE_SPAN_MS else HOUR_MS
    return next((one for one in STEPS_MS if one >= least and (end_ms - start_ms) // one <= WANTED_POINTS), STEPS_MS[-1])


def columns(
    board: Board,
    store: Store,
    service: ServiceRef,
    *,
    start_ms: int,
    end_ms: int,
    step_ms: int,
    now_ms: int,
    with_last_week: bool = False,
) -> Columns:
    """The signals of [start_ms, end_ms), widened to whole steps and cut where minutes are not complete yet."""
    start_ms = start_ms // step_ms * step_ms
    known_until = complete_until(now_ms if service.newest_ms is None else service.newest_ms, now_ms=now_ms)
    until = max(start_ms, min(-(-end_ms // step_ms) * step_ms, known_until))
    spans = list(_spans(board, store, service.id, start_ms=start_ms, until_ms=until, step_ms=step_ms))
    last_week = None
    if with_last_week:
        last_week = _week_before(board, store, service.id, start_ms=start_ms, end_ms=end_ms, step_ms=step_ms)
    return Columns(
        service=service,
        start_ms=start_ms,
        end_ms=end_ms,
        step_ms=step_ms,
        partial=until % step_ms > 0,
        signals=_joined([_signals_of(one) for one in spans]),
        last_week=last_week,
        gaps=tuple(_gaps(spans, until=until, end_ms=min(end_ms, now_ms))),
        source=next((one.source for one in reversed(spans) if one.source), ""),
        others=tuple(dict.fromkeys(other for one in spans for other in one.others)),
    )


def rows(of: Columns) -> Iterator[SignalRow]:
    """Every value of every series, oldest first."""
    times = [formats.iso(at_ms) for at_ms in of.times_ms]
    named = [
        (signal, series, UNITS[signal], values.tolist())
        for signal, many in of.signals.items()
        for series, values in many.items()
    ]
    for at, time in enumerate(times):
        for signal, series, unit, values in named:
            value = values[at]
            yield SignalRow(time, of.service.slug, signal, series, unit, value if formats.known(value) else None)


def _signals_of(one: SignalSpan) -> dict[str, dict[str, Floats]]:
    if one.has_histogram:
        latency = {name: one.latency(quantile) for name, quantile in QUANTILES.items()}
    else:
        latency = {"mean": one.latency_mean()}
    return {
        "latency": latency,
        "traffic": {"requests": one.traffic_per_second()},
        "errors": {"failed": one.errors_per_second()},
        "error_ratio": {"ratio": one.error_ratio()},
        "saturation": dict(one.resources),
    }


def _joined(parts: list[dict[str, dict[str, Floats]]]) -> dict[str, dict[str, Floats]]:
    """The parts end to end; a series one part lacks is unknown there, one that is unknown in all is left out."""
    lengths = [len(one["traffic"]["requests"]) for one in parts]
    joined: dict[str, dict[str, Floats]] = {}
    for signal in parts[0]:
        names = {name: None for one in parts for name, values in one[signal].items() if not np.isnan(values).all()}
        if not names:
            names = dict.fromkeys(parts[0][signal])
        joined[signal] = {
            name: np.concatenate(
                [one[signal].get(name, np.full(length, np.nan)) for one, length in zip(parts, lengths, strict=True)]
            )
            for name in names
        }
    return joined


def _spans(
    board: Board, store: Store, service_id: int, *, start_ms: int, until_ms: int, step_ms: int
) -> Iterator[SignalSpan]:
    """Whole steps from the tables as far as the board does not remember, then from the board; at the end the part of a
    step that is complete. The tables lag behind by some minutes, the board does not.
    """
    whole = until_ms // step_ms * step_ms
    remembered = min(max(start_ms, -(-board.oldest_ms() // step_ms) * step_ms), whole)
    if start_ms < remembered:
        with store.reading() as db:
            yield stored.span(db, service_id, start_ms=start_ms, end_ms=remembered, step_ms=step_ms)
    if remembered < whole:
        yield board.span(service_id, start_ms=remembered, end_ms=whole, step_ms=step_ms)
    if whole < until_ms:
        yield board.span(service_id, start_ms=whole, end_ms=until_ms, step_ms=until_ms - whole)
    if start_ms == until_ms:
        yield empty_span(start_ms=start_ms, step_ms=step_ms, buckets=0)


def _week_before(
    board: Board, store: Store, service_id: int, *, start_ms: int, end_ms: int, step_ms: int
) -> Before | None:
    """By the hour at least: what it is compared with needs no more, and minutes are sixty times as many rows."""
    coarse = max(step_ms, HOUR_MS)
    start_ms = (start_ms - WEEK_MS) // coarse * coarse
    until = -(-(end_ms - WEEK_MS) // coarse) * coarse
    parts = _spans(board, store, service_id, start_ms=start_ms, until_ms=until, step_ms=coarse)
    traffic = np.concatenate([one.traffic_per_second() for one in parts])
    if np.isnan(traffic).all():
        return None
    return Before(start_ms + WEEK_MS + (coarse - step_ms) // 2, coarse, traffic)


def _gaps(spans: list[SignalSpan], *, until: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Stretches of LEAST_GAP_MS and more without any value, the one up to now included."""
    known_to = spans[0].start_ms
    for one in spans:
        columns = [one.requests, one.duration_mean, *one.resources.values()]
        for at in np.flatnonzero(~np.isnan(np.array(columns)).all(axis=0)).tolist():
            from_ms = one.start_ms + at * one.step_ms
            if from_ms - known_to >= LEAST_GAP_MS:
                yield known_to, from_ms
            known_to = from_ms + one.step_ms
    if end_ms - max(known_to, 0) >= LEAST_GAP_MS and (known_to < until or end_ms - until >= LEAST_GAP_MS):
        yield known_to, end_ms
