"""Minutes and hours of SLIs as they are stored."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sli_minutes import EVENT, SliMinutes
from app.store import sli_rollups
from app.store.engine import Store
from tests.objectives import failures, objective, stored

NOW_MS = 1_795_000_020_000
DAY = 1_440
MIDNIGHT = NOW_MS // 60_000 // DAY * DAY


def minutes(*rows: tuple[int, int, int, int]) -> SliMinutes:
    """(minute, bad events, events, known seconds)."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    return SliMinutes(table[:, 0], table[:, 1] * EVENT, table[:, 2] * EVENT, table[:, 3] * 1_000)


def rows(of: SliMinutes) -> list[tuple[int, float, float, float]]:
    columns = (of.minute, of.bad / EVENT, of.total / EVENT, of.known_ms / 1_000)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@pytest.fixture
def sli(store: Store) -> int:
    with store.writing() as db:
        return stored(db, objective(failures()), now_ms=NOW_MS).sli_id


def put(store: Store, sli_id: int, made: SliMinutes, touched: Sequence[int]) -> None:
    with store.writing() as db:
        sli_rollups.write(db, sli_rollups.merged(db, {sli_id: made}, {sli_id: np.array(touched)}))


def put_hours(store: Store, sli_id: int, sums: SliMinutes) -> None:
    with store.writing() as db:
        blocks = sli_rollups.merged_hours(db, sli_id, sums, touched=sums.minute)
        sli_rollups.write(db, blocks)


def test_minutes_come_back_and_their_hours_add_them_up(store: Store, sli: int) -> None:
    made = [(MIDNIGHT - 1, 1, 10, 60), (MIDNIGHT, 0, 20, 60), (MIDNIGHT + 59, 2, 30, 45), (MIDNIGHT + 60, 0, 0, 60)]
    put(store, sli, minutes(*made), [one[0] for one in made])
    with store.reading() as db:
        assert rows(sli_rollups.minutes(db, sli, first=MIDNIGHT - 1, end=MIDNIGHT + 61)) == made
        assert rows(sli_rollups.minutes(db, sli, first=MIDNIGHT, end=MIDNIGHT + 59)) == [made[1]]
        assert rows(sli_rollups.hours(db, sli, first=MIDNIGHT - 60, end=MIDNIGHT + 61)) == [
            (MIDNIGHT - 60, 1, 10, 60),
            (MIDNIGHT, 2, 50, 105),
            (MIDNIGHT + 60, 0, 0, 60),
        ]
        assert rows(sli_rollups.days_of(db, [sli], day=MIDNIGHT // DAY)[sli]) == made[1:]


def test_touched_minutes_are_replaced_and_others_stay(store: Store, sli: int) -> None:
    put(store, sli, minutes((MIDNIGHT, 1, 10, 60), (MIDNIGHT + 1, 1, 10, 60), (MIDNIGHT + 2, 1, 10, 60)), range(DAY))
    put(store, sli, minutes((MIDNIGHT + 1, 5, 11, 60)), [MIDNIGHT + 1, MIDNIGHT + 2])
    put(store, sli, minutes((MIDNIGHT, 1, 10, 60)), [MIDNIGHT])
    with store.reading() as db:
        assert rows(sli_rollups.minutes(db, sli, first=MIDNIGHT, end=MIDNIGHT + DAY)) == [
            (MIDNIGHT, 1, 10, 60),
            (MIDNIGHT + 1, 5, 11, 60),
        ]
        assert rows(sli_rollups.hours(db, sli, first=MIDNIGHT, end=MIDNIGHT + DAY)) == [(MIDNIGHT, 6, 21, 120)]


def test_a_minute_that_is_known_no_more_leaves_its_hour_too(store: Store, sli: int) -> None:
    put(store, sli, minutes((MIDNIGHT, 1, 10, 60)), [MIDNIGHT])
    put(store, sli, minutes(), [MIDNIGHT])
    with store.reading() as db:
        assert rows(sli_rollups.minutes(db, sli, first=MIDNIGHT, end=MIDNIGHT + DAY)) == []
        assert rows(sli_rollups.hours(db, sli, first=MIDNIGHT, end=MIDNIGHT + DAY)) == []


def test_hours_beyond_a_row_of_them_come_back(store: Store, sli: int) -> None:
    begin = MIDNIGHT // sli_rollups.HOURS_ROW * sli_rollups.HOURS_ROW
    put_hours(store, sli, minutes((begin - 60, 1, 60, 3_600), (begin, 2, 120, 3_600)))
    with store.reading() as db:
        found = sli_rollups.hours(db, sli, first=begin - 60, end=begin + 60)
        later = sli_rollups.hours(db, sli, first=begin, end=begin + 60)
    assert rows(found) == [(begin - 60, 1, 60, 3_600), (begin, 2, 120, 3_600)]
    assert rows(later) == [(begin, 2, 120, 3_600)]


def test_where_only_hours_are_kept_their_minutes_have_even_shares_in_whole_numbers(store: Store, sli: int) -> None:
    """Seven millionths over sixty minutes: 0 or 1 each, and 7 together."""
    sums = SliMinutes(*(np.array([one], dtype=np.int64) for one in (MIDNIGHT - 60, 7, 120 * EVENT, 3_600_000)))
    put_hours(store, sli, sums)
    put(store, sli, minutes((MIDNIGHT, 1, 10, 60)), [MIDNIGHT])
    with store.reading() as db:
        found = sli_rollups.minutes(db, sli, first=MIDNIGHT - 60, end=MIDNIGHT + 60)
        half = sli_rollups.minutes(db, sli, first=MIDNIGHT - 30, end=MIDNIGHT)
        day = sli_rollups.days_of(db, [sli], day=MIDNIGHT // DAY - 1)[sli]
    assert found.minute.tolist() == list(range(MIDNIGHT - 60, MIDNIGHT + 1))
    assert (int(found.bad[:60].sum()), set(found.bad[:60].tolist())) == (7, {0, 1})
    assert set(found.total[:60].tolist()) == {2 * EVENT}
    assert set(found.known_ms[:60].tolist()) == {60_000}
    assert (int(half.total.sum()), len(half)) == (60 * EVENT, 30)
    assert day.minute.tolist() == list(range(MIDNIGHT - 60, MIDNIGHT))


@given(
    st.lists(
        st.tuples(st.integers(0, DAY - 1), *[st.integers(0, 2**50)] * 2, st.integers(0, 60_000)),
        unique_by=lambda one: one[0],
        max_size=30,
    )
)
def test_what_is_packed_comes_back(found: list[tuple[int, int, int, int]]) -> None:
    table = np.array(sorted(found), dtype=np.int64).reshape(-1, 4)
    made = SliMinutes(MIDNIGHT + table[:, 0], *(table[:, at].copy() for at in (1, 2, 3)))
    back = sli_rollups.unpack(sli_rollups.pack(made))
    for name in ("minute", "bad", "total", "known_ms"):
        assert getattr(back, name).tolist() == getattr(made, name).tolist()


def test_a_busy_day_takes_less_than_four_kilobytes() -> None:
    """A thousand requests a minute, one in a thousand of them bad, as the plan has it."""
    random = np.random.default_rng(7)
    total = random.poisson(1_000, DAY) * EVENT
    bad = random.poisson(1, DAY) * EVENT
    day = SliMinutes(np.arange(MIDNIGHT, MIDNIGHT + DAY), bad, total, np.full(DAY, 60_000))
    assert len(sli_rollups.pack(day)) < 4_000
