from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric

from app.demo import export, otlp
from app.demo.company import Service
from app.demo.export import Shape
from app.demo.world import World
from app.domain.signals import HOUR_MS, MINUTE_MS

SERVICES = ("storefront", "search", "orders", "mailer")


@pytest.fixture(params=SERVICES)
def exports(
    request: pytest.FixtureRequest, world: World, cast: dict[str, Service], now_ms: int
) -> tuple[export.Export, ...]:
    at = np.arange(now_ms - HOUR_MS, now_ms, 7 * MINUTE_MS, dtype=np.int64)
    return world.export(cast[str(request.param)], at, since_ms=now_ms - HOUR_MS - MINUTE_MS)


@pytest.fixture
def pairs(exports: tuple[export.Export, ...]) -> list[tuple[export.Metric, Metric]]:
    """Every metric as the world means it and as it was decoded."""
    decoded = ExportMetricsServiceRequest.FromString(otlp.body(exports))
    assert len(decoded.resource_metrics) == len(exports)
    return [*_paired(exports, decoded)]


def _paired(
    exports: tuple[export.Export, ...], decoded: ExportMetricsServiceRequest
) -> Iterator[tuple[export.Metric, Metric]]:
    for one, resource in zip(exports, decoded.resource_metrics, strict=True):
        assert attributes(resource.resource.attributes) == dict(one.resource)
        yield from zip(one.metrics, resource.scope_metrics[0].metrics, strict=True)


def attributes(pairs: Iterable[KeyValue]) -> dict[str, str | int]:
    return {one.key: one.value.string_value or one.value.int_value for one in pairs}


def test_names_units_and_points_arrive(pairs: list[tuple[export.Metric, Metric]]) -> None:
    for meant, sent in pairs:
        assert (sent.name, sent.unit) == (meant.name, meant.unit)
        data = getattr(sent, sent.WhichOneof("data") or "")
        assert len(data.data_points) == sum(len(points.at_ms) for points in meant.points)
        told = [(point.time_unix_nano, point.start_time_unix_nano) for point in data.data_points]
        assert told == [
            (at * 1_000_000, start * 1_000_000)
            for points in meant.points
            for at, start in zip(points.at_ms.tolist(), points.start_ms.tolist(), strict=True)
        ]
        assert [attributes(point.attributes) for point in data.data_points] == [
            dict(points.attributes) for points in meant.points for _ in points.at_ms
        ]


def test_temporality_and_direction_arrive(pairs: list[tuple[export.Metric, Metric]]) -> None:
    cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    delta = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
    for meant, sent in pairs:
        if meant.shape is Shape.GAUGE:
            assert sent.HasField("gauge")
        elif meant.shape in {Shape.SUM, Shape.LEVEL}:
            assert sent.sum.is_monotonic == (meant.shape is Shape.SUM)
            assert sent.sum.aggregation_temporality == cumulative
        elif meant.shape is Shape.HISTOGRAM:
            assert sent.histogram.aggregation_temporality == (delta if meant.delta else cumulative)
        else:
            assert sent.exponential_histogram.aggregation_temporality == cumulative


def test_numbers_arrive(pairs: list[tuple[export.Metric, Metric]]) -> None:
    for meant, sent in pairs:
        values = np.concatenate([points.values for points in meant.points]).tolist()
        if sent.HasField("gauge") or sent.HasField("sum"):
            data = sent.gauge if sent.HasField("gauge") else sent.sum
            assert [point.as_double for point in data.data_points] == values
        else:
            assert counts(sent) == values


def counts(sent: Metric) -> list[list[float]]:
    """The buckets of each point, after a look at what stands beside them."""
    found = []
    for point in sent.histogram.data_points:
        assert list(point.explicit_bounds) == list(export.BOUNDS)
        assert point.count == sum(point.bucket_counts)
        assert point.sum > 0 or point.count == 0
        found.append([float(count) for count in point.bucket_counts])
    for exponential in sent.exponential_histogram.data_points:
        assert (exponential.scale, exponential.positive.offset) == (export.SCALE, export.LOWEST)
        assert exponential.count == sum(exponential.positive.bucket_counts)
        found.append([float(count) for count in exponential.positive.bucket_counts])
    return found
