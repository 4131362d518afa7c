"""When samples are sealed and which: those before the cut, at regular times, the late ones between them."""

from collections.abc import Iterator

import numpy as np
import pytest

from app.actions import seal
from app.actions.seal import Sealer
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.domain.histograms import ExplicitHistogram
from app.store import journal, seals, signals
from tests.actions.sealing import MINUTE_MS, sealed, stale, times, unsealed
from tests.databases import Databases
from tests.pipeline import NOW_MS, One, Pipeline, counter, gauge, histogram_series


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty(str(request.param)))
    yield made
    made.close()


def at(*minutes: int, instance: str = "a") -> list[One]:
    """A sample at each of these minutes since NOW_MS."""
    return [One(counter(instance=instance), NOW_MS + minute * MINUTE_MS, 1_000.0 + minute) for minute in minutes]


def due(pipeline: Pipeline, *, minutes: int = 0, plus_ms: int = 0) -> bool:
    """Whether something was due at a time since NOW_MS, and is sealed now."""
    return pipeline.sealer.seal_if_due(now_ms=NOW_MS + minutes * MINUTE_MS + plus_ms)


def cut_of(pipeline: Pipeline) -> int:
    """The cut in minutes since NOW_MS."""
    with pipeline.store.reading() as db:
        return (seals.read(db).cut_ms - NOW_MS) // MINUTE_MS


# --- regular


