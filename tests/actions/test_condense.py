"""Finished days become one row of minutes and one of hours a series, and late samples find their way into both."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.actions.condense import DAY_MS, condense
from app.actions.retain import Retention, retain
from app.actions.seal import Sealer
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.store import days, rollups, schema
from tests.actions.sealing import tables
from tests.databases import Databases
from tests.pipeline import NOW_MS, One, Pipeline, counter, everything

START_MS = (NOW_MS // DAY_MS - 3) * DAY_MS
STEP_MS = 60_000


def a_day() -> list[One]:
    """One request every minute of a whole day, and of an hour on either side."""
    minutes = range(-60, 25 * 60)
    return [One(counter(), START_MS + minute * STEP_MS, float(minute + 60)) for minute in minutes]


def condensed(pipeline: Pipeline) -> None:
    while condense(pipeline.store, now_ms=NOW_MS, keep_lead=pipeline.sealer.keep_lead):
        pass


def hours(pipeline: Pipeline) -> dict[int, float]:
    """The increases of the day's hours, by hour."""
    with pipeline.store.reading() as db:
        service_id = db.execute(sa.select(schema.services.c.id)).scalar_one()
        found = rollups.hours_of_service(db, service_id, start_ms=START_MS, end_ms=START_MS + DAY_MS)
        cells = rollups.cells_of(found)
    hour = (cells.minute - START_MS // STEP_MS) // 60
    inside = (hour >= 0) & (hour < 24)
    return dict(zip(hour[inside].tolist(), cells.total[inside].tolist(), strict=True))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_condensed_day_says_the_same_in_one_row(databases: Databases, kind: str) -> None:
    pipeline = Pipeline(databases.empty(kind))
    samples = a_day()
    for begin in range(0, len(samples), 200):
        pipeline.send(samples[begin : begin + 200])
        pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    before = everything(pipeline.store)
    condensed(pipeline)
    assert everything(pipeline.store) == before
    assert hours(pipeline) == dict.fromkeys(range(24), 60.0)
    with pipeline.store.reading() as db:
        service_id = db.execute(sa.select(schema.services.c.id)).scalar_one()
        rows = rollups.of_service(db, service_id, start_ms=START_MS, end_ms=START_MS + DAY_MS)
    assert [(row.first_ms, row.last_ms) for row in rows] == [(START_MS, START_MS + DAY_MS - STEP_MS)]
    pipeline.close()


def test_a_late_sample_reaches_the_hours_of_a_condensed_day(databases: Databases) -> None:
    pipeline = Pipeline(databases.empty("sqlite"))
    missing = START_MS + 5 * 3_600_000 + 30 * STEP_MS
    pipeline.send([one for one in a_day() if one.at_ms != missing])
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    condensed(pipeline)
    pipeline.send([One(counter(), missing, 1_000_000.0)])  # larger than what follows: a reset after it
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    condensed(pipeline)
    value_before = (missing - START_MS) // STEP_MS + 60 - 1
    reset_to = value_before + 2
    assert hours(pipeline)[5] == 58 + (1_000_000 - value_before) + reset_to
    pipeline.close()


@pytest.fixture
def pipeline(databases: Databases) -> Iterator[Pipeline]:
    """One that sealed an hour of the day but a minute; its lease has run out since."""
    made = Pipeline(databases.empty("postgresql"))
    made.send([One(counter(), START_MS + minute * STEP_MS, float(minute)) for minute in range(60) if minute != 30])
    made.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    with made.store.writing() as db:
        db.execute(schema.leases.update().values(until_ms=0))
    yield made
    made.close()


def test_one_who_is_overtaken_while_it_condenses_changes_nothing(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other seals would be missing from the minutes and hours that were read before it."""
    other = Sealer(pipeline.store, counters=Counters())
    oldest = days.oldest

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        found = oldest(*args, **kwargs)
        monkeypatch.setattr(days, "oldest", oldest)
        pipeline.send([One(counter(), START_MS + 30 * STEP_MS, 1_000.0)])
        other.seal(now_ms=NOW_MS, lag_ms=0)
        return found

    monkeypatch.setattr(days, "oldest", overtaken)
    with pytest.raises(Unavailable, match="Another process has taken over"):
        condense(pipeline.store, now_ms=NOW_MS, keep_lead=pipeline.sealer.keep_lead)
    while condense(pipeline.store, now_ms=NOW_MS, keep_lead=other.keep_lead):
        pass
    up_to_29, late, reset, after_31 = 29, 1_000 - 29, 31, 28
    assert hours(pipeline) == {0: up_to_29 + late + reset + after_31}
    other.let_go()


def test_one_who_was_overtaken_forgets_nothing(pipeline: Pipeline) -> None:
    other = Sealer(pipeline.store, counters=Counters())
    other.seal(now_ms=NOW_MS, lag_ms=0)
    before = tables(pipeline.store)
    with pytest.raises(Unavailable, match="Another process has taken over"):
        retain(pipeline.store, Retention(1, 1, 1), now_ms=NOW_MS, keep_lead=pipeline.sealer.keep_lead)
    assert tables(pipeline.store) == before
    other.let_go()
