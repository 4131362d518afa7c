"""Where every series stands after the last seal, by series id."""

import numpy as np

from app.domain.cells import NEVER, Standing
from app.domain.feeds import FIRST_ROOM, Feeds, longer
from app.domain.samples import Floats, Ints


class Standings:
    """Arrays by series id: first and last sealed sample (NEVER: none), and the last finite value with its time."""

    def __init__(self, feeds: Feeds) -> None:
        self.feeds = feeds
        self.first_at = np.full(FIRST_ROOM, NEVER, dtype=np.int64)
        self.last_at = np.full(FIRST_ROOM, NEVER, dtype=np.int64)
        self.value_at = np.full(FIRST_ROOM, NEVER, dtype=np.int64)
        self.last_value = np.zeros(FIRST_ROOM)

    def fit(self) -> None:
        """Room for every series that the feeds know."""
        size = len(self.feeds.kind)
        if size > len(self.first_at):
            for name in ("first_at", "last_at", "value_at"):
                setattr(self, name, longer(getattr(self, name), size, NEVER))
            self.last_value = longer(self.last_value, size)

    def resume(self, series: Ints, *, first_at: Ints, last_at: Ints, value_at: Ints, last_value: Floats) -> None:
        """Take up where an earlier process stopped. All these series are known to the feeds."""
        self.first_at[series], self.last_at[series] = first_at, last_at
        self.value_at[series], self.last_value[series] = value_at, last_value

    def sealed(self) -> Ints:
        """The series that have a sealed sample, ascending."""
        return np.asarray(np.flatnonzero(self.last_at != NEVER))

    def standing(self) -> Standing:
        """The view that cells are computed from."""
        return Standing(self.feeds.kind, self.value_at, self.last_value)

    def advance(self, series: Ints, *, first_at: Ints, last_at: Ints) -> None:
        """These series have sealed samples from and up to these times."""
        known = self.first_at[series]
        self.first_at[series] = np.where(known == NEVER, first_at, np.minimum(known, first_at))
        self.last_at[series] = np.maximum(self.last_at[series], last_at)

    def note_values(self, series: Ints, at_ms: Ints, values: Floats) -> None:
        """Remember the last finite value of every series; the samples stand by series and time."""
        finite = np.isfinite(values)
        if not finite.all():
            series, at_ms, values = series[finite], at_ms[finite], values[finite]
        if len(series) == 0:
            return
        ends = np.append(np.flatnonzero(np.diff(series)), len(series) - 1)
        series, at_ms, values = series[ends], at_ms[ends], values[ends]
        later = at_ms > self.value_at[series]
        self.value_at[series[later]] = at_ms[later]
        self.last_value[series[later]] = values[later]
