"""Minutes of an objective's past, as they count: what charts, replays and lists of periods are made of.

What the tables hold and what the rings know better, counted by the one rule; the newest point of a chart is therefore
the tile's number to the last bit.
"""

from dataclasses import dataclass

import numpy as np

from app.domain import counting
from app.domain.samples import Ints
from app.domain.sli_lanes import joined
from app.domain.sli_minutes import SliMinutes, replaced
from app.domain.slo_board import SloBoard
from app.domain.slos import Method, Slo
from app.store import sli_rollups
from app.store.engine import Connection


def raw(board: SloBoard, db: Connection, sli_id: int, *, first: int, end: int) -> SliMinutes:
    """An SLI's minutes [first, end) as they were measured."""
    stored = sli_rollups.minutes(db, sli_id, first=first, end=end)
    newest = board.newest(sli_id).between(first, end)
    if len(newest) == 0:
        return stored
    begins = int(newest.minute[0])  # months before that stand as they are
    tail = replaced(stored.between(begins, end), newest, touched=newest.minute)
    return joined((stored.between(first, begins), tail))


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Minutes of an objective, read once for everything a page makes of them: as measured, and as they count."""

    raw: SliMinutes
    counted: SliMinutes


def past(board: SloBoard, db: Connection, slo: Slo, *, first: int, end: int) -> Past:
    """An objective's minutes [first, end)."""
    hold = slo.indicator.hold_minutes
    first_raw, end_raw = counting.reach(slo.budgeting, hold, first=first, end=end)
    found = raw(board, db, slo.sli_id, first=first_raw, end=end_raw)
    return Past(found, counting.counted(found, slo.budgeting, board.effects(slo.id), hold=hold, first=first, end=end))


def coarse(board: SloBoard, db: Connection, slo: Slo, *, first: int, end: int) -> SliMinutes | None:
    """Hours [first, end) as they count, each at its first minute; None where they do not count as they are.

    What counts is the sum of their minutes: of events that nothing is left out of, corrected in, or newer than the
    tables. They are a sixtieth of the work.
    """
    effects = board.effects(slo.id)
    spans = [(one.first, one.end) for one in effects.exclusions]
    spans += [(one.minute, one.minute + 1) for one in effects.corrections]
    newest = board.newest(slo.sli_id)
    spans += [(int(newest.minute[0]), int(newest.minute[-1]) + 1)] if len(newest) else []
    touched = any(begin < end and stop > first for begin, stop in spans)
    if touched or slo.budgeting.method is not Method.OCCURRENCES or slo.indicator.hold_minutes:
        return None
    return sli_rollups.hours(db, slo.sli_id, first=first, end=end)


def counted(board: SloBoard, db: Connection, slo: Slo, *, first: int, end: int) -> SliMinutes:
    """An objective's minutes [first, end) as they count."""
    return past(board, db, slo, first=first, end=end).counted


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Of k windows: millionths of events, and milliseconds."""

    bad: Ints
    total: Ints
    known_ms: Ints


def sums(of: SliMinutes, *, begins: Ints, ends: Ints) -> Sums:
    """Of the windows [begin, end), in minutes."""
    since, until = np.searchsorted(of.minute, begins), np.searchsorted(of.minute, ends)
    columns = [np.concatenate(([0], np.cumsum(column))) for column in (of.bad, of.total, of.known_ms)]
    return Sums(*(running[until] - running[since] for running in columns))
