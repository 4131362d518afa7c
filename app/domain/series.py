"""What a series is: a metric name, its labels, and the shape of its samples."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

from app.domain.errors import Invalid, TooLarge

Labels = tuple[tuple[str, str], ...]

MAX_LABELS = 40
MAX_NAME_BYTES = 256
MAX_VALUE_BYTES = 4096
BOUND_LABELS = ("le", "quantile")


class Shape(StrEnum):
    """How one sample of a series reads. Part of the identity: a sender that changes it starts a new series."""

    VALUE = "value"  # a number that stands for itself: a gauge, or a counter since its start
    DELTA = "delta"  # a number that adds to all before it
    HISTOGRAM = "histogram"  # a distribution since its start
    DELTA_HISTOGRAM = "delta_histogram"  # a distribution that adds to all before it


class Kind(StrEnum):
    """Whether differences or values of a VALUE series carry the meaning."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """One series. `labels` are sorted by name and do not hold `__name__`; `le` and `quantile` are canonical.

    `kind` is what the sender declared, None when it declared nothing; `unit` likewise ("s", "By", "").
    Neither is part of the identity. Raises Invalid when a name or value is empty, too long, doubled or
    holds a character that is never legal.
    """

    metric: str
    labels: Labels
    shape: Shape = Shape.VALUE
    kind: Kind | None = field(default=None, compare=False)
    unit: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not self.metric:
            raise Invalid("A series has no metric name (`__name__`).", code="name_missing", field="__name__")
        if not _is_plain(self.metric, MAX_NAME_BYTES):
            _check_text(self.metric, "metric name", self.metric, limit=MAX_NAME_BYTES)
        if len(self.labels) > MAX_LABELS:
            raise TooLarge(
                f"{self.metric} has {len(self.labels)} labels; the limit is {MAX_LABELS}.", code="too_many_labels"
            )
        previous = ""
        for name, value in self.labels:
            if not name:
                raise Invalid(f"{self.metric} has a label without a name.", code="label_invalid", field=self.metric)
            if name <= previous:
                raise Invalid(f"{self.metric} has the label {clip(name)} twice.", code="label_invalid", field=name)
            if not _is_plain(name, MAX_NAME_BYTES):
                _check_text(self.metric, "label name", name, limit=MAX_NAME_BYTES)
            if not _is_plain(value, MAX_VALUE_BYTES):
                _check_text(self.metric, f"value of {clip(name)}", value, limit=MAX_VALUE_BYTES)
            previous = name

    def label(self, name: str) -> str:
        """The value of a label, "" when the series does not carry it."""
        for candidate, value in self.labels:
            if candidate == name:
                return value
        return ""

    @property
    def fingerprint(self) -> bytes:
        """16 bytes that are equal exactly when metric, labels and shape are."""
        # No part holds a NUL: joined by it they cannot be taken for others.
        parts = "\0".join((self.metric, self.shape, *chain.from_iterable(self.labels)))
        return hashlib.blake2b(parts.encode(), digest_size=16).digest()

    def __str__(self) -> str:
        """The series as Prometheus writes it, clipped to 200 characters."""
        inside = ",".join(f'{name}="{value}"' for name, value in self.labels)
        return clip(f"{self.metric}{{{inside}}}" if inside else self.metric, 200)


def series_key(
    metric: str,
    labels: dict[str, str] | list[tuple[str, str]],
    *,
    shape: Shape = Shape.VALUE,
    kind: Kind | None = None,
    unit: str = "",
) -> SeriesKey:
    """A SeriesKey from labels in any order: sorted, empty values dropped (they mean "not there"), bounds canonical."""
    pairs = labels.items() if isinstance(labels, dict) else labels
    kept = [(name, canonical_bound(value)) if name in BOUND_LABELS else (name, value) for name, value in pairs if value]
    return SeriesKey(metric, tuple(sorted(kept)), shape=shape, kind=kind, unit=unit)


def canonical_bound(text: str) -> str:
    """A histogram bound in one spelling: "1.0", "1" and "1e0" are all "1"; infinity is "+Inf".

    Text that is no number comes back as it is: it is then a label like any other.
    """
    try:
        bound = float(text)
    except ValueError:
        return text
    if bound in (float("inf"), float("-inf")):
        return "+Inf" if bound > 0 else "-Inf"
    return f"{bound:.0f}" if bound.is_integer() and abs(bound) < 1e15 else repr(bound)


def clip(text: str, length: int = 80) -> str:
    """Text short enough to echo in an error."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _is_plain(text: str, limit: int) -> bool:
    """Whether there is nothing that `_check_text` could find: most texts are such, and it takes ten times as long."""
    return len(text) <= limit and text.isascii() and text.isprintable()


def _check_text(metric: str, what: str, text: str, *, limit: int) -> None:
    try:
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError as error:
        raise Invalid(f"The {what} of {clip(ascii(metric))} is not valid text.", code="utf8_invalid") from error
    if size > limit:
        raise TooLarge(
            f"The {what} of {clip(metric)} is longer than {limit} bytes.", code="label_too_long", field=clip(text, 40)
        )
    if "\x00" in text:
        raise Invalid(f"The {what} of {clip(metric)} holds a NUL character.", code="label_nul", field=clip(metric))
    if limit == MAX_NAME_BYTES and not text.isprintable():
        raise Invalid(
            f"The {what} {clip(repr(text))} holds a control character.", code="label_invalid", field=clip(metric)
        )
