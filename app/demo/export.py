"""What an OpenTelemetry SDK would export from one service: its histograms and what its processes take."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.demo import dialects, resources
from app.demo.company import Dialect, Route, Service
from app.demo.ledger import Ledger
from app.demo.resources import MIB, POOL, Shares
from app.demo.scrape import started
from app.demo.work import TICKS, Work
from app.domain.samples import Floats, Ints
from app.domain.signals import MINUTE_MS

Attributes = tuple[tuple[str, str | int], ...]

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
SCALE = 2  # an exponential bucket is 2**(1/4) times the one below
LOWEST, BUCKETS = -36, 56  # from 2 ms to 32 s


class Shape(Enum):
    """What the points of a metric are."""

    HISTOGRAM = "histogram"
    EXPONENTIAL = "exponential"
    SUM = "sum"  # grows only
    LEVEL = "level"  # a sum that goes up and down
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """One series: `values` by instant (K), or bucket counts (K, B) with `total` seconds (K)."""

    attributes: Attributes
    start_ms: Ints
    at_ms: Ints
    values: Floats
    total: Floats = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    name: str
    unit: str
    shape: Shape
    points: tuple[Points, ...]
    delta: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """All metrics of one instance."""

    resource: Attributes
    metrics: tuple[Metric, ...]


def export(work: Work, ledger: Ledger, at_ms: Ints, since_ms: int) -> tuple[Export, ...]:
    """One service at instants, one Export an instance.

    Deltas begin at `since_ms`. While the service is silent nothing is sent.
    """
    service = work.service
    starts = started(work.seed, service, at_ms)
    levels = resources.shares(work, at_ms, starts)
    delta = service.dialect is Dialect.OTEL_DELTA
    if delta:
        read = ledger.within(at_ms, since_ms)
        starts = np.broadcast_to(np.concatenate([[since_ms], at_ms[:-1]]), starts.shape)
    else:
        read = ledger.since_start(at_ms)
    sent = ~work.effects.silent[at_ms // MINUTE_MS - int(work.minutes[0])]
    return tuple(
        Export(
            _resource(service, instance),
            tuple(
                _with_points(metric)
                for metric in (
                    *_counted(service, read[instance][:, sent], starts[instance][sent], at_ms[sent]),
                    *_taken(service, levels, instance, sent, at_ms[sent]),
                )
            ),
        )
        for instance in range(service.instances)
    )


def growth(work: Work) -> Floats:
    """What a ledger of a service adds up: for each outcome (route, code) every bucket's own count, then its ticks."""
    upto = work.buckets(work.answers, bounds(work.service), about="buckets")
    counts = np.diff(upto, axis=3, prepend=0.0)
    ticks = work.ticks(work.answers, about="durations")
    grouped = np.concatenate([counts, ticks[:, :, :, None, :]], axis=3)
    return grouped.reshape(len(grouped), -1, grouped.shape[-1])


@lru_cache
def count(service: Service) -> int:
    """How many points all instances of a service export at one instant, at most."""
    outcomes = len(service.routes) * len(service.answers.codes)
    histograms = 2 * outcomes if service.dialect is Dialect.OTEL_QUEUE else outcomes
    return service.instances * (histograms + (4 if service.dialect is Dialect.OTEL_EXPONENTIAL else 5))


def bounds(service: Service) -> Floats:
    """The upper bounds of a service's buckets, the last +Inf."""
    if service.dialect is Dialect.OTEL_EXPONENTIAL:
        upper: Floats = 2.0 ** ((np.arange(BUCKETS) + LOWEST + 1) / 2**SCALE)
        upper[-1] = np.inf
        return upper
    return dialects.bounds(BOUNDS)


def _with_points(metric: Metric) -> Metric:
    """A metric without the series that have nothing to say: silent, or a delta of nothing."""
    return replace(metric, points=tuple(one for one in metric.points if len(one.at_ms)))


