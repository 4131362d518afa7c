"""The counters each Prometheus dialect keeps: their names, and how they grow.

A new dialect is one Sheet in SHEETS; names and growth must be in the same order. The spelling of `le` is each
client library's own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.demo.company import Dialect, Service
from app.demo.work import TICKS, Work
from app.domain.samples import Floats

Pairs = tuple[tuple[str, str], ...]

DEFAULT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COARSE = (0.1, 0.5, 1.0)
FINE = (0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0, 7.5, 10.0, 30.0)
SPRING = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Name:
    """One series of one process, without the labels that tell the process."""

    metric: str
    labels: Pairs = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """`names` lists T counters; `growth` is (I, T, M) in units of `units` (T)."""

    names: Callable[[Service], list[Name]]
    growth: Callable[[Work], Floats]


def _go_names(service: Service) -> list[Name]:
    routes = [(("handler", one.name), ("method", one.method.lower())) for one in service.routes]
    outcomes = [(*route, ("code", code)) for route in routes for code in service.answers.codes]
    return [
        *(Name("http_requests_total", labels) for labels in outcomes),
        *_histogram("http_request_duration_seconds", routes, DEFAULT, _go_number),
    ]


def _go_growth(work: Work) -> Floats:
    return _side_by_side(work.answers, *_distribution(work, work.requests, DEFAULT))


def _fastapi_names(service: Service) -> list[Name]:
    routes = [(("handler", one.name), ("method", one.method)) for one in service.routes]
    outcomes = [(*route, ("status", code)) for route in routes for code in service.answers.codes]
    return [
        *(Name("http_requests_total", labels) for labels in outcomes),
        *_histogram("http_request_duration_seconds", routes, COARSE, _python_number),
        *_histogram("http_request_duration_highr_seconds", [()], FINE, _python_number),
    ]


def _fastapi_growth(work: Work) -> Floats:
    fine = [part.sum(axis=1, keepdims=True) for part in _distribution(work, work.requests, FINE)]
    return _side_by_side(work.answers, *_distribution(work, work.requests, COARSE), *fine)


def _spring_names(service: Service) -> list[Name]:
    outcomes = [
        (
            ("exception", "none" if code < "500" else "IllegalStateException"),
            ("method", route.method),
            ("outcome", {"2": "SUCCESS", "4": "CLIENT_ERROR", "5": "SERVER_ERROR"}[code[0]]),
            ("status", code),
            ("uri", route.name),
        )
        for route in service.routes
        for code in service.answers.codes
    ]
    return list(_histogram("http_server_requests_seconds", outcomes, SPRING, _python_number))


def _spring_growth(work: Work) -> Floats:
    return _side_by_side(*_distribution(work, work.answers, SPRING))


def _grpc_names(service: Service) -> list[Name]:
    package = f"larkspur.{service.name}.v1"
    calls = [
        (("grpc_method", one.name), ("grpc_service", f"{package}.{one.method}"), ("grpc_type", "unary"))
        for one in service.routes
    ]
    outcomes = [(("grpc_code", code), *call) for call in calls for code in service.answers.codes]
    return [
        *(Name("grpc_server_started_total", call) for call in calls),
        *(Name("grpc_server_handled_total", labels) for labels in outcomes),
        *_histogram("grpc_server_handling_seconds", calls, DEFAULT, _go_number),
    ]


def _grpc_growth(work: Work) -> Floats:
    return _side_by_side(work.requests, work.answers, *_distribution(work, work.requests, DEFAULT))


def _haproxy_names(service: Service) -> list[Name]:
    return [Name("haproxy_backend_sessions_total", (("proxy", service.name),))]


def _haproxy_growth(work: Work) -> Floats:
    return work.requests


SHEETS: dict[Dialect, Sheet] = {
    Dialect.GO: Sheet(_go_names, _go_growth),
    Dialect.FASTAPI: Sheet(_fastapi_names, _fastapi_growth),
    Dialect.MICROMETER: Sheet(_spring_names, _spring_growth),
    Dialect.GRPC: Sheet(_grpc_names, _grpc_growth),
    Dialect.HAPROXY: Sheet(_haproxy_names, _haproxy_growth),
}


def units(names: Sequence[Name]) -> Floats:
    """What one of each counter is: seconds are counted in ticks."""
    return np.array([1 / TICKS if "_seconds_sum" in one.metric or "cpu_" in one.metric else 1.0 for one in names])


def bounds(finite: Sequence[float]) -> Floats:
    return np.array([*finite, np.inf])


def _histogram(
    metric: str, cells: Sequence[Pairs], finite: Sequence[float], spelling: Callable[[float], str]
) -> Iterator[Name]:
    """A classic histogram of each cell: all buckets, then all sums, then all counts."""
    for labels in cells:
        for bound in (*finite, np.inf):
            yield Name(f"{metric}_bucket", (*labels, ("le", spelling(bound))))
    for suffix in ("_sum", "_count"):
        for labels in cells:
            yield Name(metric + suffix, labels)


def _distribution(work: Work, counts: Floats, finite: Sequence[float]) -> list[Floats]:
    """The growth of what _histogram names, for the cells of `counts` (I, R, ..., M)."""
    buckets = work.buckets(counts, bounds(finite), about="buckets")
    return [buckets, work.ticks(counts, about="durations"), counts]


def _side_by_side(*growths: Floats) -> Floats:
    """Counters of any arrangement (I, ..., M) as one list (I, T, M)."""
    return np.concatenate([one.reshape(len(one), -1, one.shape[-1]) for one in growths], axis=1)


def _go_number(bound: float) -> str:
    return "+Inf" if np.isinf(bound) else f"{bound:g}"


def _python_number(bound: float) -> str:
    return "+Inf" if np.isinf(bound) else repr(bound)
