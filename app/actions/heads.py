"""What is known of the newest sample of every series, and how a new one is judged by it.

A head is the newest accepted sample of a series. A repeat of the head is dropped and counted as written (a retry is not
an error), a contradiction of it is refused. Older repeats pass: sealing drops them, for it sees the whole set.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.domain.cells import NEVER
from app.domain.compiled import jit
from app.domain.feeds import longer
from app.domain.histograms import Histogram
from app.domain.samples import Floats, HistogramSample, Ints

MAX_AHEAD_MS = 600_000
STALE_BITS = 0x7FF0000000000002

KEEP, REPEAT, CONFLICT, FUTURE, OLD = range(5)


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Samples in [oldest_ms, newest_ms] are taken."""

    now_ms: int
    oldest_ms: int

    @property
    def newest_ms(self) -> int:
        return self.now_ms + MAX_AHEAD_MS

    def verdict(self, at_ms: int) -> int:
        if at_ms > self.newest_ms:
            return FUTURE
        return OLD if at_ms < self.oldest_ms else KEEP


class Heads:
    """The newest accepted sample of every series, by series id."""

    def __init__(self) -> None:
        self.at_ms: Ints = np.full(1_024, NEVER, dtype=np.int64)
        self.bits = np.zeros(1_024, dtype=np.uint64)
        self.histograms: dict[int, tuple[int, float | None, float | None]] = {}

    def judge(self, series: Ints, at_ms: Ints, values: Floats, marks: Any, *, limits: TimeLimits) -> Any:
        """A verdict for each sample; the kept ones become heads."""
        highest = int(series.max(initial=0))
        if highest >= len(self.at_ms):
            size = max(2 * len(self.at_ms), highest + 1)
            self.at_ms, self.bits = longer(self.at_ms, size, NEVER), longer(self.bits, size)
        verdicts = np.empty(len(series), dtype=np.uint8)
        no_marks = np.empty(0, dtype=np.uint8) if marks is None else marks
        _judge(
            series,
            at_ms,
            values.view(np.uint64),
            no_marks,
            self.at_ms,
            self.bits,
            limits.oldest_ms,
            limits.newest_ms,
            verdicts,
        )
        return verdicts

    def judge_histogram(self, sample: HistogramSample, *, limits: TimeLimits) -> int:
        """The verdict on one histogram sample; a kept one becomes the head."""
        verdict = limits.verdict(sample.at_ms)
        if verdict != KEEP:
            return verdict
        histogram = sample.histogram
        head = (sample.at_ms, None, None) if histogram is None else (sample.at_ms, histogram.count, _sum_of(histogram))
        before = self.histograms.get(sample.series)
        if before is not None and before[0] == sample.at_ms:
            return REPEAT if before == head else CONFLICT
        if before is None or before[0] < sample.at_ms:
            self.histograms[sample.series] = head
        return KEEP

    def forget(self, series: Ints) -> None:
        """What was judged did not become durable: it must be taken again when it comes again."""
        self.at_ms[series[series < len(self.at_ms)]] = NEVER
        for one in series.tolist():
            self.histograms.pop(one, None)


def _sum_of(histogram: Histogram) -> float | None:
    """A sum that is no number equals none, not even itself: it is as good as not told, which is how it is stored."""
    return None if histogram.total is None or math.isnan(histogram.total) else histogram.total


@jit
def _judge(
    series: Any,
    at_ms: Any,
    bits: Any,
    marks: Any,
    head_at: Any,
    head_bits: Any,
    oldest: int,
    newest: int,
    verdicts: Any,
) -> None:
    for k in range(len(series)):
        one, at, value = series[k], at_ms[k], bits[k]
        if len(marks) > 0 and marks[k] != 0:
            value = np.uint64(STALE_BITS)
        if at > newest:
            verdicts[k] = FUTURE
        elif at < oldest:
            verdicts[k] = OLD
        elif at == head_at[one]:
            verdicts[k] = REPEAT if value == head_bits[one] else CONFLICT
        else:
            verdicts[k] = KEEP
            if at > head_at[one]:
                head_at[one] = at
                head_bits[one] = value
