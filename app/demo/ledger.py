"""Counters read at instants: what each process has counted since it started.

A counter at an instant is the sum of the whole minutes since the process started, and of the current minute the part
that has passed. The part is a whole number that only grows and meets the next minute exactly.
"""

from dataclasses import dataclass

import numpy as np

from app.demo import chance, deploys
from app.demo.company import Service
from app.domain.samples import Floats, Ints
from app.domain.signals import MINUTE_MS


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """What every instance's process had counted (I, T) when `minute` began."""

    minute: int
    counted: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """Counters of one service over consecutive minutes from `first`: `growth` (I instances, T counters, M minutes).

    `opening` is what the processes running at the start of `first` had counted by then; None: they started later.
    """

    seed: int
    service: Service
    first: int
    growth: Floats
    opening: Totals | None = None

    def since_start(self, at_ms: Ints) -> Floats:
        """Every counter at every instant (I, T, K), from 0 at each start of a process."""
        minute, sums = at_ms // MINUTE_MS - self.first, self._sums()
        values = sums[:, :, minute] + self._parts(at_ms)
        for instance in range(len(self.growth)):
            starts = self._starts(instance, int(minute[-1]) + self.first)
            before = sums[instance][:, starts] if len(starts) else np.zeros((len(sums[instance]), 0))
            running = np.searchsorted(starts, minute, side="right") - 1
            carried = np.zeros(len(before)) if self.opening is None else -self.opening.counted[instance]
            base = np.concatenate([carried[:, None], before], axis=1)
            values[instance] -= base[:, running + 1]
        return values

    def within(self, at_ms: Ints, since_ms: int) -> Floats:
        """What every counter grew by between the instants (I, T, K), restarts or not; the first one from `since_ms`."""
        instants = np.concatenate([[since_ms], at_ms])
        reached = self._sums()[:, :, instants // MINUTE_MS - self.first] + self._parts(instants)
        growth: Floats = np.diff(reached, axis=2)
        return growth

    def closing(self, at_ms: int) -> Totals:
        """The totals from which a later ledger may go on: at the start of the minute of `at_ms`."""
        minute = at_ms // MINUTE_MS
        return Totals(minute, self.since_start(np.array([minute * MINUTE_MS]))[:, :, 0])

    def _sums(self) -> Floats:
        """The growth before each minute (I, T, M + 1)."""
        sums = np.zeros((*self.growth.shape[:2], self.growth.shape[2] + 1))
        np.cumsum(self.growth, axis=2, out=sums[:, :, 1:])
        return sums

    def _parts(self, at_ms: Ints) -> Floats:
        """The part of the current minute's growth that has passed (I, T, K)."""
        minute = at_ms // MINUTE_MS
        passed = (at_ms % MINUTE_MS) / MINUTE_MS
        keys = chance.key_grid(self.seed, self.service.slug, "parts", shape=(len(self.growth), 1))
        parts: Floats = np.floor(self.growth[:, :, minute - self.first] * passed + chance.uniform(keys, minute))
        return parts

    def _starts(self, instance: int, last: int) -> Ints:
        """Where in the ledger an instance's processes started."""
        found = deploys.restarts(self.seed, self.service, instance, self.first, last)
        return np.array(found, dtype=np.int64) - self.first
