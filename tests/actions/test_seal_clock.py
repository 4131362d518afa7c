"""Sealing goes by a clock that people set."""

from collections.abc import Iterator

import pytest

from tests.actions.sealing import MINUTE_MS
from tests.databases import Databases
from tests.pipeline import NOW_MS, One, Pipeline, counter


@pytest.fixture
def pipeline(databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty("sqlite"))
    yield made
    made.close()


def after(*minutes: int) -> list[One]:
    return [One(counter(), NOW_MS + minute * MINUTE_MS, 1_000.0 + minute) for minute in minutes]


def test_sealing_goes_on_when_the_clock_was_an_hour_ahead(pipeline: Pipeline) -> None:
    ahead_ms = pipeline.now_ms = NOW_MS + 60 * MINUTE_MS
    pipeline.send(after(50, 60))
    assert pipeline.sealer.seal_if_due(now_ms=ahead_ms)
    pipeline.send(after(1))
    assert pipeline.sealer.seal_if_due(now_ms=ahead_ms)  # a late seal, too
    pipeline.now_ms = NOW_MS + 2 * MINUTE_MS  # the clock is set right
    pipeline.send(after(2, 3, 4))
    assert pipeline.sealer.seal_if_due(now_ms=NOW_MS + 5 * MINUTE_MS)


def test_a_regular_seal_is_due_again_when_the_clock_was_set_back(pipeline: Pipeline) -> None:
    pipeline.send(after(-20, -10))
    assert pipeline.sealer.seal_if_due(now_ms=NOW_MS + 60 * MINUTE_MS)
    pipeline.send(after(-9, -5, -4))
    assert pipeline.sealer.seal_if_due(now_ms=NOW_MS)
