"""When the teams deploy, and when a process therefore starts anew.

Every restart happens on a multiple of STEP minutes, so that a history of five-minute samples loses at most the seconds
between its last sample and the restart. A process never lives much longer than a day: on days without a deploy its
node is recycled. What a counter has counted is therefore known from two days of minutes.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.demo import chance
from app.demo.company import Service
from app.demo.traffic import DAY, weekday

STEP = 5  # minutes
FIRST_DAY = 20_000  # versions are counted from 2024-10-04
LOOK_BACK = 3  # days: the longest life of a process


@dataclass(frozen=True, slots=True)
class Deploy:
    """A version that went out. `bad_minutes` is how long it made trouble until it was rolled back: 0 for a good one."""

    service: Service
    minute: int
    version: str
    title: str = ""
    bad_minutes: int = 0

    @property
    def link(self) -> str:
        return f"https://git.larkspur.example/{self.service.name}/releases/{self.version}"


def between(seed: int, service: Service, first: int, last: int) -> list[Deploy]:
    """The deploys of one service in the minutes [first, last), oldest first."""
    days = range(first // DAY - 1, last // DAY + 1)
    found = [deploy for day in days for deploy in _deploys(seed, service, day)]
    return [deploy for deploy in found if first <= deploy.minute < last]


def restarts(seed: int, service: Service, instance: int, first: int, last: int) -> list[int]:
    """The minutes in [first, last] at which an instance's process started, oldest first.

    Instances restart one after the other, a step apart.
    """
    days = range(first // DAY - LOOK_BACK, last // DAY + 1)
    found = {minute + STEP * instance for day in days for minute in _restarts(seed, service, day)}
    return sorted(minute for minute in found if first <= minute <= last)


def process_start(seed: int, service: Service, instance: int, minute: int) -> int:
    """The minute at which the process that runs in `minute` started."""
    return restarts(seed, service, instance, minute - LOOK_BACK * DAY, minute)[-1]


@lru_cache(maxsize=8_192)
def _deploys(seed: int, service: Service, day: int) -> tuple[Deploy, ...]:
    """The deploy that a day's work led to, and its rollback: some end after midnight."""
    count = _deploy_count(seed, service, day)
    if count == _deploy_count(seed, service, day - 1):
        return ()
    about = (seed, service.slug, "deploy", day)
    minute = day * DAY + service.deploys_from * 60 + STEP * chance.whole(0, 8 * 60 // STEP - 1, *about, "when")
    version = f"v{service.major}.{count}.0"
    bad = STEP * chance.whole(2, 8, *about, "how long")
    if chance.draw(*about, "bad") >= 0.04 + 0.03 * service.fragile:
        return (Deploy(service, minute, version),)
    return (
        Deploy(service, minute, version, bad_minutes=bad),
        Deploy(service, minute + bad, f"v{service.major}.{count - 1}.0", title=f"Rollback of {version}"),
    )


def _deploy_count(seed: int, service: Service, day: int) -> int:
    """How many deploys there were up to the end of a day."""
    days = np.arange(FIRST_DAY, max(day, FIRST_DAY) + 1)
    likely = np.where(weekday(days * DAY) >= 5, 0.12, 0.62)
    return int((chance.uniform(chance.key(seed, service.slug, "deploys"), days) < likely).sum())


@lru_cache(maxsize=8_192)
def _restarts(seed: int, service: Service, day: int) -> tuple[int, ...]:
    deploys = _deploys(seed, service, day)
    if deploys:
        return tuple(deploy.minute for deploy in deploys)
    return (day * DAY + STEP * chance.whole(36, 60, seed, service.slug, "recycled at"),)
