"""What a histogram-shaped series grew by, as bins that add up across series."""

from dataclasses import dataclass

import numpy as np

from app.domain.histograms import Buckets, ExplicitHistogram, ExponentialHistogram, Histogram
from app.domain.samples import Floats, Ints

FINEST_SCALE = 3  # bins of signals are 9 % wide: finer histograms are merged down to it, exactly


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """counts[i] observations up to bounds[i] and above the bound before; `total` is their sum, None when not told.

    Bounds that only mark where a bin begins have a count of 0.
    """

    bounds: Floats
    counts: Floats
    total: float | None
    exponential: bool

    @property
    def count(self) -> float:
        return float(counted(self.counts))


def counted(counts: Floats) -> Floats:
    """How many observations bins (the last axis) hold together, added up from the lowest: bins that are empty, and
    so where bounds stand beside the filled ones, make no difference in the last bit.
    """
    if counts.shape[-1] == 0:
        return np.zeros(counts.shape[:-1])
    return np.asarray(np.cumsum(counts, axis=-1)[..., -1])


def growth(before: Histogram, after: Histogram) -> Bins:
    """What `after` holds more than `before`; all of it when the sender started over: when anything became less."""
    if isinstance(before, ExplicitHistogram) and isinstance(after, ExplicitHistogram):
        if np.array_equal(before.bounds, after.bounds):
            counts = after.counts - before.counts
            if counts.min() < 0:
                return bins_of(after)
            return Bins(np.append(after.bounds, np.inf), counts, _difference(before, after), exponential=False)
        return bins_of(after)
    if isinstance(before, ExponentialHistogram) and isinstance(after, ExponentialHistogram):
        scale = min(FINEST_SCALE, before.scale, after.scale)
        earlier, later = bins_of(merged_down(before, scale)), bins_of(merged_down(after, scale))
        bounds = np.union1d(earlier.bounds, later.bounds)
        counts = np.zeros(len(bounds))
        counts[np.searchsorted(bounds, later.bounds)] += later.counts
        counts[np.searchsorted(bounds, earlier.bounds)] -= earlier.counts
        if counts.min(initial=0.0) >= 0:
            return Bins(bounds, counts, _difference(before, after), exponential=True)
    return bins_of(after)


def _difference(before: Histogram, after: Histogram) -> float | None:
    return None if before.total is None or after.total is None else after.total - before.total


def added_bins(one: Bins, other: Bins) -> Bins:
    """Two distributions as one."""
    bounds = np.union1d(one.bounds, other.bounds)
    counts = np.zeros(len(bounds))
    counts[np.searchsorted(bounds, one.bounds)] += one.counts
    counts[np.searchsorted(bounds, other.bounds)] += other.counts
    total = None if one.total is None or other.total is None else one.total + other.total
    return Bins(bounds, counts, total, one.exponential)


def bins_of(histogram: Histogram) -> Bins:
    """Everything a histogram holds. Negative and zero observations lie in the lowest bin."""
    if isinstance(histogram, ExplicitHistogram):
        return Bins(np.append(histogram.bounds, np.inf), histogram.counts, histogram.total, exponential=False)
    coarse = merged_down(histogram, min(FINEST_SCALE, histogram.scale))
    filled = np.flatnonzero(coarse.positive.counts)
    uppers = bound_of(coarse.scale, coarse.positive.offset + filled + 1)
    lowers = bound_of(coarse.scale, coarse.positive.offset + filled)
    below = histogram.zero_count + float(histogram.negative.counts.sum())
    bounds = np.union1d(lowers, uppers)
    if below > 0:
        bounds = np.union1d(bounds, [histogram.zero_threshold])
    counts = np.zeros(len(bounds))
    np.add.at(counts, np.searchsorted(bounds, uppers), coarse.positive.counts[filled])
    if below > 0:
        counts[np.searchsorted(bounds, histogram.zero_threshold)] += below
    return Bins(bounds, counts, histogram.total, exponential=True)


def merged_down(histogram: ExponentialHistogram, scale: int) -> ExponentialHistogram:
    """The same observations in wider buckets: exact, for each wide bucket is a whole number of narrow ones."""
    shift = histogram.scale - scale
    if shift <= 0:
        return histogram
    return ExponentialHistogram(
        scale,
        histogram.zero_threshold,
        histogram.zero_count,
        _wider(histogram.positive, shift),
        _wider(histogram.negative, shift),
        histogram.total,
    )


def _wider(buckets: Buckets, shift: int) -> Buckets:
    if len(buckets.counts) == 0:
        return buckets
    indexes = (buckets.offset + np.arange(len(buckets.counts))) >> shift
    return Buckets(
        int(indexes[0]), np.asarray(np.bincount(indexes - indexes[0], weights=buckets.counts), dtype=np.float64)
    )


def bound_of(scale: int, index: Ints) -> Floats:
    """base**index, from the finest scale's numbering: the same bound is the same float at every scale."""
    with np.errstate(over="ignore", under="ignore"):  # an index may be beyond all numbers
        return np.asarray(np.exp2(index * 2.0 ** (FINEST_SCALE - scale) / 2.0**FINEST_SCALE))
