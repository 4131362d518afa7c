"""Our own JSON, for anyone with curl and a number: `POST /api/samples`, described in docs/ingest.md.

Nothing is guessed from a wrong type: "12", true and null are no numbers and a time without a zone is no time, for each
has somewhere been counted as what its sender did not mean. orjson alone parses; of a key that stands twice the last
one counts.
"""

from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
import orjson

from app.domain.errors import Invalid, TooLarge
from app.domain.samples import HistogramSample, Refusal, SampleBatch, SeriesList
from app.domain.series import SeriesKey, series_key
from app.wire.limits import MAX_SAMPLES
from app.wire.metrics import json_fields, json_times
from app.wire.metrics.format import Format
from app.wire.metrics.json_errors import Fault, SampleRefusal, unknown_field
from app.wire.metrics.json_fields import EXAMPLE, GROWING, HISTOGRAMS, TYPES, Fields

ERRORS_SHOWN = 20


def decode(body: bytes, *, now_ms: int) -> SampleBatch:
    """Samples from `{"samples": [...]}`, a bare list or a single object; one without a time is of `now_ms`.

    Raises Invalid when the body is no such JSON, TooLarge when it holds too many samples.
    """
    samples = _samples(_json(body))
    if len(samples) > MAX_SAMPLES:
        raise TooLarge(
            f"The body holds {len(samples)} samples; the limit is {MAX_SAMPLES}.",
            code="too_many_points",
            field="samples",
            hint="Send them in parts.",
        )
    builder = _Builder(now_ms)
    for index, sample in enumerate(samples):
        builder.add(index, sample)
    return builder.batch()


def answer(accepted: int, refusals: Sequence[Refusal]) -> dict[str, object]:
    """The JSON answer: how many samples were taken, how many were left out, and why each of the first ones was."""
    return {
        "accepted": accepted,
        "refused": sum(refusal.samples + refusal.histograms for refusal in refusals),
        "errors": [_error(refusal) for refusal in refusals[:ERRORS_SHOWN]],
    }


def _error(refusal: Refusal) -> dict[str, object]:
    located = refusal if isinstance(refusal, SampleRefusal) else SampleRefusal(refusal.code, refusal.message)
    return {
        "index": located.index,
        "field": located.field or None,
        "code": located.code,
        "message": located.message,
        "hint": located.hint or None,
    }


def _json(body: bytes) -> object:
    if not body:
        raise Invalid("The body is empty.", code="empty_body", hint=EXAMPLE)
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "depth" in error.msg:
            raise Invalid("The JSON is nested too deeply.", code="json_depth", hint=EXAMPLE) from error
        raise Invalid(
            f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).",
            code="json_invalid",
            hint="Send UTF-8 without a byte order mark; JSON knows no NaN and no Infinity.",
        ) from error
    return parsed


def _samples(parsed: object) -> list[object]:
    samples = parsed
    if isinstance(parsed, dict):
        surplus = [name for name in parsed if name != "samples"]
        if "samples" not in parsed and not get_close_matches("samples", surplus):
            return [parsed]
        if surplus:
            fault = unknown_field(surplus[0], ["samples"])
            raise Invalid(
                f"{fault} Beside samples nothing is read.", code=fault.code, field=fault.field, hint=fault.hint
            )
        samples = parsed["samples"]
    if not isinstance(samples, list) or not samples:
        raise Invalid("The body holds no list of samples.", code="shape", field="samples", hint=EXAMPLE)
    return samples


def _decode_now_unknown(body: bytes, /) -> SampleBatch:
    """A body without knowing the hour; samples without a time are of 1970."""
    return decode(body, now_ms=0)


class _Builder:
    """Gathers samples into columns."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._keys: list[SeriesKey] = []
        self._positions: dict[tuple[object, ...], int] = {}
        self._series: list[int] = []
        self._at_ms: list[int] = []
        self._values: list[float] = []
        self._histograms: list[HistogramSample] = []
        self._refusals: list[SampleRefusal] = []
        self._more_refused: Counter[tuple[str, bool]] = Counter()

    def add(self, index: int, sample: object) -> None:
        """Take one sample or refuse it."""
        try:
            self._take(json_fields.fields_of(sample))
        except Fault as fault:
            self._refuse(index, fault, histogram=isinstance(sample, dict) and sample.get("type") in HISTOGRAMS)

    def batch(self) -> SampleBatch:
        more = [
            Refusal(
                code,
                f"More samples were refused for {code}.",
                samples=0 if histogram else count,
                histograms=count if histogram else 0,
            )
            for (code, histogram), count in self._more_refused.items()
        ]
        return SampleBatch(
            SeriesList(self._keys),
            np.array(self._series, dtype=np.int64),
            np.array(self._at_ms, dtype=np.int64),
            np.array(self._values, dtype=np.float64),
            histograms=tuple(self._histograms),
            refusals=(*self._refusals, *more),
        )

    def _take(self, sample: Fields) -> None:
        kind = json_fields.kind_of(sample)
        at_ms = json_times.milliseconds(sample["time"]) if "time" in sample else self._now_ms
        if kind in HISTOGRAMS:
            distribution = json_fields.histogram(sample)
            self._histograms.append(HistogramSample(self._position(sample, kind), at_ms, distribution))
            return
        value = json_fields.value(sample, grows=kind in GROWING)
        self._series.append(self._position(sample, kind))
        self._at_ms.append(at_ms)
        self._values.append(value)

    def _position(self, sample: Fields, kind: str) -> int:
        metric, unit, labels = json_fields.text(sample, "metric"), json_fields.unit(sample), json_fields.labels(sample)
        name = (metric, kind, unit, *labels.items())
        position = self._positions.get(name)
        if position is None:
            shape, counts = TYPES[kind]
            try:
                self._keys.append(series_key(metric, labels, shape=shape, kind=counts, unit=unit))
            except Invalid as error:
                raise Fault("labels" if metric else "metric", error.code, str(error), error.hint or "") from error
            position = self._positions[name] = len(self._keys) - 1
        return position

    def _refuse(self, index: int, fault: Fault, *, histogram: bool) -> None:
        if len(self._refusals) >= ERRORS_SHOWN:
            self._more_refused[fault.code, histogram] += 1
            return
        self._refusals.append(
            SampleRefusal(
                fault.code,
                f"Sample {index}: {fault}",
                samples=0 if histogram else 1,
                histograms=1 if histogram else 0,
                index=index,
                field=fault.field,
                hint=fault.hint,
            )
        )


FORMAT = Format(
    name="json",
    title="JSON samples",
    path="/api/samples",
    content_types=("application/json",),
    encodings=("identity", "gzip", "zstd", "deflate"),
    decode=_decode_now_unknown,
    docs="Our own small format, for anything that has a number and can POST it.",
)
