"""The addresses samples are sent to, and how each protocol wants to be answered.

    what was taken       remote write 204 (2.0 with Written headers), OTLP 200 with an empty export response,
                         text 204, our JSON 200 with counts
    a part left out      remote write and text 400 naming it, OTLP 200 with partial_success, our JSON 400 naming it;
                         the good part is stored all the same
    nothing taken        remote write 400 in a sentence (413 makes vmagent retry for ever), OTLP google.rpc.Status,
                         text and JSON the error shape of our API

A new format is a class here and a line in DOORS; its decoding is in `wire`.
"""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl

import orjson
from starlette.responses import Response
from starlette.types import Scope

from app.domain.samples import SampleBatch
from app.web import errors
from app.web.deps import Accepted
from app.web.errors import Problem
from app.wire.decompress import bounded_decode
from app.wire.limits import MAX_DECODED_BYTES
from app.wire.metrics import text


@dataclass(slots=True)
class Arrival:
    """One ingest request; `body` is as it came over the wire."""

    scope: Scope
    headers: dict[bytes, bytes]
    now_ms: int
    body: bytes = b""

    def header(self, name: str) -> str:
        return self.headers.get(name.encode(), b"").decode("latin-1")

    def decompressed(self) -> bytes:
        return bounded_decode(self.header("content-encoding"), self.body, limit=MAX_DECODED_BYTES)

    def parameters(self, name: str) -> list[str]:
        """The values of a query parameter, in their order."""
        pairs = parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return [value for key, value in pairs if key == name]


class Door(Protocol):
    """One protocol. `source` names it in our own metrics and logs."""

    source: str

    def decode(self, arrival: Arrival) -> SampleBatch:
        """Raises AppError when nothing of the body can be taken."""
        ...

    def taken(self, arrival: Arrival, accepted: Accepted) -> Response:
        """The answer when the batch is durable, whole or in part."""
        ...

    def refused(self, arrival: Arrival, problem: Problem) -> Response:
        """The answer when nothing was stored."""
        ...


class Text:
    """Prometheus text exposition or OpenMetrics, pushed."""

    source = "text"

    def decode(self, arrival: Arrival) -> SampleBatch:
        labels = text.extra_labels(arrival.parameters("extra_label"))
        content_type = arrival.header("content-type")
        return text.decode(
            arrival.decompressed(), content_type=content_type, now_ms=arrival.now_ms, extra_labels=labels
        )

    def taken(self, arrival: Arrival, accepted: Accepted) -> Response:
        if not accepted.refusals:
            return Response(status_code=204)
        return _json(400, text.answer(accepted.samples, accepted.refusals))

    def refused(self, arrival: Arrival, problem: Problem) -> Response:
        return api_error(arrival, problem)


def api_error(arrival: Arrival, problem: Problem) -> Response:
    """The error shape of our own API."""
    return Response(
        errors.as_json(arrival.scope, problem), problem.status, problem.headers, media_type="application/json"
    )


def _json(status: int, body: object) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


DOORS: dict[str, Door] = {"/api/v1/import/prometheus": Text()}
