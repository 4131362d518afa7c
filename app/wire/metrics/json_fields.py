"""Reading the fields of one sample of our JSON, each strictly: a wrong type is a Fault and never converted."""

import numpy as np

from app.domain.errors import Invalid
from app.domain.histograms import MAX_BUCKETS, ExplicitHistogram
from app.domain.series import Kind, Shape, clip
from app.wire.metrics.json_errors import Fault, unknown_field

Fields = dict[str, object]

EXAMPLE = 'Write {"metric": "http_requests_total", "labels": {"service": "checkout"}, "type": "counter", "value": 12}.'
TYPES: dict[str, tuple[Shape, Kind | None]] = {
    "": (Shape.VALUE, None),
    "counter": (Shape.VALUE, Kind.COUNTER),
    "gauge": (Shape.VALUE, Kind.GAUGE),
    "delta": (Shape.DELTA, None),
    "histogram": (Shape.HISTOGRAM, None),
    "delta_histogram": (Shape.DELTA_HISTOGRAM, None),
}
HISTOGRAMS = ("histogram", "delta_histogram")
GROWING = ("counter", "delta")
MAX_UNIT_CHARACTERS = 64
FIRST_TOO_GREAT = 2.0**63  # integers from here on lose digits on the way through most parsers

_COMMON = ("metric", "labels", "type", "time", "unit")
_SCALAR_FIELDS = frozenset((*_COMMON, "value"))
_HISTOGRAM_FIELDS = frozenset((*_COMMON, "bounds", "counts", "sum"))


def fields_of(sample: object) -> Fields:
    """The sample as an object."""
    if not isinstance(sample, dict):
        raise Fault("", "type", f"The sample is {_named(sample)}, not an object.", EXAMPLE)
    return sample


def kind_of(sample: Fields) -> str:
    """The type, "" when there is none. A field that this type has not is a Fault."""
    kind = text(sample, "type") if "type" in sample else ""
    if kind not in TYPES or (not kind and "type" in sample):
        known = ", ".join(name for name in TYPES if name)
        raise Fault("type", "type_unknown", f"type {clip(repr(kind))} is unknown.", f"Known types: {known}.")
    known_fields = _HISTOGRAM_FIELDS if kind in HISTOGRAMS else _SCALAR_FIELDS
    if not sample.keys() <= known_fields:
        raise unknown_field(min(sample.keys() - known_fields), known_fields)
    return kind


def text(sample: Fields, field: str) -> str:
    value = sample.get(field)
    if value is None and field not in sample:
        raise Fault(field, f"{field}_missing", f"There is no {field}.", EXAMPLE)
    if not isinstance(value, str):
        raise Fault(field, "type", f"{field} is {_named(value)}, not text.", EXAMPLE)
    return value


def unit(sample: Fields) -> str:
    """The unit, "" when there is none."""
    written = text(sample, "unit") if "unit" in sample else ""
    if len(written) > MAX_UNIT_CHARACTERS or not written.isprintable():
        raise Fault(
            "unit", "unit_invalid", f"unit {clip(repr(written), 40)} is no unit.", 'Write "s", "ms", "By" or "1".'
        )
    return written


def labels(sample: Fields) -> dict[str, str]:
    """The labels, none when the field is absent."""
    pairs = sample.get("labels", {})
    if not isinstance(pairs, dict):
        raise Fault("labels", "type", f"labels is {_named(pairs)}, not an object.", 'Write {"service": "checkout"}.')
    for name, value in pairs.items():
        if not isinstance(value, str):
            field = f"labels.{clip(name, 40)}"
            hint = f'Write "{value}" in quotes.' if isinstance(value, int | float) else "Label values are text."
            raise Fault(field, "type", f"{field} is {_named(value)}, not text.", hint)
        if name == "__name__":
            raise Fault("labels.__name__", "label_invalid", "The name stands in metric, not in labels.")
    return pairs


def value(sample: Fields, *, grows: bool) -> float:
    """The number of a scalar sample; one that `grows` cannot be below zero."""
    if "value" not in sample:
        raise Fault("value", "value_missing", "There is no value.", EXAMPLE)
    found = number(sample["value"], "value")
    if grows and found < 0:
        hint = 'A counter says how many so far, a delta how many more; use "gauge" for what goes up and down.'
        raise Fault("value", "counter_negative", f"value {found:g} is negative.", hint)
    return found


def number(written: object, field: str) -> float:
    """A number that is one in JSON."""
    if isinstance(written, bool) or not isinstance(written, int | float):
        hint = "Write the number without quotes." if isinstance(written, str) else "Leave the sample out when unknown."
        raise Fault(field, "type", f"{field} is {_named(written)}, not a number.", hint)
    if abs(written) >= FIRST_TOO_GREAT:
        raise Fault(field, "out_of_range", f"{field} {written:g} is out of range.", "Stay below 2^63, 9.2e18.")
    return float(written)


def histogram(sample: Fields) -> ExplicitHistogram:
    """The distribution of a histogram sample."""
    bounds, counts = _numbers(sample, "bounds"), _numbers(sample, "counts")
    if len(counts) != len(bounds) + 1:
        raise Fault(
            "counts",
            "histogram_invalid",
            f"{len(bounds)} bounds need {len(bounds) + 1} counts, not {len(counts)}.",
            "One count for each bound, not cumulative, and a last one for all above the last bound.",
        )
    for at, count in enumerate(counts):
        if count < 0:
            raise Fault(f"counts[{at}]", "histogram_invalid", f"counts[{at}] is negative.")
    total = None if sample.get("sum") is None else number(sample["sum"], "sum")
    try:
        return ExplicitHistogram(np.array(bounds), np.array(counts), total)
    except Invalid as error:
        raise Fault("bounds", error.code, str(error), "Write bounds from the least to the greatest.") from error


def _numbers(sample: Fields, field: str) -> list[float]:
    if field not in sample:
        raise Fault(field, f"{field}_missing", f"There is no {field}.", '{"bounds": [0.1, 1], "counts": [8, 3, 0]}')
    items = sample[field]
    if not isinstance(items, list):
        raise Fault(field, "type", f"{field} is {_named(items)}, not a list.")
    if len(items) > MAX_BUCKETS:
        raise Fault(field, "histogram_invalid", f"{field} holds {len(items)} entries; the limit is {MAX_BUCKETS}.")
    return [number(item, f"{field}[{at}]") for at, item in enumerate(items)]


def _named(value: object) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {clip(value, 40)!r}"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else f"the number {value}"
