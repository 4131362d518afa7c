"""Taking journalled samples into memory, a part of the services at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import HistogramSample, Ints
from app.store import chunks
from app.store.chunks import Samples
from app.store.codec import Columns
from app.store.journal import Outline


@dataclass(frozen=True, slots=True)
class Turn:
    """Which part: the services whose id leaves `number` when divided by `of`, up to the cut."""

    number: int
    of: int
    cut_ms: int

    def holds(self, services: Ints) -> NDArray[np.bool_]:
        return np.asarray(services % self.of == self.number)


@dataclass(frozen=True, slots=True)
class Load:
    """The samples of one turn before the cut; the first turn also has what stays in the journal, by its row."""

    scalars: Samples
    histograms: list[HistogramSample]
    remnant: list[tuple[int, Columns]] = field(default_factory=list)


def first_of(rows: Sequence[Outline], *, samples: int) -> Sequence[Outline]:
    """The first rows that hold so many samples together."""
    gathered = 0
    for k, row in enumerate(rows):
        gathered += row.samples
        if gathered >= samples:
            return rows[: k + 1]
    return rows


def load(rows: Iterable[tuple[int, Columns]], turn: Turn, *, room: int, services: Callable[[], Ints]) -> Load:
    """What a turn has of these rows, `room` samples at most.

    `services()[id]` is the service of a series, known once its row has been read.
    """
    gathered = _Gathered(room)
    found = Load(chunks.no_samples(), [])
    for seq, columns in rows:
        before = columns.at_ms < turn.cut_ms
        if turn.number == 0:
            found.remnant.extend((seq, rest) for rest in _rest(columns, before, turn.cut_ms))
        gathered.add(columns, before if turn.of == 1 else before & turn.holds(services()[columns.series]))
        found.histograms.extend(
            sample
            for sample in columns.histograms
            if sample.at_ms < turn.cut_ms and services()[sample.series] % turn.of == turn.number
        )
    return Load(gathered.samples(), found.histograms, found.remnant)


class _Gathered:
    """Samples put one after the other; memory is taken up as they come, not by the room there is."""

    def __init__(self, room: int) -> None:
        self._room = Samples(
            np.empty(room, dtype=np.int64),
            np.empty(room, dtype=np.int64),
            np.empty(room),
            np.zeros(room, dtype=np.uint8),
            np.zeros(room, dtype=np.int64),
        )
        self._count = 0

    def add(self, columns: Columns, chosen: NDArray[np.bool_]) -> None:
        where = slice(None) if chosen.all() else chosen
        series = columns.series[where]
        place = slice(self._count, self._count + len(series))
        self._room.series[place] = series
        self._room.at_ms[place] = columns.at_ms[where]
        self._room.values[place] = columns.values[where]
        if columns.marks is not None:
            self._room.marks[place] = columns.marks[where]
        if columns.start_ms is not None:
            self._room.start_ms[place] = columns.start_ms[where]
        self._count = place.stop

    def samples(self) -> Samples:
        return self._room.where(slice(0, self._count))


def _rest(columns: Columns, before: NDArray[np.bool_], cut_ms: int) -> Iterable[Columns]:
    """What of a row stays in the journal."""
    rest = ~before
    histograms = tuple(sample for sample in columns.histograms if sample.at_ms >= cut_ms)
    if rest.any() or histograms:
        yield Columns(
            columns.series[rest],
            columns.at_ms[rest],
            columns.values[rest],
            None if columns.marks is None else columns.marks[rest],
            None if columns.start_ms is None else columns.start_ms[rest],
            histograms,
        )
