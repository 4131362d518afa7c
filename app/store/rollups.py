"""Minutes and hours of every series: what objectives defined tomorrow are computed from, long after raw samples.

A row holds some minutes of one series, or the hours of one day; rows of one series and resolution never overlap.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from app.domain import pieces
from app.domain.cells import COLUMNS, Cells, no_cells
from app.domain.growth import Growth
from app.domain.samples import Ints
from app.domain.sealing import segments
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.store import codec, dialect
from app.store.schema import series as catalogue
from app.store.schema import series_rollups
from app.store.spans import Spans

LOOK_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Piece:
    """A row: minutes (or hours) [first_ms, last_ms] of one series, both ends being starts of them."""

    service_id: int
    series_id: int
    first_ms: int
    last_ms: int
    data: bytes
    resolution_ms: int = MINUTE_MS

    def row(self) -> Sequence[object]:
        return (self.service_id, self.series_id, self.resolution_ms, self.first_ms, self.last_ms, self.data)


def piece_of(service_id: int, series_id: int, resolution_ms: int, first_ms: int, last_ms: int, data: bytes) -> Piece:
    """The piece of a row."""
    return Piece(service_id, series_id, first_ms, last_ms, data, resolution_ms)


def pack(cells: Cells, services: Ints) -> Iterable[Piece]:
    """One piece of minutes a series."""
    return pack_runs(cells, *segments(cells.series), services)


def pack_runs(cells: Cells, begins: Ints, ends: Ints, services: Ints) -> Iterable[Piece]:
    """One piece of minutes for each run of cells; a run is of one series, and no two meet."""
    return _packed(cells, begins, ends, services[cells.series[begins]], MINUTE_MS)


def pack_day(cells: Cells, service_id: int, *, resolution_ms: int) -> Iterable[Piece]:
    """One piece of minutes or hours for each series of a service."""
    begins, ends = segments(cells.series)
    return _packed(cells, begins, ends, np.full(len(begins), service_id), resolution_ms)


def pack_growth(series_id: int, grown: Sequence[Growth], service_id: int, *, resolution_ms: int = MINUTE_MS) -> Piece:
    """The piece of a histogram-shaped series, its minutes (or hours) ascending."""
    data = codec.compress(pieces.pack_growth(grown))
    first_ms, last_ms = int(grown[0].minute[0]) * MINUTE_MS, int(grown[-1].minute[-1]) * MINUTE_MS
    return Piece(service_id, series_id, first_ms, last_ms, data, resolution_ms)


def _packed(cells: Cells, begins: Ints, ends: Ints, owners: Ints, resolution_ms: int) -> Iterator[Piece]:
    """`owners` are the services of the runs."""
    columns = (owners, cells.series[begins], cells.minute[begins] * MINUTE_MS, cells.minute[ends - 1] * MINUTE_MS)
    for service_id, series_id, first_ms, last_ms, data in zip(
        *(column.tolist() for column in columns), pieces.packed_cells(cells, ends), strict=True
    ):
        yield Piece(service_id, series_id, first_ms, last_ms, codec.compress(data, quick=True), resolution_ms)


def write(db: sa.Connection, made: Iterable[Piece]) -> None:
    dialect.bulk_insert(db, series_rollups, (piece.row() for piece in made))


def remove(db: sa.Connection, old: Iterable[Piece]) -> None:
    """Take rows away that others will stand in for."""
    table = series_rollups.c
    keys = [
        {
            "service": one.service_id,
            "series": one.series_id,
            "resolution": one.resolution_ms,
            "first": one.first_ms,
        }
        for one in old
    ]
    if keys:
        db.execute(
            series_rollups.delete().where(
                table.service_id == sa.bindparam("service"),
                table.series_id == sa.bindparam("series"),
                table.resolution_ms == sa.bindparam("resolution"),
                table.first_ms == sa.bindparam("first"),
            ),
            keys,
        )


def of_service(db: sa.Connection, service_id: int, *, start_ms: int, end_ms: int) -> list[Piece]:
    """The minute rows of all series of a service that overlap [start_ms, end_ms), by series and time."""
    return _pieces(db, series_rollups.c.service_id == service_id, start_ms=start_ms, end_ms=end_ms)


def hours_of_service(db: sa.Connection, service_id: int, *, start_ms: int, end_ms: int) -> list[Piece]:
    """The hour rows of all series of a service that overlap [start_ms, end_ms), by series and time."""
    chosen = series_rollups.c.service_id == service_id
    return _pieces(db, chosen, start_ms=start_ms, end_ms=end_ms, resolution_ms=HOUR_MS)


def of_series(db: sa.Connection, service_id: int, series_id: int, *, start_ms: int, end_ms: int) -> list[Piece]:
    """The rows of one series that overlap [start_ms, end_ms), by time."""
    table = series_rollups.c
    chosen = (table.service_id == service_id) & (table.series_id == series_id)
    return _pieces(db, chosen, start_ms=start_ms, end_ms=end_ms)


def overlapping(db: sa.Connection, spans: Spans) -> list[Piece]:
    """The minute rows of several series that overlap a span of theirs, each once."""
    found: dict[tuple[int, int], Piece] = {}
    for some in spans.portions():
        for piece in _pieces(db, some.of(series_rollups), start_ms=some.start_ms, end_ms=some.end_ms):
            if some.overlapped(piece.series_id, piece.first_ms, piece.last_ms):
                found[piece.series_id, piece.first_ms] = piece
    return list(found.values())


def of_some(
    db: sa.Connection,
    service_id: int,
    series_ids: Sequence[int],
    *,
    start_ms: int,
    end_ms: int,
    resolution_ms: int = MINUTE_MS,
) -> list[Piece]:
    """The rows of some series of a service that overlap [start_ms, end_ms), by series and time."""
    table = series_rollups.c
    found: list[Piece] = []
    for at in range(0, len(series_ids), LOOK_UP_AT_ONCE):
        some = list(series_ids[at : at + LOOK_UP_AT_ONCE])
        chosen = (table.service_id == service_id) & table.series_id.in_(some)
        found += _pieces(db, chosen, start_ms=start_ms, end_ms=end_ms, resolution_ms=resolution_ms)
    return found


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
    held = [one for one in parts if len(one)]
    if len(held) <= 1:
        return held[0] if held else no_cells()
    return Cells(*(np.concatenate([getattr(one, name) for one in held]) for name in COLUMNS))


def forget(db: sa.Connection, *, resolution_ms: int, before_ms: int) -> int:
    """Remove rows whose newest minute (or hour) is older than a time; gives how many."""
    old = (series_rollups.c.last_ms < before_ms) & (series_rollups.c.resolution_ms == resolution_ms)
    return db.execute(series_rollups.delete().where(old)).rowcount


def _pieces(
    db: sa.Connection,
    chosen: sa.ColumnElement[bool],
    *,
    start_ms: int,
    end_ms: int,
    resolution_ms: int = MINUTE_MS,
) -> list[Piece]:
    table = series_rollups.c
    query = (
        sa.select(table.service_id, table.series_id, table.first_ms, table.last_ms, table.data)
        .where(chosen, table.resolution_ms == resolution_ms, table.first_ms < end_ms, table.last_ms >= start_ms)
        .order_by(table.series_id, table.first_ms)
    )
    return [Piece(*row[:4], bytes(row[4]), resolution_ms) for row in db.execute(query)]
