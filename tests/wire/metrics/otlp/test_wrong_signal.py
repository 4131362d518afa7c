"""Traces and logs posted to the metrics URL are told so, and metrics never are."""

import pytest
from google.protobuf.json_format import MessageToJson
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from app.domain.errors import Invalid
from app.wire.metrics import otlp
from tests.wire.metrics.otlp.exports import AT, attributes, export, gauge


def traces(trace_id: bytes = bytes(range(1, 17)), name: str = "GET /") -> TracesData:
    made = TracesData()
    resource = made.resource_spans.add()
    resource.resource.attributes.extend(attributes({"service.name": "cart"}))
    resource.scope_spans.add().spans.add(
        trace_id=trace_id, span_id=trace_id[:8], name=name, start_time_unix_nano=AT, end_time_unix_nano=AT + 5
    )
    return made


def logs(body: str = "hello", severity: str = "INFO") -> LogsData:
    made = LogsData()
    resource = made.resource_logs.add()
    resource.resource.attributes.extend(attributes({"service.name": "cart"}))
    record = resource.scope_logs.add().log_records.add(time_unix_nano=AT, severity_number=9, severity_text=severity)
    record.body.string_value = body
    return made


@pytest.mark.parametrize(("sent", "signal"), [(traces(), "traces"), (logs(), "logs")], ids=["traces", "logs"])
@pytest.mark.parametrize("encoding", ["protobuf", "JSON"])
def test_another_signal_is_refused_with_a_hint(sent: TracesData | LogsData, signal: str, encoding: str) -> None:
    protobuf = encoding == "protobuf"
    decode = otlp.decode_protobuf if protobuf else otlp.decode_json
    body = sent.SerializeToString() if protobuf else MessageToJson(sent).encode()
    with pytest.raises(Invalid, match=f"export of {signal}; this URL takes metrics") as raised:
        decode(body)
    assert raised.value.code == "wrong_signal"
    assert f"OTEL_{signal.upper()}_EXPORTER=none" in str(raised.value.hint)


@given(trace_id=st.binary(min_size=16, max_size=16), name=st.text())
def test_any_trace_is_seen_to_be_one(trace_id: bytes, name: str) -> None:
    with pytest.raises(Invalid) as raised:
        otlp.decode_protobuf(traces(trace_id, name).SerializeToString())
    assert raised.value.code == "wrong_signal"


@given(body=st.text(), severity=st.text())
def test_any_log_is_seen_to_be_one(body: str, severity: str) -> None:
    with pytest.raises(Invalid) as raised:
        otlp.decode_protobuf(logs(body, severity).SerializeToString())
    assert raised.value.code == "wrong_signal"


def test_metrics_that_are_all_refused_are_metrics_still() -> None:
    batch = otlp.decode_protobuf(export(gauge("m", at=0)).SerializeToString())
    assert [one.code for one in batch.refusals] == ["timestamp_missing"]
