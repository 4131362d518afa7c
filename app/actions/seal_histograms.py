"""Sealing histogram-shaped samples: their surroundings are computed again, as those of late scalars are."""

import numpy as np

from app.actions.sealed import LOOK_AROUND_MS, Sealed
from app.domain import growth, histogram_codec
from app.domain.cells import MAX_GAP_MS
from app.domain.growth import Growth
from app.domain.histogram_codec import Packed
from app.domain.samples import Ints
from app.domain.sealing import segments
from app.domain.signals import MINUTE_MS
from app.domain.standing import Standings
from app.store import chunks, rollups
from app.store.engine import Connection
from app.store.rollups import Piece
from app.store.spans import Spans

REACH = MAX_GAP_MS // MINUTE_MS + 1  # minutes around a sample that it can change
NOTHING = histogram_codec.unpack(b"")

Changed = tuple[Ints, list[Growth]]  # the minutes of a series that change, and what it grew by in them


def seal(
    db: Connection, samples: Packed, standings: Standings, sealed: Sealed, *, deltas: set[int], number: int
) -> None:
    """Seal samples in their order of arrival; `deltas` are the series of delta temporality."""
    if len(samples) == 0:
        return
    services = standings.feeds.service
    new = chunks.tidy_histograms(samples)
    sealed.repeats += len(samples) - len(new)
    begins, ends = segments(new.series)
    series, first_at, last_at = new.series[begins], new.at_ms[begins], new.at_ms[ends - 1]
    around = Spans(services[series], series, first_at - LOOK_AROUND_MS, last_at + LOOK_AROUND_MS)
    have = chunks.histograms(db, around)
    made: dict[int, Changed] = {}
    for series_id, begin, end in zip(series.tolist(), begins.tolist(), ends.tolist(), strict=True):
        stored, found = have.get(series_id, NOTHING), new.where(slice(begin, end))
        added = found.where(~np.isin(found.at_ms, stored.at_ms))
        sealed.repeats += len(found) - len(added)
        if len(added):
            sealed.chunks.append(chunks.pack_histograms(added, int(services[series_id]), seq=number))
            made[series_id] = _changed(stored, added, is_delta=series_id in deltas)
    standings.advance(series, first_at=first_at, last_at=last_at)
    standings.value_at[series] = standings.last_at[series]
    sealed.note_newest(services[series], last_at)
    _replace(db, {series_id: one for series_id, one in made.items() if len(one[0])}, standings, sealed)


def _changed(stored: Packed, added: Packed, *, is_delta: bool) -> Changed:
    """What new samples of one series change."""
    together = chunks.tidy_histograms(histogram_codec.joined([stored, added]))
    before, after = (growth.by_minute(samples, is_delta=is_delta) for samples in (stored, together))
    minutes = growth.changed(before, after)
    first, last = added.at_ms[0] // MINUTE_MS - REACH, added.at_ms[-1] // MINUTE_MS + REACH
    minutes = minutes[(minutes >= first) & (minutes <= last)]
    return minutes, growth.only(after, minutes)


def _replace(db: Connection, made: dict[int, Changed], standings: Standings, sealed: Sealed) -> None:
    """Put minutes in the place of the stored ones."""
    services = standings.feeds.service
    series = np.array(list(made), dtype=np.int64)
    first, last = (np.array([minutes[at] for minutes, _ in made.values()], dtype=np.int64) for at in (0, -1))
    old: dict[int, list[Piece]] = {}
    for piece in rollups.overlapping(db, Spans(services[series], series, first * MINUTE_MS, (last + 1) * MINUTE_MS)):
        old.setdefault(piece.series_id, []).append(piece)
    for series_id, (minutes, grown) in made.items():
        service_id, replaced = int(services[series_id]), old.get(series_id, [])
        stored = [one for piece in replaced for one in rollups.growth_of(piece)]
        earlier, among, later = growth.parted(growth.without(stored, minutes), int(minutes[0]), int(minutes[-1]))
        parts = (earlier, growth.in_order([*among, *grown]), later)
        sealed.replaced += replaced
        sealed.pieces += [rollups.pack_growth(series_id, part, service_id) for part in parts if part]
        sealed.growth[series_id] = [one for part in parts for one in part]
        sealed.touch(np.full(len(minutes), service_id), minutes)
