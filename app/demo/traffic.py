"""How many requests people make: the day, the week, and what nobody planned."""

from collections.abc import Callable

import numpy as np

from app.demo import chance
from app.demo.company import Rhythm, Service
from app.domain.samples import Floats, Ints

DAY = 1_440  # minutes
MONDAY = 4  # 1970-01-05 was the first one: day 4 since the epoch


def load(seed: int, service: Service, minutes: Ints) -> Floats:
    """Requests as a share of the ordinary peak, for each minute (since the Unix epoch, UTC): 0.1 at night, 1 at peak.

    It wanders by the hour and by the quarter of an hour, so that no day is the copy of another.
    """
    slow = chance.drift(chance.key(seed, service.slug, "day's luck"), minutes, period=8 * 60)
    quick = chance.drift(chance.key(seed, service.slug, "quarter"), minutes, period=15)
    return RHYTHMS[service.rhythm](minutes) * (1 + 0.07 * slow + 0.03 * quick)


def _shoppers(minutes: Ints) -> Floats:
    noon = _bump(minutes, at=11.5, width=3.4)
    evening = _bump(minutes, at=19.0, width=2.6)
    weekend = np.where(weekday(minutes) >= 5, 1.12, 1.0)
    share: Floats = (0.14 + 0.5 * noon + 0.84 * evening) * weekend
    return share


def _office(minutes: Ints) -> Floats:
    morning = _bump(minutes, at=9.5, width=2.0)
    afternoon = _bump(minutes, at=14.5, width=2.6)
    weekend = np.where(weekday(minutes) >= 5, 0.35, 1.0)
    share: Floats = (0.1 + 0.85 * morning + 0.8 * afternoon) * weekend
    return share


def _batch(minutes: Ints) -> Floats:
    """Twenty minutes of work from each full hour, and more of it at night."""
    working = np.clip((24 - minutes % 60) / 6, 0.12, 1.0)
    share: Floats = working * (0.55 + 0.45 * _bump(minutes, at=2.0, width=2.5))
    return share


def _bump(minutes: Ints, *, at: float, width: float) -> Floats:
    """A bell over the hours of the day, 1 at its top; the day is a ring."""
    hours = (minutes % DAY) / 60
    away = np.abs(hours - at)
    away = np.minimum(away, 24 - away)
    bell: Floats = np.exp(-0.5 * (away / width) ** 2)
    return bell


def weekday(minutes: Ints) -> Ints:
    """0 on Monday to 6 on Sunday, UTC."""
    return (minutes // DAY - MONDAY) % 7


RHYTHMS: dict[Rhythm, Callable[[Ints], Floats]] = {
    Rhythm.SHOPPERS: _shoppers,
    Rhythm.OFFICE: _office,
    Rhythm.BATCH: _batch,
}
