"""What every response carries and every request leaves behind.

The outermost layer, so that errors, static files, streams and refusals of the layers below are dressed alike: the
security headers, a request id, a caching rule, one log event, one count. An exception nobody expected ends here as a
500 with an id, never as a stack trace and never without headers.
"""

import itertools
import re
import secrets
from time import perf_counter

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import logs
from app.web import deps, errors
from app.web.kinds import CACHING, DEMO_PATH, Kind, kind_of

log = logs.get("web")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")

GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
CLIENT_LEFT = 499
SAFE = ("GET", "HEAD")
QUIET = (Kind.INGEST, Kind.STATIC, Kind.OPS)
CHANGED_BY_PEOPLE = (Kind.API, Kind.PAGE)

_PROCESS = secrets.token_hex(4)  # ids of requests: who took it and which it was; random ones would cost a system call
_REQUESTS = itertools.count(1)


class Envelope:
    """Pure ASGI: BaseHTTPMiddleware breaks streams and disconnects (encode/starlette#919)."""

    def __init__(self, app: ASGIApp, burnline: deps.App) -> None:
        https = (burnline.settings.public_url or "").startswith("https:")
        self.app = app
        self.burnline = burnline
        self.headers = (*SECURITY_HEADERS, STRICT_TRANSPORT) if https else SECURITY_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kind = kind_of(scope["path"])
        request_id = scope["burnline.request_id"] = _request_id(scope)
        started = perf_counter()
        status = 0

        async def dress(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message.get("headers", ())
                message["headers"] = [*given, *self.headers, (b"x-request-id", request_id.encode())]
                if all(name != b"cache-control" for name, _ in given):
                    message["headers"].append((b"cache-control", CACHING[kind]))
            await send(message)

        try:
            await self.app(scope, receive, dress)
        except ClientDisconnect:
            status = status or CLIENT_LEFT
        except Exception as error:
            log.exception("request_failed", request_id=request_id, kind=kind)
            self.burnline.counters.add("burnline_unexpected_errors_total", kind=kind)
            if status:
                raise
            await errors.answer(scope, errors.problem_of(error))(scope, receive, dress)
        finally:
            self._account(scope, kind, status, perf_counter() - started)

    def _account(self, scope: Scope, kind: Kind, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in errors.METHODS else "other"
        if kind is not Kind.LIVE:
            self.burnline.counters.observe(
                "http_request_duration_seconds", seconds, handler=kind, method=method, status_code=str(status)
            )
        if status < 400 and method not in SAFE and kind in CHANGED_BY_PEOPLE:
            self.burnline.revision += 1
        told_often = kind in QUIET or scope["path"] == DEMO_PATH
        note = log.debug if status < 400 and told_often else log.info
        note(
            "request_finished",
            request_id=scope["burnline.request_id"],
            method=method,
            path=_loggable(scope["path"]),
            status=status,
            seconds=seconds,
        )


def _loggable(path: str) -> str:
    """Without what is secret in the address of a screen's link or of a one-time link."""
    return next((f"{secret}..." for secret in ("/s/", "/setup/") if path.startswith(secret)), path[:200])


def _request_id(scope: Scope) -> str:
    """The id a proxy gave, when it is a plain word; else a fresh one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and GIVEN_ID.fullmatch(value):
            return bytes(value).decode()
    return f"{_PROCESS}{next(_REQUESTS):08x}"
