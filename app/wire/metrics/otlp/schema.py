"""The published OTLP schema, with the fields that are many left as the bytes they arrive in.

A data point's attributes repeat from point to point: as raw bytes they are the key of a dict, and are taken apart once
a series. Bucket counts and bounds lie on the wire as numpy wants them. Points and resources are parsed one at a time:
in a hostile body two bytes become a hundred, and must not be held as messages all at once.

The wire format is the same for both declarations, so there is no second `.proto` text to keep in step: the descriptors
of `opentelemetry-proto` are edited as they load.
"""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Literal, Protocol, cast

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.resource.v1 import resource_pb2

DELTA = int(metrics_pb2.AGGREGATION_TEMPORALITY_DELTA)
CUMULATIVE = int(metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE)

RAW_FIELDS = {
    "KeyValue": {"key"},
    "AnyValue": {"string_value"},
    "Resource": {"attributes"},
    "ResourceMetrics": {"resource"},
    "Gauge": {"data_points"},
    "Sum": {"data_points"},
    "Histogram": {"data_points"},
    "ExponentialHistogram": {"data_points"},
    "Summary": {"data_points"},
    "NumberDataPoint": {"attributes", "exemplars"},
    "HistogramDataPoint": {"attributes", "exemplars", "bucket_counts", "explicit_bounds"},
    "ExponentialHistogramDataPoint": {"attributes", "exemplars", "positive", "negative"},
    "SummaryDataPoint": {"attributes", "quantile_values"},
}
UNREAD_FIELDS = {"Resource": {"entity_refs"}, "ScopeMetrics": {"scope"}, "Metric": {"metadata"}}


Value = Literal["string_value", "bool_value", "int_value", "double_value", "array_value", "kvlist_value", "bytes_value"]


class AnyValue(Protocol):
    string_value: bytes
    bool_value: bool
    int_value: int
    double_value: float
    bytes_value: bytes
    array_value: "ArrayValue"
    kvlist_value: "KeyValueList"

    def WhichOneof(self, name: Literal["value"], /) -> Value | None: ...  # noqa: N802


class ArrayValue(Protocol):
    values: Sequence[AnyValue]


class KeyValue(Protocol):
    key: bytes
    value: AnyValue


class KeyValueList(Protocol):
    values: Sequence[KeyValue]


class Resource(Protocol):
    attributes: Sequence[bytes]


class Point(Protocol):
    attributes: Sequence[bytes]
    time_unix_nano: int
    start_time_unix_nano: int
    flags: int


class NumberPoint(Point, Protocol):
    exemplars: Sequence[bytes]
    as_double: float
    as_int: int

    def WhichOneof(self, name: Literal["value"], /) -> Literal["as_double", "as_int"] | None: ...  # noqa: N802


class DistributionPoint(Point, Protocol):
    exemplars: Sequence[bytes]
    count: int
    sum: float

    def HasField(self, name: Literal["sum"], /) -> bool: ...  # noqa: N802

    def SerializeToString(self) -> bytes: ...  # noqa: N802


class HistogramPoint(DistributionPoint, Protocol):
    bucket_counts: Sequence[bytes]
    explicit_bounds: Sequence[bytes]


class ExponentialPoint(DistributionPoint, Protocol):
    scale: int
    zero_count: int
    zero_threshold: float
    positive: bytes
    negative: bytes


class SummaryPoint(Point, Protocol):
    count: int
    sum: float
    quantile_values: Sequence[bytes]


class Data(Protocol):
    data_points: Sequence[bytes]


class TemporalData(Data, Protocol):
    aggregation_temporality: int


class SumData(TemporalData, Protocol):
    is_monotonic: bool


Kind = Literal["gauge", "sum", "histogram", "exponential_histogram", "summary"]


class Metric(Protocol):
    name: str
    description: str
    unit: str
    gauge: Data
    sum: SumData
    histogram: TemporalData
    exponential_histogram: TemporalData
    summary: Data

    def WhichOneof(self, name: Literal["data"], /) -> Kind | None: ...  # noqa: N802


class ScopeMetrics(Protocol):
    metrics: Sequence[Metric]


class ResourceMetrics(Protocol):
    resource: bytes
    scope_metrics: Sequence[ScopeMetrics]


class Request(Protocol):
    resource_metrics: Sequence[ResourceMetrics]


def _pool() -> DescriptorPool:
    pool = DescriptorPool()
    for module in (common_pb2, resource_pb2, metrics_pb2):
        pool.Add(_with_raw_fields(module))
    return pool


def _with_raw_fields(module: ModuleType) -> FileDescriptorProto:
    file = FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
    for message in file.message_type:
        unread = UNREAD_FIELDS.get(message.name, ())
        for field in [field for field in message.field if field.name in unread]:
            message.field.remove(field)
        for field in message.field:
            if field.name in RAW_FIELDS.get(message.name, ()):
                field.type = FieldDescriptorProto.TYPE_BYTES
                field.ClearField("type_name")
                field.ClearField("options")
    return file


def _parser(message: str) -> Callable[[bytes], Message]:
    """What reads one kind of message. Raises DecodeError when the bytes are no such message."""
    return GetMessageClass(_POOL.FindMessageTypeByName(f"opentelemetry.proto.{message}")).FromString


_POOL = _pool()

parse_request = cast(Callable[[bytes], Request], _parser("metrics.v1.MetricsData"))
parse_resource = cast(Callable[[bytes], Resource], _parser("resource.v1.Resource"))
parse_attribute = cast(Callable[[bytes], KeyValue], _parser("common.v1.KeyValue"))
parse_number = cast(Callable[[bytes], NumberPoint], _parser("metrics.v1.NumberDataPoint"))
parse_histogram = cast(Callable[[bytes], HistogramPoint], _parser("metrics.v1.HistogramDataPoint"))
parse_exponential = cast(Callable[[bytes], ExponentialPoint], _parser("metrics.v1.ExponentialHistogramDataPoint"))
parse_summary = cast(Callable[[bytes], SummaryPoint], _parser("metrics.v1.SummaryDataPoint"))
