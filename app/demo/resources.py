"""What a service's processes take: the shares of CPU, memory, pool and disk behind every saturation series."""

from dataclasses import dataclass

import numpy as np

from app.demo import chance
from app.demo.traffic import DAY
from app.demo.work import TICKS, Work
from app.domain.samples import Floats, Ints
from app.domain.signals import MINUTE_MS

POOL = 40
SESSIONS = 400
DISK_BYTES = 512 * 2**30
DISK_DAYS = 6  # from a clean disk to the next cleaning
MIB = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares taken, 0 to 1, by instance and instant (I, K); `disk` and `mean` (seconds a request) by instant (K)."""

    cpu: Floats
    memory: Floats
    pool: Floats
    disk: Floats
    mean: Floats
    started_ms: Ints


def shares(work: Work, at_ms: Ints, started_ms: Ints) -> Shares:
    """The shares at instants within `work`; `started_ms` tells when each instance's process started (I, K)."""
    column = at_ms // MINUTE_MS - int(work.minutes[0])
    load, pressure = work.load[column], work.effects.pressure[column]
    slowness = work.effects.slowness[column]
    keys = chance.key_grid(work.seed, work.service.slug, "resources", shape=(work.service.instances, 3))
    noise = chance.jitter(keys, at_ms // 5_000)
    age = (at_ms - started_ms) / (DAY * MINUTE_MS)
    weights = np.array([[route.share] for route in work.service.routes])
    return Shares(
        cpu=_share(busy(work)[column] + 0.02 * noise[:, 0]),
        memory=_share(_memory(work, age) + 0.5 * pressure + 0.008 * noise[:, 1]),
        pool=_share(0.06 + 0.3 * load * np.minimum(slowness, 4) ** 0.7 + 1.4 * pressure + 0.03 * noise[:, 2]),
        disk=_share(_disk(work, at_ms)),
        mean=(work.mean * weights).sum(axis=0)[column],
        started_ms=started_ms,
    )


def busy(work: Work) -> Floats:
    """The share of its cores that an instance keeps busy, by minute."""
    return _share(0.1 + 0.42 * work.load + work.effects.pressure)


def cpu_ticks(work: Work) -> Floats:
    """CPU seconds spent by each instance (I, 1, M), in ticks."""
    keys = chance.key_grid(work.seed, work.service.slug, "cpu", shape=(work.service.instances, 1))
    noise = chance.jitter(keys, work.minutes)
    ticks: Floats = np.floor(_share(busy(work) + 0.02 * noise) * work.service.cores * 60 * TICKS)
    return ticks


def _memory(work: Work, age: Floats) -> Floats:
    """A process settles after an hour; one that leaks goes on growing until it is restarted."""
    usual = 0.3 + 0.25 * chance.draw(work.seed, work.service.slug, "memory")
    return usual + 0.12 * np.minimum(age * 24, 1.0) + (0.24 * age if work.service.leaks else 0.0)


def _disk(work: Work, at_ms: Ints) -> Floats:
    """A saw: the disk fills for days and is cleaned."""
    offset = chance.draw(work.seed, work.service.slug, "disk") * DISK_DAYS
    phase = (at_ms / (DAY * MINUTE_MS) + offset) % DISK_DAYS / DISK_DAYS
    share: Floats = 0.48 + 0.45 * phase
    return share


def _share(value: Floats) -> Floats:
    return np.clip(value, 0.01, 0.99)
