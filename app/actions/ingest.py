"""Taking samples in: an answer only when they are on the disk.

Requests hand their batch to one writer thread and wait. The writer takes all that have come in meanwhile, numbers their
series, screens their samples, appends them to the journal as one row and commits once: one fsync serves them all.
"""

import queue
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any

import numpy as np

from app import logs
from app.actions import series_budget
from app.actions.heads import Heads, TimeLimits
from app.actions.register import Register, Resolution, unresolved
from app.actions.screen import Accepted, Screened, Screening, positions_of
from app.actions.series_budget import SeriesBudget
from app.domain.counters import Counters
from app.domain.errors import Invalid, Unavailable
from app.domain.recipes import RecipeBook
from app.domain.samples import Refusal, SampleBatch, SeriesDirectory
from app.domain.stamps import Stamped
from app.store import codec, journal
from app.store.codec import Columns
from app.store.engine import Store

log = logs.get("ingest")

QUEUE_LENGTH = 64
MAX_GROUP_SAMPLES = 200_000
WAIT_SECONDS = 12.0
CLOSED_SECONDS = 30  # when to try again
GATHER_SECONDS = 0.004
BUSY_SECONDS = 0.01  # a request so soon after a commit: more are likely on their way


@dataclass(slots=True)
class Submission:
    """A batch on its way to the journal."""

    batch: SampleBatch
    source: str
    now_ms: int
    answer: Future[Accepted] = field(default_factory=Future)


class Ingest:
    """The way in. `committed` is told each journal row that has become durable, from the writer's thread."""

    def __init__(
        self,
        store: Store,
        recipes: RecipeBook,
        *,
        raw_retention_ms: int,
        counters: Counters,
        committed: Callable[[int, Columns], None],
        new_series_per_hour: int = series_budget.USUAL,
    ) -> None:
        self._store = store
        self._budget = SeriesBudget(new_series_per_hour, counters)
        self._register = Register(recipes, self._budget)
        self._heads = Heads()
        self._raw_retention_ms = raw_retention_ms
        self._counters = counters
        self._committed = committed
        self._committed_at = 0.0
        self._closed: str | None = None
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

    def close(self, why: str | None) -> None:
        """Take no samples from now on, for this reason; None: take them again."""
        self._closed = why

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def submit(self, batch: SampleBatch, *, source: str, now_ms: int) -> Future[Accepted]:
        """Hand a batch in; the answer comes from the writer's thread when it is durable, or an AppError.

        Raises Unavailable when the queue is full or no samples are taken at present.
        """
        if self._closed is not None:
            raise Unavailable(self._closed, code="storage_full", retry_after_seconds=CLOSED_SECONDS)
        submission = Submission(batch, source, now_ms)
        try:
            self._queue.put_nowait(submission)
        except queue.Full:
            raise Unavailable("More is coming in than can be written; try again shortly.", code="overloaded") from None
        return submission.answer

    def write(self, batch: SampleBatch, *, source: str, now_ms: int) -> Accepted:
        """Blocks until the batch is durable. Raises Unavailable when the queue is full or the database in trouble."""
        answer = self.submit(batch, source=source, now_ms=now_ms)
        try:
            return answer.result(WAIT_SECONDS)
        except TimeoutError:
            raise too_slow() from None

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
        if time.monotonic() - self._committed_at < BUSY_SECONDS:
            # Under load it pays to wait a moment for those on their way: they share one commit, and its fsync. Asleep,
            # not at the queue: being woken for each of them would cost more than reading it.
            time.sleep(GATHER_SECONDS)
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
                self._register.learn_types(db, (one for each in group for one in each.batch.metadata), resolution)
                for submission in group:
                    screened.append(self._screen(submission, resolution))  # noqa: PERF401  # `_fail` knows each at once
                columns = codec.joined([one.columns for one in screened])
                seq = journal.append(db, columns, received_ms=group[-1].now_ms) if columns.samples else None
        except Exception as error:  # noqa: BLE001  # whatever it is, those who wait must be answered
            self._fail(group, screened, error)
            return
        self._register.keep(resolution)
        self._count(group, screened, seconds=time.perf_counter() - began)
        for submission, one in zip(group, screened, strict=True):
            submission.answer.set_result(one.accepted)
        self._committed_at = time.monotonic()
        if seq is not None:
            self._committed(seq, columns)

    def _fail(self, group: list[Submission], screened: list[Screened], error: Exception) -> None:
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

    def _screen(self, submission: Submission, resolution: Resolution) -> Screened:
        limits = TimeLimits(submission.now_ms, submission.now_ms - self._raw_retention_ms)
        batch = submission.batch
        numbers = self._register.numbers(batch.directory, positions_of(batch), resolution)
        try:
            return Screening(batch, numbers, self._heads, limits, partial(self._over_budget, submission)).result()
        except Exception:
            self._heads.forget(numbers[numbers >= 0])
            raise

    def _over_budget(self, submission: Submission, positions: list[int], samples: int, histograms: int) -> Refusal:
        return self._budget.refusal(
            _source(submission),
            submission.batch.directory,
            positions,
            samples=samples,
            histograms=histograms,
            now_ms=submission.now_ms,
        )

    def _count(self, group: list[Submission], screened: list[Screened], *, seconds: float) -> None:
        self._counters.observe("burnline_journal_commit_seconds", seconds)
        newest: dict[str, Submission] = {}
        for submission, one in zip(group, screened, strict=True):
            taken = one.accepted.samples + one.accepted.histograms
            self._counters.add("burnline_samples_accepted_total", taken, source=submission.source)
            if taken:
                newest[submission.source] = submission
            if one.accepted.duplicates:
                self._counters.add("burnline_samples_repeated_total", one.accepted.duplicates, source=submission.source)
            for refusal in one.accepted.refusals:
                number = refusal.samples + refusal.histograms
                self._counters.add(
                    "burnline_samples_refused_total", number, source=submission.source, reason=refusal.code
                )
        for source, submission in newest.items():
            ahead_ms = _newest_ms(submission.batch) - submission.now_ms
            self._counters.put("burnline_ingest_clock_difference_seconds", ahead_ms / 1000, source=source)
            self._counters.put("burnline_ingest_last_seconds", submission.now_ms / 1000, source=source)


def too_slow() -> Unavailable:
    """What to say after WAIT_SECONDS without an answer."""
    return Unavailable("The journal did not take the samples in time.", code="journal_slow")


def _source(submission: Submission) -> str:
    """Whose budget of new series it is: who the token says, else the way in."""
    directory = submission.batch.directory
    return directory.sender if isinstance(directory, Stamped) else submission.source


def _directories(group: list[Submission]) -> list[tuple[str, SeriesDirectory, Any]]:
    """The directories of a group with the positions that have no number yet, and whose they are."""
    found = []
    for submission in group:
        directory = submission.batch.directory
        missing = unresolved(directory, positions_of(submission.batch))
        if len(missing):
            found.append((_source(submission), directory, missing))
    return found


def _newest_ms(batch: SampleBatch) -> int:
    newest = [int(batch.at_ms.max())] if len(batch.at_ms) else []
    return max([*newest, *(one.at_ms for one in batch.histograms)])
