"""Sealing loses nothing, doubles nothing, and is done whole or not at all."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.actions import seal, seal_load
from app.actions.seal import Sealer
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.domain.histograms import ExplicitHistogram
from app.domain.series import SeriesKey
from app.store import dialect, schema
from app.store.engine import Store
from tests.actions.sealing import MINUTE_MS, Held, sealed, stale, tables, unsealed
from tests.databases import Databases
from tests.pipeline import NOW_MS, One, Pipeline, counter, everything, gauge, histogram_series


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty(str(request.param)))
    yield made
    made.close()


@pytest.fixture
def straight(databases: Databases) -> Iterator[Pipeline]:
    """Another, that nothing happens to."""
    made = Pipeline(databases.empty("sqlite"))
    yield made
    made.close()


def company(first: int, last: int) -> list[One]:
    """Two counters and a gauge of each of five services, a sample every minute of [first, last] since NOW_MS."""
    return [
        One(key, NOW_MS + minute * MINUTE_MS, 1_000.0 + minute * number, NOW_MS - 10_000_000 * (number % 2))
        for minute in range(first, last + 1)
        for number in range(1, 6)
        for key in (counter(job=f"s{number}"), counter("500", job=f"s{number}"), gauge(job=f"s{number}"))
    ]


def strays(first: int, last: int, *, number: int) -> list[One]:
    """A gauge that is no service's, a sample every minute."""
    key = gauge("room_temperature", instance=f"room-{number}")
    return [One(key, NOW_MS + minute * MINUTE_MS, 20.0 + minute % 3) for minute in range(first, last + 1)]


def days(store: Store) -> list[tuple[Any, ...]]:
    """The days of services that have to be condensed."""
    return tables(store)["uncondensed_days"]


def distributions(first: int, last: int) -> list[tuple[SeriesKey, int, ExplicitHistogram]]:
    """One more observation in either bucket every minute."""
    return [
        (
            histogram_series("s1"),
            NOW_MS + minute * MINUTE_MS,
            ExplicitHistogram(np.array([1.0]), np.array([500.0 + minute, 900.0 + minute])),
        )
        for minute in range(first, last + 1)
    ]


# --- nothing lost, nothing doubled


def test_what_was_accepted_is_sealed_or_journalled_whatever_is_sealed_when(pipeline: Pipeline) -> None:
    chance = random.Random(7)
    coming = sorted(company(-60, 0), key=lambda one: one.at_ms + chance.choice([0, 0, 0, 20 * MINUTE_MS]))
    accepted: set[Held] = set()
    for begin in range(0, len(coming), 60):
        portion = coming[begin : begin + 60] + chance.sample(coming[:begin], min(begin, 9))
        pipeline.send(portion)
        accepted |= {as_held(one) for one in portion}
        clock = portion[0].at_ms + 2 * MINUTE_MS
        if chance.random() < 0.3:
            pipeline.sealer.seal(now_ms=clock)
        elif chance.random() < 0.7:
            pipeline.sealer.seal_if_due(now_ms=clock)
        else:
            pipeline.crash()
        assert {*sealed(pipeline.store), *unsealed(pipeline.store)} == accepted
        assert len(sealed(pipeline.store)) == len({*sealed(pipeline.store)})
    pipeline.sealer.seal(now_ms=NOW_MS + MINUTE_MS, lag_ms=0)
    assert (sealed(pipeline.store), unsealed(pipeline.store)) == (sorted(accepted), [])


def as_held(one: One) -> Held:
    return (
        f"{one.key.metric} {one.key.shape} {list(one.key.labels)}",
        one.at_ms,
        one.value.hex(),
        0,
        one.start_ms,
    )


