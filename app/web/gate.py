"""What is turned away before any route sees it: unknown hosts, foreign origins, doubled headers, oversized bodies.

* **Host.** A name that is neither ours nor an IP address is how a foreign page reaches a service on this machine by
  DNS rebinding, so a server that listens on this machine only refuses it. An IP address cannot be rebound.
* **Origin** (OWASP's Fetch-Metadata rule, as Go's CrossOriginProtection has it). A browser says whence an unsafe
  request comes; one from elsewhere is refused on *every* route. Machines say nothing and pass, and a request that
  carries a token of its own is nobody's forgery.
* **Bodies** of pages and of our JSON API are read here, counted as they stream, so that a body without a length is
  bounded too; JSON is parsed once by orjson, which refuses NaN, depth and lone surrogates that json lets through.
  Ingest routes read their own bodies by the same limits.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.errors import AppError, Invalid, TooLarge
from app.domain.series import clip
from app.domain.setting_words import is_this_machine
from app.web.errors import Problem, Refused, answer, problem_of
from app.web.kinds import BODY_LIMITS, KIB, MIB, Kind, kind_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SINGLE = frozenset({b"authorization", b"content-type", b"host", b"origin"})
MOST_KNOWN_HOSTS = 64
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]{2,45}\]|[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?\.?)(:(?P<port>[0-9]{1,5}))?")


class Gate:
    """Pure ASGI. `listens_on` is the address bound to, `public_url` the one people use, when it is known."""

    def __init__(self, app: ASGIApp, *, listens_on: str, public_url: str | None) -> None:
        public = urlsplit(public_url or "")
        self.app = app
        self._known_hosts: set[bytes] = set()  # headers that were looked at and are good
        self.private = is_this_machine(listens_on)
        self.public_host = (public.hostname or "").lower()
        self.public_origin = f"{public.scheme}://{public.netloc}".lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            kind = kind_of(scope["path"])
            headers = scope["burnline.headers"] = single_headers(scope)
            self._check_host(headers.get(b"host", b""))
            if scope["method"] not in SAFE:
                self._check_origin(scope, headers)
            if kind in (Kind.API, Kind.PAGE):
                check_parameters(scope)
            if kind is not Kind.INGEST:
                receive = await _bounded(scope, receive, headers, kind)
        except (AppError, Refused) as error:
            await answer(scope, problem_of(error))(scope, receive, send)
            return
        if scope["method"] == "HEAD" and (kind is not Kind.LIVE or scope["path"].endswith("/poll")):
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        await self.app(scope, receive, send)

    def _check_host(self, raw: bytes) -> None:
        if raw in self._known_hosts:
            return
        match = HOST.fullmatch(raw.decode("latin-1").lower())
        if match is None or int(match["port"] or 0) > 65_535:
            raise Invalid("The Host header names no host.", code="host_invalid")
        name = match["name"].rstrip(".")
        if self.private and name != self.public_host and not _cannot_be_rebound(name):
            hint = "Set BURNLINE_PUBLIC_URL to the address people use."
            raise Invalid("This server does not answer to that host name.", code="host_unknown", hint=hint)
        if len(self._known_hosts) < MOST_KNOWN_HOSTS:
            self._known_hosts.add(raw)

    def _check_origin(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        if not headers.get(b"authorization", b"basic").lower().startswith(b"basic"):
            return  # browsers send no such header by themselves, but a user and password that was typed once
        site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
        if site == b"same-origin":
            return
        if site is None or site == b"none":
            ours = (f"{scope['scheme']}://{headers[b'host'].decode('latin-1')}".lower(), self.public_origin)
            if origin is None or origin.decode("latin-1").lower() in ours:
                return
        raise Refused(Problem(403, "cross_site", "A page of another site may not do that here."))


def single_headers(scope: Scope) -> dict[bytes, bytes]:
    """The headers by name, repeated ones joined as HTTP joins them. Raises Invalid when one must not be repeated."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name not in found:
            found[name] = value
        elif name in SINGLE:
            raise Invalid(f"The header {name.decode()} was sent twice.", code="duplicate_header")
        else:
            found[name] += b", " + value
    return found


def check_parameters(scope: Scope) -> None:
    """Raises Invalid when a query parameter is given twice: which of the two would be meant?"""
    if b"&" not in scope["query_string"]:
        return
    names = [name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)]
    for name in set(names):
        if names.count(name) > 1:
            raise Invalid(f"The parameter {clip(name, 40)} was given twice.", code="duplicate_param")


async def _bounded(scope: Scope, receive: Receive, headers: dict[bytes, bytes], kind: Kind) -> Receive:
    """The body, read whole within the kind's limit, to be received again."""
    limit = BODY_LIMITS[kind]
    refuse_declared(headers, limit)
    if scope["method"] in SAFE:
        return receive
    body = await read_body(receive, limit)
    if kind is Kind.API and b"json" in headers.get(b"content-type", b"") and body:
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Invalid(f"The body is not valid JSON: {clip(error.msg)}.", code="json_invalid") from error
    return _again(body, receive)


def refuse_declared(headers: dict[bytes, bytes], limit: int) -> None:
    """Raises TooLarge when the announced length alone is too much: nothing of it is read."""
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit():
        raise Invalid("The Content-Length header is no number.", code="length_invalid")
    if len(declared) > 18 or int(declared) > limit:
        raise too_large(limit)


async def read_body(receive: Receive, limit: int, *, count: Callable[[int], None] | None = None) -> bytes:
    """The whole body; `count` hears of every piece and may raise.

    Raises TooLarge past the limit and ClientDisconnect when the client went away.
    """
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        if count is not None:
            count(len(chunk))
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def too_large(limit: int) -> TooLarge:
    """A body over the limit."""
    most = f"{limit // MIB} MiB" if limit >= MIB else f"{limit // KIB} KiB"
    return TooLarge(f"The body is larger than {most}, the most that is taken here.", code="body_too_large")


def _again(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


def _without_body(send: Send) -> Send:
    """HEAD is GET without the body; monitors and `curl -I` ask so."""

    async def head_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return head_only


def _cannot_be_rebound(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
