"""The addresses samples are sent to, and how each protocol wants to be answered.

    all taken            remote write 204 (2.0 with Written headers), OTLP 200 with an empty export response,
                         text 204, our JSON 200 with counts
    a part left out      remote write and text 400 naming it, OTLP 200 with partial_success, our JSON 422 naming it;
                         the good part is stored all the same
    nothing taken        remote write 400 in a sentence (413 makes vmagent retry for ever), OTLP google.rpc.Status,
                         text and JSON the error shape of our API

Doors live as long as the application: what they remember of a sender's series spares the next request most of its work.
A new format is a class here and a line in `doors`; its decoding is in `wire`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from urllib.parse import parse_qsl

import orjson
from starlette.responses import Response
from starlette.types import Scope

from app.actions.screen import Accepted
from app.domain.errors import AppError, Unsupported
from app.domain.samples import SampleBatch
from app.domain.series import clip
from app.web import errors
from app.web.errors import Problem
from app.wire.decompress import bounded_decode
from app.wire.limits import MAX_DECODED_BYTES
from app.wire.metrics import json_samples, remote_write, remote_write_table, remote_write_walk, text, text_series
from app.wire.metrics.otlp import answers, json_export, protobuf, series_table

JSON = "application/json"


@dataclass(slots=True)
class Arrival:
    """One ingest request; `body` is as it came over the wire, `source` whom its token binds it to."""

    scope: Scope
    headers: dict[bytes, bytes]
    now_ms: int
    body: bytes = b""
    source: str = ""

    def header(self, name: str) -> str:
        return self.headers.get(name.encode(), b"").decode("latin-1")

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def decompressed(self) -> bytes:
        return bounded_decode(self.header("content-encoding"), self.body, limit=MAX_DECODED_BYTES)

    def parameters(self, name: str) -> list[str]:
        """The values of a query parameter, in their order."""
        pairs = parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return [value for key, value in pairs if key == name]


class Door(Protocol):
    """One protocol. `source` names it in our own metrics and logs. All of it runs in any thread."""

    source: str

    def decode(self, arrival: Arrival) -> SampleBatch:
        """Raises AppError when nothing of the body can be taken."""
        ...

    def taken(self, arrival: Arrival, accepted: Accepted) -> Response:
        """The answer when the batch is durable, whole or in part."""
        ...

    def refused(self, arrival: Arrival, error: AppError) -> Response:
        """The answer when nothing was stored."""
        ...


class RemoteWrite:
    """Prometheus remote write 1.0 and 2.0, told apart by the content type."""

    source = "remote_write"

    def __init__(self) -> None:
        self._table = remote_write_table.SeriesTable()
        self._walker = remote_write_walk.Walker()

    def decode(self, arrival: Arrival) -> SampleBatch:
        protocol = _protocol(arrival)
        if self._table.is_full:
            self._table = remote_write_table.SeriesTable()
        return remote_write.decode(arrival.body, protocol=protocol, table=self._table, walker=self._walker)

    def taken(self, arrival: Arrival, accepted: Accepted) -> Response:
        written = remote_write.Written(accepted.samples, accepted.histograms, accepted.exemplars)
        told = remote_write.answer(_protocol(arrival), written=written, refusals=accepted.refusals)
        return _told(204 if told.all_taken else 400, told)

    def refused(self, arrival: Arrival, error: AppError) -> Response:
        problem = errors.problem_of(remote_write.answerable(error))
        try:
            protocol = _protocol(arrival)
        except Unsupported:
            protocol = None
        told = remote_write.refusal(protocol, error)
        return _told(_plain_status(problem), told, headers=problem.headers)


class Otlp:
    """OTLP/HTTP, protobuf or JSON; answered in what was spoken."""

    source = "otlp"

    def __init__(self) -> None:
        self._table = series_table.SeriesTable()

    def decode(self, arrival: Arrival) -> SampleBatch:
        spoken = arrival.media_type
        if spoken not in (answers.PROTOBUF, answers.JSON):
            raise Unsupported(
                f"Content-Type {clip(spoken)!r} is no OTLP; send {answers.PROTOBUF} or {answers.JSON}.",
                code="content_type_unsupported",
            )
        if self._table.is_full:
            self._table = series_table.SeriesTable()
        body = arrival.decompressed()
        read = json_export.decode if spoken == answers.JSON else protobuf.decode
        return read(body, table=self._table)

    def taken(self, arrival: Arrival, accepted: Accepted) -> Response:
        content_type = arrival.header("content-type")
        body = answers.success(accepted.refusals, content_type=content_type)
        return Response(body, media_type=answers.answer_type(content_type))

    def refused(self, arrival: Arrival, error: AppError) -> Response:
        content_type = arrival.header("content-type")
        problem = errors.problem_of(error)
        sentence = f"{problem.message} {problem.hint}" if problem.hint else problem.message
        body = answers.failure(answers.code_of(error), sentence, content_type=content_type)
        media_type = answers.answer_type(content_type)
        return Response(body, _plain_status(problem), problem.headers, media_type=media_type)


class Text:
    """Prometheus text exposition or OpenMetrics, pushed."""

    source = "text"

    def __init__(self) -> None:
        self._vocabularies = text_series.Vocabularies()

    def decode(self, arrival: Arrival) -> SampleBatch:
        vocabulary = self._vocabularies.of(text.extra_labels(arrival.parameters("extra_label")))
        content_type = arrival.header("content-type")
        return text.read(arrival.decompressed(), vocabulary, content_type=content_type, now_ms=arrival.now_ms)

    def taken(self, arrival: Arrival, accepted: Accepted) -> Response:
        if not accepted.refusals:
            return Response(status_code=204)
        return _json(400, text.answer(accepted.samples, accepted.refusals))

    def refused(self, arrival: Arrival, error: AppError) -> Response:
        return _api_error(arrival, error)


class Samples:
    """Our own JSON."""

    source = "json"

    def decode(self, arrival: Arrival) -> SampleBatch:
        if arrival.media_type != JSON:
            raise Unsupported(
                f"Content-Type {clip(arrival.media_type)!r} is not {JSON}.",
                code="content_type_unsupported",
                hint=f"With curl: -H 'Content-Type: {JSON}'.",
            )
        return json_samples.decode(arrival.decompressed(), now_ms=arrival.now_ms)

    def taken(self, arrival: Arrival, accepted: Accepted) -> Response:
        told = json_samples.answer(accepted.samples + accepted.histograms, accepted.refusals)
        return _json(422 if accepted.refusals else 200, told)

    def refused(self, arrival: Arrival, error: AppError) -> Response:
        return _api_error(arrival, error)


def doors() -> dict[str, Door]:
    """A fresh door for each address."""
    otlp = Otlp()
    return {
        "/api/v1/write": RemoteWrite(),
        "/v1/metrics": otlp,
        "/otlp/v1/metrics": otlp,  # what an OTLP base URL of another receiver ends in
        "/api/v1/import/prometheus": Text(),
        "/api/samples": Samples(),
    }


def _protocol(arrival: Arrival) -> remote_write.Protocol:
    return _negotiated(arrival.header("content-type"), arrival.header("content-encoding"))


@lru_cache(maxsize=64)  # senders say the same words in every request
def _negotiated(content_type: str, content_encoding: str) -> remote_write.Protocol:
    return remote_write.negotiate(content_type, content_encoding)


def _plain_status(problem: Problem) -> int:
    """Telemetry protocols know 400 for a field at fault, not 422."""
    return 400 if problem.status == 422 else problem.status


def _told(status: int, told: remote_write.Answer, *, headers: dict[str, str] | None = None) -> Response:
    media_type = "text/plain" if told.body else None
    return Response(told.body, status, {**told.headers, **(headers or {})}, media_type=media_type)


def _api_error(arrival: Arrival, error: AppError) -> Response:
    """The error shape of our own API."""
    problem = errors.problem_of(error)
    return Response(errors.as_json(arrival.scope, problem), problem.status, problem.headers, media_type=JSON)


def _json(status: int, body: object) -> Response:
    return Response(orjson.dumps(body), status, media_type=JSON)
