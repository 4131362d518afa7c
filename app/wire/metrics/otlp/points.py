"""The points of one export, collected from either encoding and checked together: one model, so that both agree.

A reader begins a family, asks once for each set of attributes where its series stands, and adds points; what is wrong
with points is found on whole columns at the end.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from app.domain.errors import Invalid, TooLarge
from app.domain.samples import HistogramSample, Mark, Metadata, SampleBatch
from app.domain.series import Kind, series_key
from app.wire.limits import MAX_SAMPLES
from app.wire.metrics.otlp import histograms
from app.wire.metrics.otlp.attributes import Pairs, labels
from app.wire.metrics.otlp.families import Family
from app.wire.metrics.otlp.refusals import Refusals
from app.wire.metrics.otlp.rows import NO_RECORDED_VALUE, Rows, Times
from app.wire.metrics.otlp.series_table import Known, SeriesTable
from app.wire.metrics.otlp.size import too_many_points

STALE_BITS = 0x7FF0000000000002  # what NO_RECORDED_VALUE is in a value that came by way of Prometheus
MAX_QUANTILES = 100
MAX_ATTRIBUTES = 128  # of a point, empty ones counted; how many of them may be labels is SeriesKey's to say


class Summary(NamedTuple):
    observations: int
    total: float
    quantiles: Sequence[tuple[float, float]]  # quantile in [0, 1] and its value


class Points:
    """What one export holds. A series that cannot be has a negative position, so that its points are counted."""

    def __init__(self, table: SeriesTable) -> None:
        self.exemplars = 0
        self._table = table
        self._expected = 0
        self._faults: list[Invalid] = []
        self._refusals = Refusals()
        self._metadata: dict[str, Metadata] = {}
        self._numbers = Rows("samples")
        self._values: list[float] = []
        self._histograms = Rows("histograms")
        self._carried: list[histograms.Carried] = []

    def expect(self, points: int) -> None:
        """To be told how many points are about to be read. Raises TooLarge when that makes too many."""
        self._expected += points
        if self._expected > MAX_SAMPLES:
            raise too_many_points()

    def begin(self, family: Family) -> Known:
        """The points to come are this family's, of which these series are known: the reader adds to them."""
        self._numbers.begin(family)
        self._histograms.begin(family)
        if family.fault:
            return {}
        self._metadata.setdefault(family.metric, family.metadata)
        return self._table.known(family)

    def series(self, family: Family, attributes: Pairs, *, suffix: str = "", kind: Kind | None = None) -> int:
        """Where a series stands."""
        if family.fault:
            return self.faulty(family.fault)
        if len(attributes) > MAX_ATTRIBUTES:
            sentence = f"{family.metric} has points of more than {MAX_ATTRIBUTES} attributes."
            return self.faulty(TooLarge(sentence, code="too_many_labels", field=family.metric))
        try:
            key = series_key(
                family.metric + suffix,
                labels(attributes, family.resource),
                shape=family.shape,
                kind=kind or family.kind,
                unit="" if suffix == "_count" else family.unit,
            )
        except Invalid as fault:
            return self.faulty(fault)
        return self._table.add(key)

    def faulty(self, fault: Invalid) -> int:
        """Where a series stands that cannot be."""
        self._faults.append(fault)
        return -len(self._faults)

    def number(self, series: int, times: Times, value: float | None) -> None:
        if value is None and series >= 0 and not times[2] & NO_RECORDED_VALUE:
            self._refuse("value_missing", self._table.key(series).metric, "has points without a value")
            return
        self._numbers.add(series, times)
        self._values.append(0.0 if value is None else value)

    def histogram(self, series: int, times: Times, carried: histograms.Carried) -> None:
        self._histograms.add(series, times)
        self._carried.append(carried)

    def summary(self, family: Family, attributes: Pairs, times: Times, summary: Summary) -> None:
        """A summary becomes the scalar series a Prometheus client would have sent."""
        if len(summary.quantiles) > MAX_QUANTILES:
            self._refuse("summary_invalid", family.metric, f"has a point with more than {MAX_QUANTILES} quantiles")
            return
        if len(self._numbers) > MAX_SAMPLES:
            raise too_many_points()
        counted = self.series(family, attributes, suffix="_count")
        self.number(counted, times, float(summary.observations))
        if counted < 0:
            return
        self.number(self.series(family, attributes, suffix="_sum"), times, summary.total)
        at_ns, _, flags = times
        others = tuple(pair for pair in attributes if pair[0] != "quantile")
        for quantile, value in summary.quantiles:
            marked = (*others, ("quantile", repr(quantile)))
            self.number(self.series(family, marked, kind=Kind.GAUGE), (at_ns, 0, flags), value)

    def batch(self) -> SampleBatch:
        """All that can be taken, and what cannot."""
        columns = self._numbers.columns(faults=self._faults, refusals=self._refusals)
        kept, start_ms = columns.kept, columns.start_ms[columns.kept]
        values = np.array(self._values, dtype=np.float64)
        stale = (columns.stale | (values.view(np.uint64) == STALE_BITS))[kept]
        return SampleBatch(
            directory=self._table,
            series=columns.series[kept],
            at_ms=columns.at_ms[kept],
            values=np.where(stale, 0.0, values[kept]),
            marks=np.where(stale, Mark.STALE, Mark.VALUE).astype(np.uint8) if stale.any() else None,
            start_ms=start_ms if start_ms.any() else None,
            histograms=tuple(self._distributions()),
            metadata=tuple(self._metadata.values()),
            exemplars=self.exemplars,
            refusals=self._refusals.listed(),
        )

    def _distributions(self) -> Iterator[HistogramSample]:
        columns = self._histograms.columns(faults=self._faults, refusals=self._refusals)
        kept, stale = columns.kept.tolist(), columns.stale.tolist()
        series, at_ms, start_ms = columns.series.tolist(), columns.at_ms.tolist(), columns.start_ms.tolist()
        for row, histogram in enumerate(histograms.built(self._carried)):
            if not kept[row]:
                continue
            if stale[row]:
                yield HistogramSample(series[row], at_ms[row], None, start_ms[row])
            elif isinstance(histogram, str):
                sentence = f"{self._histograms.metric(row)} has a malformed histogram: {histogram}."
                self._refusals.add("histogram_invalid", sentence, what="histograms")
            else:
                yield HistogramSample(series[row], at_ms[row], histogram, start_ms[row])

    def _refuse(self, code: str, metric: str, says: str) -> None:
        self._refusals.add(code, f"{metric} {says}.", what="samples")
