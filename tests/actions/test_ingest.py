"""The way in: what is acknowledged is in the journal, once; what is not is named; nobody suffers for another."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.actions import ingest as module
from app.actions.ingest import Ingest
from app.actions.screen import Accepted
from app.domain.counters import Counters
from app.domain.errors import Invalid, Unavailable
from app.domain.histograms import ExplicitHistogram
from app.domain.samples import UNRESOLVED, HistogramSample, Mark, Metadata, SampleBatch, SeriesList
from app.domain.series import SeriesKey, series_key
from app.store import journal, metrics, migrate
from app.store.codec import Columns
from app.store.engine import Store, open_store
from tests.databases import Databases
from tests.pipeline import DAY_MS, NOW_MS, Book, One, batch, counter, gauge, histogram_series

LIMIT_MS = 600_000
RETENTION_MS = 15 * DAY_MS


class Door:
    """An ingest on a database of its own, started when asked to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.counters = Counters()
        self.told: list[int] = []
        self.ingest = Ingest(
            store, Book(), raw_retention_ms=RETENTION_MS, counters=self.counters, committed=self._committed
        )
        self.is_started = False

    def _committed(self, seq: int, columns: Columns) -> None:
        self.told.append(columns.samples)

    def start(self) -> None:
        self.ingest.start()
        self.is_started = True

    def close(self) -> None:
        if self.is_started:
            self.ingest.stop()

    def write(self, one: SampleBatch, *, now_ms: int = NOW_MS) -> Accepted:
        return self.ingest.write(one, source="test", now_ms=now_ms)

    def send(self, *samples: One) -> Accepted:
        return self.write(batch(samples))

    def held(self) -> list[tuple[int, float]]:
        """(time, value) of every scalar in the journal, in its order."""
        with self.store.reading() as db:
            rows = list(journal.holding(db, before_ms=2 * NOW_MS))
        return [pair for row in rows for pair in zip(row.at_ms.tolist(), row.values.tolist(), strict=True)]

    def rows(self) -> int:
        with self.store.reading() as db:
            return len(journal.outline(db))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Store]:
    made = open_store(databases.empty(str(request.param)))
    migrate.upgrade(made)
    yield made
    made.close()


@pytest.fixture
def waiting(shared: Store) -> Iterator[Door]:
    """Takes requests, and writes none before it is started."""
    with shared.writing() as db:
        journal.forget(db, [row.seq for row in journal.outline(db)])
    made = Door(shared)
    yield made
    made.close()


@pytest.fixture
def door(waiting: Door) -> Door:
    waiting.start()
    return waiting


numbers = iter(range(1_000_000))


def fresh() -> SeriesKey:
    """A series that no test has used."""
    return series_key("pool_ratio", {"job": "shop", "n": str(next(numbers))})


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


# --- repeats and contradictions


def test_a_repeat_counts_as_written_and_is_stored_once(door: Door) -> None:
    key = fresh()
    door.send(One(key, NOW_MS, 1.5))
    assert door.send(One(key, NOW_MS, 1.5)) == Accepted(samples=1, duplicates=1)
    assert door.send(One(key, NOW_MS, 1.5), One(key, NOW_MS + 1, 2.0)) == Accepted(samples=2, duplicates=1)
    assert door.held() == [(NOW_MS, 1.5), (NOW_MS + 1, 2.0)]


def test_a_repeat_within_one_request_is_one_too(door: Door) -> None:
    key = fresh()
    assert door.send(One(key, NOW_MS, 1.5), One(key, NOW_MS, 1.5)) == Accepted(samples=2, duplicates=1)
    assert door.held() == [(NOW_MS, 1.5)]


def test_a_contradiction_is_refused_and_the_first_value_stands(door: Door) -> None:
    key = fresh()
    door.send(One(key, NOW_MS, 1.5))
    accepted = door.send(One(key, NOW_MS, 9.0), One(key, NOW_MS, 8.0), One(key, NOW_MS + 1, 2.0))
    (refusal,) = accepted.refusals
    assert (accepted.samples, refusal.code, refusal.samples) == (1, "duplicate_conflict", 2)
    assert refusal.message == f"{key} at 2026-11-18T11:07:00+00:00 already has another value; the first one is kept."
    assert door.held() == [(NOW_MS, 1.5), (NOW_MS + 1, 2.0)]


