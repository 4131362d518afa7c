"""Reads an OTLP metrics export from JSON into points."""

from collections.abc import Sequence

import orjson

from app.domain.errors import Invalid, TooLarge
from app.domain.samples import SampleBatch
from app.wire.metrics.otlp import families, json_points, json_values, wrong_signal
from app.wire.metrics.otlp import json_fields as fields
from app.wire.metrics.otlp.attributes import Pairs, too_deep
from app.wire.metrics.otlp.families import Family
from app.wire.metrics.otlp.json_fields import Json
from app.wire.metrics.otlp.points import MAX_ATTRIBUTES, Points
from app.wire.metrics.otlp.series_table import Known, SeriesTable

MAX_OBJECTS = 1_500_000  # each costs 60 to 230 bytes of memory
MAX_COMMAS = 4_000_000


def decode(body: bytes, *, table: SeriesTable) -> SampleBatch:
    """The samples of an ExportMetricsServiceRequest in proto3 JSON.

    Raises Invalid when the body is none, TooLarge when it holds more than one request may.
    """
    request = _loaded(body)
    if wrong := wrong_signal.in_json(request.keys()):
        raise wrong
    reader = Reader(Points(table))
    for of_resource in fields.children(request, "resourceMetrics", "resource_metrics"):
        resource = json_values.of_resource(_attributes(fields.child(of_resource, "resource", "resource") or {}))
        for of_scope in fields.children(of_resource, "scopeMetrics", "scope_metrics"):
            for metric in fields.children(of_scope, "metrics", "metrics"):
                reader.metric(metric, resource)
    return reader.points.batch()


def _loaded(body: bytes) -> Json:
    if body.count(b"{") + body.count(b"[") > MAX_OBJECTS or body.count(b",") > MAX_COMMAS:
        raise TooLarge("The JSON body holds too many objects and lists.", code="too_many_series")
    try:
        loaded: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        code = "json_depth" if "depth" in str(error) else "json_invalid"
        raise Invalid(f"The body is no JSON: {error}.", code=code) from error
    return fields.message(loaded, "body")


def _attributes(parent: Json) -> list[object]:
    return fields.values(parent, "attributes", "attributes")


def _raw(attributes: list[object]) -> bytes:
    """What is equal when attributes are: cheaper to make than their text."""
    try:
        return orjson.dumps(attributes)
    except orjson.JSONEncodeError as error:
        raise too_deep() from error


class Reader:
    """Adds the metrics of one export to its points."""

    def __init__(self, points: Points) -> None:
        self.points = points

    def metric(self, metric: Json, resource: Pairs) -> None:
        gauge = families.family(
            fields.string(metric, "name"),
            unit=fields.string(metric, "unit"),
            description=fields.string(metric, "description"),
            resource=resource,
        )
        if (data := fields.child(metric, "gauge", "gauge")) is not None:
            self._numbers(gauge, self._data_points(data))
        elif (data := fields.child(metric, "sum", "sum")) is not None:
            monotonic = fields.boolean(fields.find(data, "isMonotonic", "is_monotonic"), "isMonotonic")
            family = families.summed(gauge, temporality=json_points.temporality(data), monotonic=monotonic)
            self._numbers(family, self._data_points(data))
        elif (data := fields.child(metric, "histogram", "histogram")) is not None:
            family = families.distributed(gauge, temporality=json_points.temporality(data), exponential=False)
            self._histograms(family, self._data_points(data))
        elif (data := fields.child(metric, "exponentialHistogram", "exponential_histogram")) is not None:
            family = families.distributed(gauge, temporality=json_points.temporality(data), exponential=True)
            self._exponentials(family, self._data_points(data))
        elif (data := fields.child(metric, "summary", "summary")) is not None:
            self._summaries(families.summarised(gauge), self._data_points(data))

    def _data_points(self, data: Json) -> list[Json]:
        data_points = fields.children(data, "dataPoints", "data_points")
        self.points.expect(len(data_points))
        return data_points

    def _numbers(self, family: Family, data_points: Sequence[Json]) -> None:
        known = self.points.begin(family)
        for point in data_points:
            series = self._series(family, known, point)
            self.points.number(series, json_points.times(point), json_points.number(point))

    def _histograms(self, family: Family, data_points: Sequence[Json]) -> None:
        known = self.points.begin(family)
        for point in data_points:
            series = self._series(family, known, point)
            self.points.histogram(series, json_points.times(point), json_points.explicit(point))

    def _exponentials(self, family: Family, data_points: Sequence[Json]) -> None:
        known = self.points.begin(family)
        for point in data_points:
            series = self._series(family, known, point)
            self.points.histogram(series, json_points.times(point), json_points.exponential(point))

    def _summaries(self, family: Family, data_points: Sequence[Json]) -> None:
        self.points.begin(family)
        for point in data_points:
            pairs = json_values.of_point(_attributes(point)[: MAX_ATTRIBUTES + 1])
            self.points.summary(family, pairs, json_points.times(point), json_points.summary(point))

    def _series(self, family: Family, known: Known, point: Json) -> int:
        self.points.exemplars += len(fields.values(point, "exemplars", "exemplars"))
        attributes = _attributes(point)[: MAX_ATTRIBUTES + 1]
        raw = _raw(attributes)
        series = known.get(raw)
        if series is None:
            series = self.points.series(family, json_values.of_point(attributes))
            if series >= 0:
                known[raw] = series
        return series
