"""The four protocols through the front door: what is answered when all, a part or nothing of a body is taken."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cramjam
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsPartialSuccess,
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from starlette.testclient import TestClient

from app.actions.screen import Accepted
from app.domain.errors import Unavailable
from app.domain.samples import Refusal, SampleBatch
from app.web import app as web
from app.web import ingest as intake
from app.web.deps import App
from app.wire.metrics import json_samples
from tests.web.conftest import NOW, NullIngest
from tests.wire.metrics.remote_write_cases import COMPLIANCE, UP_OF_A_JOB, V1_TYPE, V2_TYPE, Case, one
from tests.wire.metrics.remote_write_own_cases import OWN, one_by_v1

NOW_MS = int(NOW.timestamp() * 1000)
WRITTEN = "x-prometheus-remote-write-"
SNAPPY = {"Content-Type": V2_TYPE, "Content-Encoding": "snappy"}


def export(value: float = 1.0, *, name: str = "up") -> ExportMetricsServiceRequest:
    """An OTLP export of one gauge point now."""
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name=name)
    metric.gauge.data_points.add(time_unix_nano=NOW_MS * 1_000_000, as_double=value)
    return request


@dataclass(frozen=True)
class Route:
    """A good request to one address, and how success is told there."""

    path: str
    headers: dict[str, str]
    body: bytes
    taken: int

    def plain(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name != "Content-Encoding"}


ROUTES = {
    "remote write 2.0": Route(
        "/api/v1/write", SNAPPY, bytes(cramjam.snappy.compress_raw(one(UP_OF_A_JOB)(NOW_MS))), 204
    ),
    "remote write 1.0": Route(
        "/api/v1/write",
        {"Content-Type": V1_TYPE, "Content-Encoding": "snappy"},
        bytes(cramjam.snappy.compress_raw(one_by_v1(UP_OF_A_JOB)(NOW_MS))),
        204,
    ),
    "OTLP protobuf": Route(
        "/v1/metrics", {"Content-Type": "application/x-protobuf"}, export().SerializeToString(), 200
    ),
    "OTLP JSON": Route(
        "/otlp/v1/metrics",
        {"Content-Type": "application/json"},
        b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"up","gauge":{"dataPoints":'
        b'[{"timeUnixNano":"%d","asDouble":1}]}}]}]}]}' % (NOW_MS * 1_000_000),
        200,
    ),
    "text": Route("/api/v1/import/prometheus", {"Content-Type": "text/plain"}, b'up{job="a"} 1\n', 204),
    "OpenMetrics": Route(
        "/api/v1/import/prometheus",
        {"Content-Type": "application/openmetrics-text"},
        b"# TYPE up gauge\nup 1\n# EOF\n",
        204,
    ),
    "our JSON": Route("/api/samples", {"Content-Type": "application/json"}, b'{"metric":"up","value":1}', 200),
}
each_route = pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)


def send(client: TestClient, route: Route, **changed: Any) -> Any:
    return client.post(route.path, **{"content": route.body, "headers": route.headers, **changed})


@each_route
def test_a_good_body_is_taken_and_answered_as_its_protocol_does(
    client: TestClient, ingest: NullIngest, route: Route
) -> None:
    response = send(client, route)
    assert response.status_code == route.taken
    assert len(ingest.batches) == 1
    assert len(ingest.batches[0]) == 1
    assert "x-request-id" in response.headers


@each_route
def test_the_same_body_in_gzip_is_taken_where_the_protocol_knows_it(
    client: TestClient, ingest: NullIngest, route: Route
) -> None:
    headers = {**route.headers, "Content-Encoding": "gzip"}
    response = send(client, route, content=gzip.compress(route.body), headers=headers)
    speaks_gzip = route.path != "/api/v1/write"
    assert response.status_code == (route.taken if speaks_gzip else 415)
    assert len(ingest.batches) == speaks_gzip


@each_route
def test_a_body_in_pieces_without_a_length_is_taken(client: TestClient, ingest: NullIngest, route: Route) -> None:
    pieces = (bytes([byte]) for byte in route.body)
    assert send(client, route, content=pieces).status_code == route.taken
    assert len(ingest.batches) == 1


@pytest.mark.parametrize("case", [*COMPLIANCE, *OWN], ids=lambda case: case.name)
def test_remote_write_complies(client: TestClient, case: Case) -> None:
    response = client.post("/api/v1/write", content=case.body(NOW_MS), headers=case.headers())
    assert response.status_code == case.status
    assert (response.content == b"") is case.accepted
    told = {name: value for name, value in response.headers.items() if name.startswith(WRITTEN)}
    if "io.prometheus.write.v2.Request" in case.content_type and case.status != 415:
        counts = {"samples": case.samples, "histograms": case.histograms, "exemplars": case.exemplars}
        assert told == {f"{WRITTEN}{what}-written": str(count) for what, count in counts.items()}
    else:
        assert told == {}


@pytest.mark.parametrize("name", ["OTLP protobuf", "OTLP JSON"])
def test_otlp_is_answered_in_the_encoding_it_spoke(client: TestClient, name: str) -> None:
    route = ROUTES[name]
    response = send(client, route)
    assert response.headers["content-type"] == route.headers["Content-Type"]
    assert response.content == (b"" if name == "OTLP protobuf" else b"{}")


@dataclass
class Picky(NullIngest):
    """Refuses one sample of every batch, as screening does."""

    def write(self, batch: SampleBatch, *, source: str, now_ms: int) -> Accepted:
        super().write(batch, source=source, now_ms=now_ms)
        return Accepted(len(batch) - 1, 0, 0, 0, (Refusal("timestamp_future", "up is 11 min ahead."),))


PARTS = dict.fromkeys(("remote write 2.0", "remote write 1.0", "text", "OpenMetrics"), 400)
PARTS |= {"OTLP protobuf": 200, "OTLP JSON": 200, "our JSON": 422}


@pytest.fixture
def picky(burnline: App) -> Iterator[TestClient]:
    burnline.ingest = Picky()
    with TestClient(web.create(burnline), base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize(("name", "status"), PARTS.items())
def test_a_part_that_is_left_out_is_named(picky: TestClient, name: str, status: int) -> None:
    response = send(picky, ROUTES[name])
    assert response.status_code == status
    assert b"up is 11 min ahead." in response.content
    if name == "remote write 2.0":
        assert response.headers[f"{WRITTEN}samples-written"] == "0"
    if name == "OTLP protobuf":
        partial = ExportMetricsServiceResponse.FromString(response.content).partial_success
        assert partial.rejected_data_points == 1


TROUBLE = {
    "the database is away": (
        Unavailable("The database is away.", code="database_unavailable"),
        "The database is away.",
    ),
    "nobody foresaw it": (RuntimeError("secret"), "The samples could not be stored; send them again."),
}


@each_route
@pytest.mark.parametrize(("trouble", "message"), TROUBLE.values(), ids=TROUBLE)
def test_trouble_in_the_store_is_503_and_when_to_come_again(
    client: TestClient, ingest: NullIngest, route: Route, trouble: Exception, message: str
) -> None:
    ingest.trouble = trouble
    response = send(client, route)
    assert response.status_code == 503
    assert 1 <= int(response.headers["retry-after"]) <= 5
    assert message in response.text
    assert "secret" not in response.text
    if route.headers["Content-Type"] == "application/x-protobuf" and route.path == "/v1/metrics":
        # google.rpc.Status: 1 is the code (14: UNAVAILABLE), 2 the message. On the wire as this message has it.
        status = ExportMetricsPartialSuccess.FromString(response.content)
        assert (status.rejected_data_points, status.error_message) == (14, message)


def test_a_body_our_decoder_trips_over_is_not_asked_for_again(
    client: TestClient, burnline: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(_body: bytes, *, now_ms: int) -> SampleBatch:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(json_samples, "decode", trip)
    response = send(client, ROUTES["our JSON"])
    assert (response.status_code, response.json()["error"]["code"]) == (400, "undecodable")
    assert "secret" not in response.text
    assert burnline.counters.value("burnline_unexpected_errors_total", kind="ingest") == 1


def test_overload_is_told_before_anything_is_decoded(
    client: TestClient, ingest: NullIngest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_WAITING", 0)
    response = send(client, ROUTES["remote write 2.0"], content=b"\xff" * 100)
    assert response.status_code == 503
    assert 1 <= int(response.headers["retry-after"]) <= 5
    assert ingest.batches == []


def test_too_many_bytes_at_once_are_overload_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_BYTES", 10)
    assert send(client, ROUTES["text"]).status_code == 503
    monkeypatch.setattr(intake, "MOST_BYTES", 100)
    assert send(client, ROUTES["text"]).status_code == 204, "what was held is given back"


def test_requests_that_wait_for_the_disk_do_not_keep_others_from_being_decoded(burnline: App) -> None:
    together = threading.Barrier(2 * intake.THREADS + 1, timeout=10)

    class Slow(NullIngest):
        def write(self, batch: SampleBatch, *, source: str, now_ms: int) -> Accepted:
            together.wait()
            return super().write(batch, source=source, now_ms=now_ms)

    burnline.ingest = slow = Slow()
    with TestClient(web.create(burnline), base_url="http://localhost") as client:
        senders = [threading.Thread(target=send, args=(client, ROUTES["text"])) for _ in range(2 * intake.THREADS)]
        for sender in senders:
            sender.start()
        together.wait()
        for sender in senders:
            sender.join()
    assert len(slow.batches) == 2 * intake.THREADS


def test_labels_for_a_whole_text_body_come_in_the_address(client: TestClient, ingest: NullIngest) -> None:
    response = client.post(
        "/api/v1/import/prometheus?extra_label=job=a&extra_label=env=b", content=b"up 1\n", headers={}
    )
    assert response.status_code == 204
    batch = ingest.batches[0]
    assert batch.directory.key(int(batch.series[0])).labels == (("env", "b"), ("job", "a"))


def test_our_json_says_what_was_taken_and_why_the_rest_was_not(client: TestClient, ingest: NullIngest) -> None:
    good = {"metric": "up", "value": 1}
    response = client.post("/api/samples", json={"samples": [good, {"metric": "up", "value": "NaN"}]})
    assert response.status_code == 422
    told = response.json()
    assert (told["accepted"], told["refused"]) == (1, 1)
    assert (told["errors"][0]["index"], told["errors"][0]["field"]) == (1, "value")
    assert len(ingest.batches[0]) == 1


def test_requests_are_counted_by_source_and_status(client: TestClient, burnline: App) -> None:
    send(client, ROUTES["text"])
    client.post("/api/v1/import/prometheus", content=b"")
    counters = burnline.counters
    assert counters.value("burnline_ingest_requests_total", source="text", status="204") == 1
    assert counters.value("burnline_ingest_requests_total", source="text", status="400") == 1
    assert counters.value("burnline_ingest_refused_requests_total", source="text", reason="empty_body") == 1
    assert counters.value("burnline_ingest_bytes_total", source="text") == len(ROUTES["text"].body)