def test_the_bits_of_a_value_decide_what_is_a_repeat(door: Door) -> None:
    for value, other in ((0.0, -0.0), (float("nan"), -float("nan"))):
        key = fresh()
        door.send(One(key, NOW_MS, value))
        assert door.send(One(key, NOW_MS, value)).duplicates == 1
        assert [one.code for one in door.send(One(key, NOW_MS, other)).refusals] == ["duplicate_conflict"]


def test_histograms_are_repeated_and_contradicted_likewise(door: Door) -> None:
    key = histogram_series(job=str(next(numbers)))

    def histogram(*counts: float) -> SampleBatch:
        return batch([], [(key, NOW_MS, ExplicitHistogram(np.array([1.0]), np.array(counts)))])

    assert door.write(histogram(1.0, 2.0)) == Accepted(histograms=1)
    assert door.write(histogram(1.0, 2.0)) == Accepted(histograms=1, duplicates=1)
    accepted = door.write(histogram(5.0, 2.0))
    assert accepted.histograms == 0
    assert [(one.code, one.samples, one.histograms) for one in accepted.refusals] == [("duplicate_conflict", 0, 1)]


def test_a_late_sample_is_taken(door: Door) -> None:
    key = fresh()
    door.send(One(key, NOW_MS, 1.0))
    assert door.send(One(key, NOW_MS - 60_000, 2.0)) == Accepted(samples=1)


# --- times


@pytest.mark.parametrize(
    ("at_ms", "code", "says"),
    [
        (NOW_MS + LIMIT_MS + 1, "timestamp_future", "600 s ahead of the server's clock (2026-11-18T11:07:00+00:00)"),
        (NOW_MS * 1_000, "timestamp_future", "It looks like micro- or nanoseconds instead of milliseconds."),
        (
            NOW_MS - RETENTION_MS - 1,
            "timestamp_too_old",
            "at 2026-11-03T11:06:59+00:00 is older than the raw",
        ),
        (NOW_MS // 1_000, "timestamp_too_old", "It looks like seconds instead of milliseconds."),
        (-(2**63), "timestamp_too_old", "is older than the raw retention"),
        (2**63 - 1, "timestamp_future", "ahead of the server's clock"),
    ],
    ids=["future", "microseconds", "too old", "seconds", "the smallest time", "the largest time"],
)
def test_a_time_out_of_bounds_is_refused_with_what_to_do_about_it(door: Door, at_ms: int, code: str, says: str) -> None:
    key = fresh()
    accepted = door.send(One(key, at_ms, 1.0), One(key, NOW_MS, 2.0), One(key, at_ms, 3.0))
    (refusal,) = accepted.refusals
    assert (accepted.samples, refusal.code, refusal.samples) == (1, code, 2)
    assert refusal.message.startswith(str(key))
    assert says in refusal.message
    assert door.held() == [(NOW_MS, 2.0)]


@pytest.mark.parametrize("at_ms", [NOW_MS + LIMIT_MS, NOW_MS - RETENTION_MS], ids=["ten minutes ahead", "oldest"])
def test_the_bounds_themselves_are_taken(door: Door, at_ms: int) -> None:
    assert door.send(One(fresh(), at_ms, 1.0)) == Accepted(samples=1)


def test_a_histogram_out_of_bounds_is_refused_as_one(door: Door) -> None:
    histogram = ExplicitHistogram(np.array([1.0]), np.array([1.0, 2.0]))
    accepted = door.write(batch([], [(histogram_series(), NOW_MS + LIMIT_MS + 1, histogram)]))
    assert [(one.code, one.samples, one.histograms) for one in accepted.refusals] == [("timestamp_future", 0, 1)]


# --- series that are refused


class Spoiled(SeriesList):
    """A directory in which some positions are no legal series, or worse."""

    def __init__(self, keys: list[SeriesKey], broken: dict[int, Exception]) -> None:
        super().__init__(keys)
        self.broken = broken

    def key(self, position: int) -> SeriesKey:
        if position in self.broken:
            raise self.broken[position]
        return super().key(position)


def spoiled(broken: dict[int, Exception], *, values: tuple[float, ...] = (1.0, 2.0, 3.0)) -> SampleBatch:
    """Three series with a sample each."""
    return SampleBatch(
        Spoiled([fresh() for _ in values], broken),
        np.arange(len(values), dtype=np.int64),
        np.full(len(values), NOW_MS, dtype=np.int64),
        np.array(values),
    )


def test_a_series_that_is_not_legal_is_named_and_the_rest_kept(door: Door) -> None:
    sent = spoiled({1: Invalid("up has the label job twice.", code="label_invalid")})
    accepted = door.write(sent)
    (refusal,) = accepted.refusals
    assert (accepted.samples, refusal.code, refusal.message) == (2, "label_invalid", "up has the label job twice.")
    assert [value for _, value in door.held()] == [1.0, 3.0]
    again = SampleBatch(sent.directory, sent.series, sent.at_ms + 1, sent.values)
    assert len(door.write(again).refusals) == 1, "and again the next time"


def test_a_request_that_cannot_be_stored_is_refused_alone(waiting: Door) -> None:
    poison = spoiled({2: RuntimeError("nobody thought of this")})
    good = [spoiled({}), spoiled({})]
    answers = in_one_group(waiting, [good[0], poison, good[1]])
    assert isinstance(answers[1], Invalid)
    assert answers[1].code == "unstorable"
    assert [answers[0], answers[2]] == [Accepted(samples=3), Accepted(samples=3)]
    assert sorted(value for _, value in waiting.held()) == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]


