"""What the shipped recipes make of series as real programs write them."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.domain import recipes
from app.domain.assignments import SATURATION
from app.domain.recipes import Assignment, RecipeBook, Role
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


def told(samples: Iterator[Sampled], book: RecipeBook = SHIPPED) -> dict[tuple[str, str], Told]:
    """Everything a capture feeds, by service and source."""
    found: dict[tuple[str, str], Told] = defaultdict(Told)
    for key, value in samples:
        assignment = book.assign(key)
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


def test_the_coarse_histogram_beside_a_fine_one_is_another_source_of_lower_standing() -> None:
    coarse = series_key(
        "http_request_duration_seconds_bucket", {"job": "web", "handler": "/", "method": "GET", "le": "1"}
    )
    fine = series_key("http_request_duration_highr_seconds_bucket", {"job": "web", "le": "1"})
    best, other = _assigned(fine), _assigned(coarse)
    assert (best.rank, best.source) < (other.rank, other.source)


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


# ---------------------------------------------------------------------------------------------------- the engine


def _assigned(key: SeriesKey) -> Assignment:
    assignment = SHIPPED.assign(key)
    assert assignment is not None
    return assignment


def test_a_series_no_recipe_knows_is_unrecognised() -> None:
    assert SHIPPED.assign(series_key("shop_basket_value_euros", {"job": "shop"})) is None


def test_a_series_left_out_on_purpose_has_a_reason_and_no_service() -> None:
    assignment = _assigned(series_key("go_goroutines", {"job": "shop"}))
    assert assignment.ignored
    assert (assignment.service, assignment.source) == ("", "known-rest")
    assert assignment.note.endswith("without a limit to compare with.")


@pytest.mark.parametrize(
    ("metric", "kind", "recognised"),
    [
        ("shop_requests_total", Kind.COUNTER, True),
        ("shop_requests_total", None, True),
        ("shop_requests_total", Kind.GAUGE, False),
        ("process_open_fds", None, True),
        ("process_open_fds", Kind.COUNTER, False),
    ],
)
def test_what_is_declared_a_gauge_counts_nothing_and_the_other_way_round(
    metric: str, kind: Kind | None, recognised: bool
) -> None:
    assignment = SHIPPED.assign(series_key(metric, {"job": "shop"}, kind=kind))
    assert (assignment is not None and not assignment.ignored) is recognised


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"service.name": "checkout", "job": "otel"}, "checkout"),
        ({"service.name": "unknown_service:java", "job": "checkout"}, "checkout"),
        ({"service_name": "checkout", "service": "cart"}, "checkout"),
        ({"service": "cart", "application": "shop", "job": "web"}, "cart"),
        ({"application": "shop", "app": "other"}, "shop"),
        ({"app_kubernetes_io_name": "shop", "job": "web"}, "shop"),
        ({"job": "shop/checkout"}, "checkout"),
        ({"job": "serviceMonitor/shop/checkout/0"}, "serviceMonitor/shop/checkout/0"),
        ({"job": "  checkout  "}, "checkout"),
        ({"job": "x" * 4000}, "x" * 120),
        ({"instance": "web-1:80"}, "unnamed"),
    ],
)
def test_the_service_is_named_by_the_first_label_that_says_something(labels: dict[str, str], service: str) -> None:
    assert _assigned(series_key("process_open_fds", labels)).service == service


@pytest.mark.parametrize(
    ("labels", "environment"),
    [
        ({"deployment.environment.name": "dev", "env": "prod"}, "dev"),
        ({"deployment_environment": "dev", "cluster": "eu1"}, "dev"),
        ({"env": "dev", "environment": "prod"}, "dev"),
        ({"cluster": "eu1"}, "eu1"),
        ({"namespace": "shop"}, ""),
    ],
)
def test_the_environment_is_told_by_the_first_label_that_speaks_of_one(
    labels: dict[str, str], environment: str
) -> None:
    assert _assigned(series_key("process_open_fds", {"job": "web", **labels})).environment == environment


def test_a_unit_the_sender_declares_is_believed_over_the_one_the_name_suggests() -> None:
    seconds = series_key("http.server.duration", {"service.name": "shop"}, shape=Shape.HISTOGRAM, unit="s")
    assert [str(feed) for feed in _assigned(seconds).feeds] == ["requests", "duration"]
    percent = series_key("system.disk.in_use", {"host": "db"}, unit="%")
    assert _assigned(percent).feeds[0].scale == pytest.approx(0.01)


@pytest.mark.parametrize(("le", "bound"), [("35", 0.035), ("2.5", 0.0025), ("+Inf", float("inf")), ("7500", 7.5)])
def test_a_bound_in_milliseconds_is_the_very_float_of_its_seconds(le: str, bound: float) -> None:
    key = series_key("http_server_duration_milliseconds_bucket", {"job": "web", "le": le})
    assert _assigned(key).feeds[0].bound == bound


def test_a_bucket_without_a_readable_bound_is_left_out() -> None:
    for labels in ({"job": "web"}, {"job": "web", "le": "fast"}):
        assignment = _assigned(series_key("http_server_duration_milliseconds_bucket", labels))
        assert assignment.ignored
        assert "le" in assignment.note


def test_the_same_requests_by_otlp_by_prometheus_and_as_native_histogram_are_three_sources() -> None:
    labels = {"service.name": "web", "job": "web"}
    keys = [
        series_key("http.server.request.duration", labels, shape=Shape.HISTOGRAM),
        series_key("http_server_request_duration_seconds", labels, shape=Shape.HISTOGRAM),
        series_key("http_server_request_duration_seconds_count", labels),
    ]
    sources = [_assigned(key).source for key in keys]
    assert sources == ["otel-http", "otel-http/native", "otel-http/prometheus"]
    assert sources == sorted(sources), "at equal rank the name decides, and the finer form comes first"
    assert {SHIPPED.recipe(source) for source in sources} == {SHIPPED.recipe("otel-http")}


@pytest.mark.parametrize(
    "metric",
    [
        "http_server_request_duration_seconds_count",
        "http_server_request_duration_count",
        "http.server.request.duration_seconds_count",
        "http.server.request.duration_count",
    ],
)
def test_every_translation_of_a_dotted_name_is_known(metric: str) -> None:
    assert (
        _assigned(series_key(metric, {"job": "web", "http_response_status_code": "500"})).feeds[1].role is Role.ERRORS
    )


def test_families_of_the_fallback_are_sources_of_their_own() -> None:
    metrics = ["shop_requests_total", "shop_request_duration_seconds_sum", "db_query_duration_seconds_sum"]
    sources = [_assigned(series_key(metric, {"job": "web", "outcome": "ok"})).source for metric in metrics]
    assert sources == ["fallback:shop", "fallback:shop", "fallback:db_query"]


def test_a_sibling_counter_of_errors_never_joins_requests_that_tell_their_errors_themselves() -> None:
    told_by_status = _assigned(series_key("shop_requests_total", {"job": "web", "status": "500"}))
    plain = _assigned(series_key("shop_requests_total", {"job": "web"}))
    sibling = _assigned(series_key("shop_errors_total", {"job": "web"}))
    assert plain.source == sibling.source
    assert told_by_status.source != sibling.source


def test_what_was_asked_before_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [key for name in SCRAPES for key, _ in capture(name)]
    fresh = wire_recipes.load([wire_recipes.shipped()])
    monkeypatch.setattr(recipes, "MAX_REMEMBERED_METRICS", 3)
    assert [fresh.assign(key) for key in reversed(keys)] == [SHIPPED.assign(key) for key in reversed(keys)]
    assert len(fresh._remembered) <= 3


def test_a_hostile_value_is_looked_at_in_part() -> None:
    key = series_key("http_requests_total", {"job": "web", "path": "/metrics/" + "a/" * 2000, "code": "5" * 4096})
    assert _assigned(key).ignored
    assert [
        feed.role for feed in _assigned(series_key("http_requests_total", {"job": "w", "code": "5" * 4096})).feeds
    ] == [Role.REQUESTS]


def test_suggestions_are_recipes_that_take_their_metric() -> None:
    guesses = [
        ("shop_orders_total", ["job", "status"], Kind.COUNTER, Shape.VALUE),
        ("shop_failed_orders_total", ["job"], None, Shape.VALUE),
        ("shop.orders", ["service.name", "error.type"], None, Shape.DELTA),
        ("shop_checkout_seconds_bucket", ["job", "le"], Kind.COUNTER, Shape.VALUE),
        ("shop_wait_ms_sum", ["job"], None, Shape.VALUE),
        ("shop.checkout.time", ["service.name"], None, Shape.HISTOGRAM),
        ("shop_queue_percent", ["job", 'odd"label'], Kind.GAUGE, Shape.VALUE),
        ("shop_last_answer_seconds", [], Kind.GAUGE, Shape.VALUE),
        ('{"odd": [metric]}', ["job"], Kind.GAUGE, Shape.VALUE),
    ]
    for metric, names, kind, shape in guesses:
        text = recipes.suggest(metric, names, kind, shape)
        book = wire_recipes.load([wire_recipes.shipped(), wire_recipes.Layer("mine.yaml", text)])
        labels = dict.fromkeys(names, "5")
        assignment = book.assign(series_key(metric, labels, kind=kind, shape=shape))
        assert assignment is not None, text
        assert assignment.feeds, text
        assert assignment.rank == 5, text
