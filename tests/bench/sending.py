"""Sending encoded requests over connections that stay open, as fast as they are answered."""

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\nContent-Type: application/x-protobuf\r\n"
    "Content-Encoding: snappy\r\nX-Prometheus-Remote-Write-Version: 0.1.0\r\nContent-Length: {length}\r\n\r\n"
)
TIMEOUT_SECONDS = 60.0
TOO_BUSY = (429, 503)


class BadAnswerError(Exception):
    """A request was refused that should not have been."""


@dataclass(slots=True)
class Sent:
    """How sending went. `latencies` are of each request, in seconds, until its answer."""

    seconds: float = 0.0
    retries: int = 0
    latencies: list[float] = field(default_factory=list)


class Connection:
    """One keep-alive connection. Requests wait for their answers, one after the other."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._path, self._host = parts.path, parts.netloc
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""

    def post(self, body: bytes) -> tuple[int, bytes]:
        head = HEAD.format(path=self._path, host=self._host, length=len(body)).encode()
        self._socket.sendall(head + body)
        return self._answer()

    def close(self) -> None:
        self._socket.close()

    def _answer(self) -> tuple[int, bytes]:
        while b"\r\n\r\n" not in self._unread:
            self._read()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(self._unread) < length:
            self._read()
        body, self._unread = self._unread[:length], self._unread[length:]
        return status, body

    def _read(self) -> None:
        more = self._socket.recv(65_536)
        if not more:
            raise BadAnswerError("The server closed the connection.")
        self._unread += more


def send(url: str, lanes: Sequence[Sequence[bytes]]) -> Sent:
    """Send every lane over a connection of its own, in order. Raises BadAnswerError."""
    began = time.monotonic()
    with ThreadPoolExecutor(len(lanes)) as pool:
        parts = list(pool.map(partial(_send_lane, url), lanes))
    latencies = [one for part in parts for one in part.latencies]
    return Sent(time.monotonic() - began, sum(part.retries for part in parts), latencies)


def _send_lane(url: str, lane: Sequence[bytes]) -> Sent:
    sent = Sent()
    connection = Connection(url)
    for body in lane:
        began = time.monotonic()
        sent.retries += deliver(connection, body)
        sent.latencies.append(time.monotonic() - began)
    connection.close()
    return sent


def deliver(connection: Connection, body: bytes) -> int:
    """Send a request until it is taken; how often it had to be sent again. Raises BadAnswerError."""
    retries = 0
    status, answer = connection.post(body)
    while status in TOO_BUSY:
        retries += 1
        time.sleep(0.25)
        status, answer = connection.post(body)
    if not 200 <= status < 300:
        raise BadAnswerError(f"{status}: {answer[:500].decode(errors='replace')}")
    return retries
