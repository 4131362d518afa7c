from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from app.config import Settings
from app.web import app as web
from app.web.deps import App

HOSTS = {
    "localhost": ("localhost", 200),
    "localhost with a port": ("localhost:8000", 200),
    "an IPv4 address": ("127.0.0.1:8000", 200),
    "an IPv6 address": ("[::1]:8000", 200),
    "another machine's address": ("192.168.1.7", 200),
    "the address people use": ("burnline.example.com", 200),
    "the same in capitals, with the root's dot": ("BURNLINE.example.com.", 200),
    "a name somebody bound to our address": ("evil.example", 400),
    "a port beyond the last": ("localhost:99999", 400),
    "a path": ("evil/..", 400),
    "nothing": ("", 400),
    "half an IPv6 address": ("[::1", 400),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, public_url="http://burnline.example.com")


@pytest.mark.parametrize(("host", "status"), HOSTS.values(), ids=HOSTS)
def test_a_server_on_this_machine_answers_to_names_that_cannot_be_rebound(
    client: TestClient, host: str, status: int
) -> None:
    for _ in range(2):
        assert client.get("/healthz", headers={"Host": host}).status_code == status


def test_a_server_on_the_network_answers_to_any_well_formed_name(burnline: App) -> None:
    burnline.settings = replace(burnline.settings, host="0.0.0.0")
    with TestClient(web.create(burnline), base_url="http://burnline-7c9f.internal") as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/healthz", headers={"Host": "a b"}).status_code == 400


ORIGINS = {
    "a machine says nothing": ({}, True),
    "our own page": ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, True),
    "an address typed in": ({"Sec-Fetch-Site": "none"}, True),
    "an old browser on our page": ({"Origin": "http://localhost"}, True),
    "an old browser on the public address": ({"Origin": "http://burnline.example.com"}, True),
    "another site": ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, False),
    "a neighbour on our domain": ({"Sec-Fetch-Site": "same-site", "Origin": "http://x.localhost"}, False),
    "an old browser on another site": ({"Origin": "https://evil.example"}, False),
    "the same host by another scheme": ({"Origin": "https://localhost"}, False),
    "a sandboxed frame": ({"Origin": "null"}, False),
    "a sandboxed frame that claims to be typed in": ({"Sec-Fetch-Site": "none", "Origin": "null"}, False),
    "another site with a token of its own": ({"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer x"}, True),
}


@pytest.mark.parametrize("path", ["/api/v1/import/prometheus", "/v1/metrics", "/api/nothing", "/nothing"])
@pytest.mark.parametrize(("headers", "passes"), ORIGINS.values(), ids=ORIGINS)
def test_an_unsafe_request_of_another_site_is_refused_on_every_route(
    client: TestClient, headers: dict[str, str], path: str, *, passes: bool
) -> None:
    response = client.post(path, headers=headers)
    assert (response.status_code != 403) is passes
    if not passes:
        assert response.json()["error"]["code"] == "cross_site"


def test_a_safe_request_of_another_site_passes(client: TestClient) -> None:
    assert client.get("/healthz", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def streamed() -> Iterator[bytes]:
    """9 MiB in pieces, without a Content-Length."""
    for _ in range(9 * 16):
        yield bytes(65536)


LIMITS = {"/api/nothing": 1 << 20, "/nothing": 256 << 10}


@pytest.mark.parametrize(("path", "limit"), LIMITS.items())
def test_a_body_over_its_kind_s_limit_is_413(client: TestClient, path: str, limit: int) -> None:
    fits, over = (client.post(path, content=bytes(size)) for size in (limit, limit + 1))
    assert fits.status_code == 404
    assert (over.status_code, over.json()["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/api/nothing", "/nothing", "/api/v1/import/prometheus"])
def test_a_body_without_a_length_is_cut_at_the_limit(client: TestClient, path: str) -> None:
    assert client.post(path, content=streamed()).status_code == 413


def test_operations_and_streams_take_no_body(client: TestClient) -> None:
    assert client.request("GET", "/live/poll", content=b"x").status_code == 413


BODIES = {
    "an unfinished object": b'{"a":',
    "not a number": b'{"a":NaN}',
    "a number beyond all": b'{"a":1e999}',
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a hundred thousand brackets": b"[" * 100_000,
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "five thousand digits": b'{"a":' + b"9" * 5000 + b"e999}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_what_is_no_json_never_reaches_a_route(client: TestClient, body: bytes) -> None:
    response = client.post("/api/nothing", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "json_invalid")


def test_a_doubled_parameter_is_refused(client: TestClient) -> None:
    response = client.get("/api/nothing?a=1&b=2&%61=3")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "duplicate_param")


def test_a_doubled_header_is_refused(client: TestClient) -> None:
    doubled = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]
    response = client.get("/api/nothing", headers=doubled)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "duplicate_header")


def test_head_is_get_without_the_body(client: TestClient) -> None:
    get, head = client.get("/healthz"), client.head("/healthz")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]


def test_an_unknown_method_is_405_and_says_what_is_known(client: TestClient) -> None:
    response = client.request("TRACE", "/healthz")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"
