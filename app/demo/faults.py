"""What goes wrong, when and for how long: a schedule anybody can compute for any time.

Time is cut into slots, and each slot's draws decide what happens in it:

    flicker   every 12 minutes, one for 5 or 6 minutes and a lighter one for 4: no screen waits long for one
    trouble   every 3 hours, for 8 to 25 minutes
    incident  every 4 days, for 30 to 80 minutes; it has a name and spreads to those who depend on its service

and a bad deploy makes errors until its rollback. Errors choose by fragility, so that some budgets hold and others not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.demo import chance, deploys
from app.demo.cast import COMPANY
from app.demo.company import Rhythm, Service

FLICKER, TROUBLE, INCIDENT = 12, 180, 4 * 1_440  # minutes a slot
LONGEST = 1_440  # minutes any fault lasts at most
FEW = 8.0  # requests a second
CONTAGION = 0.35  # the share of an incident that reaches those who depend on its service


class Trouble(StrEnum):
    """What a fault does."""

    ERRORS = "errors"  # size: the share of requests that fail on top
    SLOWNESS = "slowness"  # size: how many times the usual duration comes on top
    RUSH = "rush"  # size: how many times the usual traffic comes on top
    PRESSURE = "pressure"  # size: the share of every resource taken on top
    SILENCE = "silence"  # nothing is sent


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong with one service in the minutes [start, start + minutes)."""

    service: Service
    trouble: Trouble
    start: int
    minutes: int
    size: float = 0.0
    title: str = ""

    @property
    def end(self) -> int:
        return self.start + self.minutes


LIVE = tuple(service for service in COMPANY if service.environment == "production")
FRAGILE = tuple(service for service in LIVE for _ in range(service.fragile) if service.failing)
ANSWERING = tuple(service for service in LIVE if service.failing)
VISITED = tuple(service for service in ANSWERING if service.rhythm is Rhythm.SHOPPERS)
STRAINED = tuple(service for service in LIVE for _ in range(service.fragile))
QUIET = tuple(service for service in FRAGILE if service.rhythm is not Rhythm.SHOPPERS)

FLICKERS = (*[Trouble.SLOWNESS] * 4, *[Trouble.ERRORS] * 4, Trouble.PRESSURE)
LIGHTER = (*[Trouble.PRESSURE] * 2, Trouble.RUSH)
TROUBLES = (*[Trouble.SLOWNESS] * 3, *[Trouble.ERRORS] * 3, Trouble.RUSH, Trouble.PRESSURE, *[Trouble.SILENCE] * 2)

VICTIMS: dict[Trouble, tuple[Service, ...]] = {
    Trouble.ERRORS: FRAGILE,
    Trouble.SLOWNESS: ANSWERING,
    Trouble.RUSH: VISITED,
    Trouble.PRESSURE: STRAINED,
    Trouble.SILENCE: QUIET,
}
SIZES: dict[Trouble, tuple[float, float]] = {
    Trouble.ERRORS: (0.025, 0.09),
    Trouble.SLOWNESS: (3.0, 6.0),
    Trouble.RUSH: (0.6, 1.3),
    Trouble.PRESSURE: (0.5, 0.62),
    Trouble.SILENCE: (0.0, 0.0),
}
TROUBLE_TIMES = 1.2  # how much worse than a flicker
INCIDENT_TIMES = {Trouble.ERRORS: 3.0, Trouble.SLOWNESS: 1.6, Trouble.RUSH: 3.0}
TITLES: dict[Trouble, tuple[str, ...]] = {
    Trouble.ERRORS: ("A provider times out", "An expired certificate on one node", "A migration locks a table"),
    Trouble.SLOWNESS: ("A query lost its index", "A cache came back cold", "A noisy neighbour"),
    Trouble.RUSH: ("A newsletter went out", "A mention on the evening news"),
    Trouble.PRESSURE: ("A batch job on the wrong nodes",),
    Trouble.SILENCE: ("A collector stopped",),
}


Slot = Callable[[int, int], tuple[Fault, ...]]


