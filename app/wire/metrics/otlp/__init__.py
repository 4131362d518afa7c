"""OTLP/HTTP metrics, protobuf and JSON: what the OpenTelemetry SDKs and Collector send to /v1/metrics.

https://opentelemetry.io/docs/specs/otlp/ and opentelemetry/proto/metrics/v1/metrics.proto. Both encodings are read into
one model (`points`), so that they cannot differ in what they mean.
"""

from app.domain.samples import SampleBatch
from app.wire.metrics.format import Format
from app.wire.metrics.otlp import answers, json_export, protobuf
from app.wire.metrics.otlp.series_table import SeriesTable

PATH = "/v1/metrics"


def decode_protobuf(body: bytes, /, *, table: SeriesTable | None = None) -> SampleBatch:
    """Every point of an ExportMetricsServiceRequest that can be taken, and what cannot among the refusals.

    A `table` that is given again lets the next export's series be found and not checked anew.
    Raises Invalid when the body is none, with code `wrong_signal` when it holds traces or logs; TooLarge.
    """
    return protobuf.decode(body, table=table or SeriesTable())


def decode_json(body: bytes, /, *, table: SeriesTable | None = None) -> SampleBatch:
    """The same from proto3 JSON."""
    return json_export.decode(body, table=table or SeriesTable())


PROTOBUF = Format(
    name="otlp_protobuf",
    title="OTLP/HTTP metrics, protobuf",
    path=PATH,
    content_types=(answers.PROTOBUF,),
    encodings=("identity", "gzip", "zstd", "deflate"),
    decode=decode_protobuf,
    docs="What OpenTelemetry SDKs, auto-instrumentation and the Collector send; deltas and cumulative alike.",
)
JSON = Format(
    name="otlp_json",
    title="OTLP/HTTP metrics, JSON",
    path=PATH,
    content_types=(answers.JSON,),
    encodings=("identity", "gzip", "zstd", "deflate"),
    decode=decode_json,
    docs="The same in proto3 JSON: what OpenTelemetry's JavaScript SDK sends from a browser.",
)
