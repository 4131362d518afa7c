"""Minutes of an SLI from samples, as the live view makes them and as sealing does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from app.domain import growth, histogram_codec
from app.domain.assignments import Feed
from app.domain.bindings import Bound
from app.domain.cells import COUNTER, DELTA, GAUGE, NEVER, Cells, Standing, cells_of
from app.domain.growth import Growth
from app.domain.histogram_codec import Packed
from app.domain.histograms import Histogram
from app.domain.lanes import Row
from app.domain.live import RING, Live
from app.domain.samples import HistogramSample, Ints
from app.domain.sealing import add_cells
from app.domain.selectors import Candidate
from app.domain.series import Shape
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import COLUMNS, SliMinutes
from app.domain.slis import Indicator

BASE = 29_398_320  # the minute that times are told from: 2025-11-23 12:00 UTC
Points = Sequence[tuple[float, float | Histogram]]


@dataclass(frozen=True)
class Told:
    """A series and what it sent: (seconds after BASE, value), ascending."""

    one: Candidate
    points: Points
    start: float | None = None


def counter(metric: str, points: Points, *, start: float | None = None, **labels: str) -> Told:
    return Told(_candidate(metric, labels, COUNTER), points, start)


def gauge(metric: str, points: Points, **labels: str) -> Told:
    return Told(_candidate(metric, labels, GAUGE), points)


def delta(metric: str, points: Points, **labels: str) -> Told:
    return Told(replace(_candidate(metric, labels, DELTA), shape=Shape.DELTA), points)


def histogram(metric: str, points: Points, *, unit: str = "", **labels: str) -> Told:
    return Told(replace(_candidate(metric, labels, COUNTER), shape=Shape.HISTOGRAM, unit=unit), points)


def fed(told: Told, *feeds: Feed, service: str = "shop", source: str = "test") -> Told:
    """The same series, taken for a part of its service's signals."""
    return replace(told, one=replace(told.one, service=service, service_id=7, source=source, feeds=feeds))


def in_unit(told: Told, unit: str) -> Told:
    return replace(told, one=replace(told.one, unit=unit))


def _candidate(metric: str, labels: Mapping[str, str], kind: int) -> Candidate:
    return Candidate(0, 0, "", metric, labels, Shape.VALUE, kind, "", "", 0, ())


def minutes(indicator: Indicator, *told: Told) -> dict[int, tuple[float, float, float]]:
    """(bad, total, seconds known) by the minute after BASE, for which live view and sealing have to agree."""
    numbered = [replace(one, one=replace(one.one, id=at + 1, order=at + 1)) for at, one in enumerate(told)]
    live, sealed = live_minutes(_bound(indicator, numbered), numbered), _sealed(indicator, numbered)
    for name in COLUMNS:
        assert getattr(live, name).tolist() == getattr(sealed, name).tolist(), name
    return shown(sealed)


def shown(of: SliMinutes) -> dict[int, tuple[float, float, float]]:
    columns = zip(of.minute.tolist(), of.bad.tolist(), of.total.tolist(), of.known_ms.tolist(), strict=True)
    return {minute - BASE: (bad / 1e6, total / 1e6, known / 1000) for minute, bad, total, known in columns}


def _bound(indicator: Indicator, told: Iterable[Told]) -> Bound:
    bound = Bound({1: indicator})
    bound.learn(one.one for one in told)
    return bound


def live_minutes(bound: Bound, told: Sequence[Told]) -> SliMinutes:
    """Sample by sample in order of time; minutes are read when time has gone past the ring's reach, and at the end."""
    live = Live(bound.feeds)
    live.fit()
    sent = sorted(
        (BASE * MINUTE_MS + round(at * 1000), one.one.id, value, one.start) for one in told for at, value in one.points
    )
    found: dict[int, SliMinutes] = {}
    for at_ms, series, value, start in sent:
        start_ms = 0 if start is None else BASE * MINUTE_MS + round(start * 1000)
        if isinstance(value, float | int):
            if bound.taps(np.array([series]))[0]:
                starts = np.array([start_ms])
                column = np.array([float(value)])
                live.advance(np.array([series]), np.array([at_ms]), column, start_ms=starts, marks=None)
        elif series in bound.histograms:
            bound.histograms[series].take(HistogramSample(series, at_ms, value, start_ms), live)
        _read(bound, live, found)
    return _joined(found)


