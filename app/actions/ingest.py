"""Taking samples in: an answer only when they are on the disk.

Requests hand their batch to one writer thread and wait. The writer takes all that have come in meanwhile, numbers their
series, screens their samples, appends them to the journal as one row and commits once: one fsync serves them all.
"""

import queue
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import numpy as np

from app import logs
from app.actions import screen
from app.actions.register import REFUSED, Register, Resolution, unresolved
from app.actions.screen import Heads, TimeLimits
from app.domain.counters import Counters
from app.domain.errors import AppError, Invalid, Unavailable
from app.domain.recipes import RecipeBook
from app.domain.samples import HistogramSample, Refusal, SampleBatch, SeriesDirectory
from app.store import journal
from app.store.codec import Columns
from app.store.engine import Store

log = logs.get("ingest")

QUEUE_LENGTH = 64
MAX_GROUP_SAMPLES = 200_000
WAIT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is durable now (repeats of what was there before count as written), and what was left out."""

    samples: int = 0
    histograms: int = 0
    exemplars: int = 0
    duplicates: int = 0
    refusals: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class Submission:
    """A batch on its way to the journal."""

    batch: SampleBatch
    source: str
    now_ms: int
    answer: Future[Accepted] = field(default_factory=Future)


class Ingest:
    """The way in. `committed` is called after each commit, from the writer's thread."""

    def __init__(
        self,
        store: Store,
        recipes: RecipeBook,
        *,
        raw_retention_ms: int,
        counters: Counters,
        committed: Callable[[], None],
    ) -> None:
        self._store = store
        self._register = Register(recipes)
        self._heads = Heads()
        self._raw_retention_ms = raw_retention_ms
        self._counters = counters
        self._committed = committed
        self._queue: queue.Queue[Submission | None] = queue.Queue(QUEUE_LENGTH)
        self._thread = Thread(target=self._run, name="journal-writer", daemon=True)
        counters.measure("burnline_journal_queue_length", lambda: float(self._queue.qsize()))

    def start(self) -> None:
        self._register.load(self._store)
        self._thread.start()

    def stop(self) -> None:
        """Finish what was handed in, then end."""
        self._queue.put(None)
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def write(self, batch: SampleBatch, *, source: str, now_ms: int) -> Accepted:
        """Blocks until the batch is durable. Raises Unavailable when the queue is full or the database in trouble."""
        submission = Submission(batch, source, now_ms)
        try:
            self._queue.put_nowait(submission)
        except queue.Full:
            raise Unavailable("More is coming in than can be written; try again shortly.", code="overloaded") from None
        try:
            return submission.answer.result(WAIT_SECONDS)
        except TimeoutError:
            raise Unavailable("The journal did not take the samples in time.", code="journal_slow") from None

    def _run(self) -> None:
        while True:
            group = self._next_group()
            if group is None:
                return
            self._write(group)

    def _next_group(self) -> list[Submission] | None:
        first = self._queue.get()
        if first is None:
            return None
        group, samples = [first], len(first.batch)
        while samples < MAX_GROUP_SAMPLES:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is None:
                self._queue.put(None)
                break
            group.append(following)
            samples += len(following.batch)
        return group

    def _write(self, group: list[Submission]) -> None:
        began = time.perf_counter()
        screened: list[Screened] = []
        resolution = Resolution()
        try:
            with self._store.writing() as db:
                resolution = self._register.resolve(db, _directories(group), now_ms=group[0].now_ms)
                self._register.learn_types(db, (one for each in group for one in each.batch.metadata))
                screened = [self._screen(submission, resolution) for submission in group]
                columns = _joined([one.columns for one in screened])
                if columns.samples:
                    journal.append(db, columns, received_ms=group[-1].now_ms)
        except Exception as error:  # noqa: BLE001  # whatever it is, those who wait must be answered
            self._fail(group, screened, resolution, error)
            return
        self._register.keep(resolution)
        self._count(group, screened, seconds=time.perf_counter() - began)
        for submission, one in zip(group, screened, strict=True):
            submission.answer.set_result(one.accepted)
        self._committed()

    def _fail(
        self, group: list[Submission], screened: list["Screened"], resolution: Resolution, error: Exception
    ) -> None:
        self._register.undo(resolution)
        for one in screened:
            self._heads.forget(one.columns.series)
            self._heads.forget(np.array([sample.series for sample in one.columns.histograms], dtype=np.int64))
        if isinstance(error, Unavailable):
            self._counters.add("burnline_journal_failures_total")
            log.warning("journal_write_failed", requests=len(group), error=str(error))
        elif len(group) > 1:
            # One of them cannot be stored: the others must not suffer for it.
            for submission in group:
                self._write([submission])
            return
        else:
            log.error("journal_refused_request", source=group[0].source, error=repr(error))
            error = Invalid("These samples cannot be stored.", code="unstorable")
        for submission in group:
            submission.answer.set_exception(error)

    def _screen(self, submission: Submission, resolution: Resolution) -> "Screened":
        limits = TimeLimits(submission.now_ms, submission.now_ms - self._raw_retention_ms)
        batch = submission.batch
        numbers = self._register.numbers(batch.directory, positions_of(batch), resolution)
        return _Screening(batch, numbers, self._heads, limits).result()

    def _count(self, group: list[Submission], screened: list["Screened"], *, seconds: float) -> None:
        self._counters.observe("burnline_journal_commit_seconds", seconds)
        for submission, one in zip(group, screened, strict=True):
            taken = one.accepted.samples + one.accepted.histograms
            self._counters.add("burnline_samples_accepted_total", taken, source=submission.source)
            if one.accepted.duplicates:
                self._counters.add("burnline_samples_repeated_total", one.accepted.duplicates, source=submission.source)
            for refusal in one.accepted.refusals:
                number = refusal.samples + refusal.histograms
                self._counters.add(
                    "burnline_samples_refused_total", number, source=submission.source, reason=refusal.code
                )


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """What of a batch goes into the journal, and what its sender is told."""

    columns: Columns
    accepted: Accepted


