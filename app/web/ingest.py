"""Taking samples over HTTP: read within limits, hand over to a thread once, answer as the protocol does.

What a protocol's headers and answers look like is its door's business (see `doors`). Here is what they share:

1. Overload is told before anything is decompressed: 503 with a Retry-After of a few seconds, which every sender obeys.
2. One trip to a thread of its door's own, so that neither pages nor other protocols wait behind it: decompress, decode,
   hand in. Nobody stands and waits for the commit: the writer answers many requests at once, and the event loop tells
   their senders.
3. Nothing a client sends ends as a 500, which would make OTLP senders drop the data. What the decoder did not foresee
   is the body's fault for the client (400, do not send it again) and a fault of ours in the log. What the store did not
   foresee is 503: the body is sound, send it again.
"""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app import logs
from app.actions.ingest import WAIT_SECONDS, too_slow
from app.actions.screen import Accepted
from app.domain import stamps
from app.domain.errors import AppError, Invalid, Unavailable
from app.domain.samples import SampleBatch
from app.web import deps, errors, needs
from app.web.ceiling import Ceiling
from app.web.decoders import Decoders, Mailbox
from app.web.doors import Arrival, Door, doors
from app.web.gate import read_body, refuse_declared
from app.web.kinds import MIB, WIRE_LIMIT

log = logs.get("ingest")

THREADS = 1  # of a door, that decode: more would take turns at the interpreter, and pay for each turn
MOST_WAITING = 64  # requests whose bodies are here
MOST_BYTES = 64 * MIB  # of bodies here or on their way
MOST_SOURCES = 64  # whose series are remembered apart
LOG_EVERY_SECONDS = 60.0


