"""What the board shows: seconds after the samples came, after a restart, and after sealing."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from app.actions.follow import Follower
from app.domain.board import Board
from app.domain.counters import Counters
from app.domain.histograms import ExplicitHistogram
from app.domain.series import series_key
from app.store import signals
from tests.databases import Databases
from tests.pipeline import NOW_MS, One, Pipeline, counter, gauge, histogram_series

MINUTE_MS = 60_000
T0 = NOW_MS - 60 * MINUTE_MS


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty(str(request.param)))
    yield made
    made.close()


@pytest.fixture
def one(databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty("sqlite"))
    yield made
    made.close()


def at(minutes: float) -> int:
    return T0 + round(minutes * MINUTE_MS)


def company(first: float, last: float, *, apart: float = 0.25) -> list[One]:
    """Three services in [first, last] minutes: requests of two instances, errors, memory and a pool."""
    found = []
    for step in range(round(first / apart), round(last / apart) + 1):
        when = at(step * apart)
        for number, job in enumerate(("shop", "cart", "mail"), start=1):
            found += [
                One(counter(job=job), when, 100.0 + step * 10 * number),
                One(counter(job=job, instance="b"), when, 50.0 + step * 2),
                One(counter("500", job=job), when, 10.0 + step),
                One(gauge("memory_used", job=job), when, 100.0 + step % 7),
                One(gauge("memory_limit", job=job), when, 400.0),
                One(gauge(job=job), when, 0.5 + step % 5 / 10),
            ]
            found += [
                One(series_key("duration_bucket", {"job": job, "instance": "a", "le": le}), when, step * times)
                for le, times in (("0.1", 3.0), ("1", 8.0), ("+Inf", 10.0))
            ]
    return found


def another(pipeline: Pipeline) -> Board:
    """The board that a process started now would have."""
    board = Board()
    follower = Follower(pipeline.store, board, counters=Counters(), clock_ms=lambda: NOW_MS)
    follower.start()
    follower.stop()
    return board


def settle(pipeline: Pipeline) -> Board:
    """The board of a follower that has been stopped and has seen everything."""
    pipeline.follower.stop()
    while pipeline.follower._round():
        pass
    return pipeline.board


Shown = dict[str, dict[int, dict[str, Any]]]


def shown(board: Board) -> Shown:
    """All that a board holds: by service and minute since T0."""
    found: Shown = {}
    for service in board.services():
        span = board.span(service.id, start_ms=T0 - 60 * MINUTE_MS, end_ms=NOW_MS + 10 * MINUTE_MS, step_ms=MINUTE_MS)
        minutes: dict[int, dict[str, Any]] = {}
        for k in range(len(span)):
            columns = {name: getattr(span, name)[k] for name in ("requests", "errors", "duration_count")}
            columns |= {name: column[k] for name, column in span.resources.items()}
            columns |= {f"<= {bound}": span.bucket_counts[k, n] for n, bound in enumerate(span.bounds.tolist())}
            known = {name: float(value) for name, value in columns.items() if not np.isnan(value)}
            if any(known.values()):
                minutes[k - 60] = known
        found[service.slug] = minutes
    return found


def alike(one: Shown, other: Shown) -> None:
    assert one.keys() == other.keys()
    for service, minutes in one.items():
        assert minutes.keys() == other[service].keys(), service
        for minute, values in minutes.items():
            assert values == pytest.approx(other[service][minute]), (service, minute)


def test_samples_are_shown_before_anything_is_sealed(one: Pipeline) -> None:
    one.follower.start()
    one.send([One(counter(), at(0), 100.0), One(counter(), at(0.5), 130.0), One(gauge(), at(0.5), 0.7)])
    settle(one)
    assert shown(one.board) == {"shop": {0: {"requests": 30.0, "errors": 0.0, "pool": 0.7}}}
    assert one.board.find("shop").newest_ms == at(0.5)
    assert one.board.newest_ms == at(0.5)


def test_what_was_journalled_by_another_process_is_shown_the_same(pipeline: Pipeline) -> None:
    """Rows handed over in memory, and rows read back from the journal."""
    pipeline.follower.start()
    for minute in range(5):
        pipeline.send(company(minute, minute + 0.75))
    settle(pipeline)
    alike(shown(pipeline.board), shown(another(pipeline)))


def test_a_board_rebuilt_after_a_restart_is_the_board_before(pipeline: Pipeline) -> None:
    pipeline.follower.start()
    pipeline.send(company(0, 20))
    pipeline.sealer.seal(now_ms=at(12))
    pipeline.send(company(20.25, 30))
    before = shown(settle(pipeline))
    assert sorted(before["cart"]) == list(range(31))
    pipeline.crash()
    alike(shown(pipeline.follow()), before)


def growing(first: float, last: float) -> list[tuple[Any, int, ExplicitHistogram]]:
    """A histogram-shaped series: 2 more fast and 1 more slow request each half minute."""
    return [
        (
            histogram_series(),
            at(step / 2),
            ExplicitHistogram(np.array([0.1, 1.0]), np.array([2.0 * step, step, 0.0]), step),
        )
        for step in range(round(2 * first), round(2 * last) + 1)
    ]


def test_distributions_survive_a_restart_too(pipeline: Pipeline) -> None:
    pipeline.follower.start()
    pipeline.send([], growing(0, 20))
    pipeline.sealer.seal(now_ms=at(12))
    pipeline.send([], growing(20.5, 25))
    before = shown(settle(pipeline))
    full = {"requests": 6.0, "errors": 0.0, "duration_count": 6.0, "<= 0.1": 4.0, "<= 1.0": 2.0, "<= inf": 0.0}
    assert before["shop"][5] == before["shop"][10] == before["shop"][24] == pytest.approx(full)
    pipeline.crash()
    alike(shown(pipeline.follow()), before)


def test_after_a_restart_a_sealed_minute_is_not_torn_by_what_follows_it(one: Pipeline) -> None:
    """What `b` counted from 7:30 to 11:30 belongs to the minutes 8 to 11: of 8 and 9 only sealing knows the rest."""
    one.send([One(counter(), at(quarter / 4), 100.0 + quarter) for quarter in range(41)])
    one.send([One(counter(instance="b"), at(minutes), 1000.0 * minutes) for minutes in (6, 7, 7.5)])
    one.sealer.seal(now_ms=at(10), lag_ms=0)
    one.send([One(counter(instance="b"), at(11.5), 11_500.0)])
    board = one.follow()
    assert shown(board)["shop"][9]["requests"] == 4.0
    with one.store.reading() as db:
        (row,) = signals.minutes(db, start_ms=at(9), end_ms=at(10))
    assert row.scalars["requests"] == 4.0


def test_late_samples_reach_the_board_once_they_are_sealed(pipeline: Pipeline) -> None:
    pipeline.follower.start()
    pipeline.send(company(0, 20))
    pipeline.sealer.seal(now_ms=at(20), lag_ms=0)
    pipeline.follower._round()
    pipeline.send([One(counter(job="shop", instance="late"), at(quarter / 4), quarter) for quarter in range(20, 30)])
    pipeline.send([One(counter(job="cart"), at(5.1), 0.0)])  # a reset that nobody saw
    pipeline.sealer.seal(now_ms=at(20), lag_ms=0)
    settle(pipeline)
    assert shown(pipeline.board)["shop"][6]["requests"] == pytest.approx(40 + 8 + 4 + 4)
    assert shown(pipeline.board)["cart"][5]["requests"] > 200
    alike(shown(pipeline.board), shown(another(pipeline)))


def test_two_seals_between_two_looks_are_both_seen(one: Pipeline) -> None:
    one.send(company(0, 20))
    one.sealer.seal(now_ms=at(20), lag_ms=0)
    board = one.follow()
    for job, minute in (("shop", 5.1), ("cart", 9.1)):
        one.send([One(counter(job=job), at(minute), 0.0)])
        one.sealer.seal(now_ms=at(20), lag_ms=0)
    one.follower._round()
    alike(shown(board), shown(another(one)))


def test_many_seals_between_two_looks_are_all_seen(one: Pipeline) -> None:
    one.send(company(0, 40))
    one.sealer.seal(now_ms=at(40), lag_ms=0)
    board = one.follow()
    for minute in range(35):
        one.send([One(counter(job="shop"), at(minute + 0.1), 0.0)])
        one.sealer.seal(now_ms=at(40), lag_ms=0)
    one.follower._round()
    alike(shown(board), shown(another(one)))


def test_a_service_that_appears_is_shown(one: Pipeline) -> None:
    one.follower.start()
    one.send(company(0, 1))
    one.send([One(gauge(job="new"), at(1), 0.5)])
    settle(one)
    assert [service.slug for service in one.board.services()] == ["cart", "mail", "new", "shop"]
    assert shown(one.board)["new"] == {1: {"pool": 0.5}}


def test_a_row_that_is_handed_over_after_it_was_read_back_is_not_kept(one: Pipeline) -> None:
    one.send(company(0, 1))
    handed = dict(one.follower._handed)
    assert len(handed) == 1
    one.follower._round()
    for seq, columns in handed.items():
        one.follower.committed(seq, columns)
    one.follower._round()
    assert one.follower._handed == {}
    assert shown(one.board)["shop"][0]["requests"] == 30 + 6 + 3


def test_how_long_commits_wait_for_the_board_is_measured(one: Pipeline) -> None:
    assert one.counters.ask("burnline_fold_lag_seconds") == 0.0
    one.send(company(0, 1))
    one.now_ms += 1_500
    assert one.counters.ask("burnline_fold_lag_seconds") == 1.5
