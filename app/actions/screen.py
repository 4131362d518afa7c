"""Which samples of a request are kept, and what its sender is told of the others."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from app.actions import heads
from app.actions.heads import Heads, TimeLimits
from app.actions.register import REFUSED
from app.actions.series_budget import OVER_BUDGET
from app.domain.errors import AppError
from app.domain.samples import HistogramSample, Refusal, SampleBatch
from app.store.codec import Columns

YEAR_2000_MS = 946_684_800_000

OverBudget = Callable[[list[int], int, int], Refusal]  # positions, samples and histograms that are over the budget


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is durable now (repeats of what was there before count as written), and what was left out."""

    samples: int = 0
    histograms: int = 0
    exemplars: int = 0
    duplicates: int = 0
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """What of a batch goes into the journal, and what its sender is told."""

    columns: Columns
    accepted: Accepted


class Screening:
    """One batch against the heads and the time limits."""

    def __init__(self, batch: SampleBatch, numbers: Any, known: Heads, limits: TimeLimits, over: OverBudget) -> None:
        self.batch = batch
        self.ids = numbers[: len(batch)]
        self.histogram_ids = numbers[len(batch) :]
        self.heads = known
        self.limits = limits
        self.over = over
        self.refusals = list(batch.refusals)

    def result(self) -> Screened:
        batch = self.batch
        ids = self.ids
        chosen: Any = slice(None)
        lowest = ids.min(initial=0)
        if lowest < 0:
            chosen = np.flatnonzero(ids >= 0)
            self._refuse_series(batch.series[ids == REFUSED])
        if OVER_BUDGET in (lowest, self.histogram_ids.min(initial=0)):
            self._refuse_new_series()
        positions, ids = batch.series[chosen], ids[chosen]
        at_ms, values = batch.at_ms[chosen], batch.values[chosen]
        marks = None if batch.marks is None else batch.marks[chosen]
        starts = None if batch.start_ms is None else batch.start_ms[chosen]
        verdicts = self.heads.judge(ids, at_ms, values, marks, limits=self.limits)
        repeats = 0
        if verdicts.any():
            repeats = int((verdicts == heads.REPEAT).sum())
            self._refuse_samples(verdicts, positions, at_ms)
            kept = np.flatnonzero(verdicts == heads.KEEP)
            ids, at_ms, values = ids[kept], at_ms[kept], values[kept]
            marks = None if marks is None else marks[kept]
            starts = None if starts is None else starts[kept]
        histograms, repeated = self._histograms()
        accepted = Accepted(
            samples=len(ids) + repeats,
            histograms=len(histograms) + repeated,
            exemplars=batch.exemplars,
            duplicates=repeats + repeated,
            refusals=tuple(self.refusals),
        )
        return Screened(Columns(ids, at_ms, values, marks, starts, tuple(histograms)), accepted)

    def _refuse_series(self, positions: Any) -> None:
        for position, count in zip(*np.unique(positions, return_counts=True), strict=True):
            try:
                self.batch.directory.key(int(position))
            except AppError as error:
                self.refusals.append(Refusal(error.code, str(error), samples=int(count)))

    def _refuse_new_series(self) -> None:
        """Those that their sender may not begin in this hour."""
        scalars = self.batch.series[self.ids == OVER_BUDGET]
        of_histograms = np.array([sample.series for sample in self.batch.histograms], dtype=np.int64)
        histograms = of_histograms[self.histogram_ids == OVER_BUDGET]
        positions = np.unique(np.concatenate((scalars, histograms))).tolist()
        self.refusals.append(self.over(positions, len(scalars), len(histograms)))

    def _refuse_samples(self, verdicts: Any, positions: Any, at_ms: Any) -> None:
        for verdict in (heads.CONFLICT, heads.FUTURE, heads.OLD):
            found = np.flatnonzero(verdicts == verdict)
            if len(found):
                first = int(found[0])
                self._refuse(verdict, int(positions[first]), int(at_ms[first]), samples=len(found))

    def _refuse(self, verdict: int, position: int, at_ms: int, *, samples: int = 0, histograms: int = 0) -> None:
        what = str(self.batch.directory.key(position))
        if verdict == heads.CONFLICT:
            code, sentence = conflict_sentence(at_ms, what)
        else:
            code, sentence = time_sentence(verdict, at_ms, what, limits=self.limits)
        self.refusals.append(Refusal(code, sentence, samples=samples, histograms=histograms))

    def _histograms(self) -> tuple[list[HistogramSample], int]:
        kept, repeated = [], 0
        for sample, series_id in zip(self.batch.histograms, self.histogram_ids.tolist(), strict=True):
            if series_id == OVER_BUDGET:
                continue  # told of already
            if series_id < 0:
                self._refuse_histogram_series(sample.series)
                continue
            stored = HistogramSample(series_id, sample.at_ms, sample.histogram, sample.start_ms)
            verdict = self.heads.judge_histogram(stored, limits=self.limits)
            if verdict == heads.KEEP:
                kept.append(stored)
            elif verdict == heads.REPEAT:
                repeated += 1
            else:
                self._refuse(verdict, sample.series, sample.at_ms, histograms=1)
        return kept, repeated

    def _refuse_histogram_series(self, position: int) -> None:
        try:
            self.batch.directory.key(position)
        except AppError as error:
            self.refusals.append(Refusal(error.code, str(error), samples=0, histograms=1))


def positions_of(batch: SampleBatch) -> Any:
    """The directory positions of a batch's samples, then of its histograms."""
    if not batch.histograms:
        return batch.series
    return np.concatenate((batch.series, np.array([sample.series for sample in batch.histograms], dtype=np.int64)))


def time_sentence(verdict: int, at_ms: int, what: str, *, limits: TimeLimits) -> tuple[str, str]:
    """(code, sentence) for a sample outside the limits."""
    server = _text(limits.now_ms)
    if verdict == heads.FUTURE:
        ahead_s = (at_ms - limits.now_ms) / 1000
        hint = " It looks like micro- or nanoseconds instead of milliseconds." if at_ms > limits.now_ms * 100 else ""
        return (
            "timestamp_future",
            f"{what} is {ahead_s:.0f} s ahead of the server's clock ({server}); at most 600 s are taken.{hint}",
        )
    hint = " It looks like seconds instead of milliseconds." if 0 < at_ms < YEAR_2000_MS else ""
    return (
        "timestamp_too_old",
        f"{what} at {_text(at_ms)} is older than the raw retention (since {_text(limits.oldest_ms)}).{hint}",
    )


def conflict_sentence(at_ms: int, what: str) -> tuple[str, str]:
    """(code, sentence) for a sample that contradicts the head."""
    return "duplicate_conflict", f"{what} at {_text(at_ms)} already has another value; the first one is kept."


def _text(at_ms: int) -> str:
    try:
        return datetime.fromtimestamp(at_ms / 1000, tz=UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return f"{at_ms} ms"
