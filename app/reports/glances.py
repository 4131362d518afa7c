"""One service as it is now: its state, its four figures, the last hour of each. What the overview, the head of a
service's page, `/api/services` and the live patches show all come from here.

A glance costs a few hundred microseconds and there may be hundreds of services, so one is kept beside the board it was
read from and read again when a minute has been completed, or when late samples have changed one that was.
"""

from dataclasses import dataclass, field, replace
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from app.domain import states
from app.domain.board import Board, ServiceRef
from app.domain.signals import HOUR_MS, MINUTE_MS, Floats, SignalSpan
from app.domain.states import Judgement, Usual
from app.domain.trailing import Trailing, complete_until, last, trailing
from app.reports.sparks import Spark, bar, spark

KEPT_MS = 5_000
"""How long a glance may be shown although late samples came in since."""

USUAL_KEPT_MS = 10 * MINUTE_MS


class Reading:
    """One reading of a board: what was made of it is kept by it, as long as there is anybody who shows it."""


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """`until_ms` is the end of the newest complete minute: figures are over trailing.WINDOW minutes up to it.

    latency        seconds; the 99th percentile, or the mean where there is no histogram (latency_is_mean)
    traffic        requests a second; errors: failed share; saturation: share taken of the worst resource
    resources      every resource's share taken; full_in: seconds until one is full, where it clearly rises
    sparks         latency, traffic and errors over the last hour, drawn; saturation as a bar
    """

    service: ServiceRef
    judgement: Judgement
    usual: Usual
    until_ms: int
    latency: float | None
    latency_is_mean: bool
    traffic: float | None
    errors: float | None
    saturation: float | None
    resource: str
    resources: dict[str, float | None]
    full_in: dict[str, float]
    sparks: dict[str, Spark]
    reading: Reading = field(default_factory=Reading)

    @property
    def latency_name(self) -> str:
        return "mean" if self.latency_is_mean else "p99"


@dataclass(slots=True)
class _Kept:
    glance: Glance
    read_ms: int
    written: tuple[int, int]

    def of(self, service: ServiceRef) -> Glance:
        """With the service as it is now."""
        found = self.glance
        if found.service is not service:
            found = self.glance = replace(found, service=service)
        return found


class Glances:
    """The newest glance of each service of one board."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[int, _Kept] = {}
        self._usual: dict[int, tuple[int, Usual]] = {}

    def of(self, board: Board, service: ServiceRef, *, now_ms: int) -> Glance:
        """The service now; at most KEPT_MS behind samples that came late. How new its data are is never behind."""
        kept = self._kept.get(service.id)
        if kept is not None and not self._outdated(kept, board, service, now_ms=now_ms):
            return kept.of(service)
        with self._lock:  # who waited here finds it read
            kept = self._kept.get(service.id)
            if kept is None or self._outdated(kept, board, service, now_ms=now_ms):
                written = board.version, board.rewritten(service.id)
                usual = self._usual_of(board, service, now_ms=now_ms)
                kept = _Kept(read(board, service, usual=usual, now_ms=now_ms), now_ms, written)
                self._kept[service.id] = kept
            return kept.of(service)

    def _outdated(self, kept: _Kept, board: Board, service: ServiceRef, *, now_ms: int) -> bool:
        is_silent = kept.glance.judgement.state is states.State.NO_DATA
        if now_ms < kept.read_ms or kept.glance.until_ms != _until(service, now_ms=now_ms):
            return True
        if service.newest_ms is not None:
            silent = now_ms - service.newest_ms > states.SILENT_AFTER_MS
            if silent != is_silent:
                return True
        if now_ms - kept.read_ms < KEPT_MS:
            return False
        version, rewritten = kept.written  # what is shown of a silent service includes the minute it spoke last in
        return version != board.version if is_silent else rewritten != board.rewritten(service.id)

    def _usual_of(self, board: Board, service: ServiceRef, *, now_ms: int) -> Usual:
        at_ms, usual = self._usual.get(service.id, (0, Usual()))
        # Not all in the same minute; while it is not known, every minute.
        kept = MINUTE_MS if usual.latency is None else USUAL_KEPT_MS + service.id % 10 * MINUTE_MS
        if not 0 <= now_ms - at_ms < kept:
            usual = read_usual(board, service, now_ms=now_ms)
            self._usual[service.id] = (now_ms, usual)
        return usual


_OF_BOARD: WeakKeyDictionary[Board, Glances] = WeakKeyDictionary()


def of_board(board: Board) -> Glances:
    """The glances kept beside a board."""
    return _OF_BOARD.setdefault(board, Glances())


def now(board: Board, *, now_ms: int) -> list[Glance]:
    """Every service as it is now, by name."""
    kept = of_board(board)
    return [kept.of(board, service, now_ms=now_ms) for service in board.services()]


def at(board: Board, *, at_ms: int) -> list[Glance]:
    """Every service as it was at a time the board remembers."""
    return [
        read(board, service, usual=read_usual(board, service, now_ms=at_ms), now_ms=at_ms)
        for service in (_as_of(board, one, at_ms=at_ms) for one in board.services())
    ]


def read(board: Board, service: ServiceRef, *, usual: Usual, now_ms: int) -> Glance:
    """A service's glance, from the board."""
    until = _until(service, now_ms=now_ms)
    hour = board.span(service.id, start_ms=until - HOUR_MS, end_ms=until, step_ms=MINUTE_MS)
    trend = trailing(hour)
    full_in = states.filling(hour, trend)
    judgement = states.judge(hour, trend, usual, full_in, newest_ms=service.newest_ms, now_ms=now_ms)
    if any(one.since_ms is None and one.concern is not states.Concern.SILENCE for one in judgement.findings):
        day = board.span(service.id, start_ms=until - states.USUAL_SPAN_MS, end_ms=until, step_ms=MINUTE_MS)
        judgement = states.judge(day, trailing(day), usual, full_in, newest_ms=service.newest_ms, now_ms=now_ms)
    resource, saturation = _worst_resource(trend.resources, judgement)
    return Glance(
        service=service,
        judgement=judgement,
        usual=usual,
        until_ms=until,
        latency=last(trend.latency),
        latency_is_mean=trend.latency_is_mean,
        traffic=last(trend.traffic),
        errors=last(trend.error_ratio),
        saturation=saturation,
        resource=resource,
        resources={name: last(column) for name, column in trend.resources.items()},
        full_in=full_in,
        sparks=_sparks(hour, trend, usual, saturation, newest_ms=service.newest_ms),
    )


