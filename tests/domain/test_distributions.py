"""What histograms grew by: counts by hand, merging to wider buckets exactly, and the quantiles read from it."""

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.distributions import Bins, added_bins, bins_of, growth, merged_down
from app.domain.histograms import Buckets, ExplicitHistogram, ExponentialHistogram
from app.domain.signals import quantiles


def explicit(*counts: float, bounds: tuple[float, ...] = (0.1, 1.0), total: float | None = None) -> ExplicitHistogram:
    return ExplicitHistogram(np.array(bounds), np.array(counts, dtype=np.float64), total)


def exponential(
    *counts: float,
    scale: int = 0,
    offset: int = 0,
    zero: float = 0.0,
    threshold: float = 0.0,
    negative: tuple[float, ...] = (),
    total: float | None = None,
) -> ExponentialHistogram:
    positive = Buckets(offset, np.array(counts, dtype=np.float64))
    return ExponentialHistogram(scale, threshold, zero, positive, Buckets(0, np.array(negative)), total)


def held(bins: Bins) -> dict[float, float]:
    """Counts by upper bound, where there are any."""
    return {bound: count for bound, count in zip(bins.bounds.tolist(), bins.counts.tolist(), strict=True) if count}


def quantile(bins: Bins, share: float) -> float:
    return float(quantiles(bins.bounds, bins.counts[None, :], share, exponential=bins.exponential)[0])


# --- explicit bounds


def test_growth_is_the_difference_of_counts_and_of_totals() -> None:
    found = growth(explicit(1, 2, 3, total=9.0), explicit(4, 2, 5, total=12.5))
    assert (found.bounds.tolist(), found.counts.tolist()) == ([0.1, 1.0, inf], [3, 0, 2])
    assert (found.total, found.count, found.exponential) == (3.5, 5, False)


def test_a_count_that_fell_is_a_reset_and_everything_after_it_is_growth() -> None:
    found = growth(explicit(5, 5, 5, total=50.0), explicit(9, 4, 9, total=7.0))
    assert (found.counts.tolist(), found.total) == ([9, 4, 9], 7.0)


def test_other_bounds_are_a_reset_too() -> None:
    found = growth(explicit(1, 1, 1), explicit(2, 2, 2, bounds=(0.2, 1.0)))
    assert (found.bounds.tolist(), found.counts.tolist()) == ([0.2, 1.0, inf], [2, 2, 2])


@pytest.mark.parametrize(("before", "after"), [(None, 3.0), (3.0, None), (None, None)])
def test_a_total_that_one_of_them_does_not_tell_is_unknown(before: float | None, after: float | None) -> None:
    assert growth(explicit(1, 1, 1, total=before), explicit(2, 2, 2, total=after)).total is None


def test_a_sender_that_changes_the_kind_of_histogram_starts_over() -> None:
    assert held(growth(explicit(9, 9, 9), exponential(5))) == {2.0: 5}
    assert held(growth(exponential(9), explicit(1, 2, 3))) == {0.1: 1, 1.0: 2, inf: 3}


def test_a_histogram_without_bounds_counts_into_one_bin() -> None:
    assert held(growth(explicit(2, bounds=()), explicit(7, bounds=()))) == {inf: 5}


# --- exponential buckets: index i holds (base**i, base**(i+1)], base = 2**(2**-scale)


def test_bins_of_exponential_buckets_stand_between_powers_of_their_base() -> None:
    found = bins_of(exponential(3, 0, 5, offset=-1))
    assert held(found) == {1.0: 3, 4.0: 5}
    assert found.bounds.tolist() == [0.5, 1.0, 2.0, 4.0], "each bin knows where it begins"
    assert found.exponential


def test_what_is_zero_or_below_lies_in_the_lowest_bin() -> None:
    found = bins_of(exponential(5, zero=2, threshold=0.001, negative=(1, 3)))
    assert held(found) == {0.001: 2 + 4, 2.0: 5}
    assert held(bins_of(exponential(zero=7))) == {0.0: 7}


def test_buckets_beyond_all_numbers_are_counted_as_infinite_or_nothing() -> None:
    assert held(bins_of(exponential(1, 2, 4, offset=5_000))) == {inf: 7}
    assert held(bins_of(exponential(1, 2, 4, offset=-5_000))) == {0.0: 7}
    assert held(bins_of(exponential(1, 2, scale=-10, offset=2**30))) == {inf: 3}


def test_growth_of_exponential_buckets_is_the_difference_wherever_they_begin() -> None:
    before = exponential(1, 2, offset=0, total=4.0)
    after = exponential(4, 1, 5, offset=-1, total=9.0)  # the same buckets, and one below
    found = growth(before, after)
    assert held(found) == {1.0: 4, 4.0: 3}
    assert (found.total, found.exponential) == (5.0, True)


def test_a_bucket_that_fell_or_is_gone_is_a_reset() -> None:
    assert held(growth(exponential(5, 5), exponential(9, 4))) == {2.0: 9, 4.0: 4}
    assert held(growth(exponential(5, 5), exponential(9))) == {2.0: 9}
    assert held(growth(exponential(1, zero=3), exponential(2, zero=1))) == {0.0: 1, 2.0: 2}


