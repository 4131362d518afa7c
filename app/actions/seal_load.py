"""Taking journalled samples into memory, a part of the services at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.domain import histogram_codec
from app.domain.histogram_codec import Packed
from app.domain.samples import Ints
from app.store.chunks import Samples
from app.store.codec import Columns
from app.store.journal import Outline

Flags = NDArray[np.bool_]

PORTION_SAMPLES = 100_000  # what is computed at once, unless one service has more


@dataclass(frozen=True, slots=True)
class Turn:
    """Which part: the services whose id leaves `number` when divided by `of`, up to the cut."""

    number: int
    of: int
    cut_ms: int

    def holds(self, services: Ints) -> Flags:
        return np.asarray(services % self.of == self.number)


@dataclass(frozen=True, slots=True)
class Load:
    """The samples of one turn before the cut; the first turn also has what stays in the journal, by its row."""

    scalars: Samples
    histograms: Packed
    remnant: list[tuple[int, Columns]] = field(default_factory=list)

    def portions(self, services: Ints) -> Iterator["Load"]:
        """The samples of a few services at a time: `services[id]` is the service of a series."""
        owners, histogram_owners = services[self.scalars.series], services[self.histograms.series]
        ids, number = np.unique(np.concatenate((owners, histogram_owners)), return_counts=True)
        portion = np.zeros(int(ids.max(initial=0)) + 1, dtype=np.int64)
        portion[ids] = np.cumsum(number) // PORTION_SAMPLES
        for one in np.unique(portion[ids]).tolist():
            mine, my_histograms = portion[owners] == one, portion[histogram_owners] == one
            yield Load(self.scalars.where(mine), self.histograms.where(my_histograms))


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
    histograms: list[Packed] = []
    remnant: list[tuple[int, Columns]] = []
    for seq, columns in rows:
        packed = histogram_codec.packed(columns.histograms)
        before, packed_before = columns.at_ms < turn.cut_ms, packed.at_ms < turn.cut_ms
        if turn.number == 0:
            remnant += ((seq, rest) for rest in _rest(columns, packed, ~before, ~packed_before))
        gathered.add(columns, before if turn.of == 1 else before & turn.holds(services()[columns.series]))
        histograms.append(packed.where(packed_before & turn.holds(services()[packed.series])))
    return Load(gathered.samples(), histogram_codec.joined(histograms), remnant)


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

    def add(self, columns: Columns, chosen: Flags) -> None:
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


def _rest(columns: Columns, histograms: Packed, rest: Flags, histograms_rest: Flags) -> Iterable[Columns]:
    """What of a row stays in the journal."""
    if rest.any() or histograms_rest.any():
        yield Columns(
            columns.series[rest],
            columns.at_ms[rest],
            columns.values[rest],
            None if columns.marks is None else columns.marks[rest],
            None if columns.start_ms is None else columns.start_ms[rest],
            histograms.where(histograms_rest),
        )
