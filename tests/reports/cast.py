"""A small company for tests of what people see: every state there is, from arithmetic, on a real board.

checkout   errors since 18 minutes, after a deploy       critical
search     disk fills up                                 warning
ledger     p99 tenfold since 10 minutes                  critical
mailer     silent since 34 minutes                       no data
catalog    all well                                      ok
legacy     a sender that knows only a mean duration      ok
batch      resources only, no requests at all            ok
quiet@staging   one failed request an hour               ok
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.board import MINUTES, Board, ServiceRef
from app.domain.signals import MINUTE_MS

NOW_MS = 1_795_444_325_000  # 2026-11-23 14:32:05 UTC
BOUNDS = np.array([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, np.inf])

Floats = NDArray[np.float64]


def ripple(age: Floats) -> Floats:
    """Something between -1 and 1 that looks like life."""
    return (np.sin(age / 3.1) + np.sin(age / 1.3 + 2) + np.sin(age * 2.7)) / 3


@dataclass(frozen=True)
class Member:
    """One service: functions of the age of a minute (0: the newest complete one, in minutes)."""

    name: str
    environment: str = ""
    traffic: Callable[[Floats], Floats] | None = lambda age: 60 * (100 + 40 * np.sin(age / 229) + 6 * ripple(age))
    ratio: Callable[[Floats], Floats] = lambda age: 0.0004 + 0.0003 * ripple(age)
    latency: Callable[[Floats], Floats] = lambda age: 0.06 + 0.008 * ripple(age * 1.7)
    resources: tuple[tuple[str, Callable[[Floats], Floats]], ...] = (
        ("cpu", lambda age: 0.35 + 0.05 * np.sin(age / 40)),
    )
    histogram: bool = True
    silent_minutes: int = 0


CAST = (
    Member("catalog"),
    Member("checkout", ratio=lambda age: np.where(age < 18, 0.0712, 0.0004)),
    Member("search", resources=(("cpu", lambda age: 0.4 + 0 * age), ("disk /data", lambda age: 0.91 - age * 0.0005))),
    Member("ledger", latency=lambda age: np.where(age < 10, 1.4, 0.07)),
    Member("mailer", silent_minutes=34),
    Member("legacy", histogram=False),
    Member(
        "batch", traffic=None, resources=(("memory", lambda age: 0.7 + 0 * age), ("cpu", lambda age: 0.2 + 0 * age))
    ),
    Member("quiet", "staging", traffic=lambda age: np.where(age % 60 < 1, 1.0, 0.0), ratio=lambda age: 1.0 + 0 * age),
)


def board(members: tuple[Member, ...] = CAST, *, now_ms: int = NOW_MS) -> Board:
    """A board that remembers a day of every member, its newest sample 5 seconds ago."""
    made = Board()
    refs = []
    for number, one in enumerate(members, start=1):
        slug = f"{one.name}@{one.environment}" if one.environment else one.name
        refs.append(ServiceRef(number, slug, one.name, one.environment))
    made.learn(refs)
    newest = {}
    for ref, one in zip(refs, members, strict=True):
        newest_ms = now_ms - 5_000 - one.silent_minutes * MINUTE_MS
        fill(made, ref.id, one, newest_ms=newest_ms)
        newest[ref.id] = newest_ms
    made.changed(newest, now_ms=now_ms)
    return made


def fill(made: Board, service_id: int, one: Member, *, newest_ms: int) -> None:
    """Write a member's day: complete minutes, and a tenth of the minute that is still filling."""
    source = made.minutes_of(service_id, "http", rank=1)
    minutes = np.arange(newest_ms // MINUTE_MS - MINUTES + 1, newest_ms // MINUTE_MS + 1)
    at = minutes % MINUTES
    age = (newest_ms // MINUTE_MS - 1 - minutes).astype(float)
    filling = np.where(age < 0, 0.1, 1.0)
    source.minute[at] = minutes
    if one.traffic is not None:
        requests = np.rint(one.traffic(age) * filling)
        source.scalars["requests"][at] = requests
        source.scalars["errors"][at] = np.rint(requests * one.ratio(age))
        if one.histogram:
            counts = spread(requests, one.latency(age))
            source.bounds, source.buckets = BOUNDS, np.zeros((MINUTES, len(BOUNDS)))
            source.buckets[at] = counts
            source.scalars["duration_sum"][at] = requests * one.latency(age)
            source.scalars["duration_count"][at] = requests
        else:
            source.scalars["duration_mean"][at] = one.latency(age)
    for name, share in one.resources:
        source.resources[name] = np.full(MINUTES, np.nan)
        source.resources[name][at] = share(age)


def spread(requests: Floats, typical: Floats) -> Floats:
    """Counts per bucket of a log-logistic distribution around `typical` seconds."""
    with np.errstate(over="ignore"):
        shares = 1 / (1 + (BOUNDS[None, :] / typical[:, None]) ** -5.0)
    shares[:, -1] = 1.0
    return np.diff(np.rint(shares * requests[:, None]), axis=1, prepend=0.0)
