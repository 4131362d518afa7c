"""What a service does in a minute: requests by instance, route and outcome, and how long they take.

Counts are whole numbers and seconds are whole 1/1024ths, so that adding them up is exact in any order: a counter read
from history equals, bit for bit, the same counter kept live.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.demo import chance, traffic
from app.demo.company import Service
from app.demo.effects import Effects
from app.domain.samples import Floats, Ints

TICKS = 1024  # parts of a second in which durations are added up


@dataclass(frozen=True, eq=False)
class Work:
    """One service's consecutive minutes. Axes: I instances, R routes, C codes, M minutes.

    `load` is the share of the ordinary peak (M), `answers` whole requests (I, R, C, M), `median` seconds (R, M) and
    `steepness` the shape of the log-logistic distribution of durations (M): the smaller, the longer its tail.
    """

    seed: int
    service: Service
    minutes: Ints
    effects: Effects
    load: Floats
    answers: Floats
    median: Floats
    steepness: Floats

    @cached_property
    def requests(self) -> Floats:
        """Whole requests (I, R, M)."""
        total: Floats = self.answers.sum(axis=2)
        return total

    @cached_property
    def mean(self) -> Floats:
        """Seconds a request takes on average (R, M)."""
        angle = np.pi / self.steepness
        mean: Floats = self.median * (angle / np.sin(angle))
        return mean

    def below(self, bounds: Floats) -> Floats:
        """The share of requests at most each bound long (R, B, M)."""
        distance = np.log(self.median)[:, None, :] - np.log(bounds)[None, :, None]
        share: Floats = 1 / (1 + np.exp(self.steepness * distance))
        share[:, np.isinf(bounds), :] = 1.0
        return share

    def buckets(self, counts: Floats, bounds: Floats, *, about: str) -> Floats:
        """Whole requests of `counts` (..., M) at most each bound long (..., B, M), cumulative.

        The second axis of `counts` is the route. One draw a cell rounds all its bounds, so that they keep their order.
        """
        below = self.below(bounds)
        shape = (1, below.shape[0]) + (1,) * (counts.ndim - 3) + below.shape[1:]
        rounding = chance.uniform(self._keys(about, counts.shape[:-1]), self.minutes)
        whole: Floats = np.floor(counts[..., None, :] * below.reshape(shape) + rounding[..., None, :])
        return whole

    def ticks(self, counts: Floats, *, about: str) -> Floats:
        """Ticks spent in `counts` (..., M), whose second axis is the route."""
        mean = self.mean.reshape((1, len(self.mean)) + (1,) * (counts.ndim - 3) + self.mean.shape[1:])
        noise = 1 + 0.03 * chance.jitter(self._keys(about, counts.shape[:-1]), self.minutes)
        whole: Floats = np.floor(counts * mean * noise * TICKS)
        return whole

    def _keys(self, about: str, shape: tuple[int, ...]) -> chance.Keys:
        return chance.key_grid(self.seed, self.service.slug, about, shape=shape)


def work(seed: int, service: Service, minutes: Ints, effects: Effects) -> Work:
    """The work of consecutive minutes."""
    load = traffic.load(seed, service, minutes) * effects.rush
    pace = chance.key(seed, service.slug, "pace")
    wander = 1 + 0.06 * chance.drift(pace, minutes, period=45) + 0.03 * chance.jitter(pace, minutes)
    strain = 1 + 0.3 * load**2 + 1.2 * np.maximum(load - 1.3, 0)
    usual = np.array([[route.median] for route in service.routes])
    return Work(
        seed=seed,
        service=service,
        minutes=minutes,
        effects=effects,
        load=load,
        answers=_answers(seed, service, minutes, load, effects),
        median=usual * wander * strain * effects.slowness,
        steepness=np.maximum(3.1 - 0.45 * load - 0.08 * (effects.slowness - 1), 1.9),
    )


def _answers(seed: int, service: Service, minutes: Ints, load: Floats, effects: Effects) -> Floats:
    """Whole requests by instance, route and code."""
    shape = (service.instances, len(service.routes))
    about = (seed, service.slug)
    shares = np.array([[route.share] for route in service.routes])
    usual = service.peak * 60 / service.instances * shares * load
    noise = 1 + 0.05 * chance.jitter(chance.key_grid(*about, "visits", shape=shape), minutes)
    rounding = chance.uniform(chance.key_grid(*about, "visits rounded", shape=shape), minutes)
    requests = np.floor(usual * noise + rounding)
    ending = np.cumsum(_shares(seed, service, minutes, effects), axis=1)
    ending[:, -1] = 1.0
    rounding = chance.uniform(chance.key_grid(*about, "answers rounded", shape=shape), minutes)
    upto = np.floor(requests[:, :, None, :] * ending + rounding[:, :, None, :])
    counts: Floats = np.diff(upto, axis=2, prepend=0.0)
    return counts


def _shares(seed: int, service: Service, minutes: Ints, effects: Effects) -> Floats:
    """The share of each code in a route's requests (R, C, M)."""
    answers = service.answers
    about = (seed, service.slug)
    routes = len(service.routes)
    luck = 1 + 0.7 * chance.drift(chance.key_grid(*about, "luck", shape=(routes,)), minutes, period=25)
    manners = 1 + 0.3 * chance.drift(chance.key(*about, "manners"), minutes, period=120)
    failing = np.minimum(service.failing * luck + effects.failing, 0.95)
    rejected = [np.broadcast_to(share * manners, failing.shape) for _, share in answers.rejections]
    failed = [failing * share for _, share in answers.failures]
    rest = np.maximum(1 - sum([*rejected, *failed], start=np.zeros(failing.shape)), 0.0)
    shares: Floats = np.stack([rest, *rejected, *failed], axis=1)
    return shares
