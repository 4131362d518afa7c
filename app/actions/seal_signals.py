"""The final signals of the minutes that sealing touched, and of the hours around them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.cells import Cells
from app.domain.feeds import Feeds
from app.domain.histogram_feeds import HistogramSeries
from app.domain.lanes import Row, Signals, assemble
from app.domain.minutes import ADDITIVE, SCALARS
from app.domain.pieces import Growth
from app.domain.samples import Floats, Ints
from app.domain.sealing import add_cells
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.store import rollups, signals
from app.store.engine import Connection
from app.store.rollups import Piece
from app.store.signals import SignalRow

BLOCK_MINUTES = 24 * 60
FAR_APART_MINUTES = 60


class ServiceMinutes:
    """Computes signal rows of one service from the cells of all its series."""

    def __init__(self, service_id: int, feeds: Feeds, histograms: Mapping[int, HistogramSeries]) -> None:
        self._feeds = feeds
        self._histograms = histograms
        self._service_id = service_id

    def rows(self, cells: Cells, growth: Mapping[int, list[Growth]], minutes: Ints) -> Iterable[SignalRow]:
        """The rows of these minutes (ascending). The cells are all there are of the service in them, by series."""
        for begin in range(int(minutes[0]), int(minutes[-1]) + 1, BLOCK_MINUTES):
            wanted = minutes[(minutes >= begin) & (minutes < begin + BLOCK_MINUTES)]
            if len(wanted):
                length = int(wanted[-1]) - begin + 1
                inside = cells.where((cells.minute >= begin) & (cells.minute < begin + length))
                yield from self._block(inside, growth, wanted, first_minute=begin, length=length)

    def _block(
        self, cells: Cells, growth: Mapping[int, list[Growth]], minutes: Ints, *, first_minute: int, length: int
    ) -> Iterable[SignalRow]:
        added = self._contributions(growth, first_minute, length)
        rows = [row for row in self._feeds.lanes.rows if row.service_id == self._service_id]
        local = np.full(max(1, len(self._feeds.lanes.row_of_lane)), -1, dtype=np.int64)
        count = 0
        for row in rows:
            local[row.numbers] = np.arange(count, count + len(row.numbers))
            count += len(row.numbers)
        total, weight, number = add_cells(
            cells, self._feeds, local=local, first_minute=first_minute, minutes=length, lanes=count
        )
        for numbers, slot, amounts, seconds in added:
            total[local[numbers], slot] += amounts
            weight[local[numbers], slot] += seconds
            number[local[numbers], slot] += 1.0
        slots = minutes - first_minute
        for row in rows:
            lines = local[row.numbers][:, None]
            known = weight[lines, slots]
            if known.any():
                found = assemble(row, total=total[lines, slots], weight=known, series=number[lines, slots])
                yield from rows_of(row, minutes, found, present=np.atleast_1d(known.any(axis=0)))

    def _contributions(
        self, growth: Mapping[int, list[Growth]], first_minute: int, length: int
    ) -> list[tuple[Ints, int, Floats, float]]:
        found = []
        for series_id, grown in sorted(growth.items(), key=lambda one: int(self._feeds.order[one[0]])):
            series = self._histograms.get(series_id)
            if series is None or series.row.service_id != self._service_id:
                continue
            for one in grown:
                slot = one.minute - first_minute
                if 0 <= slot < length:
                    numbers, amounts = series.contributions(one.bins, self._feeds.lanes)
                    found.append((numbers, slot, amounts, one.seconds))
        return found


def rows_of(row: Row, minutes: Ints, found: Signals, *, present: NDArray[np.bool_]) -> Iterable[SignalRow]:
    """One row a minute in which the source spoke at all."""
    for k in np.flatnonzero(present).tolist():
        bounds, counts = trimmed(found.bounds, found.bucket_counts[k], exponential=row.exponential)
        yield SignalRow(
            row.service_id,
            row.source,
            row.rank,
            int(minutes[k]) * MINUTE_MS,
            {name: float(getattr(found, name)[k]) for name in SCALARS},
            bounds,
            counts,
            row.exponential and len(bounds) > 0,
            {name: float(column[k]) for name, column in found.resources.items() if not np.isnan(column[k])},
        )


def trimmed(
    bounds: Floats,
    counts: Floats,
    *,
    exponential: bool,
) -> tuple[Floats, Floats]:
    """Without the exponential bounds that neither hold anything nor begin a bin that does."""
    if not exponential or len(bounds) == 0:
        return bounds, counts
    needed = counts > 0
    needed[:-1] |= counts[1:] > 0
    return bounds[needed], counts[needed]


@dataclass(frozen=True, slots=True)
class Made:
    """What a pass made of the minutes of series, and the rows that are replaced by it."""

    cells: Cells
    growth: Mapping[int, list[Growth]]
    minutes: Mapping[int, Ints]
    replaced: Sequence[Piece]


def minute_rows(
    db: Connection,
    made: Made,
    *,
    feeds: Feeds,
    histograms: Mapping[int, HistogramSeries],
    sealed_before_ms: int,
) -> list[SignalRow]:
    """The final rows of the touched minutes of every service.

    Minutes nothing was sealed in before are made of this seal's cells alone; for others the stored cells of the
    service's other series are read too.
    """
    owners = feeds.service[made.cells.series]
    gone = {(piece.service_id, piece.series_id, piece.first_ms) for piece in made.replaced}
    found: list[SignalRow] = []
    for service_id, minutes in sorted(made.minutes.items()):
        if service_id == 0 or len(minutes) == 0:
            continue
        own = made.cells.where(owners == service_id)
        for run in _runs_of_minutes(minutes):
            cells, growth = own.where((own.minute >= run[0]) & (own.minute <= run[-1])), made.growth
            if int(run[0]) * MINUTE_MS < sealed_before_ms:
                stored, stored_growth = _stored(db, service_id, run, gone)
                cells, growth = rollups.joined([cells, stored]), _both(growth, stored_growth)
            cells = cells.where(np.lexsort((cells.minute, feeds.order[cells.series])))
            found += ServiceMinutes(service_id, feeds, histograms).rows(cells, growth, run)
    return found


def _runs_of_minutes(minutes: Ints) -> list[Ints]:
    """Minutes near each other together: old and new ones may come in one seal, and what lies between is not wanted."""
    return np.split(minutes, np.flatnonzero(np.diff(minutes) > FAR_APART_MINUTES) + 1)


def _stored(
    db: Connection, service_id: int, minutes: Ints, gone: set[tuple[int, int, int]]
) -> tuple[Cells, dict[int, list[Growth]]]:
    """What is stored of a service in these minutes and stays."""
    start_ms, end_ms = int(minutes[0]) * MINUTE_MS, (int(minutes[-1]) + 1) * MINUTE_MS
    stays = [
        piece
        for piece in rollups.of_service(db, service_id, start_ms=start_ms, end_ms=end_ms)
        if (piece.service_id, piece.series_id, piece.first_ms) not in gone
    ]
    plain, grown = rollups.told_apart(stays)
    growth: dict[int, list[Growth]] = {}
    for series_id, found in grown:
        growth.setdefault(series_id, []).extend(found)
    cells = rollups.joined(plain)
    return cells.where((cells.minute >= minutes[0]) & (cells.minute <= minutes[-1])), growth


def _both(one: Mapping[int, list[Growth]], other: Mapping[int, list[Growth]]) -> dict[int, list[Growth]]:
    return {series_id: [*one.get(series_id, []), *other.get(series_id, [])] for series_id in {*one, *other}}


def refresh_hours(db: Connection, rows: list[SignalRow]) -> None:
    """Compute again every hour that holds one of these minutes: from them, and from its other stored minutes."""
    by_service: dict[int, list[SignalRow]] = {}
    for row in rows:
        by_service.setdefault(row.service_id, []).append(row)
    made: list[SignalRow] = []
    for service_id, own in sorted(by_service.items()):
        hours = sorted({row.bucket_ms // HOUR_MS for row in own})
        for begin, end in _runs(hours):
            new = [row for row in own if begin <= row.bucket_ms // HOUR_MS < end]
            made += _hours_of(_with_stored(db, service_id, new, begin * HOUR_MS, end * HOUR_MS))
    signals.write(db, made, resolution_ms=HOUR_MS)


def _with_stored(db: Connection, service_id: int, new: list[SignalRow], start_ms: int, end_ms: int) -> list[SignalRow]:
    """New rows of [start_ms, end_ms) and the stored ones beside them, by time and source."""
    minutes = {row.bucket_ms for row in new}
    first_ms, last_ms = min(minutes), max(minutes)
    is_whole = (last_ms - first_ms) // MINUTE_MS + 1 == len(minutes)
    spans = ((start_ms, first_ms), (last_ms + MINUTE_MS, end_ms)) if is_whole else ((start_ms, end_ms),)
    have = {(row.source, row.bucket_ms) for row in new}
    stored = [
        row
        for start, end in spans
        if start < end
        for row in signals.minutes(db, start_ms=start, end_ms=end, of=[service_id])
        if (row.source, row.bucket_ms) not in have
    ]
    return sorted([*stored, *new], key=lambda row: (row.bucket_ms, row.source))


def _runs(hours: list[int]) -> Iterable[tuple[int, int]]:
    """[begin, end) of consecutive hours."""
    begin = previous = hours[0]
    for hour in hours[1:]:
        if hour != previous + 1:
            yield begin, previous + 1
            begin = hour
        previous = hour
    yield begin, previous + 1


def _hours_of(minutes: list[SignalRow]) -> list[SignalRow]:
    grouped: dict[tuple[int, str, int], list[SignalRow]] = {}
    for row in minutes:
        grouped.setdefault((row.service_id, row.source, row.bucket_ms // HOUR_MS), []).append(row)
    return [_hour(hour * HOUR_MS, rows) for (_, _, hour), rows in grouped.items()]


def _hour(bucket_ms: int, rows: list[SignalRow]) -> SignalRow:
    first = rows[0]
    scalars = {name: _known_sum([row.scalars[name] for row in rows]) for name in ADDITIVE}
    means = [row.scalars["duration_mean"] for row in rows]
    scalars["duration_mean"] = float(np.nanmean(means)) if not np.isnan(means).all() else np.nan
    told = [row for row in rows if row.counts.any()]  # the others are stored without bounds
    bounds = np.unique(np.concatenate([np.empty(0), *(row.bounds for row in told)]))
    counts = np.zeros(len(bounds))
    for row in told:
        counts[np.searchsorted(bounds, row.bounds)] += row.counts
    resources: dict[str, float] = {}
    for row in rows:
        for name, ratio in row.resources.items():
            resources[name] = max(ratio, resources.get(name, ratio))
    return SignalRow(
        first.service_id,
        first.source,
        first.rank,
        bucket_ms,
        scalars,
        bounds,
        counts,
        any(row.exponential for row in told),
        resources,
    )


def _known_sum(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(sum(known)) if known else float("nan")
