"""The shipped recipes on what real programs expose (captures/recipes/README.md): numbers must be those that were."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.domain.assignments import SATURATION
from app.domain.recipes import Role
from app.domain.series import Kind, SeriesKey, Shape, series_key
from app.wire import recipes as wire_recipes

CAPTURES = Path(__file__).parent / "captures" / "recipes"
KINDS = {"counter": Kind.COUNTER, "histogram": Kind.COUNTER, "summary": Kind.COUNTER, "gauge": Kind.GAUGE}
SHIPPED = wire_recipes.load([wire_recipes.shipped()])

Sampled = tuple[SeriesKey, float]


@dataclass
class Told:
    """What a capture says of one source of one service, added up."""

    metrics: dict[Role, set[str]] = field(default_factory=lambda: defaultdict(set))
    totals: dict[Role, float] = field(default_factory=lambda: defaultdict(float))
    resources: set[str] = field(default_factory=set)


def scraped(name: str, **target: str) -> Iterator[Sampled]:
    """The series of a text exposition, with the labels a scraper adds."""
    for family in text_string_to_metric_families((CAPTURES / f"{name}.prom").read_text()):
        for sample in family.samples:
            gauge = sample.name.endswith("_created")
            kind = Kind.GAUGE if gauge else KINDS.get(family.type)
            yield series_key(sample.name, {**sample.labels, **target}, kind=kind), sample.value


def exported(name: str) -> Iterator[Sampled]:
    """The series of an OTLP request; a histogram's value is its count."""
    for resource in json.loads((CAPTURES / f"{name}.otlp.json").read_text())["resourceMetrics"]:
        base = _attributes(resource["resource"])
        for scope in resource["scopeMetrics"]:
            for metric in scope["metrics"]:
                yield from _points(metric, base)


def _points(metric: dict, base: dict[str, str]) -> Iterator[Sampled]:  # type: ignore[type-arg]
    data = metric.get("histogram") or metric.get("sum") or metric.get("gauge")
    assert data is not None
    shape = Shape.HISTOGRAM if "histogram" in metric else Shape.VALUE
    kind = Kind.COUNTER if data.get("isMonotonic") else Kind.GAUGE
    for point in data["dataPoints"]:
        value = float(point.get("count") or point.get("asInt") or point.get("asDouble") or 0)
        labels = {**base, **_attributes(point)}
        yield series_key(metric["name"], labels, shape=shape, kind=kind, unit=metric.get("unit", "")), value


def _attributes(of: dict) -> dict[str, str]:  # type: ignore[type-arg]
    return {one["key"]: str(next(iter(one["value"].values()))) for one in of.get("attributes", [])}


def told(samples: Iterator[Sampled]) -> dict[tuple[str, str], Told]:
    """Everything a capture feeds, by service and source."""
    found: dict[tuple[str, str], Told] = defaultdict(Told)
    for key, value in samples:
        assignment = SHIPPED.assign(key)
        for feed in assignment.feeds if assignment else ():
            assert assignment is not None
            one = found[assignment.service, assignment.source]
            if feed.role in SATURATION:
                one.resources.add(feed.resource)
            else:
                one.metrics[feed.role].add(key.metric)
                one.totals[feed.role] += value * feed.scale if feed.bound in (None, float("inf")) else 0
    return dict(found)


SCRAPES = [
    "fastapi_instrumentator",
    "starlette_exporter",
    "flask_exporter",
    "django_prometheus",
    "express_prom_bundle",
    "haproxy",
    "node_exporter",
    "otel_fastapi_old_prometheus",
    "otel_fastapi_stable_prometheus",
]
EXPORTS = ["otel_fastapi_old", "otel_fastapi_dup"]


def capture(name: str) -> Iterator[Sampled]:
    return exported(name) if name in EXPORTS else scraped(name, job="shop/web", instance="web-1:80")


