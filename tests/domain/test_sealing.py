"""The loops of sealing against the same in plain Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain.cells import Cells
from app.domain.codec import packed_column
from app.domain.feeds import Feeds
from app.domain.lanes import INCREASE, Lanes
from app.domain.packed_rows import packed_rows, unpacked_rows
from app.domain.samples import Ints
from app.domain.sealing import add_cells, compared, distinct, grouped, interleaved, segments, summed_rows

keys = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), unique=True).map(sorted)


def column_of(numbers: list[int]) -> Ints:
    return np.array(numbers, dtype=np.int64)


def columns(found: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    return np.array([one for one, _ in found], dtype=np.int64), np.array([one for _, one in found], dtype=np.int64)


@given(st.lists(st.integers(0, 4)))
def test_runs_of_equal_numbers(numbers: list[int]) -> None:
    begins, ends = segments(np.array(numbers, dtype=np.int64))
    assert [begin for begin in range(len(numbers)) if begin == 0 or numbers[begin] != numbers[begin - 1]] == list(
        begins
    )
    assert list(ends) == [*begins[1:], *([len(numbers)] if numbers else [])]


@given(st.lists(st.integers(0, 6)), st.lists(st.integers(0, 4), min_size=7, max_size=7))
def test_the_members_of_groups(series: list[int], group: list[int]) -> None:
    found = [one.tolist() for one in grouped(column_of(series), column_of(group), 5)]
    assert found == [[at for at, one in enumerate(series) if group[one] == number] for number in range(5)]


@given(st.lists(st.integers(29_000_000, 29_000_100)))
def test_each_minute_once_and_ascending(minutes: list[int]) -> None:
    assert distinct(np.array(minutes, dtype=np.int64)).tolist() == sorted(set(minutes))


@given(keys, keys)
def test_two_lists_of_samples_become_one_without_repeats(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    order, is_new = interleaved(*columns(one), *columns(other))
    assert [[*one, *other][at] for at in order] == sorted({*one, *other})
    assert is_new.tolist() == [key not in one for key in other]
    assert all(at < len(one) for at in order if [*one, *other][at] in one), "of two the one of the first list is kept"


values = st.tuples(*([st.sampled_from([0.0, 0.5])] * 4))
known = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 9)), values)
Known = dict[tuple[int, int], tuple[float, float, float, float]]


def cells(found: Known) -> Cells:
    numbers = np.array([found[key] for key in sorted(found)], dtype=np.float64).reshape(-1, 4).T.copy()
    return Cells(*columns(sorted(found)), *numbers)


@given(known, known)
def test_which_cells_are_gone_and_which_are_new_or_different(before: Known, after: Known) -> None:
    one, other = cells(before), cells(after)
    gone, changed = compared(one, one.series, other, other.series)
    assert gone.tolist() == [key not in after for key in sorted(before)]
    assert changed.tolist() == [before.get(key) != after[key] for key in sorted(after)]


def test_rows_are_added_up_one_after_the_other() -> None:
    rows = np.array([[0.1, 1.0], [0.2, 2.0], [0.3, 3.0]])
    found = summed_rows(rows, np.array([2, 0, 1]), np.array([1, 1, 0]), places=3)
    assert found.tolist() == [[0.2, 2.0], [0.3 + 0.1, 4.0], [0.0, 0.0]]


def test_cells_are_added_up_in_the_order_of_the_feeds_wherever_they_stand() -> None:
    lanes = Lanes()
    feeds = Feeds(lanes)
    lane = lanes.lane(lanes.row(1, "a", rank=0), "requests")
    for series_id, order in ((1, 2), (2, 3), (3, 1)):
        feeds.learn(series_id, kind=0, service_id=1, order=order, feeds=[(lane, INCREASE, 1.0)])
    amounts = {1: 0.1, 2: 0.2, 3: 0.3}
    for ids in ([1, 2, 3], [3, 1, 2], [2, 1, 3]):
        some = np.array([[amounts[one] for one in ids for _ in range(2)]] * 4)
        found = Cells(np.repeat(ids, 2), np.tile([5, 7], 3), *some)
        total, _, number = add_cells(
            found, feeds, local=np.zeros(1, dtype=np.int64), first_minute=7, minutes=2, lanes=1
        )
        assert total.tolist() == [[(0.3 + 0.1) + 0.2, 0.0]]
        assert number.tolist() == [[3.0, 0.0]]


@given(st.lists(st.lists(st.floats(allow_nan=False), min_size=3, max_size=3), max_size=5))
def test_a_table_is_packed_as_its_rows_are(table: list[list[float]]) -> None:
    rows = np.array(table, dtype=np.float64).reshape(-1, 3)
    packed = packed_rows(rows)
    assert packed == [packed_column(row) for row in rows]
    assert unpacked_rows(packed, 3).tobytes() == rows.tobytes()