def read_usual(board: Board, service: ServiceRef, *, now_ms: int) -> Usual:
    """What is normal for a service, from the board's day."""
    end = now_ms // states.USUAL_STEP_MS * states.USUAL_STEP_MS
    day = board.span(service.id, start_ms=end - states.USUAL_SPAN_MS, end_ms=end, step_ms=states.USUAL_STEP_MS)
    return states.usual(day)


def _until(service: ServiceRef, *, now_ms: int) -> int:
    """The end of what is shown: of a silent service the present, so that its silence is a gap and not cut off."""
    newest_ms = service.newest_ms
    silent = newest_ms is None or now_ms - newest_ms > states.SILENT_AFTER_MS
    return complete_until(now_ms if newest_ms is None or silent else newest_ms, now_ms=now_ms)


def _as_of(board: Board, service: ServiceRef, *, at_ms: int) -> ServiceRef:
    """The service with the newest sample it had by then, to the minute."""
    if service.newest_ms is None or service.newest_ms <= at_ms:
        return service
    until = at_ms // MINUTE_MS * MINUTE_MS
    hour = board.span(service.id, start_ms=until - HOUR_MS, end_ms=until, step_ms=MINUTE_MS)
    columns = [hour.requests, hour.duration_mean, *hour.resources.values()]
    held = np.flatnonzero(~np.isnan(np.array(columns)).all(axis=0))
    newest = hour.start_ms + (int(held[-1]) + 1) * MINUTE_MS if len(held) else None
    return ServiceRef(service.id, service.slug, service.name, service.environment, newest)


def _worst_resource(resources: dict[str, Floats], judgement: Judgement) -> tuple[str, float | None]:
    """The resource a reader should look at: one that was found wrong, else the fullest."""
    for finding in judgement.findings:
        if finding.resource in resources:
            return finding.resource, last(resources[finding.resource])
    shares = {name: share for name, column in resources.items() if (share := last(column)) is not None}
    if not shares:
        return "", None
    name = max(shares, key=lambda one: shares[one])
    return name, shares[name]


def _sparks(
    hour: SignalSpan, trend: Trailing, usual: Usual, saturation: float | None, *, newest_ms: int | None
) -> dict[str, Spark]:
    """Latency and errors as they are judged (over the window), traffic minute by minute; the minute in which a silent
    service spoke last is left out, because nobody knows how much of it there was.
    """
    traffic = hour.traffic_per_second()
    if newest_ms is not None and newest_ms < hour.end_ms:
        traffic[max(0, (newest_ms - hour.start_ms) // hour.step_ms) :] = np.nan
    slow = None if usual.latency is None else states.latency_limit(usual.latency, states.LATENCY_WARN)
    bars = {} if saturation is None else {"saturation": bar(saturation)}
    return bars | {
        "latency": spark(trend.latency, limit=slow),
        "traffic": spark(traffic),
        "errors": spark(trend.error_ratio, least=states.ERRORS_WARN, limit=states.ERRORS_WARN),
    }
