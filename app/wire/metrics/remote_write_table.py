"""The series that labels name, known again by the bytes a sender says them with.

Checking a label set and making a SeriesKey of it costs ten times what finding it does, and senders send the same sets
every few seconds: a decoder that lives on keeps one table over many requests, and only new series are checked.
"""

from threading import Lock

import numpy as np

from app.domain.errors import Invalid, TooLarge
from app.domain.samples import UNRESOLVED, Ints
from app.domain.series import MAX_LABELS, SeriesKey, Shape, clip, series_key
from app.wire.metrics.remote_write_families import Family
from app.wire.metrics.remote_write_known import Known

METRIC_NAME = "__name__"
SEPARATOR = "\x00"  # never legal in a label, see `text`
MAX_SERIES_KEPT = 500_000
MAX_CHARACTERS_KEPT = 1 << 26
FIRST_ROOM = 4_096

Texts = tuple[str, ...]  # name, value, name, value, ...


class SeriesTable:
    """A directory of series by position (see SeriesDirectory) that grows; safe to use from any thread."""

    def __init__(self) -> None:
        self.ids: Ints = np.full(FIRST_ROOM, UNRESOLVED, dtype=np.int64)
        self._positions: dict[str, int] = {}
        self._blocks: list[str] = []
        self._new: dict[int, SeriesKey] = {}
        self._characters = 0
        self.known_v1 = Known()
        self.known_v2 = Known()
        self._lock = Lock()

    @property
    def is_full(self) -> bool:
        """Whether the next request should begin another table."""
        series = max(len(self._blocks), len(self.known_v1), len(self.known_v2))
        characters = self._characters + self.known_v1.characters + self.known_v2.characters
        return series > MAX_SERIES_KEPT or characters > MAX_CHARACTERS_KEPT

    def position(self, texts: Texts, family: Family, *, shape: Shape = Shape.VALUE) -> int:
        """Where the series stands that labels in any order name.

        Raises Invalid for a doubled or empty label, a missing metric name and all that SeriesKey refuses.
        """
        block = SEPARATOR.join((shape, *family, *texts))
        position = self._positions.get(block)
        return self._add(block) if position is None else position

    def key(self, position: int) -> SeriesKey:
        return self._new.pop(position, None) or _build(self._blocks[position])

    def _add(self, block: str) -> int:
        key = _build(block)
        with self._lock:
            position = self._positions.setdefault(block, len(self._blocks))
            if position == len(self._blocks):
                self._make_room()
                self._blocks.append(block)
                self._characters += len(block)
                self._new[position] = key
        return position

    def _make_room(self) -> None:
        if len(self._blocks) == len(self.ids):
            self.ids = np.concatenate((self.ids, np.full(len(self.ids), UNRESOLVED, dtype=np.int64)))


def series_of(texts: Texts, family: Family, *, shape: Shape = Shape.VALUE) -> SeriesKey:
    """The series that labels in any order name. Raises Invalid as `SeriesTable.position` does."""
    return _series(list(zip(texts[::2], texts[1::2], strict=True)), family, shape)


def check_label_count(count: int) -> None:
    """Raises TooLarge for more labels than a series may have, before any of them is looked at."""
    if count > MAX_LABELS + 1:  # and the metric name
        raise TooLarge(f"A series has {count - 1} labels; the limit is {MAX_LABELS}.", code="too_many_labels")


def metric_name(texts: Texts) -> str:
    """The metric name among labels, "" when there is none."""
    for at in range(0, len(texts), 2):
        if texts[at] == METRIC_NAME:
            return texts[at + 1]
    return ""


def text(encoded: bytes) -> str:
    """One name or value. Raises Invalid when it holds a NUL or is not UTF-8."""
    try:
        decoded = encoded.decode()
    except UnicodeDecodeError as error:
        shown = clip(encoded[:80].decode(errors="backslashreplace"))
        raise Invalid(f"A name or value is not UTF-8: {shown}.", code="utf8_invalid") from error
    if SEPARATOR in decoded:
        raise Invalid(f"A name or value holds a NUL character: {clip(decoded)!r}.", code="label_nul")
    return decoded


def _build(block: str) -> SeriesKey:
    shape, word, unit, *texts = block.split(SEPARATOR)
    return _series(list(zip(texts[::2], texts[1::2], strict=True)), Family(word, unit), Shape(shape))


def _series(pairs: list[tuple[str, str]], family: Family, shape: Shape) -> SeriesKey:
    metric = _metric(pairs)
    labels = [pair for pair in pairs if pair[0] != METRIC_NAME]
    for name, value in labels:
        if not name or not value:
            what = f"an empty label {clip(name)}" if name else "a label without a name"
            raise Invalid(f"{clip(metric)} has {what}.", code="label_invalid", field=clip(name or metric))
    return series_key(metric, labels, shape=shape, kind=family.kind(metric, shape), unit=family.unit)


def _metric(pairs: list[tuple[str, str]]) -> str:
    names = [value for name, value in pairs if name == METRIC_NAME]
    if len(names) == 1 and names[0]:
        return names[0]
    shown = clip("{" + ", ".join(f'{name}="{value}"' for name, value in pairs[:5]) + "}", 120)
    if not any(names):
        raise Invalid(f"A series has no metric name (`__name__`): {shown}.", code="name_missing", field=METRIC_NAME)
    raise Invalid(f"A series has the label __name__ twice: {shown}.", code="label_invalid", field=METRIC_NAME)