@pytest.mark.parametrize(
    ("name", "service", "source", "requests", "errors"),
    [
        ("fastapi_instrumentator", "web", "fastapi-instrumentator", 6, 2),
        ("starlette_exporter", "shop", "starlette-exporter", 12, 4),  # asked once more through HAProxy
        ("flask_exporter", "web", "flask-exporter", 6, 2),
        ("django_prometheus", "web", "django-prometheus", 7, 2),  # /health is a view called "health"
        ("express_prom_bundle", "web", "express-prom-bundle", 6, 2),
        ("haproxy", "checkout", "haproxy", 8, 2),
        ("haproxy", "dead", "haproxy", 3, 3),
        ("otel_fastapi_old_prometheus", "web", "otel-http-old/prometheus", 7, 3),
        ("otel_fastapi_stable_prometheus", "web", "otel-http/prometheus", 7, 3),
        ("otel_fastapi_old", "checkout", "otel-http-old", 7, 3),
        ("otel_fastapi_dup", "checkout", "otel-http", 7, 3),
        ("otel_fastapi_dup", "checkout", "otel-http-old", 7, 3),
    ],
)
def test_requests_and_errors_are_those_that_were_made(
    name: str, service: str, source: str, requests: int, errors: int
) -> None:
    totals = told(capture(name))[service, source].totals
    assert (totals[Role.REQUESTS], totals[Role.ERRORS]) == (requests, errors)


@pytest.mark.parametrize("name", SCRAPES + EXPORTS)
def test_no_source_counts_its_requests_twice(name: str) -> None:
    for (service, source), one in told(capture(name)).items():
        assert len(one.metrics[Role.REQUESTS]) <= 1, (service, source)
        timed = one.metrics[Role.DURATION_COUNT] | one.metrics[Role.DURATION]
        assert len(timed) <= 1, (service, source)


@pytest.mark.parametrize("name", SCRAPES + EXPORTS)
def test_nothing_a_known_program_writes_is_unrecognised(name: str) -> None:
    strangers = {key.metric for key, _ in capture(name) if SHIPPED.assign(key) is None}
    known_strangers = {"flask_exporter_info"}
    assert not {metric for metric in strangers if not metric.endswith("_info")} - known_strangers


@pytest.mark.parametrize(
    ("name", "service", "source", "metric", "timed"),
    [
        ("fastapi_instrumentator", "web", "fastapi-instrumentator", "http_request_duration_highr_seconds", 8),
        ("starlette_exporter", "shop", "starlette-exporter", "starlette_request_duration_seconds", 12),
        ("flask_exporter", "web", "flask-exporter", "flask_http_request_duration_seconds", 6),
        ("express_prom_bundle", "web", "express-prom-bundle", "http_request_duration_seconds", 6),
        ("otel_fastapi_stable_prometheus", "web", "otel-http/prometheus", "http_server_request_duration_seconds", 7),
    ],
)
def test_durations_come_from_one_histogram(name: str, service: str, source: str, metric: str, timed: int) -> None:
    one = told(capture(name))[service, source]
    assert one.metrics[Role.DURATION_COUNT] == {f"{metric}_count"}
    assert one.metrics[Role.DURATION_SUM] == {f"{metric}_sum"}
    assert one.metrics[Role.BUCKET] == {f"{metric}_bucket"}
    assert one.totals[Role.DURATION_COUNT] == one.totals[Role.BUCKET] == timed


def test_milliseconds_become_seconds() -> None:
    old = told(capture("otel_fastapi_old_prometheus"))["web", "otel-http-old/prometheus"]
    assert 0.001 < old.totals[Role.DURATION_SUM] < 1


@pytest.mark.parametrize(
    ("name", "service", "resources"),
    [
        ("fastapi_instrumentator", "web", {"cpu", "file descriptors"}),
        ("express_prom_bundle", "web", {"cpu", "file descriptors", "event loop lag"}),
        ("haproxy", "checkout", {"sessions"}),
        ("haproxy", "web", {"connections"}),
        (
            "node_exporter",
            "web",
            {"cpu", "file descriptors", "host cpu", "host memory", "host file descriptors"},
        ),
        ("otel_fastapi_old", "checkout", {"cpu", "host cpu", "host memory"}),
        ("otel_fastapi_old_prometheus", "web", {"cpu", "host cpu", "host memory"}),
    ],
)
def test_resources_that_fill_up_are_found(name: str, service: str, resources: set[str]) -> None:
    found: set[str] = set()
    for (owner, _), one in told(capture(name)).items():
        found |= one.resources if owner == service else set()
    assert found >= resources


def test_both_halves_of_a_share_come_from_one_source() -> None:
    halves: dict[tuple[str, str], set[str]] = defaultdict(set)
    for recipe in SHIPPED.recipes:
        for rule in recipe.rules:
            if rule.resource is not None:
                halves[recipe.name, rule.resource.text].update(rule.gives)
    whole = {Role.RATIO, Role.BUSY, Role.IDLE}
    assert {place: roles for place, roles in halves.items() if len(roles) < 2 and roles.isdisjoint(whole)} == {}
