"""What a Prometheus server would scrape from one service: all its series and their values."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.demo import deploys, dialects, gauges, resources
from app.demo.company import Service
from app.demo.dialects import Name
from app.demo.ledger import Ledger
from app.demo.work import Work
from app.domain.samples import Floats, Ints
from app.domain.signals import MINUTE_MS

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scrape:
    """Values by series and instant (S, K). Where `sent` (K) is False the service was silent and nothing arrives."""

    series: tuple[Labels, ...]
    at_ms: Ints
    values: Floats
    sent: NDArray[np.bool_]


def scrape(work: Work, ledger: Ledger, at_ms: Ints) -> Scrape:
    """One service at instants."""
    service = work.service
    counters = ledger.since_start(at_ms) * dialects.units(counter_names(service))[None, :, None]
    levels = gauges.levels(service, resources.shares(work, at_ms, started(work.seed, service, at_ms)))
    values = np.concatenate([counters, levels], axis=1)
    silent = work.effects.silent[at_ms // MINUTE_MS - int(work.minutes[0])]
    return Scrape(series(service), at_ms, values.reshape(-1, len(at_ms)), ~silent)


def growth(work: Work) -> Floats:
    """What a ledger of a service adds up, in the order of counter_names()."""
    cpu = [resources.cpu_ticks(work)] * len(gauges.cpu_counters(work.service))
    return np.concatenate([dialects.SHEETS[work.service.dialect].growth(work), *cpu], axis=1)


@lru_cache
def counter_names(service: Service) -> list[Name]:
    return [*dialects.SHEETS[service.dialect].names(service), *gauges.cpu_counters(service)]


@lru_cache
def series(service: Service) -> tuple[Labels, ...]:
    """The label sets of a scrape, sorted by name as remote write wants them, instance by instance."""
    names = [*counter_names(service), *(gauge.name for gauge in gauges.gauges(service))]
    return tuple(_labels(service, name, instance) for instance in range(service.instances) for name in names)


def started(seed: int, service: Service, at_ms: Ints) -> Ints:
    """When the process of each instance that runs at each instant started (I, K), in Unix ms."""
    first, last = int(at_ms[0]) // MINUTE_MS, int(at_ms[-1]) // MINUTE_MS
    rows = []
    for instance in range(service.instances):
        start = deploys.process_start(seed, service, instance, first)
        starts = np.array([start, *deploys.restarts(seed, service, instance, first + 1, last)], dtype=np.int64)
        rows.append(starts[np.searchsorted(starts, at_ms // MINUTE_MS, side="right") - 1] * MINUTE_MS)
    return np.stack(rows)


def _labels(service: Service, name: Name, instance: int) -> Labels:
    host = f"{service.name}-{instance}"
    own = {"__name__": name.metric, "env": service.environment, "job": service.name, **dict(name.labels)}
    if "container" in own:
        return tuple(sorted({**own, "pod": host, "instance": f"node-{instance}.larkspur.example:10250"}.items()))
    return tuple(sorted({**own, "instance": f"{host}.larkspur.example:8080"}.items()))
