"""Signal rollups: the golden signals of every source of every service, by minute and by hour.

They are written in columns, many at once (see `signal_columns`), and read by whoever needs few of them, in rows.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import sqlalchemy as sa

from app.domain.codec import unpack_column
from app.domain.minutes import SCALARS, SignalMinutes, SourceMinutes
from app.domain.samples import Floats
from app.domain.signals import HOUR_MS, MINUTE_MS, SignalSpan
from app.store import dialect
from app.store.schema import layouts, services, signal_rollups
from app.store.signal_columns import SignalColumns, columns_of, unpacked_bins

NO_BOUNDS = np.empty(0)
LOOK_UP_AT_ONCE = 500
_NUMBERS = [signal_rollups.c[name] for name in (*SCALARS, "layout_id", "buckets", "resources")]
LAYOUT = -3  # its place among these
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class SignalRow:
    """One bucket of one source of one service. `scalars` has every name of SCALARS; NaN is "no data"."""

    service_id: int
    source: str
    rank: int
    bucket_ms: int
    scalars: dict[str, float]
    bounds: Floats = field(default_factory=lambda: NO_BOUNDS)
    counts: Floats = field(default_factory=lambda: NO_BOUNDS)
    exponential: bool = False
    resources: dict[str, float] = field(default_factory=dict)

    def columns(self) -> SignalColumns:
        """The same bucket in columns."""
        return SignalColumns(
            self.service_id,
            self.source,
            self.rank,
            np.array([self.bucket_ms]),
            {name: np.array([value]) for name, value in self.scalars.items()},
            self.bounds,
            self.counts[None, :],
            self.exponential,
            {name: np.array([ratio]) for name, ratio in self.resources.items()},
        )


def minutes(db: sa.Connection, *, start_ms: int, end_ms: int, of: Iterable[int] | None = None) -> list[SignalRow]:
    """Minute rows of these services (None: all) in [start_ms, end_ms)."""
    return _rows(db, resolution_ms=MINUTE_MS, start_ms=start_ms, end_ms=end_ms, of=of)


def hours(db: sa.Connection, *, start_ms: int, end_ms: int, of: Iterable[int] | None = None) -> list[SignalRow]:
    """Hour rows of these services (None: all) in [start_ms, end_ms)."""
    return _rows(db, resolution_ms=HOUR_MS, start_ms=start_ms, end_ms=end_ms, of=of)


def minute_columns(db: sa.Connection, service_id: int, *, start_ms: int, end_ms: int) -> list[SignalColumns]:
    """The minutes of each source of a service in [start_ms, end_ms), for whoever needs many."""
    return _columns(db, service_id, resolution_ms=MINUTE_MS, start_ms=start_ms, end_ms=end_ms)


def span(db: sa.Connection, service_id: int, *, start_ms: int, end_ms: int, step_ms: int) -> SignalSpan:
    """A service's signals from start_ms (a multiple of step_ms): from hours when the step is whole hours."""
    unit_ms = HOUR_MS if step_ms % HOUR_MS == 0 else MINUTE_MS
    buckets = max(0, -(-(end_ms - start_ms) // step_ms))
    end_ms = start_ms + buckets * step_ms
    length = max(1, (end_ms - start_ms) // unit_ms)
    sources = []
    for one in _columns(db, service_id, resolution_ms=unit_ms, start_ms=start_ms, end_ms=end_ms):
        sources.append(SourceMinutes(one.source, rank=one.rank, length=length))
        one.put_into(sources[-1], unit_ms=unit_ms)
    return SignalMinutes(sources, unit_ms=unit_ms).span(start_ms=start_ms, end_ms=end_ms, step_ms=step_ms)


def write(db: sa.Connection, made: Sequence[SignalColumns], *, resolution_ms: int) -> None:
    """Put buckets in the place of those of the same time, source and service."""
    held = [one for one in made if len(one)]
    numbers = _layout_numbers(db, held)
    rows = (
        row
        for one in held
        for row in one.rows(resolution_ms=resolution_ms, layout_id=numbers.get(one.bounds.tobytes()))
    )
    dialect.bulk_upsert(db, signal_rollups, rows)


def forget(db: sa.Connection, *, resolution_ms: int, before_ms: int) -> int:
    """Remove rows of buckets before a time; gives how many."""
    table = signal_rollups.c
    every = table.service_id.in_(sa.select(services.c.id))  # lets the primary key find the rows
    old = every & (table.resolution_ms == resolution_ms) & (table.bucket_ms < before_ms)
    return db.execute(signal_rollups.delete().where(old)).rowcount


def _columns(
    db: sa.Connection, service_id: int, *, resolution_ms: int, start_ms: int, end_ms: int
) -> list[SignalColumns]:
    table = signal_rollups.c
    query = (
        sa.select(table.source, table.rank, table.bucket_ms, *_NUMBERS)
        .where(table.service_id == service_id, table.resolution_ms == resolution_ms)
        .where(table.bucket_ms >= start_ms, table.bucket_ms < end_ms)
        .order_by(table.bucket_ms, table.source)
    )
    by_source: dict[str, list[sa.Row[Any]]] = {}
    for row in db.execute(query).all():
        by_source.setdefault(row[0], []).append(row)
    parts = [tuple(zip(*rows, strict=True)) for rows in by_source.values()]
    known = _layouts(db, {number for part in parts for number in set(part[LAYOUT])} - {None})
    return [columns_of(service_id, part, known) for part in parts]


def _rows(
    db: sa.Connection, *, resolution_ms: int, start_ms: int, end_ms: int, of: Iterable[int] | None
) -> list[SignalRow]:
    table = signal_rollups.c
    query = (
        sa.select(
            table.service_id,
            table.source,
            table.rank,
            table.bucket_ms,
            *_NUMBERS,
        )
        .where(table.resolution_ms == resolution_ms, table.bucket_ms >= start_ms, table.bucket_ms < end_ms)
        .order_by(table.service_id, table.bucket_ms, table.source)
    )
    if of is not None:
        query = query.where(table.service_id.in_(sorted(of)))
    found = db.execute(query).all()
    known = _layouts(db, {row.layout_id for row in found if row.layout_id is not None})
    return [_row(row, known) for row in found]


def _row(row: Sequence[Any], known: dict[int, Floats]) -> SignalRow:
    service_id, source, rank, bucket_ms, *numbers, layout_id, buckets, resources = row
    scalars = {name: math.nan if value is None else value for name, value in zip(SCALARS, numbers, strict=True)}
    bounds, counts = NO_BOUNDS, NO_BOUNDS
    exponential = buckets is not None and layout_id is None
    if exponential:
        bounds, counts = unpacked_bins(buckets)
    elif buckets is not None:
        bounds = known[layout_id]
        counts = np.empty(len(bounds))
        unpack_column(np.frombuffer(buckets, dtype=np.uint8), 0, counts)
    told = json.loads(resources) if resources else {}
    return SignalRow(service_id, source, rank, bucket_ms, scalars, bounds, counts, exponential, told)


def _layouts(db: sa.Connection, wanted: set[int]) -> dict[int, Floats]:
    """The bounds of layouts by number."""
    query = sa.select(layouts.c.id, layouts.c.bounds)
    return {
        number: np.frombuffer(bounds, dtype=np.float64)
        for some in _portions(sorted(wanted))
        for number, bounds in db.execute(query.where(layouts.c.id.in_(some)))
    }


def _layout_numbers(db: sa.Connection, made: Sequence[SignalColumns]) -> dict[bytes, int]:
    """The number of each set of bounds; new ones are stored."""
    wanted = sorted({one.bounds.tobytes() for one in made if one.has_layout})
    known = _numbers(db, wanted)
    new = [{"bounds": one} for one in wanted if one not in known]
    if new:
        db.execute(dialect.insert_or_ignore(db, layouts), new)
        known = _numbers(db, wanted)
    return known


def _numbers(db: sa.Connection, wanted: Sequence[bytes]) -> dict[bytes, int]:
    query = sa.select(layouts.c.id, layouts.c.bounds)
    return {
        bytes(bounds): number
        for some in _portions(wanted)
        for number, bounds in db.execute(query.where(layouts.c.bounds.in_(some)))
    }


def _portions(wanted: Sequence[T]) -> Iterator[Sequence[T]]:
    return (wanted[at : at + LOOK_UP_AT_ONCE] for at in range(0, len(wanted), LOOK_UP_AT_ONCE))
