"""The recipe book on single series, with the shipped recipes: names, units, sources, and what is left out."""

import pytest

from app.domain import recipes
from app.domain.recipes import Assignment, Role
from app.domain.series import Kind, SeriesKey, Shape, series_key
from app.wire import recipes as wire_recipes

SHIPPED = wire_recipes.load([wire_recipes.shipped()])


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
    unitless = series_key("aws_rds_cpuutilization_average", {"dbinstance_identifier": "db"}, unit="1")
    assert _assigned(unitless).feeds[0].scale == pytest.approx(0.01), "1 is what many write who mean nothing by it"


@pytest.mark.parametrize(
    ("le", "bound"), [("9", 0.009), ("43", 0.043), ("2.5", 0.0025), ("+Inf", float("inf")), ("7500", 7.5)]
)
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


def test_how_full_things_are_is_one_source_in_every_spelling() -> None:
    dotted = series_key("k8s.container.memory_limit", {"k8s.pod.name": "db-0"})
    translated = series_key("k8s_container_memory_limit_bytes", {"k8s_pod_name": "db-0"})
    assert _assigned(dotted) == _assigned(translated)


def test_a_quantile_is_left_out_and_a_plain_gauge_of_a_histograms_name_is_unrecognised() -> None:
    labels = {"job": "web"}
    quantile = series_key("shop_request_duration_seconds", {**labels, "quantile": "0.99"}, kind=Kind.GAUGE)
    assert _assigned(quantile).ignored
    assert SHIPPED.assign(series_key("shop_request_duration_seconds", labels, kind=Kind.GAUGE)) is None


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


def test_the_coarse_histogram_beside_a_fine_one_is_another_source_of_lower_standing() -> None:
    coarse = series_key(
        "http_request_duration_seconds_bucket", {"job": "web", "handler": "/", "method": "GET", "le": "1"}
    )
    fine = series_key("http_request_duration_highr_seconds_bucket", {"job": "web", "le": "1"})
    best, other = _assigned(fine), _assigned(coarse)
    assert (best.rank, best.source) < (other.rank, other.source)


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
    keys = [example.key for recipe in SHIPPED.recipes for example in recipe.examples]
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
