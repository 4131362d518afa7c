"""Minutes of any indicator from the stored minutes of its series: what is measured nowhere else yet.

Objectives that are asked about but not saved, and parts of one (a route, a region), are read through the same taps as
sealing stores them through.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from app.domain.bindings import Bound
from app.domain.cells import Cells
from app.domain.growth import Growth
from app.domain.selectors import Candidate
from app.domain.signals import MINUTE_MS
from app.domain.sli_lanes import minutes_of
from app.domain.sli_minutes import SliMinutes, no_minutes
from app.domain.slis import Indicator
from app.store import rollups
from app.store.engine import Connection

OWN = 1  # the number of the one SLI that is measured


class Stored:
    """Stored minutes [first, end) of some series, read once."""

    def __init__(self, db: Connection, series: Iterable[Candidate], *, first: int, end: int) -> None:
        self.first, self.end = first, end
        by_service: dict[int, list[int]] = {}
        for one in series:
            by_service.setdefault(one.service_id, []).append(one.id)
        span = {"start_ms": first * MINUTE_MS, "end_ms": end * MINUTE_MS}
        found = [rollups.of_some(db, service_id, sorted(ids), **span) for service_id, ids in sorted(by_service.items())]
        plain, grown = rollups.told_apart(chain.from_iterable(found))
        cells = rollups.joined(plain)
        self._cells = cells.where((cells.minute >= first) & (cells.minute < end))
        self._grown: dict[int, list[Growth]] = {}
        for series_id, minutes in grown:
            self._grown.setdefault(series_id, []).extend(minutes)

    def minutes(self, indicator: Indicator, series: Sequence[Candidate]) -> SliMinutes:
        """What the indicator makes of these series alone."""
        bound = Bound({OWN: indicator})
        bound.learn(series)
        if not bound.series[OWN]:
            return no_minutes()
        ids = [one.id for one in bound.series[OWN]]
        cells: Cells = self._cells.where(np.isin(self._cells.series, ids))
        grown = {one: self._grown[one] for one in ids if one in self._grown}
        wanted = {OWN: np.arange(self.first, self.end)}
        return minutes_of(bound, wanted, cells, grown).get(OWN, no_minutes())


def distinct(found: Iterable[Sequence[Candidate]]) -> list[Candidate]:
    """Series that several fields select once, by number."""
    return list({one.id: one for some in found for one in some}.values())
