"""Every window's sums from rings, against the same minutes added up one by one."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.domain import burning
from app.domain.ledger import Effects
from app.domain.sli_minutes import EVENT, no_minutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Budgeting, Method, Silence
from app.domain.windows import Rolling
from tests.domain.slo_tables import HISTORY, KINDS, LEDGERS, PAIRS, Tables, pair, random_minutes
from tests.domain.slo_values import DAY, NOW, in_hours, minutes, objective

STEPS = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 3, 59, 70, 700]),  # minutes that go by
        st.sampled_from([None, 2, 10, 300, 1_470, 1_500, 1_560, 5_000, 9_000]),  # how late other samples come
        st.sampled_from([1, 3, 100]),  # of how many minutes
        st.booleans(),  # whether the new minutes have data
    ),
    max_size=12,
)


@pytest.mark.parametrize("effects", LEDGERS.values(), ids=LEDGERS)
@settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking takes minutes
@given(seed=st.integers(0, 2**32), steps=STEPS)
def test_windows_are_the_sums_of_their_minutes_whatever_came_when(
    effects: Effects, seed: int, steps: list[tuple[int, int | None, int, bool]]
) -> None:
    tables = Tables(random_minutes(seed, first=NOW - HISTORY, end=NOW), list(KINDS.values()), effects)
    tables.check()
    for number, (minutes_on, late, length, heard) in enumerate(steps):
        now = tables.board.until_minute
        if heard:
            tables.change(
                random_minutes(seed, number, first=now, end=now + minutes_on), first=now, end=now + minutes_on
            )
        if late is not None:
            first = now - late
            end = min(first + length, now)
            tables.change(random_minutes(seed, number, late, first=first, end=end), first=first, end=end)
        tables.advance(now + minutes_on)
    tables.check()


def test_a_ring_that_was_followed_is_the_ring_that_is_rebuilt() -> None:
    followed = Tables(random_minutes(1, first=NOW - HISTORY, end=NOW), list(KINDS.values()), LEDGERS["a ledger"])
    for minute in range(NOW, NOW + 200):
        followed.change(random_minutes(minute, first=minute, end=minute + 1), first=minute, end=minute + 1)
        if minute % 50 == 0:
            followed.change(
                random_minutes(7, first=minute - 2_000, end=minute - 1_990), first=minute - 2_000, end=minute - 1_990
            )
        followed.advance(minute + 1)
    rebuilt = Tables(followed.raw, followed.slos, LEDGERS["a ledger"], until=NOW + 200)
    ours, theirs = followed.board.sums(), rebuilt.board.sums()
    for name in ("window_minutes", "bad", "total", "known_ms", "newest_known"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name


def test_two_days_on_every_hour_and_edge_is_one_that_was_made_on_the_way() -> None:
    tables = Tables(random_minutes(2, first=NOW - HISTORY, end=NOW), list(KINDS.values()))
    for now in range(NOW, NOW + 2 * DAY, 97):
        tables.change(random_minutes(now, first=now, end=now + 97), first=now, end=now + 97)
        tables.advance(now + 97)
    tables.check()


def test_no_partition_into_minutes_hours_and_edges_changes_a_sum() -> None:
    """The same window, counted by itself, ends in every minute of two hours."""
    slo = objective(1, window=Rolling(3 * DAY + 17))
    tables = Tables(random_minutes(3, first=NOW - HISTORY, end=NOW), [slo])
    for _ in range(120):
        now = tables.board.until_minute
        tables.change(random_minutes(now, first=now, end=now + 1), first=now, end=now + 1)
        tables.advance(now + 1)
        tables.check()


def test_until_an_edge_is_there_an_hour_is_taken_to_be_even() -> None:
    """40 minutes of the hour that the window starts in are before it: 800 of 1 200 bad events."""
    window = Rolling(3 * DAY)
    raw = minutes(NOW - 40 - 3 * DAY, [40.0] * 30 + [0.0] * 30 + [0.0] * (3 * DAY - 20))
    board = SloBoard()
    board.advance(NOW)
    board.define([objective(1, window=window, pairs=())], {})
    board.load(1, raw=raw.between(board.load_from(1), NOW), hours=in_hours(raw))
    assert board.sums().bad[0, 0] == 400 * EVENT
    hour = (NOW - 3 * DAY) // 60
    assert board.advance(NOW) == [(1, hour), (1, hour + 1)]  # the next is asked for in time
    board.put_edge(1, hour, raw)
    assert board.sums().bad[0, 0] == 0


def test_an_edge_that_is_asked_for_early_does_not_go_stale() -> None:
    """The window of 1 500 minutes starts beyond the minutes at times only; its next hour may still be near."""
    tables = Tables(random_minutes(4, first=NOW - HISTORY, end=NOW), [objective(1, pairs=(pair("either", 1_500, 5),))])
    for minute in range(NOW, NOW + 130, 2):
        first = minute - 1_460
        tables.change(random_minutes(minute, first=first, end=first + 1), first=first, end=first + 1)
        tables.advance(minute + 2)
        tables.check()


def test_a_slice_without_traffic_is_not_one_without_data() -> None:
    """Its only minute had no request: it is left out, though slices of which nothing is heard are good."""
    method = Budgeting(Method.TIME_SLICES, 10, Decimal("0.9"), no_data=Silence.GOOD)
    tables = Tables(no_minutes(), [objective(1, budgeting=method, pairs=())], until=NOW)
    before = int(tables.board.sums().total[0, 0])
    tables.change(minutes(NOW + 3, [0.0], 0), first=NOW, end=NOW + 10)
    tables.advance(NOW + 20)
    assert int(tables.board.sums().total[0, 0]) - before == -10 * EVENT  # two slices go at the far end, one comes


def test_a_replay_finds_at_every_minute_what_the_rings_found() -> None:
    """Of a minute's burn the same bits, for both divide the same whole numbers."""
    slo = objective(1, target="0.9", window=Rolling(4 * DAY), pairs=PAIRS)
    tables, watched = Tables(random_minutes(8, first=NOW - HISTORY, end=NOW), [slo]), burning.watched([slo])
    burns, breaches = [], []
    for minute in range(NOW, NOW + 100):
        tables.change(random_minutes(minute, first=minute, end=minute + 1), first=minute, end=minute + 1)
        tables.advance(minute + 1)
        sums = tables.board.sums()
        burns.append(burning.rates(sums.bad[0, 1:7], sums.total[0, 1:7], watched.allowed[0]).tolist())
        breaches.append(burning.breached(sums, watched)[0, :3].tolist())
    found = burning.replayed(tables.raw, slo, first=NOW, end=NOW + 100)
    for column, row in enumerate([row for rows in zip(found.long, found.short, strict=True) for row in rows]):
        assert np.array_equal(row, [burn[column] for burn in burns], equal_nan=True)
    assert found.breached.T.tolist() == breaches
    assert {breach for row in breaches for breach in row} >= {0, 1}