class _Screening:
    """One batch against the heads and the time limits."""

    def __init__(self, batch: SampleBatch, numbers: Any, heads: Heads, limits: TimeLimits) -> None:
        self.batch = batch
        self.ids = numbers[: len(batch)]
        self.histogram_ids = numbers[len(batch) :]
        self.heads = heads
        self.limits = limits
        self.refusals = list(batch.refusals)

    def result(self) -> Screened:
        batch = self.batch
        ids = self.ids
        chosen: Any = slice(None)
        if len(ids) and ids.min() < 0:
            chosen = np.flatnonzero(ids >= 0)
            self._refuse_series(batch.series[ids == REFUSED])
        positions, ids = batch.series[chosen], ids[chosen]
        at_ms, values = batch.at_ms[chosen], batch.values[chosen]
        marks = None if batch.marks is None else batch.marks[chosen]
        starts = None if batch.start_ms is None else batch.start_ms[chosen]
        verdicts = self.heads.judge(ids, at_ms, values, marks, limits=self.limits)
        repeats = 0
        if verdicts.any():
            repeats = int((verdicts == screen.REPEAT).sum())
            self._refuse_samples(verdicts, positions, at_ms)
            kept = np.flatnonzero(verdicts == screen.KEEP)
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

    def _refuse_samples(self, verdicts: Any, positions: Any, at_ms: Any) -> None:
        for verdict in (screen.CONFLICT, screen.FUTURE, screen.OLD):
            found = np.flatnonzero(verdicts == verdict)
            if len(found):
                first = int(found[0])
                self._refuse(verdict, int(positions[first]), int(at_ms[first]), samples=len(found))

    def _refuse(self, verdict: int, position: int, at_ms: int, *, samples: int = 0, histograms: int = 0) -> None:
        what = str(self.batch.directory.key(position))
        if verdict == screen.CONFLICT:
            code, sentence = screen.conflict_sentence(at_ms, what)
        else:
            code, sentence = screen.time_sentence(verdict, at_ms, what, limits=self.limits)
        self.refusals.append(Refusal(code, sentence, samples=samples, histograms=histograms))

    def _histograms(self) -> tuple[list[HistogramSample], int]:
        kept, repeated = [], 0
        for sample, series_id in zip(self.batch.histograms, self.histogram_ids.tolist(), strict=True):
            if series_id < 0:
                self._refuse_histogram_series(sample.series)
                continue
            stored = HistogramSample(series_id, sample.at_ms, sample.histogram, sample.start_ms)
            verdict = self.heads.judge_histogram(stored, limits=self.limits)
            if verdict == screen.KEEP:
                kept.append(stored)
            elif verdict == screen.REPEAT:
                repeated += 1
            else:
                self._refuse(verdict, sample.series, sample.at_ms, histograms=1)
        return kept, repeated

    def _refuse_histogram_series(self, position: int) -> None:
        try:
            self.batch.directory.key(position)
        except AppError as error:
            self.refusals.append(Refusal(error.code, str(error), samples=0, histograms=1))


def _directories(group: list[Submission]) -> list[tuple[SeriesDirectory, Any]]:
    """The directories of a group with the positions that have no number yet."""
    found = []
    for submission in group:
        directory = submission.batch.directory
        missing = unresolved(directory, positions_of(submission.batch))
        if len(missing):
            found.append((directory, missing))
    return found


def positions_of(batch: SampleBatch) -> Any:
    """The directory positions of a batch's samples, then of its histograms."""
    if not batch.histograms:
        return batch.series
    return np.concatenate((batch.series, np.array([sample.series for sample in batch.histograms], dtype=np.int64)))


def _joined(parts: list[Columns]) -> Columns:
    """The samples of a group as one."""
    if len(parts) == 1:
        return parts[0]
    marks = starts = None
    if any(part.marks is not None for part in parts):
        marks = np.concatenate([_or_zeros(part.marks, len(part), np.uint8) for part in parts])
    if any(part.start_ms is not None for part in parts):
        starts = np.concatenate([_or_zeros(part.start_ms, len(part), np.int64) for part in parts])
    return Columns(
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.at_ms for part in parts]),
        np.concatenate([part.values for part in parts]),
        marks,
        starts,
        tuple(sample for part in parts for sample in part.histograms),
    )


def _or_zeros(column: Any, length: int, dtype: Any) -> Any:
    return np.zeros(length, dtype=dtype) if column is None else column