def test_a_request_that_fails_while_it_is_screened_takes_nobody_with_it(waiting: Door) -> None:
    """Its neighbours have been screened with it: they must not be taken for repeats of themselves."""
    keys = [fresh() for _ in range(3)]
    times = np.array([NOW_MS, NOW_MS, NOW_MS + LIMIT_MS + 1], dtype=np.int64)  # the last one will have to be named
    broken = SampleBatch(Forgetful(keys), np.arange(3, dtype=np.int64), times, np.ones(3))
    good = [spoiled({}), spoiled({})]
    answers = in_one_group(waiting, [good[0], broken, good[1]])
    assert isinstance(answers[1], Invalid)
    assert [answers[0], answers[2]] == [Accepted(samples=3), Accepted(samples=3)]
    assert len(waiting.held()) == 6
    assert waiting.send(*(One(key, NOW_MS, 1.0) for key in keys)) == Accepted(samples=3), "mended, all of it is new"
    assert len(waiting.held()) == 9


class Forgetful(SeriesList):
    """A directory that knows each series once and then fails."""

    def __init__(self, keys: list[SeriesKey]) -> None:
        super().__init__(keys)
        self.told: set[int] = set()

    def key(self, position: int) -> SeriesKey:
        if position in self.told:
            raise RuntimeError("Nobody thought of this.")
        self.told.add(position)
        return super().key(position)


def in_one_group(door: Door, requests: list[SampleBatch]) -> list[object]:
    """The answers of requests that came in before the writer looked, in their order."""

    def write(one: SampleBatch) -> object:
        try:
            return door.write(one)
        except (Invalid, Unavailable) as error:
            return error

    with ThreadPoolExecutor(len(requests)) as pool:
        answers = []
        for count, one in enumerate(requests, start=1):
            answers.append(pool.submit(write, one))
            until(queued(door, count))
        door.start()
        return [answer.result() for answer in answers]


def queued(door: Door, count: int) -> Callable[[], bool]:
    return lambda: door.counters.ask("burnline_journal_queue_length") == count


def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("It did not come to that within 5 s.")


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