@lru_cache(maxsize=64)
def between(seed: int, first: int, last: int) -> tuple[Fault, ...]:
    """Every fault that touches the minutes [first, last), by start."""
    found = [
        *_in_slots(_flickers, FLICKER, seed, first, last),
        *_in_slots(_trouble, TROUBLE, seed, first, last),
        *_in_slots(_incident, INCIDENT, seed, first, last),
        *_bad_deploys(seed, first, last),
    ]
    return tuple(sorted((one for one in found if one.start < last and one.end > first), key=lambda one: one.start))


def _in_slots(faults: Slot, length: int, seed: int, first: int, last: int) -> Iterator[Fault]:
    """The faults of all slots from one before `first` (a fault may outlast its slot) to `last`."""
    for slot in range(first // length - 1, (last - 1) // length + 1):
        yield from faults(seed, slot)


@lru_cache(maxsize=8_192)
def _flickers(seed: int, slot: int) -> tuple[Fault, ...]:
    """One thing to see from the slot's start, and a lighter one from its seventh minute."""
    about = (seed, "flicker", slot)
    start = slot * FLICKER
    trouble = chance.choice(FLICKERS, *about, "what")
    service = chance.choice(VICTIMS[trouble], *about, "who")
    size = _size(service, trouble, *about)
    lighter = chance.choice(LIGHTER, *about, "what else")
    other = chance.choice(VICTIMS[lighter], *about, "who else")
    less = _size(other, lighter, *about, "else")
    return (
        Fault(service, trouble, start, chance.whole(5, 6, *about, "how long"), size),
        Fault(other, lighter, start + 7, 4, less),
    )


@lru_cache(maxsize=1_024)
def _trouble(seed: int, slot: int) -> tuple[Fault, ...]:
    """One fault within the first half of the slot."""
    about = (seed, "trouble", slot)
    trouble = chance.choice(TROUBLES, *about, "what")
    service = chance.choice(VICTIMS[trouble], *about, "who")
    start = slot * TROUBLE + chance.whole(0, TROUBLE // 2, *about, "when")
    size = TROUBLE_TIMES * _size(service, trouble, *about)
    return (Fault(service, trouble, start, chance.whole(8, 25, *about, "how long"), size, _title(trouble, *about)),)


@lru_cache(maxsize=256)
def _incident(seed: int, slot: int) -> tuple[Fault, ...]:
    """One serious fault somewhere in the slot, and its echo in those who depend on its service."""
    about = (seed, "incident", slot)
    trouble = chance.choice((Trouble.ERRORS, Trouble.ERRORS, Trouble.SLOWNESS, Trouble.RUSH), *about, "what")
    service = chance.choice(VISITED, *about, "who")
    start = slot * INCIDENT + chance.whole(0, INCIDENT - 120, *about, "when")
    minutes = chance.whole(30, 80, *about, "how long")
    size = INCIDENT_TIMES[trouble] * _size(service, trouble, *about)
    title = _title(trouble, *about)
    callers = () if trouble is Trouble.RUSH else tuple(one for one in ANSWERING if service.name in one.depends_on)
    return (
        Fault(service, trouble, start, minutes, size, title),
        *(Fault(one, trouble, start + 1, minutes, CONTAGION * size, f"{title} ({service.name})") for one in callers),
    )


def _bad_deploys(seed: int, first: int, last: int) -> Iterator[Fault]:
    """Errors from a bad version's start until its rollback; one in three is slow instead."""
    for service in ANSWERING:
        for deploy in deploys.between(seed, service, first - LONGEST, last):
            if deploy.bad_minutes:
                about = (seed, service.slug, deploy.version)
                trouble = chance.choice((Trouble.ERRORS, Trouble.ERRORS, Trouble.SLOWNESS), *about, "what")
                size = TROUBLE_TIMES * _size(service, trouble, *about)
                yield Fault(service, trouble, deploy.minute, deploy.bad_minutes, size, f"Deploy of {deploy.version}")


def _title(trouble: Trouble, *about: object) -> str:
    return chance.choice(TITLES[trouble], *about, "title")


def _size(service: Service, trouble: Trouble, *about: object) -> float:
    """A usual size. Where few ask, more of them must fail for anybody to see it."""
    low, high = SIZES[trouble]
    size = low + (high - low) * chance.draw(*about, "size")
    return size * (1 + FEW / service.peak) if trouble is Trouble.ERRORS else size
