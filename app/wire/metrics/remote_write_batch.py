"""Gathers what a remote-write decoder takes from one request, and what it leaves, into a SampleBatch."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from app.domain.errors import AppError, Invalid, TooLarge
from app.domain.samples import HistogramSample, Mark, Metadata, Refusal, SampleBatch
from app.domain.series import Shape
from app.wire.limits import MAX_SAMPLES
from app.wire.metrics import remote_write_histograms
from app.wire.metrics.remote_write_families import GAUGE_HISTOGRAM, Family
from app.wire.metrics.remote_write_table import SeriesTable, Texts

STALE_BITS = np.uint64(0x7FF0000000000002)


class Gathering:
    """Columns under construction, in the order of the request."""

    def __init__(self, table: SeriesTable) -> None:
        self._table = table
        self._series: list[int] = []
        self._at_ms: list[int] = []
        self._values: list[float] = []
        self._start_ms: list[int] = []
        self._histograms: list[HistogramSample] = []
        self._metadata: dict[Metadata, None] = {}
        self._exemplars = 0
        self._refusals: dict[str, Refusal] = {}

    def add_sample(self, series: int, at_ms: int, value: float, *, start_ms: int = 0) -> None:
        self._series.append(series)
        self._at_ms.append(at_ms)
        self._values.append(value)
        self._start_ms.append(start_ms)

    def add_histograms(self, encoded: Iterable[bytes], *, texts: Texts, family: Family, start_ms: int = 0) -> None:
        """Adds the good ones among native histograms of one series; `start_ms` is for those that do not tell theirs.

        Raises Invalid when the labels are not legal.
        """
        for one in encoded:
            series = self._table.position(texts, family, shape=Shape.HISTOGRAM)
            try:
                message = remote_write_histograms.parse(one)
                histogram = remote_write_histograms.read(message)
            except Invalid as error:
                self.refuse(error, series=series, histograms=1)
                continue
            if remote_write_histograms.is_gauge(message):
                series = self._table.position(texts, Family(GAUGE_HISTOGRAM, family.unit), shape=Shape.HISTOGRAM)
            start = message.start_timestamp or start_ms
            at_ms = message.timestamp
            sample = HistogramSample(series, at_ms, histogram, start_ms=start if 0 < start <= at_ms else 0)
            self._histograms.append(sample)

    def add_metadata(self, metadata: Metadata) -> None:
        self._metadata[metadata] = None

    def add_exemplars(self, count: int) -> None:
        self._exemplars += count

    def refuse(
        self, error: AppError, *, series: int | None = None, samples: int = 0, histograms: int = 0, exemplars: int = 0
    ) -> None:
        """Counts what was left out under the error's code; of each code the first sentence is kept."""
        before = self._refusals.get(error.code)
        if before is None:
            sentence = str(error) if series is None else f"{self._table.key(series)}: {error}"
            before = Refusal(error.code, sentence, samples=0)
        self._refusals[error.code] = replace(
            before,
            samples=before.samples + samples,
            histograms=before.histograms + histograms,
            exemplars=before.exemplars + exemplars,
        )

    def check_room(self) -> None:
        """Raises TooLarge when more samples were added than one request may hold."""
        if len(self._values) + len(self._histograms) > MAX_SAMPLES:
            raise TooLarge(
                f"The request holds more than {MAX_SAMPLES} samples.",
                code="too_many_samples",
                hint="Send fewer samples at once.",
            )

    def batch(self) -> SampleBatch:
        at_ms = np.array(self._at_ms, dtype=np.int64)
        values = np.array(self._values, dtype=np.float64)
        start_ms = np.array(self._start_ms, dtype=np.int64)
        # A start after the sample is no start. All of this stands before any arithmetic on the values: one operation
        # turns the marker, a signalling NaN, into another NaN.
        start_ms[(start_ms < 0) | (start_ms > at_ms)] = 0
        stale = values.view(np.uint64) == STALE_BITS
        values[stale] = 0.0
        return SampleBatch(
            self._table,
            np.array(self._series, dtype=np.int64),
            at_ms,
            values,
            marks=np.where(stale, np.uint8(Mark.STALE), np.uint8(Mark.VALUE)) if stale.any() else None,
            start_ms=start_ms if start_ms.any() else None,
            histograms=tuple(self._histograms),
            metadata=tuple(self._metadata),
            exemplars=self._exemplars,
            refusals=tuple(self._refusals.values()),
        )
