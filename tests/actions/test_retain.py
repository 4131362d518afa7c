"""What is past its retention goes, what may still be needed stays, and the space is given back."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.actions import retain as module
from app.actions.condense import condense
from app.actions.retain import Retention, retain
from app.store import schema
from app.store.engine import Store
from tests.actions.sealing import MINUTE_MS, tables
from tests.databases import Databases
from tests.pipeline import DAY_MS, NOW_MS, One, Pipeline, counter, everything, gauge

HOUR_MS = 60 * MINUTE_MS
RETENTION = Retention(raw_ms=15 * DAY_MS, minute_ms=35 * DAY_MS, hour_ms=400 * DAY_MS)
START_MS = NOW_MS // DAY_MS * DAY_MS
# A late sample is computed again with what lies twice the longest gap (10 min) and 2 min around it; a request may be
# a minute on its way.
AROUND_MS = (2 * 10 + 2 + 1) * MINUTE_MS


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty(str(request.param)), now_ms=START_MS)
    yield made
    made.close()


@pytest.fixture
def untouched(databases: Databases) -> Iterator[Pipeline]:
    """Another, in which nothing is ever forgotten."""
    made = Pipeline(databases.empty("sqlite"), now_ms=START_MS)
    yield made
    made.close()


def at(*minutes: int, instance: str = "a") -> list[One]:
    """A sample at each of these minutes since START_MS."""
    return [One(counter(instance=instance), START_MS + minute * MINUTE_MS, 1_000.0 + minute) for minute in minutes]


def seal(pipeline: Pipeline, samples: list[One]) -> None:
    """Everything, as soon as it has come."""
    pipeline.now_ms = max(pipeline.now_ms, *(one.at_ms for one in samples))
    pipeline.send(samples)
    pipeline.sealer.seal(now_ms=pipeline.now_ms + MINUTE_MS, lag_ms=0)


def condensed(pipeline: Pipeline) -> None:
    while condense(pipeline.store, now_ms=START_MS + 2 * DAY_MS, keep_lead=pipeline.sealer.keep_lead):
        pass


def forget(pipeline: Pipeline, now_ms: int) -> int:
    return retain(pipeline.store, RETENTION, now_ms=now_ms, keep_lead=pipeline.sealer.keep_lead)


def left(store: Store) -> dict[str, list[int]]:
    """The rows that may be forgotten, each by the last minute since START_MS that it speaks of."""
    rolled, signal = schema.series_rollups.c, schema.signal_rollups.c
    queries = {
        "raw": sa.select(schema.chunks.c.last_ms),
        "minutes": sa.select(rolled.last_ms).where(rolled.resolution_ms == MINUTE_MS),
        "hours": sa.select(rolled.last_ms).where(rolled.resolution_ms == HOUR_MS),
        "signal minutes": sa.select(signal.bucket_ms).where(signal.resolution_ms == MINUTE_MS),
        "signal hours": sa.select(signal.bucket_ms).where(signal.resolution_ms == HOUR_MS),
    }
    with store.reading() as db:
        return {
            name: sorted((last_ms - START_MS) // MINUTE_MS for last_ms in db.execute(query).scalars())
            for name, query in queries.items()
        }


def test_each_kind_of_data_goes_when_its_retention_is_over_and_not_before(pipeline: Pipeline) -> None:
    """Three hours of one counter: its first minute tells no increase."""
    seal(pipeline, at(*range(180)))
    condensed(pipeline)
    catalogue = catalogue_of(pipeline)
    expected = {
        "raw": [179],
        "minutes": [179],
        "hours": [120],
        "signal minutes": list(range(1, 180)),
        "signal hours": [0, 60, 120],
    }
    for minute, kept_ms, changed in (
        (179, 15 * DAY_MS + AROUND_MS, {}),
        (179, 15 * DAY_MS + AROUND_MS + 1, {"raw": []}),
        (1, 35 * DAY_MS, {}),
        (1, 35 * DAY_MS + 1, {"signal minutes": list(range(2, 180))}),
        (179, 35 * DAY_MS, {"signal minutes": [179]}),
        (179, 35 * DAY_MS + 1, {"signal minutes": [], "minutes": []}),
        (0, 400 * DAY_MS, {}),
        (0, 400 * DAY_MS + 1, {"signal hours": [60, 120]}),
        (120, 400 * DAY_MS, {"signal hours": [120]}),
        (120, 400 * DAY_MS + 1, {"signal hours": [], "hours": []}),
    ):
        rows = sum(map(len, expected.values()))
        expected |= changed
        assert forget(pipeline, START_MS + minute * MINUTE_MS + kept_ms) == rows - sum(map(len, expected.values()))
        assert left(pipeline.store) == expected
    assert catalogue_of(pipeline) == catalogue


def catalogue_of(pipeline: Pipeline) -> dict[str, object]:
    """What has no retention."""
    return {name: rows for name, rows in tables(pipeline.store).items() if name in {"services", "series", "states"}}


def test_where_nothing_is_old_nothing_is_touched(pipeline: Pipeline) -> None:
    pipeline.sealer.seal(now_ms=NOW_MS)
    assert forget(pipeline, NOW_MS) == 0
    seal(pipeline, at(*range(30)))
    pipeline.send([One(gauge(), START_MS + 35 * MINUTE_MS, 0.5)])
    before = tables(pipeline.store)
    assert len(before["journal"]) == 1
    assert forget(pipeline, START_MS + 15 * DAY_MS) == 0
    assert tables(pipeline.store) == before


# --- what is still needed


@pytest.mark.parametrize(
    "retention",
    [RETENTION, Retention(15 * DAY_MS, 15 * DAY_MS, 15 * DAY_MS)],
    ids=["minutes are kept longer", "minutes are kept as long as samples"],
)
def test_the_oldest_sample_that_may_come_finds_what_it_is_computed_with(
    pipeline: Pipeline, untouched: Pipeline, retention: Retention
) -> None:
    """One of two counters in the first hour of a day, whose samples were sealed every ten minutes; one is missing."""
    late = One(counter(), START_MS + 31 * MINUTE_MS, 1_030.25)
    for one in (pipeline, untouched):
        for begin in range(0, 60, 10):
            there = [s for s in at(*range(begin, begin + 10)) if s.at_ms != late.at_ms]
            seal(one, there + at(begin, begin + 5, instance="b"))
        condensed(one)
        one.now_ms = late.at_ms + 15 * DAY_MS
        if one is pipeline:
            retain(one.store, retention, now_ms=one.now_ms + MINUTE_MS - 1, keep_lead=one.sealer.keep_lead)
        one.send([late])
        one.sealer.seal(now_ms=one.now_ms, lag_ms=0)
        condensed(one)
    assert everything(pipeline.store) == everything(untouched.store)


def test_what_waits_in_the_journal_finds_what_it_is_computed_with(pipeline: Pipeline, untouched: Pipeline) -> None:
    """Nobody has sealed for a month."""
    late, *_ = at(31)
    for one in (pipeline, untouched):
        for begin in range(0, 60, 10):
            seal(one, [s for s in at(*range(begin, begin + 10)) if s != late])
        condensed(one)
        one.send([late])
        if one is pipeline:
            forget(one, START_MS + 45 * DAY_MS)
        one.sealer.seal(now_ms=START_MS + 45 * DAY_MS)
    assert everything(pipeline.store) == everything(untouched.store)
    forget(pipeline, START_MS + 45 * DAY_MS)
    condensed(pipeline)
    forget(pipeline, START_MS + 45 * DAY_MS)
    assert left(pipeline.store) == {"raw": [], "minutes": [], "hours": [0], "signal minutes": [], "signal hours": [0]}


@pytest.mark.parametrize(
    ("retention", "now_ms"),
    [(RETENTION, START_MS + 50 * DAY_MS), (Retention(HOUR_MS, HOUR_MS, 400 * DAY_MS), START_MS + 7 * HOUR_MS)],
    ids=["it was off for seven weeks", "minutes are kept for less than a day"],
)
def test_minutes_stay_until_their_day_has_been_condensed(pipeline: Pipeline, retention: Retention, now_ms: int) -> None:
    seal(pipeline, at(*range(180)))
    retain(pipeline.store, retention, now_ms=now_ms, keep_lead=pipeline.sealer.keep_lead)
    condense(pipeline.store, now_ms=START_MS + 50 * DAY_MS, keep_lead=pipeline.sealer.keep_lead)
    assert left(pipeline.store)["hours"] == [120]
    retain(pipeline.store, retention, now_ms=now_ms, keep_lead=pipeline.sealer.keep_lead)
    assert left(pipeline.store)["minutes"] == []


# --- space


def test_the_file_shrinks_by_what_is_forgotten_a_part_at_a_time(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No value has less than 53 random bits: 20 000 of them take 132 500 bytes at least, 32 pages."""
    url = databases.empty("sqlite")
    pipeline = Pipeline(url, now_ms=START_MS)
    chance = random.Random(3)
    seal(pipeline, [One(gauge(), START_MS + n, chance.random()) for n in range(20_000)])
    before = size_of(pipeline)
    monkeypatch.setattr(module, "PAGES_AT_ONCE", 10)
    now_ms = START_MS + 16 * DAY_MS
    assert forget(pipeline, now_ms) == 1
    once = size_of(pipeline)
    assert before - once == 10 * 4_096
    assert forget(pipeline, now_ms) == 0
    assert once - size_of(pipeline) == 10 * 4_096, "nothing more is forgotten, but there is space left to give back"
    for _ in range(9):
        forget(pipeline, now_ms)
    assert before - size_of(pipeline) >= 132_500
    pipeline.close()


def size_of(pipeline: Pipeline) -> int:
    """Bytes of the file, once it holds all that was written."""
    pipeline.store.close()
    size = Path(pipeline.url.removeprefix("sqlite:///")).stat().st_size
    pipeline.crash()
    return size