def test_a_sender_that_widens_its_buckets_is_followed_exactly() -> None:
    """At scale 1 the base is the root of 2: indexes 0 and 1 together are index 0 of scale 0."""
    before = exponential(1, 2, 3, scale=1, offset=0)
    after = exponential(1 + 2 + 10, 3 + 20, scale=0, offset=0)
    assert held(growth(before, after)) == {2.0: 10, 4.0: 20}


def test_a_sender_that_narrows_its_buckets_is_followed_as_far_as_the_wider_ones_tell() -> None:
    before = exponential(3, scale=0)
    after = exponential(2, 4, scale=1)
    assert held(growth(before, after)) == {2.0: 3}


@pytest.mark.parametrize(
    ("offset", "counts", "merged_offset", "merged"),
    [
        (0, (1, 2, 3, 4), 0, (3, 7)),
        (1, (1, 2, 3, 4), 0, (1, 5, 4)),
        (-1, (1, 2, 3), -1, (1, 5)),
        (-3, (1, 2, 3, 4), -2, (1, 5, 4)),
        (7, (), 7, ()),
    ],
    ids=["even", "from an odd index", "over the middle", "below the middle", "empty"],
)
def test_buckets_merge_in_pairs_of_an_even_and_the_next_odd_index(
    offset: int, counts: tuple[float, ...], merged_offset: int, merged: tuple[float, ...]
) -> None:
    found = merged_down(exponential(*counts, scale=2, offset=offset), 1).positive
    assert (found.offset, tuple(found.counts.tolist())) == (merged_offset, merged)


def test_merging_to_the_same_or_a_finer_scale_changes_nothing() -> None:
    one = exponential(1, 2, 3, scale=2)
    assert merged_down(one, 2) is one
    assert merged_down(one, 5) is one


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=60),
    st.integers(-200, 200),
    st.integers(-2, 8),
    st.integers(0, 6),
)
def test_merging_loses_no_observation_and_moves_none_out_of_its_range(
    counts: list[int], offset: int, scale: int, coarser: int
) -> None:
    one = exponential(*counts, scale=scale, offset=offset)
    merged = merged_down(one, scale - coarser).positive
    assert merged.counts.sum() == sum(counts)
    for index, count in enumerate(merged.counts.tolist(), start=merged.offset):
        narrow = range(index << coarser, (index + 1) << coarser)
        assert count == sum(counts[at - offset] for at in narrow if 0 <= at - offset < len(counts))


def test_signals_are_kept_in_bins_of_nine_percent_however_fine_the_sender_is() -> None:
    found = bins_of(exponential(*([1] * 32), scale=8))
    assert held(found) == {2.0 ** (1 / 8): 32}, "32 buckets of scale 8 are one of scale 3"
    coarse = bins_of(exponential(1, scale=-1))
    assert held(coarse) == {4.0: 1}, "a coarser sender keeps its own"


def test_the_same_bound_is_the_same_number_at_every_scale() -> None:
    fine, coarse = bins_of(exponential(*([1] * 16), scale=3)), bins_of(exponential(1, 1, scale=0))
    assert set(coarse.bounds.tolist()) <= set(fine.bounds.tolist())


# --- adding up


def test_distributions_of_different_bounds_add_up_bound_by_bound() -> None:
    one = Bins(np.array([0.1, inf]), np.array([1.0, 2.0]), 1.5, exponential=False)
    other = Bins(np.array([0.1, 0.5, inf]), np.array([3.0, 4.0, 5.0]), 2.0, exponential=False)
    found = added_bins(one, other)
    assert (held(found), found.total) == ({0.1: 4, 0.5: 4, inf: 7}, 3.5)
    unknown = Bins(one.bounds, one.counts, None, exponential=False)
    assert added_bins(unknown, other).total is None


# --- quantiles: linear inside explicit bins, geometric inside exponential ones


def test_a_quantile_of_explicit_bounds_is_interpolated_linearly() -> None:
    bins = bins_of(explicit(10, 10, 0))
    assert quantile(bins, 0.25) == pytest.approx(0.05)  # halfway through (0, 0.1]
    assert quantile(bins, 0.75) == pytest.approx(0.55)  # halfway through (0.1, 1]
    assert quantile(bins_of(explicit(0, 0, 5)), 0.5) == 1.0, "above the highest bound nothing more is known"


def test_a_quantile_of_exponential_buckets_is_interpolated_geometrically() -> None:
    assert quantile(bins_of(exponential(10)), 0.5) == pytest.approx(sqrt(2))  # halfway from 1 to 2
    assert quantile(bins_of(exponential(10, 0, 10)), 0.75) == pytest.approx(4 * sqrt(2))  # (4, 8], not (2, 8]
    assert quantile(bins_of(exponential(10, zero=10, threshold=0.001)), 0.75) == pytest.approx(sqrt(2))


def test_nothing_has_no_quantile() -> None:
    assert np.isnan(quantile(growth(explicit(1, 1, 1), explicit(1, 1, 1)), 0.5))
