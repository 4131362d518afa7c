"""The kinds of endpoint, by path: what may be sent to each, how errors are told, how long answers may be kept."""

import re
from enum import StrEnum

KIB = 1024
MIB = 1024 * KIB

WIRE_LIMIT = 8 * MIB


class Kind(StrEnum):
    """Also the `handler` label of our own request metrics."""

    INGEST = "ingest"
    API = "api"
    PAGE = "page"
    LIVE = "live"
    STATIC = "static"
    OPS = "ops"


INGEST_PATHS = frozenset(
    {
        "/api/v1/write",
        "/v1/metrics",
        "/otlp/v1/metrics",
        "/api/v1/import/prometheus",
        "/api/samples",
    }
)
STREAM_PATH = "/live"
WALL_STREAM = re.compile("/wall/[^/]+/live(/poll)?")
DEMO_PATH = "/api/demo/progress"  # told several times a second by the demo company, not by a person
OPS_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

BODY_LIMITS = {
    Kind.INGEST: WIRE_LIMIT,
    Kind.API: MIB,
    Kind.PAGE: 256 * KIB,
    Kind.LIVE: 0,
    Kind.STATIC: 0,
    Kind.OPS: 0,
}

# Pages stay in the browser's back/forward cache, which `no-store` forbids; they are asked about again by ETag.
CACHING = {
    Kind.INGEST: b"no-store",
    Kind.API: b"no-store",
    Kind.PAGE: b"private, no-cache",
    Kind.LIVE: b"no-store",
    Kind.STATIC: b"no-cache",
    Kind.OPS: b"no-store",
}


def kind_of(path: str) -> Kind:
    """Which kind a request path belongs to, whether or not there is anything at it."""
    if path in INGEST_PATHS:
        return Kind.INGEST
    if path in OPS_PATHS:
        return Kind.OPS
    if path == STREAM_PATH or path.startswith("/live/") or WALL_STREAM.fullmatch(path):
        return Kind.LIVE
    if path.startswith("/static/"):
        return Kind.STATIC
    if path.startswith("/api/") or path == "/openapi.json":
        return Kind.API
    return Kind.PAGE
