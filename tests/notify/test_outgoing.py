"""The client against real servers on loopback."""

import socket
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from app.domain.errors import AppError, Invalid, TooLarge, Unavailable
from app.notify import outgoing, outgoing_transport
from app.notify.outgoing_addresses import Policy, Reach
from tests.notify.servers import listening, say, serving

inside = Policy(Reach.INSIDE)
outside = Policy(Reach.OUTSIDE)


def call(
    url: str, policy: Policy = inside, *, names: dict[str, list[str]] | None = None, **options: float
) -> outgoing.Reply:
    """One GET; names are resolved from a book of ours when there is one."""
    book = names

    def look_up(host: str, port: int) -> list[str]:
        if book is None:
            return outgoing_transport.resolve(host, port)
        if host not in book:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return book[host]

    with outgoing.open_client(policy, resolve=look_up) as client:
        return outgoing.fetch(
            client,
            "GET",
            url,
            deadline_seconds=options.get("deadline_seconds", 5.0),
            limit_bytes=int(options.get("limit_bytes", 1000)),
        )


def test_an_answer_comes_back_with_status_headers_and_raw_body() -> None:
    with serving(say(418, b"\x1f\x8bshort", Content_Encoding="gzip", X_Kind="Teapot")) as origin:
        reply = call(origin)
    assert (reply.status, reply.headers["x-kind"], reply.body) == (418, "Teapot", b"\x1f\x8bshort")


def test_a_request_carries_its_method_headers_and_body_and_no_secrets_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: dict[str, str] = {}

    def answer(request: BaseHTTPRequestHandler) -> None:
        seen.update({name.lower(): value for name, value in request.headers.items()})
        seen["body"] = request.rfile.read(int(request.headers["Content-Length"])).decode()
        seen["method"] = request.command
        say(200)(request)

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serving(answer) as origin, outgoing.open_client(inside) as client:
        outgoing.fetch(client, "POST", f"{origin}/x", headers={"X-Mine": "1"}, content=b"hello")
    assert (seen["method"], seen["body"], seen["x-mine"]) == ("POST", "hello", "1")
    assert seen["user-agent"] == "Burnline"
    assert "authorization" not in seen


def test_redirects_are_answers_and_are_not_followed() -> None:
    calls = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        calls.append(request.path)
        say(302, Location="http://169.254.169.254/latest/meta-data/")(request)

    with serving(answer) as origin:
        assert call(f"{origin}/here").status == 302
    assert calls == ["/here"]


def test_cookies_are_not_kept() -> None:
    cookies = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        cookies.append(request.headers["Cookie"])
        say(200, Set_Cookie="session=1")(request)

    with serving(answer) as origin, outgoing.open_client(inside) as client:
        for _ in range(2):
            outgoing.fetch(client, "GET", origin)
    assert cookies == [None, None]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_no_spelling_of_loopback_is_called_outside(host: str) -> None:
    calls: list[str] = []
    with serving(lambda request: calls.append(request.path)) as origin:
        port = origin.rpartition(":")[2]
        with pytest.raises(AppError) as caught:
            call(f"http://{host}:{port}/", outside)
    assert caught.value.code in ("address_refused", "url_invalid", "connect_failed")
    assert calls == []


@pytest.mark.parametrize("policy", [inside, outside])
@pytest.mark.parametrize("address", ["169.254.169.254", "0.0.0.0", "::ffff:169.254.169.254", "fd00:ec2::254"])
def test_a_name_that_leads_to_a_refused_address_is_not_called(policy: Policy, address: str) -> None:
    with pytest.raises(Invalid, match=r"metrics\.example leads to") as caught:
        call("http://metrics.example/", policy, names={"metrics.example": [address]})
    assert caught.value.code == "address_refused"


def test_the_address_that_was_judged_is_the_one_connected_to() -> None:
    """A name that changes its address after the first look-up gains nothing: it is looked up once."""
    asked = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    hosts = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        hosts.append(request.headers["Host"])
        say(200)(request)

    with serving(answer) as origin, outgoing.open_client(inside, resolve=look_up) as client:
        port = origin.rpartition(":")[2]
        assert outgoing.fetch(client, "GET", f"http://metrics.example:{port}/").status == 200
    assert asked == ["metrics.example"]
    assert hosts == [f"metrics.example:{port}"]


def test_among_several_addresses_the_refused_are_left_out_and_the_dead_passed_over() -> None:
    with serving(say(200)) as origin:
        port = origin.rpartition(":")[2]
        names = {"metrics.example": ["169.254.169.254", "127.0.0.2", "127.0.0.1"]}
        assert call(f"http://metrics.example:{port}/", names=names).status == 200


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1:80", "", "http://", "http:///x", "http://[::1"]
)
def test_only_http_urls_are_called(url: str) -> None:
    with pytest.raises(AppError) as caught:
        call(url)
    assert caught.value.code in ("url_invalid", "connect_failed")


def test_a_name_that_does_not_resolve_is_said_to_be_unreachable() -> None:
    with pytest.raises(Unavailable, match=r"No connection to gone\.example: .*not known") as caught:
        call("http://gone.example/secret?token=x", names={})
    assert caught.value.code == "connect_failed"
    assert "secret" not in str(caught.value)


def test_a_closed_port_is_said_to_be_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable, match="refused"):
        call(f"http://127.0.0.1:{port}/")


def test_an_answer_over_the_limit_is_cut_off() -> None:
    with serving(say(200, b"x" * 1001)) as origin, pytest.raises(TooLarge, match="longer than 1000 bytes"):
        call(origin)


def test_an_endless_answer_is_cut_off_at_the_limit() -> None:
    def speak(caller: socket.socket) -> None:
        caller.recv(4096)
        caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                caller.sendall(b"x" * 4096)
        except OSError:
            pass

    with listening(speak) as origin, pytest.raises(TooLarge):
        call(origin)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-A: ", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"])
def test_a_server_that_trickles_gains_no_time(head: bytes) -> None:
    stop = threading.Event()

    def speak(caller: socket.socket) -> None:
        caller.recv(4096)
        try:
            caller.sendall(head)
            while not stop.wait(0.02):
                caller.sendall(b"x" if head else b"")
        except OSError:
            pass

    with listening(speak) as origin:
        with pytest.raises(Unavailable, match=r"did not answer within 0\.3 s") as caught:
            call(origin, deadline_seconds=0.3)
        stop.set()
    assert caught.value.code == "timeout"


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"])
def test_an_answer_that_is_no_http_or_breaks_off_is_said_to_be_broken(words: bytes) -> None:
    def speak(caller: socket.socket) -> None:
        caller.recv(4096)
        caller.sendall(words)

    with listening(speak) as origin, pytest.raises(Unavailable) as caught:
        call(origin)
    assert caught.value.code == "answer_broken"


def test_a_server_without_tls_on_an_https_url_is_said_to_be_unreachable() -> None:
    def speak(caller: socket.socket) -> None:
        caller.recv(4096)
        caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listening(speak) as origin, pytest.raises(Unavailable, match="No connection to 127"):
        call(origin.replace("http:", "https:"))
