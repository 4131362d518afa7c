"""What clients are told, read back with the classes their SDKs use."""

import importlib

import orjson
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

from app.domain.errors import AppError, Invalid, Missing, TooLarge, Unavailable, Unsupported
from app.domain.samples import Refusal
from app.wire.metrics.otlp import answers

Status = importlib.import_module("google.rpc.status_pb2").Status  # has no types
PROTOBUF, JSON = "application/x-protobuf", "application/json; charset=utf-8"

REFUSALS = (
    Refusal("timestamp_missing", "cart.size has points without a time.", samples=2),
    Refusal(
        "histogram_invalid", "wait has a malformed histogram: 1 bounds need 2 counts, not 3.", samples=0, histograms=5
    ),
)
TOLD = (
    "5 x histogram_invalid: wait has a malformed histogram: 1 bounds need 2 counts, not 3. "
    "2 x timestamp_missing: cart.size has points without a time."
)


def test_when_all_was_taken_the_answer_is_empty() -> None:
    assert answers.success([], content_type=PROTOBUF) == b""
    assert answers.success([], content_type=JSON) == b"{}"


def test_what_was_left_is_counted_and_named_in_protobuf() -> None:
    response = ExportMetricsServiceResponse.FromString(answers.success(REFUSALS, content_type=PROTOBUF))
    assert response.partial_success.rejected_data_points == 7
    assert response.partial_success.error_message == TOLD


def test_what_was_left_is_counted_and_named_in_json() -> None:
    response = orjson.loads(answers.success(REFUSALS, content_type=JSON))
    assert response == {"partialSuccess": {"rejectedDataPoints": "7", "errorMessage": TOLD}}


def test_of_many_reasons_the_most_frequent_five_are_told() -> None:
    refusals = [Refusal(f"reason_{n}", f"Sentence {n}.", samples=n) for n in range(1, 9)]
    message = orjson.loads(answers.success(refusals, content_type=JSON))["partialSuccess"]["errorMessage"]
    assert message.startswith("8 x reason_8: Sentence 8. 7 x reason_7")
    assert message.endswith("4 x reason_4: Sentence 4. And 3 more reasons.")


def test_a_failure_is_a_status() -> None:
    status = Status.FromString(answers.failure(3, "The body is no export.", content_type=PROTOBUF))
    assert (status.code, status.message) == (3, "The body is no export.")
    assert orjson.loads(answers.failure(3, "No.", content_type=JSON)) == {"code": 3, "message": "No."}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Invalid("x"), 3),
        (AppError("x"), 3),
        (Missing("x"), 5),
        (TooLarge("x"), 8),
        (Unsupported("x"), 12),
        (Unavailable("x"), 14),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_its_code(error: AppError, code: int) -> None:
    assert answers.code_of(error) == code


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("application/json", "application/json"),
        ("Application/JSON ; charset=utf-8", "application/json"),
        ("application/x-protobuf", "application/x-protobuf"),
        ("text/plain", "application/x-protobuf"),
        ("", "application/x-protobuf"),
    ],
)
def test_the_answer_is_in_the_encoding_of_the_request(asked: str, answered: str) -> None:
    assert answers.answer_type(asked) == answered
