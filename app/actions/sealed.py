"""What sealing a portion of samples makes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from app.domain.bindings import Bound
from app.domain.cells import MAX_GAP_MS, Cells
from app.domain.growth import Growth
from app.domain.samples import Ints
from app.domain.sealing import distinct, segments, stretches
from app.domain.signals import MINUTE_MS
from app.store import rollups
from app.store.chunks import Chunk
from app.store.kept_rows import KeptRows
from app.store.rollups import Piece
from app.store.spans import Spans

LOOK_AROUND_MS = 2 * MAX_GAP_MS + 2 * MINUTE_MS  # what is stored this far around new samples is looked at again
FAR_APART = (2 * LOOK_AROUND_MS + MAX_GAP_MS) // MINUTE_MS + 1  # minutes; what is around two samples does not meet


def around(series: Ints, at_ms: Ints, services: Ints) -> Spans:
    """What is looked at again for new samples by series and time: several spans where these are far apart."""
    begins, ends = stretches(series, at_ms, gap=FAR_APART * MINUTE_MS)
    ids = series[begins]
    return Spans(services[ids], ids, at_ms[begins] - LOOK_AROUND_MS, at_ms[ends - 1] + LOOK_AROUND_MS)


@dataclass(slots=True)
class Sealed:
    """Rows to write, rows they replace, and the cells and growth (by series) in the rows to write.

    `minutes[service]` are the minutes in which something changed. `kept` are rows to write that were put away.
    """

    chunks: list[Chunk] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    replaced: list[Piece] = field(default_factory=list)
    cells: list[Cells] = field(default_factory=list)
    growth: dict[int, list[Growth]] = field(default_factory=dict)
    minutes: dict[int, Ints] = field(default_factory=dict)
    newest: dict[int, int] = field(default_factory=dict)
    repeats: int = 0
    kept: tuple[Iterable[Chunk], Iterable[Piece]] = ((), ())

    def put_rows_away(self) -> None:
        """They take less room then, and a while to be read."""
        self.kept = (KeptRows(self.chunks, Chunk), KeptRows(self.pieces, rollups.piece_of))
        self.chunks, self.pieces = [], []

    def chunks_to_write(self) -> Iterable[Chunk]:
        return chain(self.chunks, self.kept[0])

    def pieces_to_write(self) -> Iterable[Piece]:
        return chain(self.pieces, self.kept[1])

    def touch(self, services: Ints, minutes: Ints) -> None:
        """Something changed in minutes[i] of services[i]; those of a service stand together."""
        begins, ends = segments(services)
        for service_id, begin, end in zip(services[begins].tolist(), begins.tolist(), ends.tolist(), strict=True):
            known = self.minutes.get(service_id)
            found = minutes[begin:end]
            self.minutes[service_id] = distinct(found if known is None else np.concatenate((known, found)))

    def note_newest(self, services: Ints, last_at: Ints) -> None:
        """A series of services[i] has samples up to last_at[i]."""
        for service_id in np.unique(services).tolist():
            newest = int(last_at[services == service_id].max())
            self.newest[service_id] = max(newest, self.newest.get(service_id, newest))

    def keep_numbers(self, of: Bound) -> None:
        """Keep the rows, and cells and growth of no other series than those that SLIs are measured by."""
        self.cells = [part.where(of.taps(part.series)) for part in self.cells]
        self.growth = {series_id: grown for series_id, grown in self.growth.items() if series_id in of.histograms}
