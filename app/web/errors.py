"""The one place that turns an exception into a status, and a status into what the client can read.

A `Problem` is told three ways: as the JSON error shape, as a page to a browser, as a region to htmx. Ingest routes
tell it a fourth way, their protocol's own, in `ingest.py`. Nothing a client sent is echoed beyond what the error's
own sentence says, and no exception text that was not written for users ever leaves.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from starlette.types import Scope

from app import logs
from app.domain import errors
from app.web import render
from app.web.kinds import Kind, kind_of

log = logs.get("web")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ASKED_OF_ROUTES = {method: "GET" if method == "HEAD" else method for method in METHODS}  # the gate turns HEAD into GET

CODES = {
    400: "bad_request",
    401: "unknown",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    410: "ended",
    413: "body_too_large",
    415: "unsupported",
    422: "invalid",
    431: "headers_too_large",
    500: "internal",
    503: "unavailable",
}

READ_FROM_AFAR = ("screen_revoked", "screen_expired", "link_invalid")  # nobody stands before a screen on a wall


@dataclass(frozen=True, slots=True)
class Problem:
    """A refused request: what went wrong, in a sentence, and what to do about it."""

    status: int
    code: str
    message: str
    field: str | None = None
    hint: str | None = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


class Refused(Exception):
    """Raised inside web for refusals that only HTTP knows (a foreign origin, an unknown host)."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def install(app: FastAPI) -> None:
    """Let every error that leaves a route be told as a Problem."""
    for kind in (errors.AppError, Refused, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _handle)


async def _handle(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == HTTPStatus.NOT_MODIFIED:
        return Response(status_code=304, headers=error.headers)
    problem = problem_of(error)
    if problem.status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = _methods_of(request)
        problem = Problem(405, CODES[405], f"This address takes {allowed}.", headers={"Allow": allowed})
    return answer(request.scope, problem)


def problem_of(error: Exception) -> Problem:
    """What an exception means to a client. Anything not raised on purpose is a 500 without details."""
    if isinstance(error, Refused):
        return error.problem
    if isinstance(error, errors.AppError):
        return _of_app_error(error)
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    return Problem(500, CODES[500], "Something went wrong here. It has been noted; the request id names it.")


def _of_app_error(error: errors.AppError) -> Problem:
    headers = {}
    if isinstance(error, errors.TooLarge):
        status = 413
    elif isinstance(error, errors.Invalid):
        status = 422 if error.field else 400
    elif isinstance(error, errors.Unsupported):
        status = 415
    elif isinstance(error, errors.Missing):
        status = 404
    elif isinstance(error, errors.Ended):
        status = 410
    elif isinstance(error, errors.Unknown):
        status, headers = 401, {"WWW-Authenticate": 'Bearer realm="burnline"'}
    elif isinstance(error, errors.Forbidden):
        status = 403
    elif isinstance(error, errors.TooOften):
        status, headers = 429, {"Retry-After": str(error.retry_after_seconds)}
    elif isinstance(error, errors.Unavailable):
        status, headers = 503, {"Retry-After": str(error.retry_after_seconds)}
    else:
        status = 400
    return Problem(status, error.code, str(error), error.field, error.hint, headers)


def _of_validation(error: RequestValidationError) -> Problem:
    """The first fault of a typed parameter or body, told without what was sent."""
    first = error.errors()[0]
    where = [str(part) for part in first["loc"]]
    name = ".".join(where[1:]) or where[0]
    if first["type"] == "json_invalid":
        return Problem(400, "json_invalid", "The body is not valid JSON.")
    code = {"missing": "missing", "extra_forbidden": "unknown_field"}.get(first["type"], "invalid")
    return Problem(422, code, f"{name[:80]}: {first['msg'][:200]}.", field=name[:80])


def _of_http(error: HTTPException) -> Problem:
    status = error.status_code
    code = CODES.get(status, "error")
    message = "There is nothing at this address." if status == 404 else f"{HTTPStatus(status).phrase}."
    return Problem(status, code, message, headers=dict(error.headers or {}))


def _methods_of(request: Request) -> str:
    """What the address does take, for the Allow header: Starlette names one route's methods only."""
    routes = request.app.router.routes
    return ", ".join(
        method
        for method, asked in ASKED_OF_ROUTES.items()
        if any(route.matches({**request.scope, "method": asked})[0] is Match.FULL for route in routes)
    )


def answer(scope: Scope, problem: Problem) -> Response:
    """The problem as whoever asked can read it: JSON, a page, or a region of one."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    wanted = dict(scope["headers"])
    if kind_of(scope["path"]) is Kind.PAGE and b"text/html" in wanted.get(b"accept", b""):
        if problem.code == "sign_in_needed":
            return _to_sign_in(scope, wanted)
        template = "errors/_region.html" if b"hx-request" in wanted else "errors/page.html"
        if problem.code in READ_FROM_AFAR:
            template = "wall/gone.html"
        try:
            body = render.text(template, problem=problem, request_id=request_id(scope))
        except Exception:
            log.exception("error_page_failed", request_id=request_id(scope))
        else:
            return Response(body, problem.status, headers, media_type="text/html")
    return Response(as_json(scope, problem), problem.status, headers, media_type="application/json")


def _to_sign_in(scope: Scope, wanted: Mapping[bytes, bytes]) -> Response:
    """And back to what was asked for, when it was a page. htmx is told to leave the page it is a part of."""
    address = str(scope["path"])
    if b"hx-request" in wanted or scope["method"] not in ("GET", "HEAD"):
        address = "/"
    elif scope["query_string"]:
        address += "?" + scope["query_string"].decode("latin-1")
    link = f"/sign-in?next={quote(address, safe='/')}" if address != "/" else "/sign-in"
    if b"hx-request" in wanted:
        return Response(status_code=401, headers={"HX-Redirect": link})
    return RedirectResponse(link, 303, headers={"Cache-Control": "no-store"})


def as_json(scope: Mapping[str, object], problem: Problem) -> bytes:
    """The one JSON error shape."""
    return orjson.dumps(
        {
            "error": {
                "code": problem.code,
                "message": problem.message,
                "field": problem.field,
                "hint": problem.hint,
                "request_id": request_id(scope),
            }
        }
    )


def request_id(scope: Mapping[str, object]) -> str:
    """The id the envelope gave this request; it is in the answer and in the log."""
    return str(scope.get("burnline.request_id", ""))