def test_nothing_is_due_while_there_is_nothing(pipeline: Pipeline) -> None:
    assert not due(pipeline)
    pipeline.sealer.seal(now_ms=NOW_MS)
    assert (sealed(pipeline.store), cut_of(pipeline)) == ([], -NOW_MS // MINUTE_MS)


def test_a_regular_seal_comes_every_fifteen_minutes(pipeline: Pipeline) -> None:
    pipeline.send(at(-5, 0))
    assert due(pipeline), "the first one at once"
    pipeline.send(at(1, 2))
    assert not due(pipeline, minutes=15, plus_ms=-1)
    assert times(sealed(pipeline.store)) == [-5]
    assert due(pipeline, minutes=15)
    assert times(sealed(pipeline.store)) == [-5]
    assert (times(unsealed(pipeline.store)), cut_of(pipeline)) == ([0, 1, 2], 0)


@pytest.mark.parametrize(("series", "enough"), [(1, 10), (4, 16)], ids=["ten samples", "four for each of four series"])
def test_a_regular_seal_comes_when_enough_has_gathered(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, series: int, enough: int
) -> None:
    monkeypatch.setattr(seal, "REGULAR_SAMPLES", 10)
    monkeypatch.setattr(seal, "REGULAR_SAMPLES_A_SERIES", 4)
    pipeline.send([one for number in range(series) for one in at(-5, 0, instance=str(number))])
    assert due(pipeline)
    gathered = series  # of each the sample at 0
    pipeline.send([One(counter(instance="0"), NOW_MS + 1 + n, 1.0) for n in range(enough - 1 - gathered)])
    assert not due(pipeline, minutes=5)
    pipeline.send(at(1, instance="0"))
    pipeline.send([One(counter(instance="0"), NOW_MS + 3 * MINUTE_MS + n, 1.0) for n in range(5 * enough)])
    pipeline.send(at(5, instance="0"))
    assert due(pipeline, minutes=5)


def test_a_fifth_of_what_gathers_stays_for_connections_that_lag_behind(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "REGULAR_SAMPLES", 10)
    monkeypatch.setattr(seal, "REGULAR_SAMPLES_A_SERIES", 1)
    pipeline.send(at(-200, -190))
    assert due(pipeline)
    for minute in range(-180, -160):
        pipeline.send(at(minute))
    assert due(pipeline, plus_ms=1)
    assert cut_of(pipeline) == -165, "the seventeenth of the 21 samples that wait; the newest is at -161"
    pipeline.send(at(-165, instance="b"))
    assert not due(pipeline, minutes=2), "that one is not late"


@pytest.mark.parametrize("plus_ms", [0, 59_999])
def test_a_regular_seal_leaves_the_last_two_minutes_to_stragglers(pipeline: Pipeline, plus_ms: int) -> None:
    cut_ms = NOW_MS - 2 * MINUTE_MS
    pipeline.send([One(counter(), cut_ms - 1, 1.0), One(counter(), cut_ms, 2.0), One(counter(), NOW_MS + 99_000, 3.0)])
    assert due(pipeline, plus_ms=plus_ms)
    assert [when for _, when, *_ in sealed(pipeline.store)] == [cut_ms - 1]
    assert [when for _, when, *_ in unsealed(pipeline.store)] == [cut_ms, NOW_MS + 99_000]
    assert cut_of(pipeline) == -2


def test_what_a_sender_that_catches_up_sends_next_is_not_late(pipeline: Pipeline) -> None:
    pipeline.send(at(-185, -180))
    assert due(pipeline)
    assert (cut_of(pipeline), times(sealed(pipeline.store))) == (-182, [-185])
    pipeline.send(at(-182, -120))
    assert not due(pipeline, plus_ms=1)


def test_the_cut_never_goes_back(pipeline: Pipeline) -> None:
    pipeline.send(at(-10, -1))
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    pipeline.send(at(1))
    due(pipeline, minutes=1)
    assert cut_of(pipeline) == 0, "two minutes before the newest sample lie before the cut"
    pipeline.send(at(-2))
    pipeline.sealer.seal(now_ms=NOW_MS - 60 * MINUTE_MS)
    assert (cut_of(pipeline), times(sealed(pipeline.store))) == (0, [-10, -2, -1])


# --- late


def test_late_samples_are_sealed_every_minute_and_the_rest_is_left_alone(pipeline: Pipeline) -> None:
    pipeline.send(at(-10, 0))
    assert due(pipeline)
    before = rows(pipeline)
    pipeline.send(at(-9))
    assert due(pipeline, plus_ms=1), "the first late ones at once"
    pipeline.send(at(-8))
    assert not due(pipeline, minutes=1)
    assert due(pipeline, minutes=1, plus_ms=1)
    assert times(sealed(pipeline.store)) == [-10, -9, -8]
    assert (rows(pipeline), cut_of(pipeline)) == (before, -2)


def rows(pipeline: Pipeline) -> list[journal.Outline]:
    with pipeline.store.reading() as db:
        return journal.outline(db)


def test_many_late_samples_are_sealed_before_the_minute_is_over_and_in_portions(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "LATE_SAMPLES", 6)
    pipeline.send(at(-100, 0))
    assert due(pipeline)
    pipeline.send(at(-99))
    assert due(pipeline)
    pipeline.send(at(-98, -97, -96, -95, -94))
    assert not due(pipeline, plus_ms=1)
    pipeline.send(at(-93, -92))
    pipeline.send(at(-91, -90))
    assert due(pipeline, plus_ms=1)
    assert times(unsealed(pipeline.store)) == [-91, -90, 0]
    assert not due(pipeline, plus_ms=2)
    assert due(pipeline, minutes=1, plus_ms=1)
    assert times(unsealed(pipeline.store)) == [0]


def test_of_a_row_that_is_late_in_part_the_rest_stays_as_it_was(pipeline: Pipeline) -> None:
    pipeline.send(at(-10, 0))
    assert due(pipeline)
    early, later = NOW_MS - 5 * MINUTE_MS, NOW_MS + MINUTE_MS
    distribution = ExplicitHistogram(np.array([1.0]), np.array([3.0, 4.0]), 5.0)
    pipeline.send(
        [One(counter(instance="b"), early, 1.0, early - 9), One(counter(instance="b"), later, 2.0, later - 9)],
        [(histogram_series(), early, distribution), (histogram_series(), later, distribution)],
    )
    stale(pipeline, One(gauge(), early, 0.0), One(gauge(), later, 0.0))
    everything_sent = sorted([*sealed(pipeline.store), *unsealed(pipeline.store)])
    assert due(pipeline)
    assert times(sealed(pipeline.store)) == [-5, -5, -10, -5]
    assert times(unsealed(pipeline.store)) == [1, 1, 0, 1]
    assert sorted([*sealed(pipeline.store), *unsealed(pipeline.store)]) == everything_sent


def test_a_regular_seal_leaves_late_rows_to_the_next_late_one(pipeline: Pipeline) -> None:
    pipeline.send(at(-10, 0))
    assert due(pipeline)
    pipeline.send(at(-9))
    assert due(pipeline, minutes=14, plus_ms=30_000)
    pipeline.send(at(-8))
    pipeline.send(at(3))
    assert due(pipeline, minutes=15)
    assert (times(sealed(pipeline.store)), times(unsealed(pipeline.store))) == ([-10, -9, 0], [-8, 3])
    assert due(pipeline, minutes=15, plus_ms=30_000)
    assert times(unsealed(pipeline.store)) == [3]


# --- whose turn it is


def test_a_process_seals_when_the_one_before_lets_go_and_goes_on_where_it_stood(databases: Databases) -> None:
    pipeline = Pipeline(databases.empty("postgresql"))
    other = Sealer(pipeline.store, counters=Counters())
    pipeline.send(at(-10, -9))
    pipeline.sealer.seal(now_ms=NOW_MS)
    pipeline.send(at(-8))
    assert not other.seal_if_due(now_ms=NOW_MS)
    with pytest.raises(Unavailable, match="Another process seals this database"):
        other.seal(now_ms=NOW_MS)
    assert times(sealed(pipeline.store)) == [-10, -9]
    pipeline.sealer.let_go()
    other.seal(now_ms=NOW_MS)
    assert times(sealed(pipeline.store)) == [-10, -9, -8]
    assert requests(pipeline) == {-9: 1.0, -8: 1.0}
    other.let_go()
    pipeline.close()


def requests(pipeline: Pipeline) -> dict[int, float]:
    """By minute since NOW_MS."""
    with pipeline.store.reading() as db:
        found = signals.minutes(db, start_ms=0, end_ms=2 * NOW_MS)
    return {(row.bucket_ms - NOW_MS) // MINUTE_MS: row.scalars["requests"] for row in found}
