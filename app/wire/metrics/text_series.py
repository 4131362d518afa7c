"""The series texts a sender repeats in every body, resolved once for all its bodies."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from sys import intern
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid
from app.domain.samples import UNRESOLVED, Ints
from app.domain.series import SeriesKey, series_key
from app.wire.metrics import text_families, text_lines
from app.wire.metrics.text_families import Family
from app.wire.metrics.text_lines import Comment
from app.wire.metrics.text_outline import Outline

Adapt = Callable[[dict[str, str]], Mapping[str, str]]

MAX_SERIES = 100_000
MAX_COMMENTS = 20_000
FIRST_SERIES = 256


class Directory:
    """The series of a vocabulary as one batch sees them.

    The vocabulary may outgrow its array while ingest writes ids into it; a batch keeps the array it began with, and
    what is written after the copy is merely looked up once more by a later batch.
    """

    def __init__(self, keys: Sequence[SeriesKey], ids: Ints) -> None:
        self.ids = ids
        self._keys = keys

    def key(self, position: int) -> SeriesKey:
        return self._keys[position]


class Vocabulary:
    """What one sender's series texts stand for. Grows; safe to use from any thread.

    A text means the same for as long as its family is declared the same, so `texts[family][text]` is a position.
    `adapt` turns the labels in the text into those of the series. `groups` ties the series of one metric that began to
    count together (0: none); `starts` is 1 where a sample tells that beginning, 2 where it may also be a mere gauge.
    `last` is the outline of the last plain body.
    """

    def __init__(self, adapt: Adapt = dict) -> None:
        self.texts: dict[Family, dict[str, int]] = {}
        self.comments: dict[str, Comment | None] = {}
        self.last: Outline | None = None
        self._ids: Ints = np.full(FIRST_SERIES, UNRESOLVED, dtype=np.int64)
        self.groups: Ints = np.zeros(FIRST_SERIES, dtype=np.int64)
        self.starts: NDArray[np.uint8] = np.zeros(FIRST_SERIES, dtype=np.uint8)
        self._adapt = adapt
        self._keys: list[SeriesKey] = []
        self._group_numbers: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._keys)

    def directory(self) -> Directory:
        """All series met so far."""
        return Directory(self._keys, self._ids)

    def texts_of(self, family: Family) -> dict[str, int]:
        """The texts seen under a declaration."""
        return self.texts.setdefault(family, {})

    def comment(self, line: str) -> Comment | None:
        """A `#` line, read once."""
        if line in self.comments:
            return self.comments[line]
        if len(self.comments) >= MAX_COMMENTS:
            self.comments.clear()
        return self.comments.setdefault(line, text_lines.comment(line))

    def learn(self, sample: text_lines.Sample, declared: dict[str, Family]) -> int:
        """The position of a sample line's series. Raises Invalid when its name or labels are not legal."""
        metric, pairs = text_lines.name_and_labels(sample)
        family = text_families.family_of(metric, declared)
        known = self.texts_of(family)
        text = sample.series
        if text not in known:
            sense = text_families.sense(metric, family)
            key = series_key(
                intern(metric), _interned(self._adapt(_distinct(metric, pairs))), kind=sense.kind, unit=sense.unit
            )
            known[text] = self._append(key, sense)
        return known[text]

    def add(self, key: SeriesKey) -> int:
        """A new position for a series that stands in no text."""
        return self._append(key, text_families.Sense())

    def _append(self, key: SeriesKey, sense: text_families.Sense) -> int:
        with self._lock:
            position = len(self._keys)
            if position == len(self._ids):
                self._make_room()
            if sense.started:
                self.groups[position] = self._group(sense.started, key)
            if sense.created:
                self.starts[position] = 2 if sense.kind else 1
            self._keys.append(key)
            return position

    def _group(self, started: str, key: SeriesKey) -> int:
        labels = tuple(pair for pair in key.labels if pair[0] != "le")
        return self._group_numbers.setdefault((started, labels), len(self._group_numbers) + 1)

    def _make_room(self) -> None:
        more = len(self._ids)
        self._ids = np.concatenate([self._ids, np.full(more, UNRESOLVED, dtype=np.int64)])
        self.groups = np.concatenate([self.groups, np.zeros(more, dtype=np.int64)])
        self.starts = np.concatenate([self.starts, np.zeros(more, dtype=np.uint8)])


def adding(labels: Mapping[str, str]) -> Vocabulary:
    """One that puts these labels on every series, in place of its own of the same name."""
    added = dict(labels)
    return Vocabulary(lambda own: own | added)


class Vocabularies:
    """Those of pushing senders, told apart by the labels they add; the longest unused go when series get too many."""

    def __init__(self, max_series: int = MAX_SERIES) -> None:
        self._max_series = max_series
        self._by_labels: OrderedDict[tuple[tuple[str, str], ...], Vocabulary] = OrderedDict()
        self._lock = Lock()

    def of(self, labels: Mapping[str, str]) -> Vocabulary:
        """The vocabulary of senders adding these labels."""
        name = tuple(sorted(labels.items()))
        with self._lock:
            found = self._by_labels.pop(name, None) or adding(labels)
            while self._by_labels and self.series + len(found) > self._max_series:
                self._by_labels.popitem(last=False)
            if len(found) > self._max_series:
                found = adding(labels)
            self._by_labels[name] = found
            return found

    @property
    def series(self) -> int:
        """How many series are remembered."""
        return sum(len(vocabulary) for vocabulary in self._by_labels.values())


def _distinct(metric: str, pairs: list[tuple[str, str]]) -> dict[str, str]:
    labels = dict(pairs)
    if len(labels) < len(pairs):
        doubled = next(name for name in labels if sum(pair[0] == name for pair in pairs) > 1)
        raise Invalid(f"{metric} has the label {doubled} twice.", code="label_invalid", field=doubled)
    if "__name__" in labels:
        raise Invalid(f"{metric} has a label __name__; the name stands before the braces.", code="label_invalid")
    return labels


def _interned(labels: Mapping[str, str]) -> dict[str, str]:
    return {intern(name): intern(value) for name, value in labels.items()}
