"""The live view against sealing: for samples that come in order both must say the same of every minute."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.assignments import Assignment, Feed, Role
from app.domain.cells import COUNTER, DELTA, GAUGE, NEVER, Standing, cells_of
from app.domain.feeds import Feeds
from app.domain.lanes import Lanes, Signals, assemble
from app.domain.live import RING, Live
from app.domain.samples import Mark
from app.domain.sealing import add_cells
from app.domain.signals import MINUTE_MS

BASE = 29_000_000  # a minute
SCALARS = ("requests", "errors", "duration_sum", "duration_count", "duration_mean")

# What each series feeds, and its kind. All of them are one row.
MEMBERS: list[tuple[int, tuple[Feed, ...]]] = [
    (COUNTER, (Feed(Role.REQUESTS),)),
    (COUNTER, (Feed(Role.REQUESTS), Feed(Role.ERRORS))),
    (DELTA, (Feed(Role.REQUESTS), Feed(Role.DURATION_COUNT))),
    (COUNTER, (Feed(Role.DURATION_SUM, scale=0.001),)),
    (COUNTER, (Feed(Role.BUCKET, bound=0.1),)),
    (COUNTER, (Feed(Role.BUCKET, bound=math.inf),)),
    (GAUGE, (Feed(Role.DURATION_MEAN, scale=0.001),)),
    (GAUGE, (Feed(Role.USED, resource="memory", instance="a"),)),
    (GAUGE, (Feed(Role.USED, resource="memory", instance="a"),)),
    (GAUGE, (Feed(Role.LIMIT, resource="memory", instance="a"),)),
    (GAUGE, (Feed(Role.RATIO, scale=0.01, resource="pool"),)),
    (COUNTER, (Feed(Role.BUSY, resource="cpu", instance="a"),)),
    (COUNTER, (Feed(Role.IDLE, resource="disk", instance="a"),)),
    (COUNTER, ()),
]

Sent = tuple[int, int, float, int]  # series, ms since BASE, value, start likewise (0: unknown)


def learned() -> Feeds:
    feeds = Feeds(Lanes())
    for series_id, (kind, given_feeds) in enumerate(MEMBERS):
        found = feeds.lanes.feeds_of(1, Assignment("shop", "", "test", 1, given_feeds))
        feeds.learn(series_id, kind=kind, service_id=1, order=series_id, feeds=found)
    return feeds


def fresh() -> Live:
    live = Live(learned())
    live.fit()
    return live


def advance(live: Live, sent: list[Sent], marks: list[int] | None = None) -> None:
    at_ms = np.array([BASE * MINUTE_MS + at for _, at, _, _ in sent], dtype=np.int64)
    starts = np.array([BASE * MINUTE_MS + start if start else 0 for *_, start in sent], dtype=np.int64)
    live.advance(
        np.array([one for one, *_ in sent], dtype=np.int64),
        at_ms,
        np.array([value for _, _, value, _ in sent], dtype=np.float64),
        start_ms=starts if starts.any() else None,
        marks=None if marks is None else np.array(marks, dtype=np.uint8),
    )


Minutes = dict[int, dict[str, object]]


def told(live: Live, known: Minutes | None = None) -> Minutes:
    """What a board would hold after the flushes so far: each minute since BASE as its signals."""
    known = {} if known is None else known
    for _, minutes, found in live.flush():
        known |= {minute - BASE: _minute(found, k) for k, minute in enumerate(minutes)}
    return known


def sealed(sent: list[Sent]) -> Minutes:
    """The same minutes from cells."""
    feeds = learned()
    ordered = sorted(sent)
    series = np.array([one for one, *_ in ordered], dtype=np.int64)
    cells = cells_of(
        series,
        np.array([BASE * MINUTE_MS + at for _, at, _, _ in ordered], dtype=np.int64),
        np.array([value for _, _, value, _ in ordered]),
        np.array([BASE * MINUTE_MS + start if start else 0 for *_, start in ordered], dtype=np.int64),
        standing=Standing(feeds.kind, np.full(len(MEMBERS), NEVER, dtype=np.int64), np.zeros(len(MEMBERS))),
    )
    lanes, first, count = len(feeds.lanes.row_of_lane), BASE - 15, 60
    local = np.arange(lanes, dtype=np.int64)
    total, weight, number = add_cells(cells, feeds, local=local, first_minute=first, minutes=count, lanes=lanes)
    found = assemble(feeds.lanes.rows[0], total=total, weight=weight, series=number)
    return {first + k - BASE: _minute(found, k) for k in range(count) if weight[:, k].any()}


def _minute(found: Signals, k: int) -> dict[str, object]:
    counts = dict(zip(found.bounds.tolist(), found.bucket_counts[k].tolist(), strict=True))
    return {
        **{name: float(getattr(found, name)[k]) for name in SCALARS},
        **{f"bucket {bound}": count for bound, count in counts.items() if count},
        **{name: float(column[k]) for name, column in found.resources.items()},
    }


def agree(one: Minutes, other: Minutes) -> None:
    assert one.keys() == other.keys()
    for minute, values in one.items():
        assert values == pytest.approx(other[minute], nan_ok=True, rel=1e-9, abs=1e-9), minute


series_samples = st.lists(st.tuples(st.integers(1, 200_000), st.integers(0, 500), st.integers(0, 9)), max_size=12)


def _arrival(found: list[list[tuple[int, int, int]]]) -> list[Sent]:
    """Samples of all series, each in order of time, mixed as their times say."""
    sent: list[Sent] = []
    for one, samples in enumerate(found):
        at, value = 0, 0.0
        for wait, more, odd in samples:
            value = more if odd == 0 else math.nan if odd == 1 else value + more if one % 2 else float(more)
            before, at = at, at + wait
            # A delta covers the time since the one before; a counter tells that it began anew.
            start = before if (MEMBERS[one][0] == DELTA or odd == 0) and before else 0
            sent.append((one, at, value, start))
            value = 0.0 if math.isnan(value) else value
    return sorted(sent, key=lambda one: one[1])


@settings(max_examples=60)
@given(st.lists(series_samples, min_size=len(MEMBERS), max_size=len(MEMBERS)), st.integers(1, 40))
def test_live_minutes_agree_with_sealed_ones(found: list[list[tuple[int, int, int]]], portion: int) -> None:
    sent = _arrival(found)
    live, known = fresh(), Minutes()
    for begin in range(0, len(sent), portion):
        advance(live, sent[begin : begin + portion])
        known = told(live, known)
    agree(known, sealed(sent))


def test_a_minute_grows_as_its_samples_come() -> None:
    live = fresh()
    advance(live, [(0, 0, 100.0, 0), (0, 15_000, 104.0, 0)])
    assert told(live)[0]["requests"] == 4
    advance(live, [(0, 30_000, 110.0, 0)])
    assert told(live)[0]["requests"] == 10


def test_only_minutes_that_moved_are_told() -> None:
    live = fresh()
    advance(live, [(0, 0, 1.0, 0), (0, 30_000, 2.0, 0), (0, 90_000, 3.0, 0)])
    assert sorted(told(live)) == [0, 1]
    assert told(live) == {}
    advance(live, [(0, 100_000, 4.0, 0)])
    assert sorted(told(live)) == [1]


def test_a_sample_that_is_late_or_comes_twice_is_left_to_sealing() -> None:
    live = fresh()
    advance(live, [(0, 0, 100.0, 0), (0, 30_000, 110.0, 0)])
    before = told(live)
    advance(live, [(0, 30_000, 110.0, 0), (0, 15_000, 105.0, 0), (0, 0, 100.0, 0)])
    assert told(live) == {}
    advance(live, [(0, 45_000, 111.0, 0)])
    assert (before[0]["requests"], told(live)[0]["requests"]) == (10, 11)


def test_markers_and_what_is_no_number_are_passed_over() -> None:
    live = fresh()
    sent = [(0, 0, 100.0, 0), (0, 10_000, 0.0, 0), (0, 20_000, math.nan, 0), (0, 30_000, 103.0, 0)]
    advance(live, sent, marks=[Mark.VALUE, Mark.STALE, Mark.VALUE, Mark.VALUE])
    assert told(live)[0]["requests"] == 3


def test_a_series_goes_on_from_where_it_stood() -> None:
    live = fresh()
    stood = np.array([(BASE - 1) * MINUTE_MS + 55_000], dtype=np.int64)
    live.resume(np.array([0], dtype=np.int64), last_at=stood, last_value=np.array([90.0]), final_before_ms=0)
    advance(live, [(0, 10_000, 97.0, 0)])
    assert told(live)[0]["requests"] == 7


def test_the_newest_sample_of_a_row_is_known_even_when_it_tells_no_increase() -> None:
    live = fresh()
    advance(live, [(0, 12_345, 100.0, 0)])
    assert live.row_newest[0] == BASE * MINUTE_MS + 12_345
    assert told(live) == {}


# --- the ring


def test_a_minute_pushed_out_of_the_ring_is_empty_when_its_place_comes_again() -> None:
    live = fresh()
    advance(live, [(10, 0, 50.0, 0)])
    told(live)
    advance(live, [(10, RING * MINUTE_MS, 20.0, 0)])
    assert told(live) == {RING: {"pool": pytest.approx(0.2), **_unknown()}}


def test_a_minute_older_than_the_ring_is_left_to_sealing() -> None:
    live = fresh()
    advance(live, [(0, 0, 1.0, 0), (10, RING * MINUTE_MS, 20.0, 0), (0, 30_000, 5.0, 0)])
    assert sorted(told(live)) == [RING]


def test_a_leap_of_years_empties_the_ring() -> None:
    live = fresh()
    advance(live, [(10, 0, 50.0, 0)])
    told(live)
    advance(live, [(10, 10**11, 20.0, 0)])
    assert sorted(told(live)) == [10**11 // MINUTE_MS]


def test_what_would_push_untold_minutes_out_is_noticed_before() -> None:
    live = fresh()
    times = np.array([BASE * MINUTE_MS], dtype=np.int64)
    assert live.room_for(times), "nothing is there yet"
    advance(live, [(10, 0, 50.0, 0)])
    assert live.room_for(times + (RING // 2 - 1) * MINUTE_MS)
    assert not live.room_for(times + RING // 2 * MINUTE_MS)
    assert live.room_for(times[:0])


def test_amounts_are_added_to_lanes_directly() -> None:
    live = fresh()
    lanes = np.array([0, 1], dtype=np.int64)
    for _ in range(2):
        live.add(lanes, minute=BASE, amounts=np.array([5.0, 2.0]), seconds=30.0)
    assert {name: told_value for name, told_value in told(live)[0].items() if name in ("requests", "errors")} == {
        "requests": 10,
        "errors": 4,
    }
    live.add(lanes, minute=BASE - RING, amounts=np.array([5.0, 2.0]), seconds=30.0)
    assert told(live) == {}


def test_series_and_lanes_beyond_the_first_room_find_theirs() -> None:
    feeds = Feeds(Lanes())
    live = Live(feeds)
    for series_id in range(3_000):
        found = feeds.lanes.feeds_of(series_id, Assignment("shop", "", "test", 1, (Feed(Role.REQUESTS),)))
        feeds.learn(series_id, kind=COUNTER, service_id=series_id, order=0, feeds=found)
    live.fit()
    advance(live, [(2_999, 0, 1.0, 0), (2_999, 30_000, 8.0, 0)])
    ((row, minutes, found_signals),) = live.flush()
    assert (row.service_id, minutes, found_signals.requests.tolist()) == (2_999, [BASE], [7.0])


def _unknown() -> dict[str, object]:
    """A minute of which nothing else is known."""
    nothing = pytest.approx(math.nan, nan_ok=True)
    resources = dict.fromkeys(("cpu", "disk", "memory"), nothing)
    return {**dict.fromkeys(SCALARS, nothing), **resources}
