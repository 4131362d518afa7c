"""Prometheus text exposition 0.0.4 and 1.0.0 and OpenMetrics 1.0, pushed or scraped.

A sender repeats its lines with new numbers, so a line is split at its last blank and the rest looked up; only a line
not seen before, or one with a timestamp or an exemplar, is read by the grammar in `text_lines`. Lines that cannot be
read are refused one by one and the others kept.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from app.domain.errors import Invalid, TooLarge, Unsupported
from app.domain.samples import Refusal, SampleBatch
from app.domain.series import clip
from app.wire.limits import MAX_SAMPLES
from app.wire.metrics.format import Format
from app.wire.metrics.text_outline import outline
from app.wire.metrics.text_read import Reader
from app.wire.metrics.text_reading import Reading
from app.wire.metrics.text_series import Vocabulary, adding

OPENMETRICS = "application/openmetrics-text"
CONTENT_TYPES = ("text/plain", OPENMETRICS)
MAX_LINES = 4 * MAX_SAMPLES  # a sample of its own family brings three lines of comment
NO_LABELS: Mapping[str, str] = MappingProxyType({})

_EOF = re.compile(r"(?:^|\n)# EOF\r?\n?$")


def decode(body: bytes, *, content_type: str, now_ms: int, extra_labels: Mapping[str, str] = NO_LABELS) -> SampleBatch:
    """The samples of a pushed body; `extra_labels` are put on every series, in place of its own of the same name.

    A sample without a timestamp is of `now_ms`. Raises Invalid when nothing in the body can be read, or when an
    OpenMetrics body lacks its `# EOF`: it was cut off, and the last number may be half of one.
    """
    return read(body, adding(extra_labels), content_type=content_type, now_ms=now_ms)


def read(body: bytes, vocabulary: Vocabulary, *, content_type: str, now_ms: int) -> SampleBatch:
    """As `decode`, with the series texts of one sender remembered in a vocabulary of its own."""
    openmetrics = speaks_openmetrics(content_type)
    text = _text(body, openmetrics=openmetrics)
    lines = text.split("\n")
    reading = _reading(lines, vocabulary, openmetrics=openmetrics)
    values = reading.values()
    if values is None:
        # Some number is none. Reading each line with care finds the culprit; honest bodies never pay for it.
        reading = Reader(vocabulary, openmetrics=openmetrics, trusting=False).read(lines)
        values = reading.values()
    if values is None or (reading.refusals and not len(reading)):
        raise _undecodable(text, reading.refusals[0])
    if len(reading) > MAX_SAMPLES:
        raise _too_many(f"{len(reading)} samples")
    return reading.batch(values, now_ms=now_ms)


def speaks_openmetrics(content_type: str) -> bool:
    """Whether a Content-Type announces OpenMetrics rather than Prometheus' own text.

    No type, and the one curl sends unasked, count as text. Raises Unsupported for anything else.
    """
    media = content_type.partition(";")[0].strip().lower()
    if media not in ("", *CONTENT_TYPES, "application/x-www-form-urlencoded"):
        raise Unsupported(
            f"Content-Type {clip(content_type)!r} is no text exposition; send {' or '.join(CONTENT_TYPES)}.",
            code="content_type_unsupported",
            field="Content-Type",
        )
    return media == OPENMETRICS


def extra_labels(parameters: Iterable[str]) -> dict[str, str]:
    """The `extra_label=name=value` query parameters. Raises Invalid when one does not read so."""
    labels = {}
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if not name or not equals:
            raise Invalid(
                f"extra_label {clip(parameter)!r} does not read name=value.",
                code="label_invalid",
                field="extra_label",
                hint="Write ?extra_label=job=checkout, once for each label.",
            )
        labels[name] = value
    return labels


def answer(accepted: int, refusals: Sequence[Refusal]) -> dict[str, object]:
    """The JSON answer: how many samples were taken, and why each kind of refused line was left out."""
    return {
        "accepted": accepted,
        "refused": sum(refusal.samples + refusal.histograms for refusal in refusals),
        "errors": [
            {"code": refusal.code, "message": refusal.message, "samples": refusal.samples} for refusal in refusals
        ],
    }


def _reading(lines: list[str], vocabulary: Vocabulary, *, openmetrics: bool) -> Reading:
    last = vocabulary.last
    numbers = last.numbers(lines) if last else None
    if last and numbers:
        return Reading(vocabulary, last.positions, numbers, last.metadata)
    reading = Reader(vocabulary, openmetrics=openmetrics).read(lines)
    if reading.plain:
        vocabulary.last = outline(lines, reading.numbers, reading.positions, reading.metadata)
    return reading


def _decode_plain(body: bytes, /) -> SampleBatch:
    """A body nothing is known of but the bytes; samples without a time are of 1970."""
    return decode(body, content_type=CONTENT_TYPES[0], now_ms=0)


def _text(body: bytes, *, openmetrics: bool) -> str:
    """The body as text; bytes that are no UTF-8 become surrogates, which no legal series holds."""
    if not body:
        raise Invalid("The body is empty.", code="empty_body")
    if body.count(b"\n") > MAX_LINES:
        raise _too_many(f"over {MAX_LINES} lines")
    text = body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    if openmetrics and not _EOF.search(text[-8:]):
        raise Invalid(
            "The OpenMetrics body does not end with # EOF: it is cut off.",
            code="eof_missing",
            hint="Send it complete, or as Content-Type: text/plain when it is not OpenMetrics.",
        )
    return text.replace("\r\n", "\n") if "\r\n" in text else text


def _undecodable(text: str, first: Refusal) -> Invalid:
    squeezed = "\n" not in text.strip() and "# TYPE" in text[1:]
    hint = "curl -d drops line breaks: use --data-binary." if squeezed else "Send Prometheus text, one sample a line."
    return Invalid(f"Nothing in the body can be read. {first.message}", code=first.code, hint=hint)


def _too_many(what: str) -> TooLarge:
    return TooLarge(
        f"The body holds {what}; the limit is {MAX_SAMPLES} samples.", code="too_many_samples", hint="Send it in parts."
    )


FORMAT = Format(
    name="text",
    title="Prometheus text and OpenMetrics",
    path="/api/v1/import/prometheus",
    content_types=CONTENT_TYPES,
    encodings=("identity", "gzip", "zstd", "deflate"),
    decode=_decode_plain,
    docs="What every `/metrics` page holds: for curl, cron jobs and whatever cannot be scraped.",
)