class Desk:
    """What is in hand, so that more is turned away while it is cheap. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self.waiting = 0
        self.bytes = 0

    def take(self, size: int) -> None:
        """Some bytes of a body came. Raises Unavailable when there are too many of all."""
        self.bytes += size
        if self.bytes > MOST_BYTES:
            raise overloaded()

    @contextmanager
    def queued(self) -> Iterator[None]:
        """A whole body waits to be stored. Raises Unavailable when too many do."""
        if self.waiting >= MOST_WAITING:
            raise overloaded()
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1


def overloaded() -> Unavailable:
    """Retry-After is spread out, or all come back together; it stays below the 10 s an OTLP exporter has in all."""
    return Unavailable(
        "More is coming in than can be stored; send it again.",
        code="overloaded",
        retry_after_seconds=1 + secrets.randbelow(5),
    )


@dataclass(slots=True)
class Intake:
    """What all doors of one application share."""

    burnline: deps.App
    desk: Desk
    ceiling: Ceiling
    complaints: "Complaints"
    _mailbox: Mailbox | None = None

    def mailbox(self) -> Mailbox:
        """That of the event loop this is asked on."""
        loop = asyncio.get_running_loop()
        if self._mailbox is None or self._mailbox.loop is not loop:
            self._mailbox = Mailbox(loop)
        return self._mailbox


class Endpoint:
    """One door as an ASGI application."""

    def __init__(self, door: Door, intake: Intake) -> None:
        self.door = door
        self.intake = intake
        self._doors: dict[str, Door] = {}
        self.decoders = Decoders(THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        now_ms = int(self.intake.burnline.clock().timestamp() * 1000)
        arrival = Arrival(scope, scope["burnline.headers"], now_ms)
        try:
            arrival.source = (await deps.admit(HTTPConnection(scope), needs.INGEST)).source
        except AppError as error:
            response = self._refused(arrival, error)
        else:
            response = await self._answer(arrival, receive)
        self.intake.burnline.counters.add(
            "burnline_ingest_requests_total", source=self.door.source, status=str(response.status_code)
        )
        await response(scope, receive, send)

    async def _answer(self, arrival: Arrival, receive: Receive) -> Response:
        desk = self.intake.desk
        held = 0

        def count(size: int) -> None:
            nonlocal held
            held += size
            desk.take(size)

        try:
            self.intake.ceiling.check()
            refuse_declared(arrival.headers, WIRE_LIMIT)
            arrival.body = await read_body(receive, WIRE_LIMIT, count=count)
            with desk.queued():
                return await self._store(arrival)
        except AppError as error:
            return self._refused(arrival, error)
        finally:
            desk.bytes -= held

    async def _store(self, arrival: Arrival) -> Response:
        """Raises nothing but AppError."""
        mailbox = self.intake.mailbox()
        told: asyncio.Future[Accepted] = mailbox.loop.create_future()
        patience = mailbox.loop.call_later(WAIT_SECONDS, _give_up, told)
        try:
            self.decoders.put(partial(self._hand_in, arrival, told, mailbox))
            accepted = await told
        except AppError:
            raise
        except Exception as error:
            self._unforeseen("ingest_write_failed", arrival)
            raise Unavailable("The samples could not be stored; send them again.", code="store_failed") from error
        finally:
            patience.cancel()
        self._note(arrival, accepted)
        return self.door.taken(arrival, accepted)

    def _hand_in(self, arrival: Arrival, told: asyncio.Future[Accepted], mailbox: Mailbox) -> None:
        """In a thread: what takes time. Who gives up waiting takes nothing back: the writer has the batch."""
        try:
            batch = self._decode(arrival)
            if arrival.source:
                batch = stamps.stamped(batch, arrival.source)
            answer = self.intake.burnline.ingest.submit(batch, source=self.door.source, now_ms=arrival.now_ms)
        except Exception as error:  # noqa: BLE001  # it is raised where the request waits
            mailbox.put(told, error)
        else:
            answer.add_done_callback(partial(mailbox.forward, told))

    def _decode(self, arrival: Arrival) -> SampleBatch:
        try:
            return self._door_of(arrival.source).decode(arrival)
        except AppError:
            raise
        except MemoryError as error:
            raise overloaded() from error
        except Exception as error:
            self._unforeseen("decode_failed", arrival)
            raise Invalid("The body could not be decoded. It has been noted here.", code="undecodable") from error

    def _door_of(self, source: str) -> Door:
        """A door of its own for everybody whose series carry a label: what doors remember holds for one of them."""
        if not source:
            return self.door
        if source not in self._doors and len(self._doors) >= MOST_SOURCES:
            self._doors.clear()
        return self._doors.setdefault(source, type(self.door)())

    def _refused(self, arrival: Arrival, error: AppError) -> Response:
        source = self.door.source
        self.intake.burnline.counters.add("burnline_ingest_refused_requests_total", source=source, reason=error.code)
        self.intake.complaints.tell(source, error.code, str(error))
        return self.door.refused(arrival, error)

    def _unforeseen(self, event: str, arrival: Arrival) -> None:
        """Note a fault of ours while it is being handled."""
        request_id = errors.request_id(arrival.scope)
        size = len(arrival.body)
        log.exception(event, source=self.door.source, request_id=request_id, bytes=size)  # noqa: LOG004  # our caller's
        self.intake.burnline.counters.add("burnline_unexpected_errors_total", kind="ingest")

    def _note(self, arrival: Arrival, accepted: Accepted) -> None:
        counters, source = self.intake.burnline.counters, self.door.source
        counters.add("burnline_ingest_bytes_total", len(arrival.body), source=source)
        for refusal in accepted.refusals:
            self.intake.complaints.tell(source, refusal.code, refusal.message)


def _give_up(told: asyncio.Future[Accepted]) -> None:
    if not told.done():
        told.set_exception(too_slow())


class Complaints:
    """Refusals in the log: at most one a minute of a kind, or one broken sender would fill the disk."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], float] = {}

    def tell(self, source: str, reason: str, message: str) -> None:
        now = monotonic()
        if now - self._told.get((source, reason), -LOG_EVERY_SECONDS) < LOG_EVERY_SECONDS:
            return
        self._told[source, reason] = now
        log.warning("ingest_refused", source=source, reason=reason, message=message)


def endpoints(burnline: deps.App) -> dict[str, Endpoint]:
    """One an address; what they take goes through the same desk."""
    intake = Intake(burnline, Desk(), Ceiling(burnline.settings.max_memory), Complaints())
    return {path: Endpoint(door, intake) for path, door in doors().items()}


def short_way(endpoints: Mapping[str, Endpoint]) -> ASGIApp:
    """What is posted to an ingest address, and nothing else, straight to its endpoint."""

    async def lead(scope: Scope, receive: Receive, send: Send) -> None:
        await endpoints[scope["path"]](scope, receive, send)

    return lead


def routes(endpoints: Mapping[str, Endpoint]) -> list[Route]:
    """Other methods are answered 405 with `Allow: POST`."""
    return [Route(path, endpoint, methods=["POST"]) for path, endpoint in endpoints.items()]