def _counted(service: Service, read: Floats, start_ms: Ints, at_ms: Ints) -> Iterator[Metric]:
    """The histograms of one instance, from its counters (T, K) in the order of growth()."""
    delta = service.dialect is Dialect.OTEL_DELTA
    exponential = service.dialect is Dialect.OTEL_EXPONENTIAL
    upper = bounds(service)
    cells = read.reshape(-1, len(upper) + 1, len(at_ms))
    points = []
    for attributes, cell in zip(_outcomes(service), cells, strict=True):
        kept = cell[:-1].any(axis=0) if delta else np.ones(len(at_ms), dtype=np.bool_)
        points.append(Points(attributes, start_ms[kept], at_ms[kept], cell[:-1].T[kept], cell[-1][kept] / TICKS))
    queue = service.dialect is Dialect.OTEL_QUEUE
    name = "messaging.process.duration" if queue else "http.server.request.duration"
    yield Metric(name, "s", Shape.EXPONENTIAL if exponential else Shape.HISTOGRAM, tuple(points), delta=delta)
    if queue:
        counts = tuple(Points(one.attributes, one.start_ms, one.at_ms, one.values.sum(axis=1)) for one in points)
        yield Metric("messaging.client.consumed.messages", "{message}", Shape.SUM, counts)


def _outcomes(service: Service) -> Iterator[Attributes]:
    """The attributes of each outcome, routes outermost."""
    for route in service.routes:
        for code in service.answers.codes:
            yield _message(route, code) if service.dialect is Dialect.OTEL_QUEUE else _request(route, code)


def _request(route: Route, code: str) -> Attributes:
    always: Attributes = (
        ("http.request.method", route.method),
        ("http.response.status_code", int(code)),
        ("http.route", route.name),
        ("url.scheme", "https"),
    )
    return (("error.type", code), *always) if code >= "500" else always


def _message(route: Route, code: str) -> Attributes:
    always: Attributes = (
        ("messaging.destination.name", route.name),
        ("messaging.operation.name", route.method),
        ("messaging.system", "rabbitmq"),
    )
    return (("error.type", code), *always) if code else always


def _taken(service: Service, levels: Shares, instance: int, sent: NDArray[np.bool_], at_ms: Ints) -> Iterator[Metric]:
    """What one instance's process takes."""
    size = float(service.memory_mib * MIB)
    cpu, memory, pool = (share[instance][sent] for share in (levels.cpu, levels.memory, levels.pool))
    start_ms = levels.started_ms[instance][sent]

    def one(attributes: Attributes, values: Floats) -> Points:
        return Points(attributes, start_ms, at_ms, values)

    jvm = service.dialect is Dialect.OTEL_EXPONENTIAL
    busy = "jvm.cpu.recent_utilization" if jvm else "nodejs.eventloop.utilization"
    yield Metric(busy, "1", Shape.GAUGE, (one((), np.round(cpu, 4)),))
    yield Metric("process.memory.usage", "By", Shape.LEVEL, (one((), np.floor(size * memory)),))
    if jvm:
        heap: Attributes = (("jvm.memory.pool.name", "G1 Old Gen"), ("jvm.memory.type", "heap"))
        yield Metric("jvm.memory.used", "By", Shape.LEVEL, (one(heap, np.floor(size / 2 * memory)),))
        yield Metric("jvm.memory.limit", "By", Shape.LEVEL, (one(heap, np.full(len(at_ms), size / 2)),))
    else:
        named = ("db.client.connection.pool.name", service.name)
        used, idle = np.floor(POOL * pool), POOL - np.floor(POOL * pool)
        states = (
            one((named, ("db.client.connection.state", "used")), used),
            one((named, ("db.client.connection.state", "idle")), idle),
        )
        yield Metric("db.client.connection.count", "{connection}", Shape.LEVEL, states)
        most = one((named,), np.full(len(at_ms), float(POOL)))
        yield Metric("db.client.connection.max", "{connection}", Shape.LEVEL, (most,))


def _resource(service: Service, instance: int) -> Attributes:
    language = "java" if service.dialect is Dialect.OTEL_EXPONENTIAL else "nodejs"
    return (
        ("deployment.environment.name", service.environment),
        ("host.name", f"node-{instance}.larkspur.example"),
        ("service.instance.id", f"{service.name}-{instance}"),
        ("service.name", service.name),
        ("telemetry.sdk.language", language),
    )
