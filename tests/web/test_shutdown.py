"""Stopping with screens open: streams are told at once, what was begun is answered, the process ends."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.web.kinds import MIB

STREAMS = 40
STOPPED_SECONDS = 5.0


@pytest.fixture
def program() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The application in a process of its own, and its port."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.web.standing"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
        process.kill()


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


def test_a_stop_with_open_streams_is_quick_and_finishes_what_was_begun(
    program: tuple[subprocess.Popen[str], int],
) -> None:
    process, port = program
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
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
    assert all(ending.endswith(b"event: bye\ndata: {}\n\n") for ending in endings)
    assert pushing.result() == 204
    assert process.stdout is not None
    assert process.stdout.read() == "stopped\n"
    assert took < STOPPED_SECONDS


def test_forty_streams_weigh_little(program: tuple[subprocess.Popen[str], int]) -> None:
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
