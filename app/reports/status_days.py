"""The days of one component, as a zone has them: each as bad as its worst half hour, by the objective that tells it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.domain.status import LEVELS, Level
from app.domain.status_page import Day
from app.reports import formats
from app.reports.status_cells import CELL, DAYS
from app.reports.status_facts import Measure

Windows = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """DAYS days of a zone that end with today; `edges` are the minutes they begin at, and where today has come to."""

    dates: tuple[date, ...]
    edges: Ints

    @staticmethod
    def of(zone: ZoneInfo, *, as_of_ms: int) -> "Calendar":
        today = formats.moment(max(0, as_of_ms - 1), zone=zone).date()
        dates = tuple(today - timedelta(days=back) for back in range(DAYS - 1, -1, -1))
        begins = [round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()) // 60 for day in dates]
        return Calendar(dates, np.array([*begins, max(begins[-1] + 1, as_of_ms // MINUTE_MS)], dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """One measure by day."""

    rank: NDArray[np.int8]
    cells: Ints  # how many were at that rank
    bad: Ints
    total: Ints
    known_ms: Ints


def days(measures: Sequence[Measure], calendar: Calendar, windows: Windows) -> tuple[Day, ...]:
    """`windows` are of maintenance, in milliseconds: trouble in them is planned."""
    planned = _touched(calendar, [*windows, *(one for measure in measures for one in measure.planned)])
    sums = [_by_day(one, calendar, windows) for one in measures]
    return tuple(_day(at, sums, measures, calendar, bool(planned[at])) for at in range(len(calendar.dates)))


def share(measure: Measure, calendar: Calendar) -> tuple[float | None, int]:
    """The good share over all the days, and how many of them have data."""
    sums = _by_day(measure, calendar, ())
    total = int(sums.total.sum())
    return (None if total <= 0 else _down(1 - int(sums.bad.sum()) / total)), int((sums.known_ms > 0).sum())


def _by_day(of: Measure, calendar: Calendar, windows: Windows) -> _Sums:
    """A half hour belongs to the day it begins in; one under maintenance counts, but is no trouble."""
    cells = of.cells
    begins = cells.first + CELL * np.arange(len(cells))
    ranks = np.where(_inside(begins, windows), np.minimum(of.ranks, Level.MAINTENANCE.rank), of.ranks)
    lows, highs = (np.searchsorted(begins, edge) for edge in (calendar.edges[:-1], calendar.edges[1:]))
    worst = np.full(len(lows), Level.UNKNOWN.rank, dtype=np.int8)
    many = np.zeros(len(lows), dtype=np.int64)
    for day, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
        inside = ranks[low:high][cells.total[low:high] > 0]
        if len(inside):
            worst[day] = inside.max()
            many[day] = int((inside == worst[day]).sum())
    running = [np.concatenate(([0], np.cumsum(column))) for column in (cells.bad, cells.total, cells.known_ms)]
    return _Sums(worst, many, *(one[highs] - one[lows] for one in running))


def _inside(begins: Ints, windows: Windows) -> NDArray[np.bool_]:
    found = np.zeros(len(begins), dtype=bool)
    for start_ms, end_ms in windows:
        found |= (begins * MINUTE_MS < end_ms) & ((begins + CELL) * MINUTE_MS > start_ms)
    return found


def _touched(calendar: Calendar, windows: Windows) -> NDArray[np.bool_]:
    """The days that some window reaches into."""
    begins, ends = calendar.edges[:-1] * MINUTE_MS, calendar.edges[1:] * MINUTE_MS
    found = np.zeros(len(begins), dtype=bool)
    for start_ms, end_ms in windows:
        found |= (begins < end_ms) & (ends > start_ms)
    return found


def _day(at: int, sums: Sequence[_Sums], measures: Sequence[Measure], calendar: Calendar, is_planned: bool) -> Day:  # noqa: FBT001
    heard = [number for number, one in enumerate(sums) if one.total[at] > 0]
    if not heard:
        level = Level.MAINTENANCE if is_planned else Level.UNKNOWN
        return Day(calendar.dates[at].isoformat(), level, None, "", 0.0, 0, is_planned)
    worst = max(heard, key=lambda number: (sums[number].rank[at], -number))
    found = sums[worst]
    level = LEVELS[int(found.rank[at])]
    is_calm = not level.is_trouble
    minutes = int(calendar.edges[at + 1] - calendar.edges[at])
    return Day(
        date=calendar.dates[at].isoformat(),
        level=Level.MAINTENANCE if is_calm and is_planned else level,
        share=_down(1 - int(found.bad[at]) / int(found.total[at])),
        measure=measures[worst].text,
        known=_down(min(1.0, int(found.known_ms[at]) / (minutes * MINUTE_MS))),
        lasted_s=0 if is_calm else int(found.cells[at]) * CELL * 60,
        maintenance=is_planned,
    )


def _down(share: float) -> float:
    """To a millionth, never up: what is not all is not told as all."""
    return math.floor(share * 1e6 + 1e-6) / 1e6
