"""What is wrong with a request before its samples are looked at: exact status and code, on every ingest address."""

import gzip
import struct
import zlib
from dataclasses import dataclass

import cramjam
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsPartialSuccess
from starlette.testclient import TestClient

from app.web.deps import App
from tests.web.test_ingest import ROUTES, Route, each_route, send

MIB = 1 << 20
REMOTE_WRITE = "/api/v1/write"
PACKED = [name for name, route in ROUTES.items() if route.path != REMOTE_WRITE]  # these take gzip, zstd, deflate


def codes(burnline: App) -> list[str]:
    """The reasons whole requests were refused for."""
    numbers = dict(burnline.counters.numbers())
    return [dict(tags)["reason"] for tags in numbers.get("burnline_ingest_refused_requests_total", {})]


@each_route
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_another_method_is_405_and_says_which_is_right(client: TestClient, route: Route, method: str) -> None:
    response = client.request(method, route.path)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


EMPTY = {"remote write 1.0": 204, "OTLP protobuf": 200, "OTLP JSON": 400, "text": 400, "our JSON": 400}


@pytest.mark.parametrize(("name", "status"), EMPTY.items())
def test_an_empty_body_is_refused_where_it_means_nothing(client: TestClient, name: str, status: int) -> None:
    empty = cramjam.snappy.compress_raw(b"") if name == "remote write 1.0" else b""
    assert send(client, ROUTES[name], content=bytes(empty)).status_code == status


@each_route
def test_a_body_over_the_limit_is_refused_and_remote_write_is_not_told_413(
    client: TestClient, burnline: App, route: Route
) -> None:
    response = send(client, route, content=bytes(8 * MIB + 1))
    assert response.status_code == (400 if route.path == REMOTE_WRITE else 413)
    assert "8 MiB" in response.text
    assert codes(burnline) == ["body_too_large"]


@each_route
def test_an_announced_length_over_the_limit_is_refused_unread(client: TestClient, route: Route) -> None:
    headers = {**route.headers, "Content-Length": str(1 << 40)}
    assert send(client, route, headers=headers).status_code in (400, 413)


@each_route
@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "aws-chunked", "x" * 300])
def test_an_encoding_that_is_not_spoken_is_415(client: TestClient, burnline: App, route: Route, encoding: str) -> None:
    response = send(client, route, headers={**route.headers, "Content-Encoding": encoding})
    assert response.status_code == 415
    assert codes(burnline) == ["encoding_unsupported"]
    assert "snappy" in response.text
    assert len(response.text) < 600


@each_route
def test_an_encoding_named_twice_is_a_stack_of_two(client: TestClient, route: Route) -> None:
    doubled = [*route.plain().items(), ("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")]
    assert send(client, route, headers=doubled).status_code == 415


GZIPPED = gzip.compress(b"up 1\n" * 50)
DAMAGED = {
    "not gzip at all": b"up 1\n",
    "cut short": GZIPPED[:-12],
    "a wrong checksum": GZIPPED[:-8] + b"\0\0\0\0" + GZIPPED[-4:],
    "something behind it": GZIPPED + b"garbage",
    "a second member behind it": GZIPPED + GZIPPED,
}


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_body_is_400(client: TestClient, burnline: App, name: str, body: bytes) -> None:
    headers = {**ROUTES[name].headers, "Content-Encoding": "gzip"}
    assert send(client, ROUTES[name], content=body, headers=headers).status_code == 400
    assert codes(burnline) == ["decompress_failed"]


@dataclass(frozen=True)
class Bomb:
    encoding: str
    body: bytes


BOMBS = {
    "gzip of 64 MiB": Bomb("gzip", gzip.compress(bytes(64 * MIB))),
    "deflate of 64 MiB": Bomb("deflate", zlib.compress(bytes(64 * MIB))),
    "zstd of 64 MiB": Bomb("zstd", bytes(cramjam.zstd.compress(bytes(64 * MIB), level=1))),
    "snappy of 64 MiB": Bomb("snappy", bytes(cramjam.snappy.compress_raw(bytes(64 * MIB)))),
    "snappy that claims 4 GiB in five bytes": Bomb("snappy", b"\xff\xff\xff\xff\x0f"),
}


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_413_before_it_goes_off(client: TestClient, burnline: App, name: str, bomb: Bomb) -> None:
    headers = {**ROUTES[name].headers, "Content-Encoding": bomb.encoding}
    assert send(client, ROUTES[name], content=bomb.body, headers=headers).status_code == 413
    assert codes(burnline) == ["decoded_too_large"]