def _read(bound: Bound, live: Live, found: dict[int, SliMinutes]) -> None:
    newest = int(live.newest_minute[0])
    if newest < 0:
        return
    (row,) = bound.rows.values()
    held = np.arange(newest - RING + 1, newest + 1)
    lines = np.array(row.numbers, dtype=np.int64)[:, None]
    matrices = [matrix[lines, held % RING] for matrix in (live.total, live.weight, live.series)]
    told = bound.minutes(row, total=matrices[0], weight=matrices[1], series=matrices[2], minute=held)
    for minute in held.tolist():
        found.pop(minute, None)  # what was known of a minute half heard of may be unknown of all of it
    for k in range(len(told)):
        found[int(told.minute[k])] = told.between(int(told.minute[k]), int(told.minute[k]) + 1)


def _joined(found: Mapping[int, SliMinutes]) -> SliMinutes:
    parts = [found[minute] for minute in sorted(found)]
    none = [np.empty(0, dtype=np.int64)]
    return SliMinutes(*(np.concatenate([*none, *(getattr(one, name) for one in parts)]) for name in COLUMNS))


def _sealed(indicator: Indicator, told: Sequence[Told]) -> SliMinutes:
    bound = _bound(indicator, told)
    plain = [one for one in told if one.one.shape in (Shape.VALUE, Shape.DELTA)]
    rows = [(one.one.id, at, value, one.start) for one in plain for at, value in one.points]
    series = np.array([row[0] for row in rows], dtype=np.int64)
    cells = cells_of(
        series,
        np.array([BASE * MINUTE_MS + round(row[1] * 1000) for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.float64),
        np.array([0 if row[3] is None else BASE * MINUTE_MS + round(row[3] * 1000) for row in rows], dtype=np.int64),
        standing=Standing(
            np.array([0, *(one.one.kind for one in told)], dtype=np.int8),
            np.full(len(told) + 1, NEVER, dtype=np.int64),
            np.zeros(len(told) + 1),
        ),
    )
    grown = {one.one.id: growth.by_minute(_samples(one), is_delta=False) for one in told if one not in plain}
    (row,) = bound.rows.values()
    return sealed_minutes(bound, row, cells, grown)


def _samples(told: Told) -> Packed:
    found = []
    for at, value in told.points:
        assert not isinstance(value, float | int)
        found.append(HistogramSample(told.one.id, BASE * MINUTE_MS + round(at * 1000), value))
    return histogram_codec.packed(tuple(found))


def sealed_minutes(bound: Bound, row: Row, cells: Cells, grown: Mapping[int, Sequence[Growth]]) -> SliMinutes:
    """As sealing makes them, from all cells of the series that the SLI is measured by."""
    first, last = _ends(cells.minute, grown)
    lanes = len(bound.lanes.row_of_lane)
    tapped = cells.where(bound.taps(cells.series))
    local = np.arange(max(1, lanes), dtype=np.int64)
    length = last - first + 1
    total, weight, series = add_cells(tapped, bound.feeds, local=local, first_minute=first, minutes=length, lanes=lanes)
    for series_id, of_series in grown.items():
        for at, seconds, bins in chain(*of_series) if series_id in bound.histograms else ():
            numbers, amounts = bound.histograms[series_id].contributions(bins, bound.lanes)
            total[numbers, at - first] += amounts
            weight[numbers, at - first] += seconds
            series[numbers, at - first] += 1.0
    minute = np.arange(first, last + 1)
    lines = np.array(row.numbers, dtype=np.int64)
    return bound.minutes(row, total=total[lines], weight=weight[lines], series=series[lines], minute=minute)


def _ends(minute: Ints, grown: Mapping[int, Sequence[Growth]]) -> tuple[int, int]:
    every = [*minute.tolist(), *growth.minutes_of([one for of_series in grown.values() for one in of_series]).tolist()]
    return (min(every), max(every)) if every else (BASE, BASE)
