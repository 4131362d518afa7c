"""Where every series stands after the last seal, by series id."""

import numpy as np

from app.domain.cells import NEVER, Standing
from app.domain.feeds import FIRST_ROOM, FOREVER, Feeds, longer
from app.domain.samples import Floats, Ints


class Standings:
    """Arrays by series id: first and last sealed sample (NEVER: none), and the last finite value with its time."""

    def __init__(self, feeds: Feeds) -> None:
        self.feeds = feeds
        self.first_at = np.full(FIRST_ROOM, NEVER, dtype=np.int64)
        self.last_at = np.full(FIRST_ROOM, NEVER, dtype=np.int64)
        self.value_at = np.full(FIRST_ROOM, NEVER, dtype=np.int64)
        self.last_value = np.zeros(FIRST_ROOM)
        self.family_first = np.full(FIRST_ROOM, FOREVER, dtype=np.int64)

    def fit(self) -> None:
        """Room for every series and family that the feeds know."""
        size = len(self.feeds.kind)
        if size > len(self.first_at):
            for name in ("first_at", "last_at", "value_at"):
                setattr(self, name, longer(getattr(self, name), size, NEVER))
            self.last_value = longer(self.last_value, size)
        if self.feeds.families > len(self.family_first):
            self.family_first = longer(self.family_first, 2 * self.feeds.families, FOREVER)

    def resume(self, series: Ints, *, first_at: Ints, last_at: Ints, value_at: Ints, last_value: Floats) -> None:
        """Take up where an earlier process stopped. All these series are known to the feeds."""
        self.first_at[series], self.last_at[series] = first_at, last_at
        self.value_at[series], self.last_value[series] = value_at, last_value
        np.minimum.at(self.family_first, self.feeds.family[series], first_at)

    def sealed(self) -> Ints:
        """The series that have a sealed sample, ascending."""
        return np.asarray(np.flatnonzero(self.last_at != NEVER))

    def standing(self) -> Standing:
        """The view that cells are computed from."""
        return Standing(self.feeds.kind, self.feeds.family, self.value_at, self.last_value, self.family_first)

    def meet(self, series: Ints, first_at: Ints) -> Ints:
        """Take in the earliest new sample of each of some series.

        Gives those sealed series whose own first sample now counts as a birth, because an earlier one of their family
        has come to light.
        """
        families = self.feeds.family[series]
        before = self.family_first[families].copy()
        np.minimum.at(self.family_first, families, first_at)
        moved = np.unique(families[(self.family_first[families] < before) & (before != FOREVER)])
        born = np.empty(0, dtype=np.int64)
        if len(moved):
            ids = self.sealed()
            inside = ids[np.isin(self.feeds.family[ids], moved)]
            oldest = dict(zip(families.tolist(), before.tolist(), strict=True))
            previous = np.array([oldest[family] for family in self.feeds.family[inside].tolist()], dtype=np.int64)
            born = inside[self.first_at[inside] == previous]
        known = self.first_at[series]
        self.first_at[series] = np.where(known == NEVER, first_at, np.minimum(known, first_at))
        return born

    def advance(self, series: Ints, *, last_at: Ints) -> None:
        """These series have sealed samples up to these times."""
        self.last_at[series] = np.maximum(self.last_at[series], last_at)
