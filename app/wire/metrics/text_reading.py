"""What one pass over a text exposition body found, and the batch it makes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import Floats, Ints, Metadata, Refusal, SampleBatch
from app.wire.metrics import text_lines
from app.wire.metrics.text_series import Vocabulary

EARLIEST_START_MS = 946_684_800_000  # 2000-01-01: a "_created" gauge below it holds something else than a time


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Samples in the order of their lines: `positions` in the vocabulary, `numbers` as written.

    Sample stamped[i] has the timestamp stamps[i]; the others have none.
    """

    vocabulary: Vocabulary
    positions: Ints
    numbers: list[str]
    metadata: tuple[Metadata, ...]
    stamped: tuple[int, ...] = ()
    stamps: tuple[int, ...] = ()
    exemplars: int = 0
    refusals: tuple[Refusal, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def plain(self) -> bool:
        """Whether every sample was but a series and a number."""
        return not (self.stamped or self.exemplars or self.refusals)

    def values(self) -> Floats | None:
        """The numbers, None when one of them is none."""
        if "".join(self.numbers).strip(text_lines.NUMERAL_CHARACTERS):
            return None
        try:
            return np.fromiter(map(float, self.numbers), dtype=np.float64, count=len(self.numbers))
        except ValueError:
            return None

    def batch(self, values: Floats, *, now_ms: int) -> SampleBatch:
        """The batch. `_created` samples turn into the start times of the series they speak of."""
        series = self.positions
        at_ms = np.full(len(series), now_ms, dtype=np.int64)
        if self.stamped:
            at_ms[list(self.stamped)] = self.stamps
        start_ms = None
        starts = self.vocabulary.starts[series]
        if starts.any():
            with np.errstate(invalid="ignore", over="ignore"):
                moments = values * 1000
                usable = (starts > 0) & (moments >= EARLIEST_START_MS) & (moments <= at_ms)
            start_ms = self._start_column(usable, moments)
            kept = (starts == 0) | ((starts == 2) & ~usable)
            series, at_ms, values, start_ms = series[kept], at_ms[kept], values[kept], start_ms[kept]
        return SampleBatch(
            self.vocabulary.directory(),
            series,
            at_ms,
            values,
            start_ms=start_ms,
            metadata=self.metadata,
            exemplars=self.exemplars,
            refusals=self.refusals,
        )

    def _start_column(self, usable: NDArray[np.bool_], moments: Floats) -> Ints:
        groups = self.vocabulary.groups[self.positions]
        by_group = np.zeros(int(groups.max()) + 1, dtype=np.int64)
        by_group[groups[usable]] = np.rint(moments[usable]).astype(np.int64)
        column: Ints = by_group[groups]
        return column