def test_sealing_what_is_sealed_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.send(company(-20, -1), distributions(-20, -1))
    stale(pipeline, One(gauge(), NOW_MS - MINUTE_MS, 0.0))
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    before = tables(pipeline.store)
    pipeline.sealer.seal(now_ms=NOW_MS + 60 * MINUTE_MS, lag_ms=0)
    pipeline.crash()
    pipeline.sealer.seal(now_ms=NOW_MS + 90 * MINUTE_MS, lag_ms=0)
    assert tables(pipeline.store) == before
    assert len(before["chunks"]) == 5 * 3 + 2


def test_a_repeat_of_what_is_sealed_is_stored_nowhere(pipeline: Pipeline) -> None:
    pipeline.send(company(-20, -1), distributions(-20, -1))
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    before = tables(pipeline.store)
    pipeline.crash()  # or it would be known for a repeat on its way in
    pipeline.send(company(-20, -1), distributions(-20, -1))
    assert len(unsealed(pipeline.store)) == 20 * (5 * 3 + 1)
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    after = tables(pipeline.store)
    assert {name for name in after if after[name] != before[name]} == {"states"}


def test_several_passes_make_what_one_makes(
    pipeline: Pipeline, straight: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (straight, pipeline):
        one.send(company(-30, -10), distributions(-30, -10))
        one.sealer.seal(now_ms=NOW_MS)
        one.send([*company(-9, 0), One(counter(job="s2"), NOW_MS - 20 * MINUTE_MS + 1, 1.0)], distributions(-9, 0))
        one.send(strays(-2 * 1_440, -2 * 1_440 + 4, number=1) + strays(-5, 0, number=2) + strays(-5, 0, number=3))
        one.sealer.seal(now_ms=NOW_MS)
        monkeypatch.setattr(seal, "PASS_SAMPLES", 60)
        monkeypatch.setattr(seal_load, "PORTION_SAMPLES", 10)
    assert (sealed(pipeline.store), unsealed(pipeline.store)) == (sealed(straight.store), unsealed(straight.store))
    assert everything(pipeline.store) == everything(straight.store)
    assert days(pipeline.store) == days(straight.store)
    assert len({day for service_id, day in days(straight.store) if service_id == 0}) == 2


# --- whole or not at all

WRITES = [
    ("series_rollups", "DELETE"),
    ("chunks", "INSERT"),
    ("series_rollups", "INSERT"),
    ("uncondensed_days", "INSERT"),
    ("signal_rollups", "INSERT"),
    ("services", "UPDATE"),
    ("journal", "UPDATE"),
    ("journal", "DELETE"),
    ("states", "INSERT"),
]


def test_a_seal_that_fails_anywhere_leaves_everything_as_it_was(pipeline: Pipeline, straight: Pipeline) -> None:
    for one in (straight, pipeline):
        one.send(company(-40, -20), distributions(-40, -20))
        one.sealer.seal(now_ms=NOW_MS)
        one.send(company(-19, 0), distributions(-19, 0))
        one.send([One(counter(job="s2"), NOW_MS - 30 * MINUTE_MS + 1, 1.0)])
    before = tables(pipeline.store)
    for table, operation in WRITES:
        with broken(pipeline.store, table, operation), pytest.raises(Exception, match="no room"):
            pipeline.sealer.seal(now_ms=NOW_MS)
        assert tables(pipeline.store) == before, (table, operation)
    for one in (straight, pipeline):
        one.sealer.seal(now_ms=NOW_MS)
    assert (sealed(pipeline.store), unsealed(pipeline.store)) == (sealed(straight.store), unsealed(straight.store))
    assert everything(pipeline.store) == everything(straight.store)


@contextmanager
def broken(store: Store, table: str, operation: str) -> Iterator[None]:
    """The table refuses the operation."""
    fault = f"CREATE TRIGGER fault BEFORE {operation} ON {table}"
    if store.is_sqlite:
        made, dropped = [f"{fault} BEGIN SELECT RAISE(ABORT, 'no room'); END"], "DROP TRIGGER fault"
    else:
        raising = "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$"
        made = [f"CREATE OR REPLACE FUNCTION fault() {raising}", f"{fault} FOR EACH ROW EXECUTE FUNCTION fault()"]
        dropped = f"DROP TRIGGER fault ON {table}"
    with store.writing() as db:
        for statement in made:
            db.exec_driver_sql(statement)
    yield
    with store.writing() as db:
        db.exec_driver_sql(dropped)


def test_trouble_after_the_seal_neither_loses_nor_doubles(
    pipeline: Pipeline, straight: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sealed is durable before space is given back."""
    for one in (pipeline, straight):
        one.send(company(-20, 0))
    straight.sealer.seal(now_ms=NOW_MS)
    with monkeypatch.context() as trouble:
        trouble.setattr(dialect, "give_space_back", failing)
        with pytest.raises(Unavailable):
            pipeline.sealer.seal(now_ms=NOW_MS)
    for one in (pipeline, straight):
        one.send(company(1, 5))
        one.sealer.seal(now_ms=NOW_MS + 9 * MINUTE_MS, lag_ms=0)
    assert (sealed(pipeline.store), unsealed(pipeline.store)) == (sealed(straight.store), [])
    assert everything(pipeline.store) == everything(straight.store)


def failing(*_: object, **__: object) -> None:
    raise Unavailable("The disk is full.")


def test_one_who_is_overtaken_in_the_middle_writes_nothing(
    databases: Databases, straight: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = Pipeline(databases.empty("postgresql"))
    other = Sealer(pipeline.store, counters=Counters())
    for one in (pipeline, straight):
        one.send(company(-20, 0))
    straight.sealer.seal(now_ms=NOW_MS)
    load = seal_load.load

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        found = load(*args, **kwargs)
        monkeypatch.setattr(seal_load, "load", load)
        with pipeline.store.writing() as db:
            db.execute(schema.leases.update().values(until_ms=0))
        other.seal(now_ms=NOW_MS)
        return found

    monkeypatch.setattr(seal_load, "load", overtaken)
    with pytest.raises(Unavailable, match="Another process has taken over"):
        pipeline.sealer.seal(now_ms=NOW_MS)
    assert (sealed(pipeline.store), unsealed(pipeline.store)) == (sealed(straight.store), unsealed(straight.store))
    assert everything(pipeline.store) == everything(straight.store)
    other.let_go()
    pipeline.close()


@pytest.mark.parametrize("code", ["53100", "57P01"], ids=["the disk is full", "the server is shut down"])
def test_trouble_while_copying_is_trouble_with_the_database(databases: Databases, code: str) -> None:
    pipeline = Pipeline(databases.empty("postgresql"))
    pipeline.send([One(counter(), NOW_MS - 5 * MINUTE_MS, 1.0)])
    raising = f"RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$"
    with pipeline.store.writing() as db:
        db.exec_driver_sql(f"CREATE FUNCTION fault() {raising}")
        db.exec_driver_sql("CREATE TRIGGER fault BEFORE INSERT ON chunks FOR EACH ROW EXECUTE FUNCTION fault()")
    with pytest.raises(Unavailable):
        pipeline.sealer.seal(now_ms=NOW_MS)
    pipeline.close()


# --- space


def test_the_space_that_the_journal_took_is_given_back(databases: Databases) -> None:
    """No value has less than 53 random bits: 20 000 take 132 500 bytes at least, and they are sent twice."""
    url = databases.empty("sqlite")
    path = Path(url.removeprefix("sqlite:///"))
    chance = random.Random(3)
    pipeline = Pipeline(url)
    samples = [One(counter(instance=str(n % 5)), NOW_MS - 20_000 + n, chance.random()) for n in range(20_000)]
    for _ in range(2):
        pipeline.send(samples)
        pipeline.crash()
    pipeline.store.close()
    before = path.stat().st_size
    pipeline.crash()
    pipeline.sealer.seal(now_ms=NOW_MS + 5 * MINUTE_MS)
    assert len(sealed(pipeline.store)) == 20_000
    pipeline.close()
    assert before > 265_000
    assert path.stat().st_size < before - 100_000
