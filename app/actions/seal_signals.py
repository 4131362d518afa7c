"""The final signals of the minutes that sealing touched."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from app.actions.sealed import Sealed
from app.domain.cells import Cells
from app.domain.feeds import Feeds
from app.domain.growth import Growth
from app.domain.histogram_feeds import HistogramSeries
from app.domain.lanes import Matrix, Row, assemble
from app.domain.minutes import SCALARS
from app.domain.samples import Ints
from app.domain.sealing import add_cells, segments
from app.domain.signals import MINUTE_MS
from app.store import rollups
from app.store.engine import Connection
from app.store.signal_columns import SignalColumns

HOUR_MINUTES = 60
BLOCK_MINUTES = 24 * HOUR_MINUTES
FAR_APART_MINUTES = 60

Grown = Mapping[int, Sequence[Growth]]  # by series


def minute_columns(
    db: Connection,
    sealed: Sealed,
    *,
    feeds: Feeds,
    histograms: Mapping[int, HistogramSeries],
    sealed_before_ms: int,
) -> Iterator[SignalColumns]:
    """The final signals of the touched minutes of every service; an hour is never cut in two.

    Minutes nothing was sealed in before are made of this seal's cells alone; for others the stored cells of the
    service's other series are read too.
    """
    cells = rollups.joined(sealed.cells)
    gone = {(piece.series_id, piece.first_ms) for piece in sealed.replaced}
    for service_id, minutes in sorted(sealed.minutes.items()):
        if service_id == 0:
            continue
        own = _of_service(cells, service_id, feeds)
        service = ServiceMinutes(service_id, feeds, histograms)
        for run in _runs_of_minutes(minutes):
            everything = own
            growth: list[Grown] = [sealed.growth]
            if int(run[0]) * MINUTE_MS < sealed_before_ms:
                stored, stored_growth = _stored(db, service_id, run, gone)
                everything = rollups.joined([own, stored])
                growth.append(stored_growth)
            yield from service.columns(everything, growth, run)


def _of_service(cells: Cells, service_id: int, feeds: Feeds) -> Cells:
    begins, ends = segments(cells.series)
    is_mine = feeds.service[cells.series[begins]] == service_id
    return cells if is_mine.all() else cells.where(np.repeat(is_mine, ends - begins))


def _runs_of_minutes(minutes: Ints) -> list[Ints]:
    """Minutes near each other together: old and new ones may come in one seal, and what lies between is not wanted."""
    return np.split(minutes, np.flatnonzero(np.diff(minutes) > FAR_APART_MINUTES) + 1)


def _stored(db: Connection, service_id: int, minutes: Ints, gone: set[tuple[int, int]]) -> tuple[Cells, Grown]:
    """What is stored of a service in these minutes and stays."""
    start_ms, end_ms = int(minutes[0]) * MINUTE_MS, (int(minutes[-1]) + 1) * MINUTE_MS
    found = rollups.of_service(db, service_id, start_ms=start_ms, end_ms=end_ms)
    plain, grown = rollups.told_apart(piece for piece in found if (piece.series_id, piece.first_ms) not in gone)
    growth: dict[int, list[Growth]] = {}
    for series_id, some in grown:
        growth.setdefault(series_id, []).extend(some)
    return rollups.joined(plain), growth


class ServiceMinutes:
    """Computes the signals of one service from the cells and growth of all its series."""

    def __init__(self, service_id: int, feeds: Feeds, histograms: Mapping[int, HistogramSeries]) -> None:
        self._service_id = service_id
        self._feeds = feeds
        self._histograms = histograms

    def columns(self, cells: Cells, growth: Sequence[Grown], minutes: Ints) -> Iterator[SignalColumns]:
        """Those of these minutes (ascending), a day at a time. The cells, by series, are all there are in them."""
        for begin in range(int(minutes[0]) // HOUR_MINUTES * HOUR_MINUTES, int(minutes[-1]) + 1, BLOCK_MINUTES):
            wanted = minutes[(minutes >= begin) & (minutes < begin + BLOCK_MINUTES)]
            if len(wanted):
                yield from self._block(cells, growth, wanted, first_minute=begin)

    def _block(
        self, cells: Cells, growth: Sequence[Grown], minutes: Ints, *, first_minute: int
    ) -> Iterator[SignalColumns]:
        length = int(minutes[-1]) - first_minute + 1
        added = list(self._contributions(growth, first_minute, length))  # first: their lanes may be new
        rows = [row for row in self._feeds.lanes.rows if row.service_id == self._service_id]
        local = np.full(max(1, len(self._feeds.lanes.row_of_lane)), -1, dtype=np.int64)
        numbers = np.array([number for row in rows for number in row.numbers], dtype=np.int64)
        local[numbers] = np.arange(len(numbers))
        total, weight, series = add_cells(
            cells, self._feeds, local=local, first_minute=first_minute, minutes=length, lanes=len(numbers)
        )
        for lanes, amounts, grown in added:
            place = np.ix_(local[lanes], grown.minute - first_minute)
            total[place] += amounts.T
            weight[place] += grown.seconds
            series[place] += 1.0
        slots = minutes - first_minute
        for row in rows:
            place = np.ix_(local[row.numbers], slots)
            if weight[place].any():
                yield _columns_of(row, minutes, total=total[place], weight=weight[place], series=series[place])

    def _contributions(
        self, growth: Sequence[Grown], first_minute: int, length: int
    ) -> Iterator[tuple[Ints, Matrix, Growth]]:
        """The lanes that growth goes to and how much of each minute (its rows) goes to them, in the order of feeds."""
        ids = {series_id for grown in growth for series_id in grown}
        for series_id in sorted(ids, key=lambda one: int(self._feeds.order[one])):
            series = self._histograms.get(series_id)
            if series is None or series.row.service_id != self._service_id:
                continue
            for one in (one for grown in growth for one in grown.get(series_id, ())):
                begin, end = np.searchsorted(one.minute, (first_minute, first_minute + length)).tolist()
                if begin < end:
                    inside = one.where(slice(begin, end))
                    lanes = series.lanes_of(one.bounds, self._feeds.lanes, exponential=one.exponential)
                    yield lanes, series.amounts(inside.counts, inside.total), inside


def _columns_of(row: Row, minutes: Ints, *, total: Matrix, weight: Matrix, series: Matrix) -> SignalColumns:
    """The minutes in which a source spoke at all."""
    found = assemble(row, total=total, weight=weight, series=series)
    columns = SignalColumns(
        row.service_id,
        row.source,
        row.rank,
        minutes * MINUTE_MS,
        {name: getattr(found, name) for name in SCALARS},
        found.bounds,
        found.bucket_counts,
        row.exponential and len(found.bounds) > 0,
        found.resources,
    )
    return columns.where(weight.any(axis=0))
