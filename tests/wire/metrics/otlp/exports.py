"""One export in every spelling that clients use, and the parts exports are made of."""

import re
from collections.abc import Callable, Mapping

from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    AGGREGATION_TEMPORALITY_DELTA,
    Metric,
    MetricsData,
)

from app.domain.samples import SampleBatch
from app.domain.series import SeriesKey
from app.wire.metrics import otlp

DELTA, CUMULATIVE = AGGREGATION_TEMPORALITY_DELTA, AGGREGATION_TEMPORALITY_CUMULATIVE
TEMPORALITIES = (CUMULATIVE, DELTA)

SECOND = 1_000_000_000
AT_MS = 1_795_450_060_000
START_MS = AT_MS - 60_000
AT, START = AT_MS * 1_000_000, START_MS * 1_000_000
TIMES = {"time_unix_nano": AT, "start_time_unix_nano": START}

Decode = Callable[[MetricsData], SampleBatch]
Value = str | bool | int | float | bytes | None


def as_protobuf(export: MetricsData) -> SampleBatch:
    return otlp.decode_protobuf(export.SerializeToString())


def as_json(export: MetricsData) -> SampleBatch:
    return otlp.decode_json(MessageToJson(export, indent=None).encode())


def as_snake_case_json(export: MetricsData) -> SampleBatch:
    text = MessageToJson(export, preserving_proto_field_name=True, use_integers_for_enums=True)
    return otlp.decode_json(text.encode())


def as_json_with_plain_integers(export: MetricsData) -> SampleBatch:
    """As JavaScript's SDK writes it: 64-bit integers are numbers."""
    return otlp.decode_json(re.sub(r'(?<!"unit": )"(-?\d+)"', r"\1", MessageToJson(export, indent=None)).encode())


ENCODINGS: dict[str, Decode] = {
    "protobuf": as_protobuf,
    "JSON with integers as strings and enums by name": as_json,
    "JSON in snake_case with enums as numbers": as_snake_case_json,
    "JSON with integers as numbers": as_json_with_plain_integers,
}


def export(*metrics: Metric, resource: Mapping[str, Value] | None = None) -> MetricsData:
    made = MetricsData()
    one = made.resource_metrics.add()
    one.resource.attributes.extend(attributes(resource or {}))
    one.scope_metrics.add().metrics.extend(metrics)
    return made


def attributes(pairs: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=name, value=any_value(value)) for name, value in pairs.items()]


def any_value(value: Value) -> AnyValue:
    if value is None:
        return AnyValue()
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(bytes_value=value) if isinstance(value, bytes) else AnyValue(string_value=value)


def gauge(name: str, value: float = 1.0, *, at: int = AT, labels: Mapping[str, Value] | None = None) -> Metric:
    made = Metric(name=name)
    made.gauge.data_points.add(as_double=value, time_unix_nano=at, attributes=attributes(labels or {}))
    return made


def keys(batch: SampleBatch) -> list[SeriesKey]:
    """The series of each scalar sample."""
    return [batch.directory.key(position) for position in batch.series.tolist()]


def histogram_keys(batch: SampleBatch) -> list[SeriesKey]:
    return [batch.directory.key(sample.series) for sample in batch.histograms]
