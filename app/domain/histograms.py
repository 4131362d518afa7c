"""Distributions: what one histogram sample holds. The maths on them stands in `distributions`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import Invalid

Floats = NDArray[np.float64]

MAX_BUCKETS = 10_000
MIN_SCALE, MAX_SCALE = -10, 20


def _check_counts(counts: Floats) -> None:
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise _invalid("counts must be finite and not negative")


def _invalid(why: str) -> Invalid:
    return Invalid(f"A histogram is malformed: {why}.", code="histogram_invalid")


@dataclass(frozen=True, slots=True, eq=False)
class ExplicitHistogram:
    """Counts between bounds a sender chose: counts[i] observations in (bounds[i-1], bounds[i]], the last above all.

    `bounds` are finite and strictly ascending, `counts` has one more entry and is not cumulative.
    `total` is the sum of the observed values, None when the sender does not tell it.
    """

    bounds: Floats
    counts: Floats
    total: float | None = None

    def __post_init__(self) -> None:
        if len(self.counts) != len(self.bounds) + 1:
            raise _invalid(f"{len(self.bounds)} bounds need {len(self.bounds) + 1} counts, not {len(self.counts)}")
        if len(self.counts) > MAX_BUCKETS:
            raise _invalid(f"{len(self.counts)} buckets are over the limit of {MAX_BUCKETS}")
        if not np.isfinite(self.bounds).all() or (np.diff(self.bounds) <= 0).any():
            raise _invalid("bounds must be finite and ascending")
        _check_counts(self.counts)

    @property
    def count(self) -> float:
        return float(self.counts.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Buckets:
    """Consecutive exponential buckets: counts[i] stands at index offset + i."""

    offset: int
    counts: Floats

    def __post_init__(self) -> None:
        if len(self.counts) > MAX_BUCKETS:
            raise _invalid(f"{len(self.counts)} buckets are over the limit of {MAX_BUCKETS}")
        _check_counts(self.counts)


NO_BUCKETS = Buckets(0, np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class ExponentialHistogram:
    """OpenTelemetry's exponential and Prometheus' native histogram.

    Bucket index i holds values in (base**i, base**(i+1)] with base = 2**(2**-scale): OpenTelemetry's numbering;
    Prometheus' index is one higher. `zero_count` values lie within zero_threshold of zero. Negative values mirror.
    """

    scale: int
    zero_threshold: float
    zero_count: float
    positive: Buckets
    negative: Buckets = NO_BUCKETS
    total: float | None = None

    def __post_init__(self) -> None:
        if not MIN_SCALE <= self.scale <= MAX_SCALE:
            raise _invalid(f"scale {self.scale} is outside {MIN_SCALE} to {MAX_SCALE}")
        if not self.zero_threshold >= 0 or np.isinf(self.zero_threshold):
            raise _invalid("the zero threshold must be a number of at least 0")
        _check_counts(np.array([self.zero_count]))

    @property
    def count(self) -> float:
        return float(self.zero_count + self.positive.counts.sum() + self.negative.counts.sum())


Histogram = ExplicitHistogram | ExponentialHistogram
