"""The transport under every outgoing request: judges the address it connects to and keeps a deadline to the second."""

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from ssl import SSLContext
from time import monotonic
from typing import Any

import httpcore2
import httpx2

from app.domain.errors import Invalid
from app.notify.outgoing_addresses import Policy

Resolve = Callable[[str, int], Sequence[str]]

DEADLINE_SECONDS = 10.0
DEADLINE = "burnline_deadline"  # the request extension that says when, by the monotonic clock, a call must be over


def resolve(host: str, port: int) -> list[str]:
    """The system's answer: every address of a name. Raises OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Transport(httpx2.BaseTransport):
    """One connection a request: nothing to keep alive, and each stream knows its own deadline."""

    def __init__(self, policy: Policy, resolve: Resolve) -> None:
        self._policy = policy
        self._resolve = resolve
        self._ssl_context = httpx2.create_ssl_context(trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        deadline = request.extensions.get(DEADLINE, monotonic() + DEADLINE_SECONDS)
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        connection = httpcore2.HTTPConnection(
            url.origin,
            ssl_context=self._ssl_context,
            network_backend=_Backend(self._policy, self._resolve, deadline),
        )
        try:
            answer = connection.handle_request(
                httpcore2.Request(request.method, url, headers=request.headers.raw, content=request.stream)
            )
        except BaseException:
            connection.close()
            raise
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Body(answer, connection))


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response, connection: httpcore2.HTTPConnection) -> None:
        self._answer = answer
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, policy: Policy, resolve: Resolve, deadline: float) -> None:
        self._policy = policy
        self._resolve = resolve
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failed: Exception | None = None
        for address in self._vetted(host, port):
            try:
                stream = httpcore2.SyncBackend().connect_tcp(address, port, timeout=_left(self._deadline))
            except httpcore2.ConnectError as error:
                failed = error
            else:
                return _Stream(stream, self._deadline)
        raise failed or httpcore2.ConnectError("it has no address")

    def _vetted(self, host: str, port: int) -> list[str]:
        """The addresses of a name that may be called. Raises Invalid when it has others only."""
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(str(error)) from error
        vetted, refused = [], None
        for address in found:
            try:
                self._policy.check(host, port, address)
            except Invalid as error:
                refused = error
            else:
                vetted.append(address)
        if refused and not vetted:
            raise refused
        return vetted


class _Stream(httpcore2.NetworkStream):
    """A stream none of whose waits outlasts the deadline: a server that trickles bytes gains no time."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline)), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    """Seconds until the deadline, at least a hair. Raises the client's timeout when it has passed."""
    left = deadline - monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("the deadline has passed")
    return left
