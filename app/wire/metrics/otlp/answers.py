"""What an OTLP client is told, in the encoding it spoke: what was taken and left, or why nothing was.

The HTTP status says whether to send again; these bodies say what was wrong. Pure.
"""

from collections.abc import Sequence
from enum import IntEnum

import orjson
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceResponse,
)

from app.domain.errors import AppError, Forbidden, Missing, TooLarge, Unavailable, Unknown, Unsupported
from app.domain.samples import Refusal

JSON = "application/json"
PROTOBUF = "application/x-protobuf"

MAX_SENTENCES = 5


class Code(IntEnum):
    """The codes of google.rpc.Status that are used here."""

    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


CODES: tuple[tuple[type[AppError], Code], ...] = (
    (TooLarge, Code.RESOURCE_EXHAUSTED),
    (Unavailable, Code.UNAVAILABLE),
    (Unsupported, Code.UNIMPLEMENTED),
    (Missing, Code.NOT_FOUND),
    (Unknown, Code.UNAUTHENTICATED),
    (Forbidden, Code.PERMISSION_DENIED),
)


def success(refusals: Sequence[Refusal], *, content_type: str) -> bytes:
    """An ExportMetricsServiceResponse: empty when all was taken, else how many points were not, and why."""
    rejected = sum(refusal.samples + refusal.histograms for refusal in refusals)
    message = _told(refusals)
    if answer_type(content_type) == JSON:
        partial = {"rejectedDataPoints": str(rejected), "errorMessage": message}
        return orjson.dumps({"partialSuccess": partial} if refusals else {})
    response = ExportMetricsServiceResponse()
    if refusals:
        response.partial_success.rejected_data_points = rejected
        response.partial_success.error_message = message
    return response.SerializeToString()


def failure(code: int, message: str, *, content_type: str) -> bytes:
    """A google.rpc.Status. `code` is a gRPC code (see Code), not an HTTP status."""
    if answer_type(content_type) == JSON:
        return orjson.dumps({"code": code, "message": message})
    # Status has the fields 1 (an integer) and 2 (a string), as this message does: on the wire the two are the same.
    return ExportMetricsPartialSuccess(rejected_data_points=code, error_message=message).SerializeToString()


def code_of(error: AppError) -> Code:
    """The code that says of what kind an error is."""
    return next((code for kind, code in CODES if isinstance(error, kind)), Code.INVALID_ARGUMENT)


def answer_type(content_type: str) -> str:
    """The content type of the answer to a request of this content type."""
    return JSON if content_type.partition(";")[0].strip().lower() == JSON else PROTOBUF


def _told(refusals: Sequence[Refusal]) -> str:
    """One sentence a reason, the most frequent first."""
    ordered = sorted(refusals, key=lambda refusal: -(refusal.samples + refusal.histograms))
    said = [f"{one.samples + one.histograms} x {one.code}: {one.message}" for one in ordered[:MAX_SENTENCES]]
    if len(ordered) > MAX_SENTENCES:
        said.append(f"And {len(ordered) - MAX_SENTENCES} more reasons.")
    return " ".join(said)
