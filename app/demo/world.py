"""The demo company at any time: a pure function of (seed, time).

    cast        who there is                    effects   what faults do to a service's minutes
    traffic     how many people come            work      requests, outcomes and durations by minute
    deploys     versions, and process starts    ledger    counters since each process start
    faults      what goes wrong, and when       scrape, export   the same in Prometheus' and OpenTelemetry's words

Nothing is remembered that could not be computed anew: a World only keeps the last totals it reached, so that asking
for the next instant is cheap. History and live therefore join without a seam.
"""

import numpy as np

from app.demo import deploys, effects, export, faults, scrape, work
from app.demo.cast import COMPANY
from app.demo.company import Dialect, Service
from app.demo.deploys import Deploy
from app.demo.export import Export
from app.demo.faults import Fault
from app.demo.ledger import Ledger, Totals
from app.demo.scrape import Scrape
from app.demo.work import Work
from app.domain.samples import Floats, Ints
from app.domain.signals import MINUTE_MS


class World:
    """One seeded world. Not for use from two threads at once."""

    services: tuple[Service, ...] = COMPANY

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._totals: dict[Service, Totals] = {}

    def scrape(self, service: Service, at_ms: Ints) -> Scrape:
        """A service that speaks Prometheus, at ascending instants (Unix ms)."""
        opening = self._opening(service, int(at_ms[0]))
        done = self._work(service, self._first(service, opening, int(at_ms[0])), int(at_ms[-1]))
        ledger = self._ledger(done, scrape.growth(done), opening)
        self._totals[service] = ledger.closing(int(at_ms[-1]))
        return scrape.scrape(done, ledger, at_ms)

    def export(self, service: Service, at_ms: Ints, *, since_ms: int) -> tuple[Export, ...]:
        """A service that speaks OTLP, at ascending instants (Unix ms); its deltas begin at `since_ms`."""
        if service.dialect is Dialect.OTEL_DELTA:
            done = self._work(service, since_ms // MINUTE_MS, int(at_ms[-1]))
            return export.export(done, self._ledger(done, export.growth(done), None), at_ms, since_ms)
        opening = self._opening(service, int(at_ms[0]))
        done = self._work(service, self._first(service, opening, int(at_ms[0])), int(at_ms[-1]))
        ledger = self._ledger(done, export.growth(done), opening)
        self._totals[service] = ledger.closing(int(at_ms[-1]))
        return export.export(done, ledger, at_ms, since_ms)

    def deploys(self, start_ms: int, end_ms: int) -> list[Deploy]:
        """Every deploy in [start_ms, end_ms), oldest first."""
        first, last = -(-start_ms // MINUTE_MS), -(-end_ms // MINUTE_MS)
        found = [one for service in self.services for one in deploys.between(self.seed, service, first, last)]
        return sorted(found, key=lambda one: (one.minute, one.service.slug))

    def faults(self, start_ms: int, end_ms: int) -> tuple[Fault, ...]:
        """Every fault that touches [start_ms, end_ms), by its start."""
        return faults.between(self.seed, start_ms // MINUTE_MS, -(-end_ms // MINUTE_MS))

    def _opening(self, service: Service, at_ms: int) -> Totals | None:
        """The totals reached last, if `at_ms` is near after them: from further away a fresh sum is as cheap."""
        reached = self._totals.get(service)
        near = reached is not None and 0 <= at_ms // MINUTE_MS - reached.minute <= deploys.LOOK_BACK * 1_440
        return reached if near else None

    def _first(self, service: Service, opening: Totals | None, at_ms: int) -> int:
        """The minute from which the counters of `at_ms` have to be added up."""
        if opening is not None:
            return opening.minute
        minute = at_ms // MINUTE_MS
        return min(deploys.process_start(self.seed, service, one, minute) for one in range(service.instances))

    def _work(self, service: Service, first: int, last_ms: int) -> Work:
        minutes = np.arange(first, last_ms // MINUTE_MS + 1, dtype=np.int64)
        found = faults.between(self.seed, first, int(minutes[-1]) + 1)
        return work.work(self.seed, service, minutes, effects.effects(self.seed, service, minutes, found))

    def _ledger(self, done: Work, growth: Floats, opening: Totals | None) -> Ledger:
        return Ledger(self.seed, done.service, int(done.minutes[0]), growth, opening)
