"""Reading as a browser does: pages over a connection that stays open, and the live stream."""

import http.client
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One page. `size_bytes` is of the body as it came over the wire, compressed."""

    seconds: float
    size_bytes: int


def visits(base: str, paths: Sequence[str], *, a_second: float | None = None) -> list[Visit]:
    """One reader asks for each page in turn, at once or so many a second, over one connection."""
    connection = _connect(base)
    found = []
    due = time.monotonic()
    for path in paths:
        if a_second is not None:
            time.sleep(max(0.0, due - time.monotonic()))
            due += 1 / a_second
        found.append(_visit(connection, path))
    connection.close()
    return found


def _visit(connection: http.client.HTTPConnection, path: str) -> Visit:
    began = time.monotonic()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == http.client.OK, (path, answer.status, body[:200])
    return Visit(time.monotonic() - began, len(body))


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of the live stream and when it came (of time.monotonic)."""

    at: float
    name: str
    data: dict[str, Any]


class Stream:
    """A live stream that is read as long as its context lasts; what it carried stands in `heard`."""

    def __init__(self, base: str) -> None:
        self.heard: list[Heard] = []
        self._connection = _connect(base)
        self._thread = Thread(target=self._read, name="stream", daemon=True)

    def __enter__(self) -> Self:
        self._connection.request("GET", "/live")
        # Kept: when the answer is one that ends with the connection, http.client hands the socket over to it.
        self._socket = self._connection.sock
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()

    def _read(self) -> None:
        try:
            self.heard.extend(_events(self._connection.getresponse()))
        except (OSError, http.client.HTTPException):
            return  # hung up


def _events(answer: http.client.HTTPResponse) -> Iterator[Heard]:
    name = ""
    for line in answer:
        field, _, text = line.partition(b": ")
        if field == b"event":
            name = text.strip().decode()
        elif field == b"data":
            yield Heard(time.monotonic(), name, orjson.loads(text))


def _connect(base: str) -> http.client.HTTPConnection:
    parts = urlsplit(base)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
