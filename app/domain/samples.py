"""The one value every wire format decodes to: samples as columns, and what had to be refused.

One object per sample costs 15 times what a column costs, so a batch is numpy arrays over a directory of series.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.domain.histograms import Histogram
from app.domain.series import SeriesKey

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

UNRESOLVED = -1


class Mark(IntEnum):
    """What a sample says besides its value."""

    VALUE = 0
    STALE = 1  # the series ended here; the value is meaningless


class SeriesDirectory(Protocol):
    """The series a batch speaks of, by position.

    `ids` holds the stored id of each (UNRESOLVED until ingest fills it in); a decoder may keep one directory
    over many requests, so that a series is looked up once.
    """

    ids: Ints

    def key(self, position: int) -> SeriesKey:
        """The series at a position. Raises Invalid when its labels are."""
        ...


class SeriesList:
    """The plain directory: one request's series."""

    def __init__(self, keys: Sequence[SeriesKey]) -> None:
        self.keys = keys
        self.ids = np.full(len(keys), UNRESOLVED, dtype=np.int64)

    def key(self, position: int) -> SeriesKey:
        return self.keys[position]


@dataclass(frozen=True, slots=True)
class HistogramSample:
    """One distribution of one series. `histogram` is None for a staleness marker."""

    series: int
    at_ms: int
    histogram: Histogram | None
    start_ms: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a sender says of a metric family. `type` is Prometheus' word (counter, gauge, histogram, ...)."""

    metric: str
    type: str
    help: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Samples that were left out: why (`code`), how many, and one sentence naming the first of them."""

    code: str
    message: str
    samples: int = 1
    histograms: int = 0
    exemplars: int = 0


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """Samples of one request, in the order they came.

    `series[i]` is the position in `directory` of sample i, `at_ms[i]` its time (Unix milliseconds), `values[i]` its
    value with every bit as sent. `marks` (uint8, see Mark) and `start_ms` (0 = unknown) are None when no sample has
    one. A DELTA sample covers (start_ms, at_ms].
    """

    directory: SeriesDirectory
    series: NDArray[np.int64]
    at_ms: Ints
    values: Floats
    marks: NDArray[np.uint8] | None = None
    start_ms: Ints | None = None
    histograms: tuple[HistogramSample, ...] = ()
    metadata: tuple[Metadata, ...] = ()
    exemplars: int = 0
    refusals: tuple[Refusal, ...] = field(default=())

    def __len__(self) -> int:
        """How many scalar samples."""
        return len(self.at_ms)
