"""Minutes of every series: what objectives defined tomorrow are computed from, long after raw samples are gone.

A row holds some minutes of one series; rows of one series never overlap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from app.domain import pieces
from app.domain.cells import Cells, no_cells
from app.domain.pieces import Growth
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.store import codec, dialect
from app.store.chunks import segments
from app.store.schema import series as catalogue
from app.store.schema import series_rollups


@dataclass(frozen=True, slots=True)
class Piece:
    """A row: minutes [first_ms, last_ms] of one series, both ends being starts of minutes."""

    service_id: int
    series_id: int
    first_ms: int
    last_ms: int
    data: bytes

    def row(self) -> Sequence[object]:
        return (self.service_id, self.series_id, MINUTE_MS, self.first_ms, self.last_ms, self.data)


def pack(cells: Cells, services: Ints) -> Iterable[Piece]:
    """One piece a series."""
    for series_id, begin, end in segments(cells.series):
        data = codec.compress(pieces.pack_cells(cells, begin, end))
        first, last = int(cells.minute[begin]) * MINUTE_MS, int(cells.minute[end - 1]) * MINUTE_MS
        yield Piece(int(services[series_id]), series_id, first, last, data)


def pack_growth(series_id: int, grown: Sequence[Growth], service_id: int) -> Piece:
    """The piece of a histogram-shaped series, its minutes ascending."""
    data = codec.compress(pieces.pack_growth(grown))
    return Piece(service_id, series_id, grown[0].minute * MINUTE_MS, grown[-1].minute * MINUTE_MS, data)


def write(db: sa.Connection, made: Iterable[Piece]) -> None:
    dialect.bulk_insert(db, series_rollups, (piece.row() for piece in made))


def remove(db: sa.Connection, old: Iterable[Piece]) -> None:
    """Take rows away that others will stand in for."""
    table = series_rollups.c
    keys = [{"service": one.service_id, "series": one.series_id, "first": one.first_ms} for one in old]
    if keys:
        db.execute(
            series_rollups.delete().where(
                table.service_id == sa.bindparam("service"),
                table.series_id == sa.bindparam("series"),
                table.resolution_ms == MINUTE_MS,
                table.first_ms == sa.bindparam("first"),
            ),
            keys,
        )


def of_service(db: sa.Connection, service_id: int, *, start_ms: int, end_ms: int) -> list[Piece]:
    """The rows of all series of a service that overlap [start_ms, end_ms), by series and time."""
    return _pieces(db, series_rollups.c.service_id == service_id, start_ms=start_ms, end_ms=end_ms)


def of_series(db: sa.Connection, service_id: int, series_id: int, *, start_ms: int, end_ms: int) -> list[Piece]:
    """The rows of one series that overlap [start_ms, end_ms), by time."""
    table = series_rollups.c
    chosen = (table.service_id == service_id) & (table.series_id == series_id)
    return _pieces(db, chosen, start_ms=start_ms, end_ms=end_ms)


def of_metric(db: sa.Connection, metric: str, *, start_ms: int, end_ms: int) -> list[Piece]:
    """The rows of all series of a metric that overlap [start_ms, end_ms), by series and time."""
    table = series_rollups.c
    known = sa.select(catalogue.c.service_id, catalogue.c.id).where(catalogue.c.metric == metric)
    chosen = sa.tuple_(table.service_id, table.series_id).in_(known)
    return _pieces(db, chosen, start_ms=start_ms, end_ms=end_ms)


def cells_of(found: Iterable[Piece]) -> Cells:
    """The cells in scalar rows, in the order of the rows."""
    return joined([pieces.unpack_cells(piece.series_id, codec.expand(piece.data)) for piece in found])


def growth_of(piece: Piece) -> list[Growth]:
    """The minutes in a row of a histogram-shaped series."""
    return pieces.unpack_growth(codec.expand(piece.data))


def is_growth(piece: Piece) -> bool:
    """Whether a row is of a histogram-shaped series."""
    return codec.expand(piece.data)[0] == pieces.DISTRIBUTIONS


def told_apart(found: Iterable[Piece]) -> tuple[list[Cells], list[tuple[int, list[Growth]]]]:
    """The cells of scalar rows, and (series, minutes) of those of histogram-shaped series."""
    plain: list[Cells] = []
    grown: list[tuple[int, list[Growth]]] = []
    for piece in found:
        data = codec.expand(piece.data)
        if data[0] == pieces.DISTRIBUTIONS:
            grown.append((piece.series_id, pieces.unpack_growth(data)))
        else:
            plain.append(pieces.unpack_cells(piece.series_id, data))
    return plain, grown


def joined(parts: Sequence[Cells]) -> Cells:
    """Cells one after the other."""
    if not parts:
        return no_cells()
    return Cells(
        *(
            np.concatenate([getattr(one, name) for one in parts])
            for name in ("series", "minute", "total", "weight", "low", "high")
        )
    )


def forget(db: sa.Connection, *, before_ms: int) -> int:
    """Remove rows whose newest minute is older than a time; gives how many."""
    return db.execute(series_rollups.delete().where(series_rollups.c.last_ms < before_ms)).rowcount


def _pieces(db: sa.Connection, chosen: sa.ColumnElement[bool], *, start_ms: int, end_ms: int) -> list[Piece]:
    table = series_rollups.c
    query = (
        sa.select(table.service_id, table.series_id, table.first_ms, table.last_ms, table.data)
        .where(chosen, table.resolution_ms == MINUTE_MS, table.first_ms < end_ms, table.last_ms >= start_ms)
        .order_by(table.series_id, table.first_ms)
    )
    return [Piece(*row[:4], bytes(row[4])) for row in db.execute(query)]
