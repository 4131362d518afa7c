"""What the faults of one service make of its minutes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.demo import chance
from app.demo.company import Service
from app.demo.faults import Fault, Trouble
from app.domain.samples import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """By minute: `failing` (one row a route) and `pressure` are added, `slowness` and `rush` multiply."""

    failing: Floats
    slowness: Floats
    rush: Floats
    pressure: Floats
    silent: NDArray[np.bool_]


def effects(seed: int, service: Service, minutes: Ints, faults: tuple[Fault, ...]) -> Effects:
    """The effects on consecutive minutes. An error burst hits one route hardest: somebody will ask which."""
    found = Effects(
        failing=np.zeros((len(service.routes), len(minutes))),
        slowness=np.ones(len(minutes)),
        rush=np.ones(len(minutes)),
        pressure=np.zeros(len(minutes)),
        silent=np.zeros(len(minutes), dtype=np.bool_),
    )
    first, last = int(minutes[0]), int(minutes[-1]) + 1
    for fault in faults:
        if fault.service == service and fault.start < last and fault.end > first:
            at = slice(max(fault.start, first) - first, min(fault.end, last) - first)
            _apply(found, fault, at, fault.size * _strength(seed, fault, minutes[at]))
    return found


def _apply(found: Effects, fault: Fault, at: slice, size: Floats) -> None:
    if fault.trouble is Trouble.ERRORS:
        hardest = chance.whole(0, len(fault.service.routes) - 1, fault.service.slug, fault.start)
        found.failing[:, at] += 0.5 * size
        found.failing[hardest, at] += size
    elif fault.trouble is Trouble.SLOWNESS:
        found.slowness[at] *= 1 + size
    elif fault.trouble is Trouble.RUSH:
        found.rush[at] *= 1 + size
    elif fault.trouble is Trouble.PRESSURE:
        found.pressure[at] += size
    else:
        found.silent[at] = True


def _strength(seed: int, fault: Fault, minutes: Ints) -> Floats:
    """How much of a fault is there: it comes and goes within a minute or two and is never level."""
    ramp = np.minimum(minutes - fault.start + 1, fault.end - minutes) / 2
    ragged = chance.jitter(chance.key(seed, fault.service.slug, fault.trouble, fault.start), minutes)
    strength: Floats = np.clip(ramp, 0.0, 1.0) * (1 + 0.2 * ragged)
    return strength
