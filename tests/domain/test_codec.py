"""Columns come back bit for bit, whatever they hold, and in the way the module promises."""

import math
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.domain import codec
from app.domain.samples import Floats, Ints

WHOLE_LIMIT = 2**53
STALE_NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
NEGATIVE_NAN = struct.unpack("<d", struct.pack("<Q", 0xFFF8DEADBEEF0001))[0]

bits = st.integers(0, 2**64 - 1)
odd_values = st.sampled_from(
    [0.0, -0.0, math.inf, -math.inf, STALE_NAN, NEGATIVE_NAN, 5e-324, 2.2e-308, 1.7976931348623157e308, 0.1, -0.3]
)
whole_values = st.integers(-WHOLE_LIMIT - 2, WHOLE_LIMIT + 2).map(float)
decimal_values = st.builds(lambda n, k: n / 10**k, st.integers(-(10**12), 10**12), st.integers(0, 8))
any_bits = st.lists(bits, max_size=40).map(lambda found: np.array(found, dtype=np.uint64).view(np.float64))
columns = any_bits | st.one_of(
    *(
        st.lists(one, max_size=40).map(lambda found: np.array(found, dtype=np.float64))
        for one in (whole_values, decimal_values, odd_values, whole_values | decimal_values | odd_values)
    )
)
times = st.lists(st.integers(-(2**60), 2**60), max_size=40).map(lambda found: np.array(found, dtype=np.int64))
regular_times = st.builds(
    lambda first, step, size: np.arange(size, dtype=np.int64) * step + first,
    st.integers(0, 2**43),
    st.integers(1, 600_000),
    st.integers(0, 200),
)


def read_column(data: bytes, count: int) -> Floats:
    """The column, which must end where the bytes do."""
    found = np.full(count, 7.0)
    assert codec.unpack_column(np.frombuffer(data, dtype=np.uint8), 0, found) == len(data)
    return found


