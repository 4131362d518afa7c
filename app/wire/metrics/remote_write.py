"""Remote write as a protocol: which message a request holds, and what its answer says. The messages: _v1 and _v2.

Senders drop a batch on 400 and send it again on 5xx; what they make of other answers differs, see `answerable`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from app.domain.errors import AppError, Invalid, TooLarge, Unsupported
from app.domain.samples import Refusal, SampleBatch
from app.domain.series import clip
from app.wire import decompress
from app.wire.limits import MAX_DECODED_BYTES
from app.wire.metrics import remote_write_v1, remote_write_v2
from app.wire.metrics.remote_write_table import SeriesTable
from app.wire.metrics.remote_write_walk import Walker

MEDIA_TYPE = "application/x-protobuf"
ENCODING = "snappy"
MAX_REASONS = 10


class Protocol(StrEnum):
    """The message a request holds, by its full name."""

    V1 = remote_write_v1.PROTO
    V2 = remote_write_v2.PROTO


DECODERS = {Protocol.V1: remote_write_v1.decode, Protocol.V2: remote_write_v2.decode}


def negotiate(content_type: str, content_encoding: str) -> Protocol:
    """The message that the headers promise; to be asked before the body is touched. Raises Unsupported."""
    media_type, proto = _parsed(content_type)
    if media_type != MEDIA_TYPE:
        raise Unsupported(
            f"Content-Type {clip(content_type)!r} is not remote write's; send {MEDIA_TYPE}.",
            code="content_type_unsupported",
            field="Content-Type",
        )
    if proto not in list(Protocol):
        spoken = " and ".join(Protocol)
        raise Unsupported(
            f"The protobuf message {clip(proto)!r} is not spoken here; {spoken} are.",
            code="proto_unsupported",
            field="Content-Type",
        )
    if content_encoding.strip().lower() != ENCODING:
        raise Unsupported(
            f"Content-Encoding {clip(content_encoding)!r} is not remote write's; send {ENCODING}, in its block format.",
            code="encoding_unsupported",
            field="Content-Encoding",
        )
    return Protocol(proto)


def decode(
    body: bytes, *, protocol: Protocol, table: SeriesTable | None = None, walker: Walker | None = None
) -> SampleBatch:
    """The samples of a body as it came, still compressed. Raises Invalid, TooLarge.

    A walker takes the plain 1.0 requests, which are nearly all, at a tenth of the cost.
    """
    if walker is not None and protocol is Protocol.V1:
        plain = walker.decode(decompress.snappy_view(body, limit=MAX_DECODED_BYTES))
        if plain is not None:
            return plain
    decoded = decompress.bounded_decode(ENCODING, body, limit=MAX_DECODED_BYTES)
    return DECODERS[protocol](decoded, table=table)


@dataclass(frozen=True, slots=True)
class Written:
    """What of a request was taken durably; what was there already counts."""

    samples: int = 0
    histograms: int = 0
    exemplars: int = 0


NOTHING = Written()


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say: `body` is plain text, empty when all was taken; `all_taken` says whether the answer is a success."""

    all_taken: bool
    body: str
    headers: dict[str, str]


def answer(protocol: Protocol | None, *, written: Written, refusals: Iterable[Refusal] = ()) -> Answer:
    """The answer to a request that was decoded and stored, all of it or all but the refusals."""
    reasons = [_sentence(refusal) for refusal in refusals]
    return Answer(not reasons, _lines(reasons), _headers(protocol, written))


def refusal(protocol: Protocol | None, error: AppError) -> Answer:
    """The answer to a request of which nothing was taken; `protocol` is None when the headers named none."""
    sentence = f"{error} {error.hint}" if error.hint else str(error)  # one line: Prometheus logs the first alone
    return Answer(False, _lines([sentence]), _headers(protocol, NOTHING))


def answerable(error: AppError) -> AppError:
    """The error as a remote-write sender has to hear it.

    TooLarge becomes Invalid: vmagent sends a request again for ever when it is told 413, and holds up all that is
    behind it; 400 makes every sender drop it.
    """
    if isinstance(error, TooLarge):
        return Invalid(str(error), code=error.code, field=error.field, hint=error.hint)
    return error


def written(batch: SampleBatch, *, refused: Iterable[Refusal] = ()) -> Written:
    """What was taken of a batch when all but `refused` (what came after decoding) was."""
    left = list(refused)
    return Written(
        samples=len(batch) - sum(one.samples for one in left),
        histograms=len(batch.histograms) - sum(one.histograms for one in left),
        exemplars=batch.exemplars - sum(one.exemplars for one in left),
    )


def _parsed(content_type: str) -> tuple[str, str]:
    """Media type and `proto` parameter, which means 1.0 when it is left out."""
    header = Message()
    header["Content-Type"] = content_type
    return header.get_content_type(), str(header.get_param("proto", Protocol.V1))


def _headers(protocol: Protocol | None, written: Written) -> dict[str, str]:
    """2.0 must be told what was written; 1.0 must not, its senders would take the headers for 2.0."""
    if protocol is not Protocol.V2:
        return {}
    return {
        "X-Prometheus-Remote-Write-Samples-Written": str(written.samples),
        "X-Prometheus-Remote-Write-Histograms-Written": str(written.histograms),
        "X-Prometheus-Remote-Write-Exemplars-Written": str(written.exemplars),
    }


def _sentence(refusal: Refusal) -> str:
    counts = {"sample": refusal.samples, "histogram": refusal.histograms, "exemplar": refusal.exemplars}
    told = [f"{count} {what}{'s' * (count > 1)}" for what, count in counts.items() if count]
    return f"{refusal.message} ({refusal.code}; left out: {', '.join(told) or 'nothing else'})"


def _lines(reasons: list[str]) -> str:
    shown = reasons[:MAX_REASONS]
    if len(reasons) > MAX_REASONS:
        shown.append(f"... and {len(reasons) - MAX_REASONS} more reasons.")
    return "".join(f"{reason}\n" for reason in shown)
