"""What a database holds, sample by sample and row by row."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import sqlalchemy as sa

from app.domain.samples import HistogramSample, Mark
from app.store import chunks, journal, schema, series
from app.store.chunks import Samples
from app.store.codec import Columns
from app.store.engine import Connection, Store
from tests.pipeline import NOW_MS, One, Pipeline, batch

MINUTE_MS = 60_000
Held = tuple[str, int, str, int, int]  # series, time, value bit for bit (of a histogram: its count), mark, start time


def sealed(store: Store) -> list[Held]:
    """Every sample in chunks."""
    with store.reading() as db:
        found: list[Held] = []
        for metric in db.execute(sa.select(schema.series.c.metric).distinct()).scalars().all():
            names = _names(db, metric)
            histograms = {one.id for one in series.named(db, metric, limit=99) if one.is_histogram}
            for series_id, data in chunks.of_metric(db, metric, start_ms=0, end_ms=2 * NOW_MS):
                if series_id in histograms:
                    found += _histograms(chunks.histograms_in(data), names)
                else:
                    found += _scalars(chunks.scalars_in(series_id, data), names)
    return sorted(found)


def unsealed(store: Store) -> list[Held]:
    """Every sample in the journal."""
    with store.reading() as db:
        metrics = db.execute(sa.select(schema.series.c.metric).distinct()).scalars().all()
        names = {series_id: name for metric in metrics for series_id, name in _names(db, metric).items()}
        found: list[Held] = []
        for columns in journal.holding(db, before_ms=2 * NOW_MS):
            found += _scalars(_whole(columns), names)
            found += _histograms(columns.histograms, names)
    return sorted(found)


def times(found: Iterable[Held]) -> list[int]:
    """Whole minutes since NOW_MS."""
    return [(at_ms - NOW_MS) // MINUTE_MS for _, at_ms, *_ in found]


def tables(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but of who seals."""
    with store.reading() as db:
        return {
            table.name: sorted(tuple(row) for row in db.execute(sa.select(table)))
            for table in schema.metadata.sorted_tables
            if table.name != "leases"
        }


def stale(pipeline: Pipeline, *samples: One) -> None:
    """Send markers that these series ended."""
    marked = replace(batch(samples), marks=np.full(len(samples), Mark.STALE, dtype=np.uint8))
    pipeline.ingest.write(marked, source="test", now_ms=pipeline.now_ms)


def _names(db: Connection, metric: str) -> dict[int, str]:
    return {one.id: f"{metric} {one.shape} {sorted(one.labels.items())}" for one in series.named(db, metric, limit=99)}


def _whole(columns: Columns) -> Samples:
    none = np.zeros(len(columns), dtype=np.int64)
    marks = none if columns.marks is None else columns.marks
    starts = none if columns.start_ms is None else columns.start_ms
    return Samples(columns.series, columns.at_ms, columns.values, marks.astype(np.uint8), starts)


def _scalars(found: Samples, names: dict[int, str]) -> list[Held]:
    columns = (found.series, found.at_ms, found.values, found.marks, found.start_ms)
    return [
        (names[series_id], at_ms, "" if mark else value.hex(), mark, start_ms)
        for series_id, at_ms, value, mark, start_ms in zip(*(one.tolist() for one in columns), strict=True)
    ]


def _histograms(found: Iterable[HistogramSample], names: dict[int, str]) -> list[Held]:
    return [
        (names[one.series], one.at_ms, str(one.histogram and one.histogram.count), 0, one.start_ms) for one in found
    ]
