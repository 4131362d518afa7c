"""The figures of now: of the last few complete minutes, so that one odd minute neither pages nor hides.

What a screen shows as the latest value and what is judged are both read from here: one number, one code path.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.domain.signals import MINUTE_MS, Floats, SignalSpan, quantiles

WINDOW = 5
"""Minutes a figure of now is taken over."""

SETTLE_MS = 15_000
"""How long a minute stays open after its end: scrapes of the same minute arrive this far apart."""

TAIL_QUANTILE = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Trailing:
    """Entry i speaks of the minutes i-WINDOW+1 to i of a span; NaN where none of them has data.

    requests, errors, timed    events in the window; timed: requests whose duration is known
    error_ratio                failed share, 0 to 1
    latency                    seconds: the 99th percentile of the merged histograms, else the mean (latency_is_mean)
    traffic                    requests a second, over the minutes that have data
    resources                  name -> mean of the minutes' shares taken
    """

    requests: Floats
    errors: Floats
    timed: Floats
    error_ratio: Floats
    latency: Floats
    latency_is_mean: bool
    traffic: Floats
    resources: dict[str, Floats] = field(default_factory=dict)


def complete_until(newest_ms: int, *, now_ms: int) -> int:
    """The end of the newest minute that is over, by the samples and by the clock: later buckets are still filling."""
    return min(newest_ms, now_ms - SETTLE_MS) // MINUTE_MS * MINUTE_MS


def trailing(span: SignalSpan) -> Trailing:
    """The figures of now at each minute of a span of minutes.

    All columns are rolled at once, as one matrix: the overview does this for hundreds of services.
    """
    plain = (span.requests, span.errors, span.duration_sum, span.duration_count, span.duration_mean)
    sums, known = _rolled(np.column_stack([*plain, *span.resources.values(), span.bucket_counts]))
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / known
        ratio = np.where(sums[:, 0] > 0, sums[:, 1] / sums[:, 0], np.nan)
    totals = np.where(known > 0, sums, np.nan)
    counts = sums[:, len(plain) + len(span.resources) :]
    timed = counts.sum(axis=1)
    is_mean = not bool((timed > 0).any())
    if is_mean:
        latency, timed = _mean_latency(totals, means)
    else:
        latency = quantiles(span.bounds, counts, TAIL_QUANTILE, exponential=span.exponential)
    return Trailing(
        requests=totals[:, 0],
        errors=totals[:, 1],
        timed=timed,
        error_ratio=ratio,
        latency=latency,
        latency_is_mean=is_mean,
        traffic=means[:, 0] / (span.step_ms / 1000),
        resources={name: means[:, len(plain) + at] for at, name in enumerate(span.resources)},
    )


def last(column: Floats) -> float | None:
    """The newest entry; None when there is none or it is unknown."""
    return None if len(column) == 0 or np.isnan(column[-1]) else float(column[-1])


def _mean_latency(totals: NDArray[np.float64], means: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """Seconds over requests where both are known, else the mean the sender tells; and the requests it speaks of."""
    requests, seconds, timed, told = totals[:, 0], totals[:, 2], totals[:, 3], means[:, 4]
    with np.errstate(divide="ignore", invalid="ignore"):
        measured = np.where(timed > 0, seconds / timed, np.nan)
    untold = np.isnan(measured)
    return np.where(untold, told, measured), np.where(untold, requests, timed)


def _rolled(columns: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums over the window before each row, and how many entries of it are known (NaN: unknown)."""
    known = ~np.isnan(columns)
    sums, counts = np.where(known, columns, 0.0), known.astype(np.float64)
    for column in (sums, counts):
        single = column.copy()
        for shift in range(1, min(WINDOW, len(column))):
            column[shift:] += single[:-shift]
    return sums, counts
