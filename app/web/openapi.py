"""The description of the API at `/openapi.json`.

FastAPI describes its own routes. Those registered past it for speed are described here by hand; a test compares the two
lists.
"""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

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
    "401": {"description": "Once there are accounts: a token with the scope ingest is missing, or does not hold."},
    "403": {"description": "The token lacks the scope ingest."},
    "413": {"description": "The body is over a limit."},
    "415": {"description": "The content type or encoding is not spoken here."},
    "503": {
        "description": "Nothing is wrong with the request: send it again after Retry-After seconds.",
        "headers": {"Retry-After": {"schema": {"type": "integer"}}},
    },
}


def _ingest(summary: str, how: str, body: Json, taken: Json, parameters: tuple[Json, ...] = ()) -> Json:
    described = {"tags": ["ingest"], "summary": summary, "description": f"{summary}. {how}"}
    return {"post": {**described, "parameters": parameters, "requestBody": body, "responses": {**taken, **REFUSALS}}}


OTLP = _ingest(
    "OTLP/HTTP metrics, protobuf or JSON",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is this address. Plain, gzip, deflate or zstd.",
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

WALL = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}

PLAIN_PATHS: dict[str, Json] = {
    "/api/v1/write": _ingest(
        "Prometheus remote write 1.0 and 2.0",
        "The url of remote_write in prometheus.yml; of vmagent, Grafana Alloy and the like. Snappy, block format.",
        _body("application/x-protobuf"),
        {"204": {"description": "Every sample is durable."}},
    ),
    "/v1/metrics": OTLP,
    "/otlp/v1/metrics": OTLP,
    "/api/v1/import/prometheus": _ingest(
        "Prometheus text exposition or OpenMetrics",
        "With curl: --data-binary @metrics.txt. Samples without a time are of now.",
        _body("text/plain", "application/openmetrics-text"),
        {"204": {"description": "Every sample is durable."}},
        (
            {
                "name": "extra_label",
                "in": "query",
                "required": False,
                "description": "name=value, put on every series; may be given more than once.",
                "schema": {"type": "array", "items": {"type": "string"}},
            },
        ),
    ),
    "/api/samples": _ingest(
        "Samples as plain JSON",
        'One object, a list or {"samples": [...]}: {"metric": "orders_total", "type": "counter", "value": 12}.',
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
    "/wall/{name}/live": {
        "get": {
            "tags": ["live"],
            "summary": "The same for the services of one wall, as a screen's link may read it",
            "parameters": [WALL, SINCE],
            "responses": {"200": _answer("A stream.", "text/event-stream"), "503": REFUSALS["503"]},
        }
    },
    "/wall/{name}/live/poll": {
        "get": {
            "tags": ["live"],
            "summary": "What changed on one wall since a state, in one answer",
            "parameters": [WALL, SINCE],
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