@pytest.mark.parametrize("name", ["remote write 1.0", "remote write 2.0"])
@pytest.mark.parametrize("bomb", [bomb for bomb in BOMBS.values() if bomb.encoding == "snappy"])
def test_a_bomb_in_remote_write_is_400(client: TestClient, burnline: App, name: str, bomb: Bomb) -> None:
    assert send(client, ROUTES[name], content=bomb.body).status_code == 400
    assert codes(burnline) == ["decoded_too_large"]


def test_a_zstd_window_of_2_gib_is_refused(client: TestClient) -> None:
    frame = struct.pack("<I", 0xFD2FB528) + bytes([0x00, 0xA8]) + b"\x01\x00\x00"
    headers = {"Content-Type": "text/plain", "Content-Encoding": "zstd"}
    assert send(client, ROUTES["text"], content=frame, headers=headers).status_code in (400, 413)


def test_framed_snappy_is_400_and_says_which_form_is_meant(client: TestClient, burnline: App) -> None:
    framed = bytes(cramjam.snappy.compress(b"\0" * 100))
    response = send(client, ROUTES["remote write 2.0"], content=framed)
    assert (response.status_code, codes(burnline)) == (400, ["snappy_framed"])
    assert "block format" in response.text


WRONG_TYPES = dict.fromkeys(ROUTES, "image/png") | {"our JSON": "text/plain", "remote write 1.0": "text/plain"}


@pytest.mark.parametrize(("name", "content_type"), WRONG_TYPES.items())
def test_a_content_type_that_is_not_spoken_is_415(
    client: TestClient, burnline: App, name: str, content_type: str
) -> None:
    response = send(client, ROUTES[name], headers={**ROUTES[name].headers, "Content-Type": content_type})
    assert (response.status_code, codes(burnline)) == (415, ["content_type_unsupported"])


def test_each_remote_write_message_under_the_other_s_name_is_400(client: TestClient, burnline: App) -> None:
    one, two = ROUTES["remote write 1.0"], ROUTES["remote write 2.0"]
    for body, headers in ((one.body, two.headers), (two.body, one.headers)):
        response = client.post(REMOTE_WRITE, content=body, headers=headers)
        assert response.status_code == 400
    assert codes(burnline) == ["proto_mismatch"]


def test_random_bytes_are_no_protobuf(client: TestClient, burnline: App) -> None:
    noise = bytes(range(256)) * 4
    assert send(client, ROUTES["OTLP protobuf"], content=noise).status_code == 400
    noise = bytes(cramjam.snappy.compress_raw(noise))
    assert send(client, ROUTES["remote write 2.0"], content=noise).status_code == 400
    assert set(codes(burnline)) == {"proto_decode"}


def test_four_million_empty_series_are_refused_before_they_are_built(client: TestClient, burnline: App) -> None:
    flood = bytes(cramjam.snappy.compress_raw(b"\x0a\x00" * (4 * MIB)))
    assert send(client, ROUTES["remote write 1.0"], content=flood).status_code == 400
    assert send(client, ROUTES["OTLP protobuf"], content=b"\x0a\x00" * (4 * MIB - 1)).status_code == 413
    assert set(codes(burnline)) == {"too_many_series"}


@each_route
def test_two_authorizations_are_refused(client: TestClient, route: Route) -> None:
    doubled = [*route.headers.items(), ("Authorization", "Bearer a"), ("Authorization", "Bearer b")]
    response = send(client, route, headers=doubled)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "duplicate_header")


@each_route
@pytest.mark.parametrize("host", ["evil/..", "", "localhost:99999", "evil.example"])
def test_a_host_that_is_not_ours_is_refused(client: TestClient, route: Route, host: str) -> None:
    assert send(client, route, headers={**route.headers, "Host": host}).status_code == 400


def test_an_otlp_refusal_is_a_google_rpc_status(client: TestClient) -> None:
    response = send(client, ROUTES["OTLP protobuf"], content=b"\xff")
    told = ExportMetricsPartialSuccess.FromString(response.content)
    assert told.rejected_data_points == 3, "INVALID_ARGUMENT"
    assert "protobuf" in told.error_message
    response = send(client, ROUTES["OTLP JSON"], content=b"{")
    assert response.json()["code"] == 3


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs", "/api/v1/push", "/write"])
def test_other_signals_addresses_are_not_there(client: TestClient, path: str) -> None:
    assert client.post(path, content=b"x").status_code == 404
