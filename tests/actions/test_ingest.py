"""The way in: what is acknowledged is in the journal, once, and nobody suffers for another."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.actions import ingest as module
from app.actions.screen import Accepted
from app.domain.errors import Unavailable
from app.domain.histograms import ExplicitHistogram
from app.domain.samples import UNRESOLVED, HistogramSample, Mark, Metadata, SampleBatch, SeriesList
from app.domain.series import SeriesKey
from app.store import journal, metrics
from app.store.engine import Store
from tests.actions.ingesting import LIMIT_MS, Door, fresh, in_one_group, numbers, queued, until
from tests.pipeline import NOW_MS, One, batch, counter, gauge, histogram_series

# --- durable, once


def test_what_is_acknowledged_is_in_the_journal(door: Door) -> None:
    one, other = fresh(), fresh()
    accepted = door.send(One(one, NOW_MS - 5, 1.5), One(other, NOW_MS, 2.5), One(one, NOW_MS, 3.5))
    assert accepted == Accepted(samples=3)
    assert door.held() == [(NOW_MS - 5, 1.5), (NOW_MS, 2.5), (NOW_MS, 3.5)]
    assert door.told == [3]


def test_histograms_marks_and_start_times_are_kept(door: Door) -> None:
    keys = SeriesList([counter(), histogram_series()])
    sent = SampleBatch(
        keys,
        np.array([0, 0], dtype=np.int64),
        np.array([NOW_MS - 1, NOW_MS], dtype=np.int64),
        np.array([5.0, 0.0]),
        marks=np.array([Mark.VALUE, Mark.STALE], dtype=np.uint8),
        start_ms=np.array([NOW_MS - 9, 0], dtype=np.int64),
        histograms=(HistogramSample(1, NOW_MS, ExplicitHistogram(np.array([1.0]), np.array([1.0, 2.0]), 2.5), 7),),
        exemplars=4,
    )
    assert door.write(sent) == Accepted(samples=2, histograms=1, exemplars=4)
    with door.store.reading() as db:
        (row,) = journal.holding(db, before_ms=2 * NOW_MS)
    assert row.marks is not None
    assert row.start_ms is not None
    assert (row.marks.tolist(), row.start_ms.tolist()) == ([0, 1], [NOW_MS - 9, 0])
    (kept,) = row.histograms
    assert kept.histogram is not None
    assert (kept.at_ms, kept.start_ms, kept.histogram.count, kept.histogram.total) == (NOW_MS, 7, 3.0, 2.5)
    assert {kept.series, *row.series.tolist()} == set(keys.ids.tolist())


def test_an_empty_request_is_taken_and_makes_no_row(door: Door) -> None:
    assert door.send() == Accepted()
    assert (door.rows(), door.told) == (0, [])


def test_the_same_series_has_the_same_number_in_every_request_and_after_a_restart(door: Door) -> None:
    key = fresh()
    first, second = batch([One(key, NOW_MS - 9, 1.0)]), batch([One(key, NOW_MS, 2.0)])
    door.write(first)
    door.write(second)
    later = Door(door.store)
    later.start()
    third = batch([One(key, NOW_MS + 9, 3.0)])
    later.write(third)
    later.close()
    assert first.directory.ids.tolist() == second.directory.ids.tolist() == third.directory.ids.tolist()


# --- groups


def test_requests_that_wait_together_share_a_commit(waiting: Door) -> None:
    answers = in_one_group(waiting, [batch([One(fresh(), NOW_MS, float(number))]) for number in range(5)])
    assert answers == [Accepted(samples=1)] * 5
    assert (waiting.rows(), waiting.told) == (1, [5])


def test_one_without_marks_or_start_times_waits_with_one_that_has_them(waiting: Door) -> None:
    plain, started = batch([One(fresh(), NOW_MS, 1.0)]), batch([One(fresh(), NOW_MS, 2.0, NOW_MS - 5)])
    in_one_group(waiting, [plain, started])
    with waiting.store.reading() as db:
        (row,) = journal.holding(db, before_ms=2 * NOW_MS)
    assert row.start_ms is not None
    assert (row.start_ms.tolist(), row.marks) == ([0, NOW_MS - 5], None)


def test_the_same_new_series_in_two_waiting_requests_is_one_series(waiting: Door) -> None:
    key = fresh()
    requests = [batch([One(key, NOW_MS + number, 1.0)]) for number in range(3)]
    in_one_group(waiting, requests)
    assert len({int(one.directory.ids[0]) for one in requests}) == 1


def test_a_repeat_in_a_waiting_neighbour_is_stored_once(waiting: Door) -> None:
    key = fresh()
    answers = in_one_group(waiting, [batch([One(key, NOW_MS, 1.0)]) for _ in range(2)])
    assert answers == [Accepted(samples=1), Accepted(samples=1, duplicates=1)]
    assert len(waiting.held()) == 1


# --- trouble


def test_more_than_can_wait_is_turned_away(shared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE_LENGTH", 2)
    small = Door(shared)
    with ThreadPoolExecutor(2) as pool:
        kept = [pool.submit(small.send, One(fresh(), NOW_MS, 1.0)) for _ in range(2)]
        until(queued(small, 2))
        with pytest.raises(Unavailable, match="More is coming in than can be written") as raised:
            small.send(One(fresh(), NOW_MS, 1.0))
        assert raised.value.code == "overloaded"
        small.start()
        assert [one.result() for one in kept] == [Accepted(samples=1)] * 2
    small.close()


def test_a_journal_that_takes_too_long_is_unavailable(waiting: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    with pytest.raises(Unavailable) as raised:
        waiting.send(One(fresh(), NOW_MS, 1.0))
    assert raised.value.code == "journal_slow"


def test_after_trouble_of_the_database_the_same_request_is_taken_as_new(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, histogram = fresh(), ExplicitHistogram(np.array([1.0]), np.array([1.0, 2.0]))
    sent = batch([One(key, NOW_MS, 1.0)], [(histogram_series(job=str(next(numbers))), NOW_MS, histogram)])
    with monkeypatch.context() as trouble:
        trouble.setattr(journal, "append", failing)
        with pytest.raises(Unavailable):
            door.write(sent)
    assert sent.directory.ids.tolist() == [UNRESOLVED, UNRESOLVED], "their numbers went with the transaction"
    assert (door.held(), door.counters.value("burnline_journal_failures_total")) == ([], 1.0)
    assert door.write(sent) == Accepted(samples=1, histograms=1)
    assert door.held() == [(NOW_MS, 1.0)]


def failing(*_: object, **__: object) -> None:
    raise Unavailable("The disk is full.")


def test_what_senders_say_of_metrics_is_kept_when_it_is_durable(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"metric_{next(numbers)}"
    told = dataclasses.replace(batch([One(fresh(), NOW_MS, 1.0)]), metadata=(Metadata(name, "counter"),))
    with monkeypatch.context() as trouble:
        trouble.setattr(journal, "append", failing)
        with pytest.raises(Unavailable):
            door.write(told)
    door.write(told)
    with door.store.reading() as db:
        assert metrics.types(db)[name] == "counter"


# --- a directory that lives on


class Growing(SeriesList):
    """A directory that another thread makes room in while its ids are being filled in: they are lost once."""

    def __init__(self, keys: list[SeriesKey]) -> None:
        super().__init__(keys)
        self.grows = 0

    def key(self, position: int) -> SeriesKey:
        self.grows += 1
        if self.grows <= len(self.keys):
            self.ids = np.full(len(self.keys), UNRESOLVED, dtype=np.int64)
        return super().key(position)


@pytest.mark.parametrize("known", [False, True], ids=["new series", "known series"])
def test_a_directory_that_grows_in_another_thread_loses_nothing(door: Door, known: bool) -> None:
    keys = [fresh() for _ in range(5)]
    if known:
        door.send(*(One(key, NOW_MS - 9, 0.0) for key in keys))
    directory = Growing(keys)
    sent = SampleBatch(
        directory,
        np.arange(5, dtype=np.int64),
        np.full(5, NOW_MS, dtype=np.int64),
        np.arange(5, dtype=np.float64),
    )
    assert door.write(sent) == Accepted(samples=5)
    assert sorted(value for at_ms, value in door.held() if at_ms == NOW_MS) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert len(set(directory.ids.tolist())) == 5
    assert UNRESOLVED not in directory.ids


def test_a_directory_is_asked_for_each_series_once(door: Door) -> None:
    directory = Growing([fresh() for _ in range(3)])
    for number in range(4):
        at_ms = np.full(3, NOW_MS + number, dtype=np.int64)
        door.write(SampleBatch(directory, np.arange(3, dtype=np.int64), at_ms, np.zeros(3)))
    assert directory.grows <= 6


# --- counters


def test_what_was_taken_repeated_and_refused_is_counted_by_source(door: Door) -> None:
    key = fresh()
    door.send(One(key, NOW_MS, 1.0))
    door.send(One(key, NOW_MS, 1.0), One(key, NOW_MS + LIMIT_MS + 1, 2.0))
    assert door.counters.value("burnline_samples_accepted_total", source="test") == 2
    assert door.counters.value("burnline_samples_repeated_total", source="test") == 1
    assert door.counters.value("burnline_samples_refused_total", source="test", reason="timestamp_future") == 1


def test_stopping_finishes_what_was_handed_in(waiting: Door) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(waiting.send, One(gauge(instance=str(n)), NOW_MS, 1.0)) for n in range(3)]
        until(queued(waiting, 3))
        waiting.start()
        waiting.close()
        waiting.is_started = False
        assert [one.result() for one in answers] == [Accepted(samples=1)] * 3
    assert not waiting.ingest.is_alive
