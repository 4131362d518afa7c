"""Taking journalled samples into memory, a part of the services at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain import histogram_codec
from app.domain.histogram_codec import Packed
from app.domain.samples import Ints
from app.domain.sealing import grouped
from app.store.chunks import Samples
from app.store.codec import Columns
from app.store.journal import Outline

Flags = NDArray[np.bool_]

PORTION_SAMPLES = 100_000  # what is computed at once, unless one service has more


@dataclass(frozen=True, slots=True)
class Turn:
    """Which part: the owners whose id leaves `number` when divided by `of`, up to the cut."""

    number: int
    of: int
    cut_ms: int

    def holds(self, owners: Ints) -> Flags:
        return np.asarray(owners % self.of == self.number)


@dataclass(frozen=True, slots=True)
class Load:
    """The samples of one turn before the cut."""

    scalars: Samples
    histograms: Packed

    def portions(self, services: Ints) -> Iterator["Load"]:
        """The samples of a few owners at a time: `services[id]` is the service of a series."""
        # By series, of which there are few: what is done for every sample takes a pass over memory each time.
        own = (self.scalars.series, self.histograms.series)
        count_of = np.bincount(own[0], minlength=len(services)) + np.bincount(own[1], minlength=len(services))
        series = np.flatnonzero(count_of)
        owner = np.unique(_owners(series, services), return_inverse=True)[1]
        number = np.bincount(owner, weights=count_of[series])
        # Where all there is before an owner fills a portion, the next one begins.
        portion = np.unique((np.cumsum(number) - number) // PORTION_SAMPLES, return_inverse=True)[1]
        portion_of = np.zeros(len(services), dtype=np.int64)
        portion_of[series] = portion[owner]
        count = int(portion.max(initial=-1)) + 1
        mine, my_histograms = (grouped(some, portion_of, count) for some in own)
        for chosen, chosen_histograms in zip(mine, my_histograms, strict=True):
            yield Load(self.scalars.where(chosen), self.histograms.where(chosen_histograms))


def first_of(rows: Sequence[Outline], *, samples: int) -> Sequence[Outline]:
    """The first rows that hold so many samples together."""
    gathered = 0
    for k, row in enumerate(rows):
        gathered += row.samples
        if gathered >= samples:
            return rows[: k + 1]
    return rows


def load(rows: Iterable[Columns], turn: Turn, *, room: int, services: Callable[[], Ints]) -> Load:
    """What a turn has of these rows, `room` samples at most.

    `services()[id]` is the service of a series, known once its row has been read.
    """
    gathered = _Gathered(room)
    histograms: list[Packed] = []
    for columns in rows:
        packed = histogram_codec.packed(columns.histograms)
        before, packed_before = columns.at_ms < turn.cut_ms, packed.at_ms < turn.cut_ms
        gathered.add(columns, before if turn.of == 1 else before & turn.holds(_owners(columns.series, services())))
        histograms.append(packed.where(packed_before & turn.holds(_owners(packed.series, services()))))
    return Load(gathered.samples(), histogram_codec.joined(histograms))


def _owners(series: Ints, services: Ints) -> Ints:
    """What is sealed together: a service, by its id; or a series of none, by its own below 0."""
    owners = services[series]
    return owners if owners.all() else np.where(owners == 0, -series, owners)


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


def rest(columns: Columns, *, cut_ms: int) -> Columns:
    """What of a row stays in the journal."""
    left = columns.at_ms >= cut_ms
    histograms = histogram_codec.packed(columns.histograms)
    return Columns(
        columns.series[left],
        columns.at_ms[left],
        columns.values[left],
        None if columns.marks is None else columns.marks[left],
        None if columns.start_ms is None else columns.start_ms[left],
        histograms.where(histograms.at_ms >= cut_ms),
    )
