"""What raw minutes of an SLI count as for one objective: its method, its rule for silence and its ledger applied.

The one function behind rings, charts, replays, spending and closed periods. It is local: a minute's count depends on
the raw minutes that `reach` names and on nothing else, so that any part of history may be counted by itself.

Occurrences       counts stand as they are
Time slices       a slice is good or bad as a whole; its minutes are what is counted, and stand at its last minute
Ratio slices      the same, but the bad share of a slice is bad

A freshness SLI holds: a success makes the `hold` minutes from its own on good. After silence its first `hold` minutes
are not known unless they saw one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.ledger import Effects, Treatment
from app.domain.samples import Ints
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slos import Budgeting, Method, Silence

Flags = NDArray[np.bool_]


def counted(raw: SliMinutes, of: Budgeting, effects: Effects, *, hold: int = 0, first: int, end: int) -> SliMinutes:
    """The minutes [first, end) as they count; `raw` holds at least the minutes `reach` names.

    A credit may leave a minute with fewer bad events than 0: it corrects the window, wherever in it they were.
    """
    first_raw, end_raw = reach(of, hold, first=first, end=end)
    minutes = raw.between(first_raw, end_raw)
    if hold:
        minutes = _held(minutes, hold)
    if of.method is Method.OCCURRENCES:
        minutes = _without(minutes.between(first, end), effects)
    else:
        minutes = _sliced(minutes, of, effects, first=first, end=end)
    return _corrected(minutes, of, effects, first=first, end=end)


def reach(of: Budgeting, hold: int, *, first: int, end: int) -> tuple[int, int]:
    """The raw minutes that the counts of [first, end) are made of."""
    return first - first % slice_of(of) - _look_back(hold), end


def affected(of: Budgeting, hold: int, *, first: int, end: int) -> tuple[int, int]:
    """The minutes whose counts change when the raw minutes [first, end) do."""
    size = slice_of(of)
    return first, -(-(end + _look_back(hold)) // size) * size


def slice_of(of: Budgeting) -> int:
    """Minutes that are judged together."""
    return 1 if of.method is Method.OCCURRENCES else of.slice_minutes


def _look_back(hold: int) -> int:
    """Of twice the hold, the older half only tells whether somebody was watching."""
    return 2 * hold - 1 if hold else 0


def _held(raw: SliMinutes, hold: int) -> SliMinutes:
    success = np.where(raw.total > raw.bad, raw.minute, np.iinfo(np.int64).min)
    newest = np.maximum.accumulate(success) if len(raw) else success
    fresh = newest > raw.minute - hold
    older = np.searchsorted(raw.minute, (raw.minute - 2 * hold, raw.minute - hold), side="right")
    watched = older[1] > older[0]
    kept = fresh | watched
    bad = np.where(fresh, 0, raw.total)
    return SliMinutes(raw.minute[kept], bad[kept], raw.total[kept], raw.known_ms[kept])


def _without(raw: SliMinutes, effects: Effects) -> SliMinutes:
    if not effects.exclusions:
        return raw
    removed, good = _excluded(raw.minute, effects)
    bad = np.where(good, 0, raw.bad)
    return SliMinutes(raw.minute[~removed], bad[~removed], raw.total[~removed], raw.known_ms[~removed])


def _excluded(minute: Ints, effects: Effects) -> tuple[Flags, Flags]:
    """Which minutes are left out, and which are taken to be good."""
    removed, good = np.zeros(len(minute), dtype=bool), np.zeros(len(minute), dtype=bool)
    for one in effects.exclusions:
        lo, hi = np.searchsorted(minute, (one.first, one.end))
        (removed if one.treatment is Treatment.REMOVED else good)[lo:hi] = True
    return removed, good


@dataclass(frozen=True, slots=True, eq=False)
class _Slices:
    """Whole slices: rows of a matrix are slices, columns their minutes."""

    bad: NDArray[np.int64]
    total: NDArray[np.int64]
    known_ms: NDArray[np.int64]
    weight: Ints  # minutes that count, silent or not
    blamable: Ints  # those of them that may be bad


def _sliced(raw: SliMinutes, of: Budgeting, effects: Effects, *, first: int, end: int) -> SliMinutes:
    """Slices whose last minute is in [first, end); what was observed stands in its own minutes."""
    size = of.slice_minutes
    begin, stop = first // size * size, -(-end // size) * size
    one = _matrix(raw, effects, size=size, begin=begin, end=stop)
    bad, total = _judged(one, of)
    minute = np.arange(begin, stop, dtype=np.int64)
    at_end = [np.zeros(len(minute), dtype=np.int64) for _ in range(2)]
    for column, values in zip(at_end, (bad, total), strict=True):
        column[size - 1 :: size] = values
    known_ms = one.known_ms.reshape(-1)
    there = ((known_ms > 0) | (at_end[1] > 0)) & (minute >= first) & (minute < end)
    return SliMinutes(minute[there], at_end[0][there], at_end[1][there], known_ms[there])


def _matrix(raw: SliMinutes, effects: Effects, *, size: int, begin: int, end: int) -> _Slices:
    minute = np.arange(begin, end, dtype=np.int64)
    removed, good = _excluded(minute, effects)
    inside = raw.between(begin, end)
    dense = np.zeros((3, end - begin), dtype=np.int64)
    dense[:, inside.minute - begin] = (inside.bad, inside.total, inside.known_ms)
    dense[:, removed] = 0
    dense[0, good] = 0
    bad, total, known_ms = (column.reshape(-1, size) for column in dense)
    weight = (~removed).reshape(-1, size).sum(axis=1, dtype=np.int64)
    blamable = (~removed & ~good).reshape(-1, size).sum(axis=1, dtype=np.int64)
    return _Slices(bad, total, known_ms, weight, blamable)


def _judged(one: _Slices, of: Budgeting) -> tuple[Ints, Ints]:
    """Bad and total minutes of each slice, in millionths."""
    bad, total = one.bad.sum(axis=1), one.total.sum(axis=1)
    silent = total == 0
    unheard = one.known_ms.sum(axis=1) == 0
    rule = np.where(unheard, _ranks(of.no_data), _ranks(of.no_traffic))
    left_out = silent & (rule == _ranks(Silence.LEAVE_OUT))
    whole = np.where(left_out, 0, one.weight * EVENT)
    if of.method is Method.TIME_SLICES:
        failed = np.where(_short(bad, total, of), one.blamable * EVENT, 0)
    else:
        share = np.divide(bad, total, out=np.zeros(len(bad)), where=~silent)
        failed = np.minimum(np.rint(share * whole).astype(np.int64), whole)
    return np.where(silent, np.where(rule == _ranks(Silence.BAD), one.blamable * EVENT, 0), failed), whole


def _short(bad: Ints, total: Ints, of: Budgeting) -> Flags:
    """Whose good share is below the target. A share that just reaches it is good: the target is rounded once."""
    target = float(of.slice_target or 0)
    return np.asarray(np.divide(total - bad, total, out=np.ones(len(bad)), where=total > 0) < target)


def _ranks(silence: Silence) -> int:
    return list(Silence).index(silence)


def _corrected(minutes: SliMinutes, of: Budgeting, effects: Effects, *, first: int, end: int) -> SliMinutes:
    """With debits and credits, each at the last minute of its slice; a minute may come to be by one."""
    size = slice_of(of)
    entries = [(one.minute - one.minute % size + size - 1, one.bad, one.total) for one in effects.corrections]
    inside = [one for one in entries if first <= one[0] < end]
    if not inside:
        return minutes
    added = np.array(inside, dtype=np.int64).T
    minute = np.union1d(minutes.minute, added[0])
    columns = np.zeros((3, len(minute)), dtype=np.int64)
    columns[:, np.searchsorted(minute, minutes.minute)] = (minutes.bad, minutes.total, minutes.known_ms)
    for column, values in zip(columns, added[1:], strict=False):
        np.add.at(column, np.searchsorted(minute, added[0]), values)
    return SliMinutes(minute, *columns)
