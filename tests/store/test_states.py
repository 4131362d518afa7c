"""Small facts: states by name, what senders say of metrics, days that wait to be condensed."""

from app.domain.samples import Metadata
from app.store import days, metrics, states
from app.store.days import DAY_MS, Day
from app.store.engine import Store


def test_a_state_is_what_was_written_last(store: Store) -> None:
    with store.writing() as db:
        assert states.read(db, "one") is None
        states.write(db, "one", b"\x00\xff", now_ms=1)
        states.write(db, "two", b"", now_ms=1)
        states.write(db, "one", b"new", now_ms=2)
    with store.reading() as db:
        assert (states.read(db, "one"), states.read(db, "two")) == (b"new", b"")


def test_the_newest_word_on_a_metric_counts(store: Store) -> None:
    with store.writing() as db:
        metrics.learn(db, [Metadata("hits", "counter", "x" * 5_000), Metadata("load", "gauge", unit="s")])
        metrics.learn(db, [Metadata("hits", "gauge")])
    with store.reading() as db:
        assert metrics.types(db) == {"hits": "gauge", "load": "gauge"}


def test_days_wait_until_they_are_done_the_oldest_first(store: Store) -> None:
    with store.writing() as db:
        days.note(db, [Day(1, 20), Day(2, 19), Day(1, 19)])
        days.note(db, [Day(1, 20)])
        days.note(db, [])

    def oldest(ended_before_ms: int) -> Day | None:
        with store.reading() as db:
            return days.oldest(db, ended_before_ms=ended_before_ms)

    assert oldest(20 * DAY_MS - 1) is None
    assert oldest(20 * DAY_MS) == Day(1, 19)
    for one in (Day(1, 19), Day(2, 19)):
        with store.writing() as db:
            days.done(db, one)
    assert oldest(99 * DAY_MS) == Day(1, 20)
