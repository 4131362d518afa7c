"""What the way in leaves out: named, counted, and without harm to what came with it."""

import dataclasses

import numpy as np
import pytest

from app.actions.screen import Accepted
from app.domain.errors import Invalid
from app.domain.histograms import ExplicitHistogram
from app.domain.samples import Mark, SampleBatch, SeriesList
from app.domain.series import SeriesKey
from app.store import journal
from tests.actions.ingesting import LIMIT_MS, RETENTION_MS, Door, fresh, in_one_group, numbers, spoiled
from tests.pipeline import NOW_MS, One, batch, histogram_series

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


@pytest.mark.parametrize("total", [None, "nan", "2.5"], ids=["not told", "no number", "told"])
def test_a_histogram_is_repeated_whatever_its_sum_is(door: Door, total: str | None) -> None:
    key = histogram_series(job=str(next(numbers)))

    def request() -> SampleBatch:
        told = None if total is None else float(total)
        return batch([], [(key, NOW_MS, ExplicitHistogram(np.array([1.0]), np.array([1.0, 2.0]), told))])

    door.write(request())
    assert door.write(request()) == Accepted(histograms=1, duplicates=1)


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


def test_marks_and_start_times_stay_with_their_samples_when_others_are_left_out(door: Door) -> None:
    key, other = fresh(), fresh()
    door.send(One(key, NOW_MS, 1.0))
    sent = batch([One(key, NOW_MS, 1.0, 7), One(other, NOW_MS, 2.0, 8), One(key, NOW_MS + LIMIT_MS * 2, 3.0, 9)])
    door.write(dataclasses.replace(sent, marks=np.array([0, Mark.STALE, 0], dtype=np.uint8)))
    with door.store.reading() as db:
        row = list(journal.holding(db, before_ms=2 * NOW_MS))[-1]
    assert row.start_ms is not None
    assert row.marks is not None
    assert (row.values.tolist(), row.start_ms.tolist(), row.marks.tolist()) == ([2.0], [8], [Mark.STALE])


def test_a_histogram_out_of_bounds_is_refused_as_one(door: Door) -> None:
    histogram = ExplicitHistogram(np.array([1.0]), np.array([1.0, 2.0]))
    for at_ms in (NOW_MS - RETENTION_MS, NOW_MS + LIMIT_MS):
        key = histogram_series(job=str(next(numbers)))
        assert door.write(batch([], [(key, at_ms, histogram)])) == Accepted(histograms=1)
    accepted = door.write(batch([], [(histogram_series(), NOW_MS + LIMIT_MS + 1, histogram)]))
    assert [(one.code, one.samples, one.histograms) for one in accepted.refusals] == [("timestamp_future", 0, 1)]


# --- series that are refused


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