def same_bits(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return one.tobytes() == other.tobytes()


@given(columns.filter(len))
def test_a_column_comes_back_bit_for_bit(column: Floats) -> None:
    assert same_bits(read_column(codec.packed_column(column), len(column)), column)


@given(columns.filter(len))
def test_a_column_needs_no_more_room_than_it_is_given(column: Floats) -> None:
    assert len(codec.packed_column(column)) <= codec.column_room(len(column))


@given(times | regular_times)
def test_times_come_back(column: Ints) -> None:
    data = codec.packed_times(column)
    found = np.empty(len(column), dtype=np.int64)
    assert codec.unpack_times(np.frombuffer(data, dtype=np.uint8), 0, found) == len(data)
    assert found.tolist() == column.tolist()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_numbers_of_every_size_come_back_from_varints(numbers: list[int]) -> None:
    out = np.empty(10 * len(numbers) + 1, dtype=np.uint8)
    at = 0
    for number in numbers:
        at = codec.put_varint(out, at, np.int64(number))
    found, read = [], 0
    for _ in numbers:
        number, read = codec.get_varint(out, read)
        found.append(int(number))
    assert (found, read) == (numbers, at)


@pytest.mark.parametrize(
    ("values", "way", "size"),
    [
        ([2.5] * 100, codec.SAME, 9),
        ([STALE_NAN] * 3, codec.SAME, 9),
        ([0.0, 1.0, 2.0, 3.0], codec.WHOLE, 1 + 4),
        ([64.0, 0.0, -64.0], codec.WHOLE, 1 + 2 + 1 + 1),  # zigzag: 64 takes two bytes, -64 and +0 one
        ([WHOLE_LIMIT - 1.0, 1.0 - WHOLE_LIMIT], codec.WHOLE, 1 + 8 + 8),
        ([0.5, 0.75], codec.DECIMAL, 2 + 1 + 1),  # 50, then 25 more: both fit in one byte
        ([1.000001, 2.0], codec.DECIMAL, 2 + 3 + 3),
        ([1.0000001, 2.0], codec.BITS, 1 + 16),
        ([float(WHOLE_LIMIT), 1.0], codec.BITS, 1 + 16),
        ([float(WHOLE_LIMIT - 1), 0.1], codec.BITS, 1 + 16),
        ([0.0, -0.0], codec.BITS, 1 + 16),
        ([1.0, math.inf], codec.BITS, 1 + 16),
        ([1.0, STALE_NAN], codec.BITS, 1 + 16),
        ([5e-324, 1.0], codec.BITS, 1 + 16),
    ],
    ids=[
        "all equal",
        "all the same NaN",
        "small steps of whole numbers",
        "steps of 64",
        "the largest whole numbers",
        "hundredths",
        "millionths",
        "finer than millionths",
        "2**53, which is its neighbour's float too",
        "a whole number too large for the tenths of a later one",
        "minus zero",
        "infinity",
        "a NaN",
        "the smallest number there is",
    ],
)
def test_a_column_is_written_in_the_first_way_that_fits(values: list[float], way: int, size: int) -> None:
    column = np.array(values)
    data = codec.packed_column(column)
    assert (data[0], len(data)) == (way, size)
    assert same_bits(read_column(data, len(column)), column)


def test_an_even_beat_costs_a_byte_a_sample() -> None:
    data = codec.packed_times(np.arange(1_000, dtype=np.int64) * 15_000 + 1_795_000_000_000)
    assert len(data) == 6 + 3 + 998, "the first time, the step, and no change after that"


sample = st.tuples(st.integers(0, 2**43), bits, st.integers(0, 1), st.integers(0, 2**43))
runs = st.lists(st.lists(sample, min_size=1, max_size=12), max_size=4)


@given(runs, st.booleans(), st.booleans())
def test_samples_of_many_series_come_back_run_by_run(
    found: list[list[tuple[int, int, int, int]]], marked: bool, started: bool
) -> None:
    every = [one for run in found for one in run]
    at_ms, values, marks, starts = (
        np.array([one[0] for one in every], dtype=np.int64),
        np.array([one[1] for one in every], dtype=np.uint64).view(np.float64),
        np.array([one[2] * marked for one in every], dtype=np.uint8),
        np.array([one[3] * started for one in every], dtype=np.int64),
    )
    ends = np.cumsum([len(run) for run in found], dtype=np.int64)
    packed = codec.packed_samples(at_ms, values, marks, starts, ends)
    assert len(packed) == len(found)
    for begin, end, data in zip([0, *ends.tolist()], ends.tolist(), packed, strict=False):
        got = codec.unpack_samples(data)
        assert got[0].tolist() == at_ms[begin:end].tolist()
        assert same_bits(got[1], values[begin:end])
        assert got[2].tolist() == marks[begin:end].tolist()
        assert got[3].tolist() == starts[begin:end].tolist()
        assert bool(data[0] & codec.HAS_MARKS) == bool(marks[begin:end].any())
        assert bool(data[0] & codec.HAS_STARTS) == bool(starts[begin:end].any())


steps = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-(2**15), 2**15), max_size=20)


@given(steps)
def test_steps_come_back_whatever_their_width(found: list[int]) -> None:
    column = np.array(found, dtype=np.int64)
    data = codec.packed_steps(column)
    got, end = codec.unpacked_steps(b"x" + data, 1, len(column))
    assert (got.tolist(), end) == (found, len(data) + 1)


@pytest.mark.parametrize(("step", "width"), [(127, 1), (-128, 1), (128, 2), (32_768, 4), (2**31, 8)])
def test_steps_take_the_fewest_bytes_that_hold_the_largest(step: int, width: int) -> None:
    data = codec.packed_steps(np.array([2**40, 2**40 + step, 2**40 + step], dtype=np.int64))
    assert len(data) == 1 + 8 + 2 * width


def test_columns_stand_one_after_the_other() -> None:
    parts = [np.array([1.0, 2.0]), np.array([0.5, 0.25]), np.array([math.nan, 1.0]), np.array([3.0, 3.0])]
    out = np.empty(4 * codec.column_room(2), dtype=np.uint8)
    ends = [0]
    for part in parts:
        ends.append(codec.pack_column(part, 0, 2, out, ends[-1]))
    for part, (begin, end) in zip(parts, pairwise(ends), strict=True):
        found = np.empty(2)
        assert codec.unpack_column(out, begin, found) == end
        assert same_bits(found, part)
