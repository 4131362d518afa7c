"""Burnline as a process of its own, on a folder, to be ended or killed."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

PROGRAM = [sys.executable, "-c", "from app.cli import cli; cli()", "serve"]
START_SECONDS = 120


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def served(folder: Path) -> Iterator[int]:
    """The port of a server that ends with the block."""
    port = free_port()
    server = start(folder, port)
    try:
        yield port
    finally:
        stop(server)


def start(folder: Path, port: int, *flags: str, **env: str) -> "subprocess.Popen[bytes]":
    """A server that is ready."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BURNLINE_")}  # noqa: TID251  # of a child
    with (folder / "log").open("a", encoding="utf-8") as log:
        command = [*PROGRAM, "--port", str(port), "--data-dir", str(folder), *flags]
        server = subprocess.Popen(command, env=clean | env, stderr=log, stdout=log)
    until, said = time.monotonic() + START_SECONDS, "nothing"
    while time.monotonic() < until and server.poll() is None:
        try:
            answer = httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=5)
        except httpx2.HTTPError:
            time.sleep(0.05)
            continue
        if answer.status_code == httpx2.codes.OK:
            return server
        said = answer.text
        time.sleep(0.2)
    server.kill()
    server.wait()
    log_end = (folder / "log").read_text()[-2_000:]
    pytest.fail(f"The server did not become ready (status {server.returncode}, it said {said}): {log_end}")


def stop(server: "subprocess.Popen[bytes]") -> None:
    """End it as an operator would."""
    server.terminate()
    server.wait(30)
