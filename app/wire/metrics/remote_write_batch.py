"""Gathers what a remote-write decoder takes from one request, and what it leaves, into a SampleBatch."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from app.domain.errors import AppError, Invalid, TooLarge
from app.domain.samples import Floats, HistogramSample, Ints, Mark, Metadata, Refusal, SampleBatch
from app.domain.series import Shape
from app.wire.limits import MAX_SAMPLES
from app.wire.metrics import remote_write_histograms
from app.wire.metrics.remote_write_families import GAUGE_HISTOGRAM, Family
from app.wire.metrics.remote_write_octets import Plain
from app.wire.metrics.remote_write_table import SeriesTable, Texts

# A few octets make a histogram of MAX_BUCKETS, most of them empty: all of a request's together must stay within memory.
MAX_BUCKETS_OF_A_REQUEST = 4_000_000
STALE_BITS = np.uint64(0x7FF0000000000002)


class Gathering:
    """Columns under construction, in the order of the request; `row` is the series of it that is being read."""

    def __init__(self, table: SeriesTable) -> None:
        self.row = 0
        self._table = table
        self._plain: Plain | None = None
        self._rows: list[int] = []
        self._series: list[int] = []
        self._at_ms: list[int] = []
        self._values: list[float] = []
        self._start_ms: list[int] = []
        self._histograms: list[HistogramSample] = []
        self._buckets = 0
        self._metadata: dict[Metadata, None] = {}
        self._exemplars = 0
        self._refusals: dict[str, Refusal] = {}

    def add_sample(self, series: int, at_ms: int, value: float, *, start_ms: int = 0) -> None:
        self._rows.append(self.row)
        self._series.append(series)
        self._at_ms.append(at_ms)
        self._values.append(value)
        self._start_ms.append(start_ms)

    def add_plain(self, plain: Plain) -> None:
        """Adds all plain series at once, in the rows they stand in."""
        self._plain = plain
        self._metadata.update(dict.fromkeys(plain.metadata))

    def rows_left(self, count: int) -> list[int]:
        """The rows of a request of so many series that are not plain."""
        if self._plain is None:
            return list(range(count))
        left: list[int] = np.setdiff1d(np.arange(count), self._plain.rows, assume_unique=True).tolist()
        return left

    def add_histograms(self, encoded: Iterable[bytes], *, texts: Texts, family: Family, start_ms: int = 0) -> None:
        """Adds the good ones among native histograms of one series; `start_ms` is for those that do not tell theirs.

        Raises TooLarge when the request holds too much of them.
        """
        for one in encoded:
            series = self._table.position(texts, family, shape=Shape.HISTOGRAM)
            try:
                message = remote_write_histograms.parse(one)
                histogram = remote_write_histograms.read(message)
            except Invalid as error:
                self.refuse(error, series=series, histograms=1)
                continue
            self._buckets += remote_write_histograms.size(histogram)
            if self._buckets > MAX_BUCKETS_OF_A_REQUEST:
                raise _too_large(f"{MAX_BUCKETS_OF_A_REQUEST} histogram buckets", code="too_many_buckets")
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
        plain = len(self._plain.rows) if self._plain else 0
        if plain + len(self._values) + len(self._histograms) > MAX_SAMPLES:
            raise _too_large(f"{MAX_SAMPLES} samples", code="too_many_samples")

    def batch(self) -> SampleBatch:
        series, at_ms, values, start_ms = self._columns()
        # A start after the sample is no start. All of this stands before any arithmetic on the values: one operation
        # turns the marker, a signalling NaN, into another NaN.
        start_ms[(start_ms < 0) | (start_ms > at_ms)] = 0
        stale = values.view(np.uint64) == STALE_BITS
        values[stale] = 0.0
        return SampleBatch(
            self._table,
            series,
            at_ms,
            values,
            marks=np.where(stale, np.uint8(Mark.STALE), np.uint8(Mark.VALUE)) if stale.any() else None,
            start_ms=start_ms if start_ms.any() else None,
            histograms=tuple(self._histograms),
            metadata=tuple(self._metadata),
            exemplars=self._exemplars,
            refusals=tuple(self._refusals.values()),
        )

    def _columns(self) -> tuple[Ints, Ints, Floats, Ints]:
        """Series, times, values and start times."""
        series = np.array(self._series, dtype=np.int64)
        at_ms = np.array(self._at_ms, dtype=np.int64)
        values = np.array(self._values, dtype=np.float64)
        start_ms = np.array(self._start_ms, dtype=np.int64)
        plain = self._plain
        if plain is None:
            return series, at_ms, values, start_ms
        if not len(series):
            return plain.series, plain.at_ms, plain.values, plain.start_ms
        order = np.argsort(np.concatenate((plain.rows, np.array(self._rows, dtype=np.int64))), kind="stable")
        return (
            np.concatenate((plain.series, series))[order],
            np.concatenate((plain.at_ms, at_ms))[order],
            np.concatenate((plain.values, values))[order],
            np.concatenate((plain.start_ms, start_ms))[order],
        )


def _too_large(what: str, *, code: str) -> TooLarge:
    return TooLarge(f"The request holds more than {what}.", code=code, hint="Send fewer samples at once.")
