"""What clients cannot do to the server, tried with raw sockets."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from app.web import server
from app.web.edge import Limits
from tests.web import served
from tests.web.raw import Client

QUICK = Limits(head_seconds=0.3, body_seconds=0.4, idle_seconds=1, stall_seconds=0.3, linger_seconds=0.5)
GET = b"GET / HTTP/1.1\r\nHost: burnline\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: burnline\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nHost: burnline\r\nAccept: text/event-stream\r\n\r\n"

MALFORMED = {
    "two lengths": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "negative length": POST + b"Content-Length: -1\r\n\r\n",
    "length in words": POST + b"Content-Length: abc\r\n\r\n",
    "different lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "space in a name": POST + b"X A: b\r\n\r\n",
    "chunk of no size": POST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "no address": b"GET http://[ HTTP/1.1\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
}


@contextlib.contextmanager
def serving(limits: Limits = QUICK) -> Iterator[int]:
    listener = server.listen("127.0.0.1", 0)
    served.gone.clear()
    running = server.build(served.app, limits=limits)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        running.should_exit = True
        thread.join(15)
        assert not thread.is_alive()


@contextlib.contextmanager
def connected(limits: Limits = QUICK, *, receive_buffer: int | None = None) -> Iterator[Client]:
    with serving(limits) as port:
        client = Client(port, receive_buffer=receive_buffer)
        try:
            yield client
        finally:
            client.socket.close()


def left(trace: int) -> bool:
    """Whether the application has seen the client leave."""
    deadline = time.monotonic() + 8
    while trace not in served.gone and time.monotonic() < deadline:
        time.sleep(0.02)
    return trace in served.gone


def code_of(body: bytes) -> str:
    return str(json.loads(body)["error"]["code"])


def test_requests_share_a_connection_and_pipelined_ones_are_answered_in_order() -> None:
    with connected() as client:
        client.send(GET)
        assert client.answer() == (200, b"0")
        client.send(POST + b"Content-Length: 3\r\n\r\nabc" + GET.replace(b"/ ", b"/unread ", 1))
        assert client.answer() == (200, b"3")
        assert client.answer()[0] == 404


@pytest.mark.parametrize("piece", [b"X-A: b\r\n", b"\r\n"], ids=["headers", "empty lines"])
def test_a_head_that_never_ends_is_cut_off_at_its_deadline(piece: bytes) -> None:
    with connected() as client:
        client.send(GET)
        client.answer()
        started = time.monotonic()
        client.send(b"" if piece == b"\r\n" else POST)
        with contextlib.suppress(OSError):
            while time.monotonic() - started < 5:
                client.send(piece)
                time.sleep(0.05)
        assert time.monotonic() - started < 3


def test_a_slow_head_is_told_why() -> None:
    with connected() as client:
        client.send(POST)
        status, body = client.answer()
        assert (status, code_of(body)) == (408, "request_timeout")
        assert client.rest() == b""


def test_a_connection_that_says_nothing_is_closed_without_a_word() -> None:
    with connected() as client:
        assert client.rest() == b""


def test_a_connection_idle_between_requests_is_closed() -> None:
    with connected() as client:
        client.send(GET)
        client.answer()
        time.sleep(QUICK.head_seconds * 2)
        client.send(GET)
        assert client.answer() == (200, b"0")
        assert client.rest() == b""


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 100\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
    ids=["shorter than announced", "chunked"],
)
def test_a_body_that_never_ends_is_cut_off_and_the_application_told(head: bytes) -> None:
    with connected() as client:
        client.send(POST + head)
        status, body = client.answer()
        assert (status, code_of(body)) == (408, "request_timeout")
        assert client.rest() == b""
        assert left(3)


def test_a_body_that_the_application_is_slow_to_take_is_not_cut_off() -> None:
    with connected() as client:
        client.send(b"POST /busy HTTP/1.1\r\nHost: burnline\r\nContent-Length: 900000\r\n\r\n")
        client.send(b"x" * 900_000)
        assert client.answer() == (200, b"900000")


def test_an_event_stream_outlives_every_deadline() -> None:
    with connected() as client:
        client.send(STREAM)
        started = time.monotonic()
        beats = 0
        while time.monotonic() - started < 2:
            beats += client.socket.recv(65_536).count(b"event: beat")
        assert beats > 10


def test_a_client_that_takes_nothing_of_its_answer_is_dropped() -> None:
    with connected(receive_buffer=4096) as client:
        client.send(b"GET /flood HTTP/1.1\r\nHost: burnline\r\n\r\n")
        assert left(-2)


def test_a_client_that_takes_its_answer_slowly_is_not_dropped() -> None:
    with connected(receive_buffer=4096) as client:
        client.send(b"GET /flood HTTP/1.1\r\nHost: burnline\r\n\r\n")
        started = time.monotonic()
        while time.monotonic() - started < 4 * QUICK.stall_seconds:
            assert client.socket.recv(65_536)
            time.sleep(0.005)


@pytest.mark.parametrize(("headers", "status"), [(100, 200), (101, 431)])
def test_the_number_of_headers_is_bounded(headers: int, status: int) -> None:
    with connected() as client:
        client.send(GET[:-2] + b"X-A: b\r\n" * (headers - 1) + b"\r\n")
        assert client.answer()[0] == status


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 200), (64 * 1024 + 1, 431)])
def test_the_size_of_a_head_is_bounded(size: int, status: int) -> None:
    with connected() as client:
        padding = size - len(GET) - len(b"X-A: \r\n")
        client.send(GET[:-2] + b"X-A: " + b"b" * padding + b"\r\n\r\n")
        assert client.answer()[0] == status


def test_the_length_of_an_address_is_bounded() -> None:
    with connected() as client:
        client.send(GET.replace(b"/ ", b"/" + b"a" * 16_384 + b" ", 1))
        status, body = client.answer()
        assert (status, code_of(body)) == (414, "url_too_long")


def test_an_endless_body_is_refused_at_the_limit_and_the_refusal_arrives() -> None:
    with connected() as client:
        client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(64):
                client.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        assert client.answer() == (413, b"too large")


def test_an_answer_before_the_end_of_the_body_ends_the_connection() -> None:
    with connected() as client:
        client.send(b"POST /unread HTTP/1.1\r\nHost: burnline\r\nContent-Length: 100\r\n\r\nabc")
        assert client.answer()[0] == 404
        assert client.rest() == b""


@pytest.mark.parametrize("head", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_request_is_refused_in_our_own_shape(head: bytes) -> None:
    with connected() as client:
        client.send(head)
        status, body = client.answer()
        assert (status, code_of(body)) == (400, "request_malformed")
        assert client.rest() == b""


def test_trailers_are_bounded_and_never_become_headers() -> None:
    with serving(replace(QUICK, body_seconds=30)) as port:
        client = Client(port)
        client.send(POST.replace(b"/ ", b"/headers ", 1) + b"Transfer-Encoding: chunked\r\n\r\n")
        client.send(b"1\r\na\r\n0\r\nAuthorization: me\r\n\r\n")
        assert client.answer() == (200, b"host,transfer-encoding")
        client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: ")
        with contextlib.suppress(OSError):
            for _ in range(64):
                client.send(b"x" * 65_536)
        status, body = client.answer()
        assert (status, code_of(body)) == (431, "headers_too_large")
        client.socket.close()


def test_an_offer_to_upgrade_is_declined() -> None:
    with connected() as client:
        client.send(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert client.answer() == (200, b"0")


def test_a_flood_of_pipelined_requests_is_cut_off() -> None:
    with connected() as client:
        client.send(STREAM)
        client.socket.recv(100)
        client.send(GET * (QUICK.pipelined + 1))
        with contextlib.suppress(ConnectionResetError):
            client.rest()
        assert left(-1)


def test_one_connection_cannot_fill_the_memory() -> None:
    with program() as (process, port):
        Client(port).socket.close()
        before = psutil.Process(process.pid).memory_info().rss
        client = Client(port)
        client.send(POST + b"X-A: ")
        with contextlib.suppress(OSError):
            for _ in range(64):
                client.send(b"x" * 1024 * 1024)
        grown = psutil.Process(process.pid).memory_info().rss - before
        client.socket.close()
        assert grown < 5 * 1024 * 1024


def test_a_stop_finishes_what_was_begun_and_ends_event_streams() -> None:
    with program() as (process, port):
        idle, stream, working = Client(port), Client(port), Client(port)
        stream.send(STREAM)
        stream.socket.recv(100)
        working.send(b"POST /busy HTTP/1.1\r\nHost: burnline\r\nContent-Length: 3\r\n\r\nabc")
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert working.answer() == (200, b"3")
        assert b"beat" in stream.rest()
        assert idle.rest() == b""
        out, _ = process.communicate(timeout=10)
        assert (process.returncode, out) == (0, "stopped\n")
        for client in (idle, stream, working):
            client.socket.close()


def test_an_address_that_is_taken_is_an_error_before_anything_starts() -> None:
    with server.listen("127.0.0.1", 0) as taken, pytest.raises(OSError, match="in use"):
        server.listen("127.0.0.1", taken.getsockname()[1])


@contextlib.contextmanager
def program() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The test application as a process of its own, with the limits that ship."""
    command = [sys.executable, "-m", "tests.web.served"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()
