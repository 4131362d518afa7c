"""The description of the API, and a page to read it on.

The page is ours: FastAPI's loads scripts from a foreign host, which the Content-Security-Policy forbids and which tells
that host who looks. Routes registered past FastAPI for speed are described here by hand; a test compares the two lists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from app.web import deps, render

router = APIRouter()

Json = dict[str, Any]

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "field", "hint", "request_id"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "field": {"type": ["string", "null"]},
                "hint": {"type": ["string", "null"]},
                "request_id": {"type": "string"},
            },
        }
    },
}


def _refusal(description: str) -> Json:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def _body(*content_types: str) -> Json:
    return {
        "required": True,
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in content_types},
    }


def _answer(description: str, *content_types: str) -> Json:
    return {"description": description, "content": {name: {} for name in content_types}}


REFUSALS = {
    "400": {"description": "Something in the body is wrong; the answer names it. The good part was kept."},
    "413": {"description": "The body is over a limit."},
    "415": {"description": "The content type or encoding is not spoken here."},
    "503": {
        "description": "Nothing is wrong with the request: send it again after Retry-After seconds.",
        "headers": {"Retry-After": {"schema": {"type": "integer"}}},
    },
}


def _ingest(summary: str, body: Json, taken: Json) -> Json:
    return {"post": {"tags": ["ingest"], "summary": summary, "requestBody": body, "responses": {**taken, **REFUSALS}}}


OTLP = _ingest(
    "OTLP/HTTP metrics, protobuf or JSON",
    _body("application/x-protobuf", "application/json"),
    {"200": _answer("Taken; partial_success says what was not.", "application/x-protobuf", "application/json")},
)

SINCE = {
    "name": "since",
    "in": "query",
    "required": False,
    "description": "The id of the last event, or `data-live-since` of the page; unknown ones are answered by resync.",
    "schema": {"type": "string"},
}

PLAIN_PATHS: dict[str, Json] = {
    "/api/v1/write": _ingest(
        "Prometheus remote write 1.0 and 2.0",
        _body("application/x-protobuf"),
        {"204": {"description": "Every sample is durable."}},
    ),
    "/v1/metrics": OTLP,
    "/otlp/v1/metrics": OTLP,
    "/api/v1/import/prometheus": _ingest(
        "Prometheus text exposition or OpenMetrics",
        _body("text/plain", "application/openmetrics-text"),
        {"204": {"description": "Every sample is durable."}},
    ),
    "/api/samples": _ingest(
        "Samples as plain JSON",
        _body("application/json"),
        {"200": _answer("Taken.", "application/json")},
    ),
    "/live": {
        "get": {
            "tags": ["live"],
            "summary": "What changes, as server-sent events: beat, patch, build, resync, bye",
            "parameters": [SINCE],
            "responses": {"200": _answer("A stream.", "text/event-stream"), "503": REFUSALS["503"]},
        }
    },
    "/live/poll": {
        "get": {
            "tags": ["live"],
            "summary": "What changed since a state, in one answer",
            "parameters": [SINCE],
            "responses": {"200": _answer("What changed.", "application/json")},
        }
    },
    "/healthz": {
        "get": {
            "tags": ["operations"],
            "summary": "Whether the process is alive",
            "responses": {"200": _answer("Alive.", "application/json")},
        }
    },
    "/readyz": {
        "get": {
            "tags": ["operations"],
            "summary": "Whether writes are taken and signals are up to date",
            "responses": {
                "200": _answer("Ready.", "application/json"),
                "503": _answer("Not ready; says why.", "application/json"),
            },
        }
    },
    "/metrics": {
        "get": {
            "tags": ["operations"],
            "summary": "Burnline's own metrics in Prometheus text",
            "responses": {"200": _answer("Metrics.", "text/plain")},
        }
    },
}


def with_plain_routes(app: FastAPI) -> Callable[[], Json]:
    """What FastAPI writes by itself, the plain routes added, its error shape replaced by ours."""

    def describe() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    return describe


def _describe(app: FastAPI) -> Json:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schema["paths"] = {**PLAIN_PATHS, **schema.get("paths", {})}
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    schemas["Error"] = ERROR
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            if path not in PLAIN_PATHS:
                operation["responses"] = {**operation["responses"], **_OUR_REFUSALS}
    return schema


_OUR_REFUSALS = {
    "400": _refusal("The request is malformed."),
    "404": _refusal("There is no such thing."),
    "422": _refusal("A parameter or field is wrong; `field` names it."),
    "503": _refusal("Try again after Retry-After seconds."),
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter on the page."""

    name: str
    place: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on the page; `answers` are status and description."""

    method: str
    path: str
    description: str
    parameters: tuple[Parameter, ...]
    answers: tuple[tuple[str, str], ...]


@router.get("/api/docs", include_in_schema=False, dependencies=[deps.STATE])
async def docs(request: Request) -> Response:
    """The API reference."""
    return render.page(request, "docs/page.html", groups=_groups(request.app.openapi()))


def _groups(described: Json) -> dict[str, list[Operation]]:
    """Operations by tag, in the order they are described."""
    groups: dict[str, list[Operation]] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            tag = operation.get("tags", ["reading"])[0]
            groups.setdefault(tag, []).append(_operation(method, path, operation))
    return groups


def _operation(method: str, path: str, described: Json) -> Operation:
    parameters = (
        Parameter(one["name"], one["in"], one.get("required", False), one.get("description", ""))
        for one in described.get("parameters", [])
    )
    answers = ((status, answer["description"]) for status, answer in described["responses"].items())
    text = described.get("description") or described["summary"]
    return Operation(method.upper(), path, text, tuple(parameters), tuple(answers))
