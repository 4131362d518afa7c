"""Reads an OTLP metrics export from protobuf into points."""

from collections.abc import Sequence

from google.protobuf.message import DecodeError

from app.domain.errors import Invalid
from app.domain.samples import SampleBatch
from app.wire.metrics.otlp import families, protobuf_points, wrong_signal
from app.wire.metrics.otlp.attributes import Pairs
from app.wire.metrics.otlp.families import Family
from app.wire.metrics.otlp.points import MAX_ATTRIBUTES, Points
from app.wire.metrics.otlp.protobuf_values import Attributes
from app.wire.metrics.otlp.schema import (
    Metric,
    Point,
    parse_exponential,
    parse_histogram,
    parse_number,
    parse_request,
    parse_summary,
)
from app.wire.metrics.otlp.series_table import Known, SeriesTable
from app.wire.metrics.otlp.size import check_points


def decode(body: bytes, *, table: SeriesTable) -> SampleBatch:
    """The samples of an ExportMetricsServiceRequest.

    Raises Invalid when the body is none, TooLarge when it holds more than one request may.
    """
    points = Points(table)
    try:
        _read(body, points)
    except DecodeError as error:
        raise wrong_signal.in_protobuf(body) or _malformed() from error
    except UnicodeDecodeError as error:
        raise _no_text(error) from error
    batch = points.batch()
    if body and not len(batch) and not batch.histograms and (wrong := wrong_signal.in_protobuf(body)):
        raise wrong
    return batch


def _malformed() -> Invalid:
    return Invalid(
        "The body is no OTLP metrics export in protobuf.",
        code="proto_decode",
        hint="Send an ExportMetricsServiceRequest; JSON goes with Content-Type: application/json.",
    )


def _no_text(error: UnicodeDecodeError) -> Invalid:
    sentence = f"An attribute is not valid UTF-8: {error.object[:40]!r}."
    return Invalid(sentence, code="utf8_invalid", field="attributes")


def _read(body: bytes, points: Points) -> None:
    check_points(body)
    reader = Reader(points)
    for of_resource in parse_request(body).resource_metrics:
        resource = reader.attributes.of_resource(of_resource.resource)
        for of_scope in of_resource.scope_metrics:
            for metric in of_scope.metrics:
                reader.metric(metric, resource)


class Reader:
    """Adds the metrics of one export to its points."""

    def __init__(self, points: Points) -> None:
        self.points = points
        self.attributes = Attributes()

    def metric(self, metric: Metric, resource: Pairs) -> None:
        which = metric.WhichOneof("data")
        gauge = families.family(metric.name, unit=metric.unit, description=metric.description, resource=resource)
        if which == "gauge":
            self._numbers(gauge, metric.gauge.data_points)
        elif which == "sum":
            data = metric.sum
            family = families.summed(gauge, temporality=data.aggregation_temporality, monotonic=data.is_monotonic)
            self._numbers(family, data.data_points)
        elif which == "histogram":
            temporality = metric.histogram.aggregation_temporality
            family = families.distributed(gauge, temporality=temporality, exponential=False)
            self._histograms(family, metric.histogram.data_points)
        elif which == "exponential_histogram":
            temporality = metric.exponential_histogram.aggregation_temporality
            family = families.distributed(gauge, temporality=temporality, exponential=True)
            self._exponentials(family, metric.exponential_histogram.data_points)
        elif which == "summary":
            self._summaries(families.summarised(gauge), metric.summary.data_points)

    def _numbers(self, family: Family, data_points: Sequence[bytes]) -> None:
        known = self.points.begin(family)
        for encoded in data_points:
            point = parse_number(encoded)
            self.points.exemplars += len(point.exemplars)
            series = self._series(family, known, point)
            self.points.number(series, protobuf_points.times(point), protobuf_points.number(point))

    def _histograms(self, family: Family, data_points: Sequence[bytes]) -> None:
        known = self.points.begin(family)
        for encoded in data_points:
            point = parse_histogram(encoded)
            self.points.exemplars += len(point.exemplars)
            series = self._series(family, known, point)
            self.points.histogram(series, protobuf_points.times(point), protobuf_points.explicit(point))

    def _exponentials(self, family: Family, data_points: Sequence[bytes]) -> None:
        known = self.points.begin(family)
        for encoded in data_points:
            point = parse_exponential(encoded)
            self.points.exemplars += len(point.exemplars)
            series = self._series(family, known, point)
            self.points.histogram(series, protobuf_points.times(point), protobuf_points.exponential(point))

    def _summaries(self, family: Family, data_points: Sequence[bytes]) -> None:
        self.points.begin(family)
        for encoded in data_points:
            point = parse_summary(encoded)
            times = protobuf_points.times(point)
            try:
                pairs = self.attributes.of_point(point.attributes[: MAX_ATTRIBUTES + 1])
            except UnicodeDecodeError as error:
                self.points.number(self.points.faulty(_no_text(error)), times, None)
            else:
                self.points.summary(family, pairs, times, protobuf_points.summary(point))

    def _series(self, family: Family, known: Known, point: Point) -> int:
        raw = tuple(point.attributes)
        series = known.get(raw)
        if series is None:
            series = self._first(family, raw)
            if series >= 0:
                known[raw] = series
        return series

    def _first(self, family: Family, raw: tuple[bytes, ...]) -> int:
        try:
            pairs = self.attributes.of_point(raw[: MAX_ATTRIBUTES + 1])
        except UnicodeDecodeError as error:
            return self.points.faulty(_no_text(error))
        return self.points.series(family, pairs)
