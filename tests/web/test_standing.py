"""The real application in a process of its own: it stops quickly with screens open, and cuts off what has no end."""

import http.client
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from app.web.kinds import MIB

STREAMS = 40
STOPPED_SECONDS = 5.0


Program = tuple[subprocess.Popen[str], int]


@contextmanager
def standing() -> Iterator[Program]:
    """The application in a process of its own, and its port."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.web.standing"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
        process.kill()


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with standing() as started:
        yield started


def opened(port: int) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/live")
    response = connection.getresponse()
    assert response.status == 200
    while b"event: resync" not in response.readline():
        pass
    return connection, response


def push(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/api/v1/import/prometheus", body=b"up 1\n")
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_stop_with_open_streams_is_quick_and_finishes_what_was_begun() -> None:
    with standing() as (process, port), ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        streams = [opened(port) for _ in range(STREAMS)]
        for connection, _ in streams:
            stack.callback(connection.close)
        pushing = pool.submit(push, port)
        time.sleep(0.2)  # the push is in ingest's hands, which take half a second
        began = time.monotonic()
        process.terminate()
        endings = [response.read() for _, response in streams]
        process.wait(STOPPED_SECONDS)
        took = time.monotonic() - began
        assert process.stdout is not None
        assert process.stdout.read() == "stopped\n"
    assert all(ending.endswith(b"event: bye\ndata: {}\n\n") for ending in endings)
    assert pushing.result() == 204
    assert took < STOPPED_SECONDS


CHUNK = b"10000\r\n" + bytes(0x10000) + b"\r\n"


@pytest.mark.parametrize("path", ["/api/v1/import/prometheus", "/v1/metrics", "/api/changes"])
def test_a_body_without_an_end_is_cut_off_at_the_limit(program: Program, path: str) -> None:
    _, port = program
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(head.encode())
        sent = 0
        answer = b""
        while sent < 64 * MIB and not answer:
            client.sendall(CHUNK)
            sent += len(CHUNK)
            if select.select([client], [], [], 0)[0]:
                answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert sent < 32 * MIB


def test_forty_streams_weigh_little(program: Program) -> None:
    process, port = program
    with ExitStack() as stack:
        stack.callback(opened(port)[0].close)
        before = resident_bytes(process.pid)
        for _ in range(STREAMS):
            stack.callback(opened(port)[0].close)
        grown = resident_bytes(process.pid) - before
    assert grown / STREAMS < MIB / 8


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
