"""What a client may take of the server's time and memory before a route ever sees it.

uvicorn bounds none of it: a socket that never finishes its head or its body stays open for ever (uvicorn#157), a head
may be 64 MiB long (uvicorn#2019). `Edge` adds deadlines and limits to its httptools protocol; why not to its h11 one
stands in docs/decisions/0002-http-parser.md.
"""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.web import envelope, errors
from app.web.errors import Problem

EVENT_STREAM = b"text/event-stream"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes a connection may take. `stop_seconds` is how long open requests may still take at a stop."""

    head_seconds: float = 10
    body_seconds: float = 30
    idle_seconds: int = 15
    stall_seconds: float = 10  # a client takes nothing of the answer
    linger_seconds: float = 1  # we have answered, the client is still sending
    stop_seconds: int = 8
    header_bytes: int = 64 * 1024  # request line included
    headers: int = 100
    url_bytes: int = 8 * 1024
    pipelined: int = 16


class Phase(Enum):
    """What a connection is waiting for."""

    IDLE = auto()  # the first byte of the next request; uvicorn's keep-alive timer runs
    HEAD = auto()  # the rest of a head
    BODY = auto()  # the rest of a body
    ANSWER = auto()  # our application
    LINGER = auto()  # the client, to read why it was cut off


class Edge(HttpToolsProtocol):
    """One connection."""

    limits: ClassVar[Limits] = Limits()
    serving: RequestResponseCycle | None = None  # uvicorn's `cycle` is the newest request, which may be waiting in line

    # ---- what the client does

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        self._direct = transport
        self._phase = Phase.HEAD
        self._overhead = 0  # bytes since the last one of a body: head, sizes of chunks, trailers
        self._unanswered = 0
        self._timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None
        self._problem: Problem | None = None
        super().connection_made(PoliteTransport(transport, self))
        self._watch()

    def data_received(self, data: bytes) -> None:
        if self._phase is Phase.IDLE:
            self._enter(Phase.HEAD)
        limit = self.limits.header_bytes
        while data and self._phase is not Phase.LINGER:
            piece = data[: limit - self._overhead] if self._phase is Phase.HEAD else data
            self._overhead += len(piece)
            data = data[len(piece) :]
            if piece:
                super().data_received(piece)
            if not piece or self._overhead > limit:
                message = f"The head or the trailers of the request are longer than {limit // 1024} KiB."
                self.refuse(Problem(431, "headers_too_large", message))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._enter(Phase.IDLE)
        self._stop_stall_timer()
        if self.serving is not None and not self.serving.response_complete:
            self._abandon(self.serving)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_stall()

    def resume_writing(self) -> None:
        self._stop_stall_timer()
        if self._direct.is_closing():
            self._watch_stall()
        super().resume_writing()

    def shutdown(self) -> None:
        """The server stops: event streams end at once, their pages connect again; other answers are finished."""
        cycle = self.serving
        if cycle is not None and not cycle.response_complete and (b"accept", EVENT_STREAM) in cycle.scope["headers"]:
            self._direct.close()
        else:
            super().shutdown()

    # ---- what the parser has found

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._phase is Phase.ANSWER:  # pipelined
            self._enter(Phase.HEAD)

    def on_headers_complete(self) -> None:
        self._problem = self._excess()
        if self._problem is not None:
            raise ValueError(self._problem.code)  # stops the parser, which makes uvicorn call send_400_response
        super().on_headers_complete()
        self.headers = []  # trailers are no headers: the application must not find them among those
        self._unanswered += 1
        self._enter(Phase.BODY)
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False  # there is nothing to upgrade to, and the parser goes no further

    def on_body(self, body: bytes) -> None:
        self._overhead = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._phase is Phase.BODY:
            self._enter(Phase.ANSWER)

    def on_response_complete(self) -> None:
        self._unanswered -= 1
        if self._phase is Phase.BODY and self._unanswered == 0:
            self.linger()
        elif self._phase is Phase.ANSWER and self._unanswered == 0:
            self._enter(Phase.IDLE)
        super().on_response_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.serving = cycle
        super()._start_asgi_task(cycle, app)

    def _excess(self) -> Problem | None:
        limits = self.limits
        if len(self.url) > limits.url_bytes:
            return Problem(414, "url_too_long", f"The address is longer than {limits.url_bytes // 1024} KiB.")
        if len(self.headers) > limits.headers:
            return Problem(431, "headers_too_many", f"The request has more than {limits.headers} headers.")
        if self._unanswered >= limits.pipelined:
            return Problem(429, "too_many_requests", "Wait for answers before you send more requests.")
        return None

    def send_400_response(self, msg: str) -> None:
        """uvicorn calls this for whatever its parser refuses."""
        self.refuse(self._problem or Problem(400, "request_malformed", "That is not a valid HTTP request."))

    # ---- what is done about it

    def refuse(self, problem: Problem) -> None:
        """Answer instead of the application and hang up; only hang up where an answer is on its way already."""
        if self._phase is Phase.LINGER:
            return
        waiting = self.serving if self._phase is Phase.BODY else None
        if self._unanswered > (1 if waiting else 0) or (waiting and waiting.response_started):
            self._direct.abort()
            return
        self._direct.write(_answer(problem))
        if waiting:
            self._abandon(waiting)
        self.linger()

    def _abandon(self, cycle: RequestResponseCycle) -> None:
        """Tell the application that its client has gone."""
        cycle.disconnected = True
        cycle.message_event.set()

    def _unsupported_upgrade_warning(self) -> None:
        """Nobody needs to hear of it: the answer is an ordinary one."""

    def linger(self) -> None:
        """Hang up in a way that lets the client read our answer: closing at once while it sends would reset it."""
        if self._phase is Phase.LINGER or self._direct.is_closing():
            return
        self._enter(Phase.LINGER)
        if self._direct.can_write_eof():
            self._direct.write_eof()
        self.flow.resume_reading()
        self._timer = self.loop.call_later(self.limits.linger_seconds, self._direct.abort)

    @property
    def lingering(self) -> bool:
        return self._phase is Phase.LINGER

    def close(self) -> None:
        """Close once all is written, or at once when the client does not take it."""
        if self._phase is Phase.BODY:
            self.linger()
        elif self._phase is not Phase.LINGER:
            self._direct.close()
            self._watch_stall()

    # ---- timers

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._overhead = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch(self) -> None:
        """Start the deadline of a head or body that did not arrive in one piece."""
        if self._timer is None and self._phase in (Phase.HEAD, Phase.BODY):
            seconds = self.limits.head_seconds if self._phase is Phase.HEAD else self.limits.body_seconds
            self._timer = self.loop.call_later(seconds, self._overdue)

    def _overdue(self) -> None:
        self._timer = None
        if self._phase is Phase.BODY and self.flow.read_paused:
            self._watch()  # we do not take what the client has to send: that is not its fault
        elif self._phase is Phase.HEAD and self._overhead == 0:
            self._direct.close()
        else:
            part = "head" if self._phase is Phase.HEAD else "body"
            self.refuse(Problem(408, "request_timeout", f"The {part} of the request took too long to arrive."))

    def _watch_stall(self) -> None:
        waiting = self._direct.get_write_buffer_size()
        if waiting and self._stall_timer is None:
            self._stall_timer = self.loop.call_later(self.limits.stall_seconds, self._stalled, waiting)

    def _stalled(self, waiting: int) -> None:
        self._stall_timer = None
        if self._direct.get_write_buffer_size() < waiting:
            self._watch_stall()
        else:
            self._direct.abort()

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None


class PoliteTransport(asyncio.Transport):
    """What uvicorn writes to: the connection's transport, except that `close` asks the Edge how."""

    def __init__(self, direct: asyncio.Transport, edge: Edge) -> None:
        super().__init__()
        self._direct = direct
        self._edge = edge
        self.write = direct.write  # type: ignore[method-assign] # the hot one, without a step between
        self.pause_reading = direct.pause_reading  # type: ignore[method-assign]
        self.resume_reading = direct.resume_reading  # type: ignore[method-assign]

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._direct.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._edge.lingering or self._direct.is_closing()

    def close(self) -> None:
        self._edge.close()


def _answer(problem: Problem) -> bytes:
    body = errors.as_json({}, problem)
    lines = [
        f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}".encode(),
        b"content-type: application/json",
        b"content-length: %d" % len(body),
        b"connection: close",
        b"cache-control: no-store",
        *(name + b": " + value for name, value in envelope.SECURITY_HEADERS),
    ]
    return b"\r\n".join([*lines, b"", body])
