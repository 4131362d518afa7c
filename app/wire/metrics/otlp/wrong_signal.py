"""Traces and logs that were posted to the metrics URL: a frequent slip, and worth saying so."""

from collections.abc import Set as AbstractSet

from google.protobuf.message import DecodeError
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from app.domain.errors import Invalid

TRACE_ID_BYTES, SPAN_ID_BYTES = 16, 8
MAX_LOOKED_AT_BYTES = 2**20  # a hostile body costs 50 times its size to take apart


def in_protobuf(body: bytes) -> Invalid | None:
    """What to say of a body that holds no metrics, if it is an export of something else."""
    if len(body) > MAX_LOOKED_AT_BYTES:
        return None
    if _holds_spans(body):
        return _wrong("traces")
    return _wrong("logs") if _holds_logs(body) else None


def in_json(names: AbstractSet[str]) -> Invalid | None:
    """The same by the names of the fields at the top of a JSON body."""
    if names & {"resourceSpans", "resource_spans"}:
        return _wrong("traces")
    return _wrong("logs") if names & {"resourceLogs", "resource_logs"} else None


def _wrong(signal: str) -> Invalid:
    return Invalid(
        f"The body is an export of {signal}; this URL takes metrics.",
        code="wrong_signal",
        hint=f"Set OTEL_EXPORTER_OTLP_METRICS_ENDPOINT instead of OTEL_EXPORTER_OTLP_ENDPOINT, or turn the {signal} "
        f"exporter off (OTEL_{signal.upper()}_EXPORTER=none).",
    )


def _holds_spans(body: bytes) -> bool:
    try:
        request = trace_pb2.TracesData.FromString(body)
    except DecodeError:
        return False
    return any(
        span.start_time_unix_nano and len(span.trace_id) == TRACE_ID_BYTES and len(span.span_id) == SPAN_ID_BYTES
        for resource in request.resource_spans[:1]
        for scope in resource.scope_spans[:1]
        for span in scope.spans[:1]
    )


def _holds_logs(body: bytes) -> bool:
    try:
        request = logs_pb2.LogsData.FromString(body)
    except DecodeError:
        return False
    return any(
        record.time_unix_nano or record.observed_time_unix_nano
        for resource in request.resource_logs[:1]
        for scope in resource.scope_logs[:1]
        for record in scope.log_records[:1]
    )
