"""Rollups depend on the set of accepted samples alone: not on order, repetition, portions, seals or crashes."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.domain.histograms import ExplicitHistogram
from app.domain.selectors import MetricSelector
from app.domain.series import SeriesKey, Shape, series_key
from app.domain.slis import Indicator
from app.domain.slis.composite import Composite, Rule
from app.domain.slis.kind import Member
from app.domain.slis.latency import Latency
from tests.databases import Databases
from tests.objectives import failures, objective
from tests.pipeline import NOW_MS, One, Pipeline, counter, everything, gauge, histogram_series

STEP_MS = 15_000
SPAN_STEPS = 240  # an hour
MEMORY = [gauge("memory_used"), gauge("memory_limit")]
SERIES = [counter(), counter("500"), counter(instance="b"), gauge(), *MEMORY]
BUCKETS = [series_key("duration_bucket", {"job": "shop", "instance": "a", "le": le}) for le in ("0.1", "1", "+Inf")]
DELTA = series_key("requests_total", {"job": "shop", "instance": "d"}, shape=Shape.DELTA)
EVERY = [*SERIES, *BUCKETS, DELTA]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def world(chance: random.Random) -> list[One]:
    """An hour of a few series: counters with resets, gauges, deltas that overlap, NaN, gaps of every length."""
    samples = []
    for key in EVERY:
        value, step = 0.0, chance.randrange(40)
        while step < SPAN_STEPS:
            value = 0.0 if chance.random() < 0.05 else value + chance.choice([0, 1, 7, 0.1, 12.25])
            at_ms = NOW_MS - 3_600_000 + step * STEP_MS + chance.randrange(900)
            start = NOW_MS - 3_600_000 if key is EVERY[0] and chance.random() < 0.1 else 0
            if key is DELTA and chance.random() < 0.8:
                start = at_ms - chance.choice([STEP_MS, 61_000, 150_000, 599_000])
            samples.append(One(key, at_ms, float("nan") if chance.random() < 0.02 else value, start))
            step += chance.choice([1, 1, 1, 1, 2, 5, 30, 60])
    return samples


def growing() -> list[tuple[SeriesKey, int, ExplicitHistogram]]:
    """A histogram-shaped series: one more observation in each bucket in turn."""
    found, counts = [], np.zeros(3)
    for step in range(0, SPAN_STEPS, 4):
        counts = counts + np.eye(3)[step // 4 % 3]
        histogram = ExplicitHistogram(np.array([0.1, 1.0]), counts, float(counts.sum()) / 8)
        found.append((histogram_series(), NOW_MS - 3_600_000 + step * STEP_MS, histogram))
    return found


def portions(chance: random.Random, samples: list[Any]) -> Iterator[list[Any]]:
    while samples:
        size = chance.randrange(1, 120)
        yield samples[:size]
        samples = samples[size:]


def define(pipeline: Pipeline) -> None:
    """Objectives by what every kind of series tells; defining them again changes nothing."""
    buckets, histograms = MetricSelector("duration_bucket"), MetricSelector("requests")
    parts: tuple[Indicator, ...] = (failures(), Latency(buckets, 1.0, bounds=(1.0,)), Latency(histograms, 1.0))
    ratio, *latencies = pipeline.define(*(objective(one, slug=f"slo-{k}") for k, one in enumerate(parts)))
    members = tuple(Member(one.sli_id, 1.0, 0.9) for one in (ratio, *latencies))
    pipeline.define(objective(Composite(Rule.ALL_OF, members), slug="composite"))


def straight(url: str, samples: list[One]) -> dict[str, object]:
    """The same set, sent once in order and sealed at the end."""
    pipeline = Pipeline(url)
    define(pipeline)
    pipeline.send(sorted(samples, key=lambda one: one.at_ms), growing())
    pipeline.sealer.seal(now_ms=NOW_MS + 60_000, lag_ms=0)
    found = everything(pipeline.store)
    pipeline.close()
    return found


# A seed does not shrink: the samples it stands for do not get simpler with it.
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_any_order_repetition_split_seal_and_crash_gives_the_same_rollups(
    databases: Databases, kind: str, seed: int
) -> None:
    chance = random.Random(seed)
    samples = world(chance)
    expected = straight(databases.empty("sqlite"), samples)
    found = crooked(databases.empty(kind), samples, chance)
    assert differences(found, expected) == {}
    assert len(found) > len(EVERY)
    assert sum(failures().sentence() in name for name in found) > 10  # minutes, and hours


def crooked(url: str, samples: list[One], chance: random.Random) -> dict[str, object]:
    """The same set in any order and portions, some of it twice, with seals and crashes in between."""
    mixed = [*samples, *chance.sample(samples, len(samples) // 5)]
    chance.shuffle(mixed)
    histograms = growing()
    chance.shuffle(histograms)
    pipeline = Pipeline(url)
    defined_at = chance.randrange(8)
    for number, portion in enumerate(portions(chance, mixed)):
        if number == defined_at:
            define(pipeline)
        some, histograms = histograms[:3], histograms[3:]
        pipeline.send(portion, some)
        match chance.randrange(8):
            case 0:
                pipeline.sealer.seal(now_ms=NOW_MS - chance.randrange(0, 3_600_000))
            case 1:
                pipeline.sealer.seal_if_due(now_ms=NOW_MS + chance.randrange(0, 3_600_000))
            case 2:
                pipeline.crash()
            case 3:
                pipeline.fill_a_day()
    pipeline.send([], histograms)
    define(pipeline)
    pipeline.crash()
    pipeline.sealer.seal(now_ms=NOW_MS + 60_000, lag_ms=0)
    pipeline.fill()
    found = everything(pipeline.store)
    pipeline.close()
    return found


def differences(found: dict[str, object], expected: dict[str, object]) -> dict[str, tuple[object, object]]:
    names = sorted({*found, *expected})
    return {name: (found.get(name), expected.get(name)) for name in names if found.get(name) != expected.get(name)}
