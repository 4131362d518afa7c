"""The final minutes of SLIs, from the cells that sealing has made and what is stored of their other series.

Series of any service, and of none, may measure one SLI: its minutes are made once, when all services of a seal are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.actions.sealed import Sealed
from app.domain.bindings import Bound
from app.domain.cells import Cells
from app.domain.growth import Growth
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.domain.sli_lanes import joined, minutes_of, spoken
from app.domain.sli_minutes import SliMinutes, no_minutes, replaced
from app.store import rollups, sli_rollups, touches
from app.store.engine import Connection
from app.store.rollups import Piece
from app.store.sli_rollups import Block

FAR_APART_MINUTES = 60
Grown = dict[int, list[Growth]]


@dataclass(frozen=True, slots=True)
class SliRows:
    """Rows to write, and which minutes of which SLIs are new in them."""

    blocks: Sequence[Block] = ()
    touched: Mapping[int, Ints] | None = None


def made(db: Connection, sealed: Sequence[Sealed], bound: Bound, *, sealed_before_ms: int) -> SliRows:
    """Of all SLIs, from the cells and growth of the series that measure them (`Sealed.keep_numbers`).

    Minutes nothing was sealed in before need no stored cells.
    """
    cells = rollups.joined([part for one in sealed for part in one.cells])
    grown = {series_id: found for one in sealed for series_id, found in one.growth.items()}
    gone = [piece for one in sealed for piece in one.replaced if _is_tapped(bound, piece.series_id)]
    touched = _either(spoken(bound, cells, grown), spoken(bound, *told_apart(gone)))
    if not touched:
        return SliRows()
    keys = {_key(piece) for piece in gone}
    minutes: dict[int, list[SliMinutes]] = {}
    for first, last in _runs(touched):
        wanted = {sli_id: _between(minute, first, last) for sli_id, minute in touched.items()}
        wanted = {sli_id: minute for sli_id, minute in wanted.items() if len(minute)}
        own, own_grown = cells.where((cells.minute >= first) & (cells.minute <= last)), grown
        if first * MINUTE_MS < sealed_before_ms:
            stored, stored_grown = told_apart(
                piece for piece in _stored(db, bound, wanted, first=first, last=last) if _key(piece) not in keys
            )
            stored = stored.where((stored.minute >= first) & (stored.minute <= last))
            own, own_grown = rollups.joined([own, stored]), _both(grown, stored_grown)
        for sli_id, found in minutes_of(bound, wanted, own, own_grown).items():
            minutes.setdefault(sli_id, []).append(found)
    final = {sli_id: joined(parts) for sli_id, parts in minutes.items()}
    compose(db, bound, final, touched)
    return SliRows(sli_rollups.merged(db, final, touched), touched)


def write(db: Connection, rows: SliRows, *, now_ms: int) -> None:
    """Put the rows in their places and tell who follows."""
    if rows.touched:
        sli_rollups.write(db, rows.blocks)
        note(db, rows.touched, now_ms=now_ms)


def note(db: Connection, touched: Mapping[int, Ints], *, now_ms: int) -> None:
    first = min(int(minute[0]) for minute in touched.values())
    last = max(int(minute[-1]) for minute in touched.values())
    span = {"first_ms": first * MINUTE_MS, "end_ms": (last + 1) * MINUTE_MS}
    touches.note(db, touches.SLIS, **span, ids=frozenset(touched), now_ms=now_ms)


def compose(db: Connection, bound: Bound, final: dict[int, SliMinutes], touched: dict[int, Ints]) -> None:
    """Add the composites of SLIs that were touched: from their new minutes, and the stored ones of other members."""
    for sli_id in bound.composites:
        members = [one.sli_id for one in bound.indicators[sli_id].members]
        found = [touched[member] for member in members if member in touched]
        if not found:
            continue
        minute = np.unique(np.concatenate(found))
        of = {}
        for member in members:
            stored = sli_rollups.minutes(db, member, first=int(minute[0]), end=int(minute[-1]) + 1)
            new = touched.get(member, minute[:0])
            of[member] = _only(replaced(stored, final.get(member, no_minutes()), touched=new), minute)
        touched[sli_id], final[sli_id] = minute, bound.composed(sli_id, of)


def _only(of: SliMinutes, minute: Ints) -> SliMinutes:
    inside = np.isin(of.minute, minute)
    return SliMinutes(of.minute[inside], of.bad[inside], of.total[inside], of.known_ms[inside])


def _is_tapped(bound: Bound, series_id: int) -> bool:
    return series_id in bound.histograms or bool(bound.taps(np.array([series_id]))[0])


def _stored(db: Connection, bound: Bound, wanted: Mapping[int, Ints], *, first: int, last: int) -> Iterable[Piece]:
    """The rows of all series that these SLIs are measured by."""
    ids: dict[int, set[int]] = {}
    for sli_id in wanted:
        for one in bound.series[sli_id]:
            ids.setdefault(one.service_id, set()).add(one.id)
    for service_id, series_ids in sorted(ids.items()):
        span = {"start_ms": first * MINUTE_MS, "end_ms": (last + 1) * MINUTE_MS}
        yield from rollups.of_some(db, service_id, sorted(series_ids), **span)


def told_apart(pieces: Iterable[Piece]) -> tuple[Cells, Grown]:
    plain, found = rollups.told_apart(pieces)
    grown: Grown = {}
    for series_id, minutes in found:
        grown.setdefault(series_id, []).extend(minutes)
    return rollups.joined(plain), grown


def _key(piece: Piece) -> tuple[int, int, int]:
    return (piece.service_id, piece.series_id, piece.first_ms)


def _either(one: Mapping[int, Ints], other: Mapping[int, Ints]) -> dict[int, Ints]:
    return {
        sli_id: np.unique(np.concatenate([of[sli_id] for of in (one, other) if sli_id in of]))
        for sli_id in {*one, *other}
    }


def _both(one: Grown, other: Grown) -> Grown:
    return {series_id: [*one.get(series_id, []), *other.get(series_id, [])] for series_id in {*one, *other}}


def _runs(touched: Mapping[int, Ints]) -> Iterable[tuple[int, int]]:
    """First and last of minutes near each other: what lies between late ones and new ones is not wanted."""
    minutes = np.unique(np.concatenate(list(touched.values())))
    for run in np.split(minutes, np.flatnonzero(np.diff(minutes) > FAR_APART_MINUTES) + 1):
        yield int(run[0]), int(run[-1])


def _between(minute: Ints, first: int, last: int) -> Ints:
    lo, hi = np.searchsorted(minute, (first, last + 1))
    return minute[lo:hi]
