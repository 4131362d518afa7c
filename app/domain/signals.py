"""The golden signals of one service over a span of equal buckets, and the numbers drawn from them."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class SignalSpan:
    """What one source measured of one service in n buckets; bucket i is [start_ms + i*step_ms, + step_ms).

    Every column has length n; NaN means "no data" and is never the same as 0.

    requests, errors      events in the bucket
    duration_sum          seconds spent in them; duration_count: requests it speaks of
    duration_mean         seconds; only where the sender gives a mean and no histogram
    bounds                ascending upper bounds in seconds, the last +Inf; empty when there is no histogram
    bucket_counts         n rows, one column a bound: requests in (previous bound, bound]; all 0 where none
    exponential           bounds come from an exponential histogram: interpolate geometrically
    resources             name -> highest share taken in the bucket, 0 to 1 (may exceed 1)
    source, others        the recipe the request signals come from; the recipes that saw the same service elsewhere
    """

    start_ms: int
    step_ms: int
    requests: Floats
    errors: Floats
    duration_sum: Floats
    duration_count: Floats
    duration_mean: Floats
    bounds: Floats
    bucket_counts: NDArray[np.float64]
    exponential: bool = False
    resources: dict[str, Floats] = field(default_factory=dict)
    source: str = ""
    others: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.requests)

    @property
    def end_ms(self) -> int:
        return self.start_ms + len(self) * self.step_ms

    def traffic_per_second(self) -> Floats:
        """Requests a second in each bucket."""
        return self.requests / (self.step_ms / 1000)

    def errors_per_second(self) -> Floats:
        """Failed requests a second in each bucket."""
        return self.errors / (self.step_ms / 1000)

    def error_ratio(self) -> Floats:
        """Failed share in [0, 1]; NaN where there was no request or no data."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Floats = np.where(self.requests > 0, self.errors / self.requests, np.nan)
        return ratio

    def latency_mean(self) -> Floats:
        """Seconds: sum over count where known, else the sender's own mean."""
        with np.errstate(divide="ignore", invalid="ignore"):
            mean: Floats = np.where(self.duration_count > 0, self.duration_sum / self.duration_count, np.nan)
        return np.where(np.isnan(mean), self.duration_mean, mean)

    def latency(self, quantile: float) -> Floats:
        """Seconds at a quantile in (0, 1) of each bucket's merged histogram; NaN where there is none.

        The rule is Prometheus' `histogram_quantile`: linear inside a bucket (geometric when exponential), the lowest
        bucket starts at 0, and a quantile in the +Inf bucket answers the highest finite bound.
        """
        return quantiles(self.bounds, self.bucket_counts, quantile, exponential=self.exponential)

    @property
    def has_histogram(self) -> bool:
        return len(self.bounds) > 0 and bool((self.bucket_counts > 0).any())


def quantiles(bounds: Floats, counts: NDArray[np.float64], quantile: float, *, exponential: bool = False) -> Floats:
    """The quantile of each row of `counts` (see SignalSpan.latency), in the unit of `bounds`; NaN for empty rows."""
    if len(bounds) == 0:
        return np.full(len(counts), np.nan)
    cumulative = np.cumsum(counts, axis=1)
    totals = cumulative[:, -1]
    rank = quantile * totals
    at = np.minimum((cumulative < rank[:, None]).sum(axis=1), len(bounds) - 1)
    rows = np.arange(len(counts))
    below = np.where(at > 0, cumulative[rows, np.maximum(at - 1, 0)], 0.0)
    inside = counts[rows, at]
    lower = np.where(at > 0, bounds[np.maximum(at - 1, 0)], np.minimum(bounds[0], 0.0))
    upper = bounds[at]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(inside > 0, (rank - below) / inside, 1.0)
        linear = lower + (upper - lower) * share
        geometric = lower * (upper / lower) ** share
        value = np.where(exponential & (lower > 0), geometric, linear)
    highest_finite = bounds[-2] if len(bounds) > 1 and np.isinf(bounds[-1]) else bounds[-1]
    value = np.where(np.isinf(upper), highest_finite, value)
    return np.where(totals > 0, value, np.nan)
