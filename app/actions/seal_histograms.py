"""Sealing histogram-shaped samples: their surroundings are computed again, as those of late scalars are."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from app.actions.sealed import FAR_APART, Sealed, around
from app.domain import growth, histogram_codec
from app.domain.cells import MAX_GAP_MS
from app.domain.growth import Growth
from app.domain.histogram_codec import Packed
from app.domain.samples import Ints
from app.domain.sealing import segments, stretches
from app.domain.signals import MINUTE_MS
from app.domain.standing import Standings
from app.store import chunks, rollups
from app.store.engine import Connection
from app.store.rollups import Piece
from app.store.spans import Spans

REACH = MAX_GAP_MS // MINUTE_MS + 1  # minutes around a sample that it can change
NOTHING = histogram_codec.unpack(b"")


@dataclass(frozen=True, slots=True)
class Changed:
    """The minutes of a series that change, ascending, and what it grew by in them."""

    series_id: int
    minutes: Ints
    grown: list[Growth]


def seal(
    db: Connection, samples: Packed, standings: Standings, sealed: Sealed, *, deltas: set[int], number: int
) -> None:
    """Seal samples in their order of arrival; `deltas` are the series of delta temporality."""
    if len(samples) == 0:
        return
    services = standings.feeds.service
    new = chunks.tidy_histograms(samples)
    sealed.repeats += len(samples) - len(new)
    spans = around(new.series, new.at_ms, services)
    have = chunks.histograms(db, spans)
    changed: list[Changed] = []
    begins, ends = stretches(new.series, new.at_ms, gap=FAR_APART * MINUTE_MS)
    for place, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
        stored, found = have.get(place, NOTHING), new.where(slice(begin, end))
        added = found.where(~np.isin(found.at_ms, stored.at_ms))
        sealed.repeats += len(found) - len(added)
        if len(added):
            series_id = int(spans.series[place])
            sealed.chunks.append(chunks.pack_histograms(added, int(services[series_id]), seq=number))
            changed.append(_changed(stored, added, is_delta=series_id in deltas))
    begins, ends = segments(new.series)
    series, first_at, last_at = new.series[begins], new.at_ms[begins], new.at_ms[ends - 1]
    standings.advance(series, first_at=first_at, last_at=last_at)
    standings.value_at[series] = standings.last_at[series]
    sealed.note_newest(services[series], last_at)
    _replace(db, [one for one in changed if len(one.minutes)], services, sealed)


def _changed(stored: Packed, added: Packed, *, is_delta: bool) -> Changed:
    """What new samples of one series change."""
    together = chunks.tidy_histograms(histogram_codec.joined([stored, added]))
    before, after = (growth.by_minute(samples, is_delta=is_delta) for samples in (stored, together))
    minutes = growth.changed(before, after)
    first, last = added.at_ms[0] // MINUTE_MS - REACH, added.at_ms[-1] // MINUTE_MS + REACH
    minutes = minutes[(minutes >= first) & (minutes <= last)]
    return Changed(int(added.series[0]), minutes, growth.only(after, minutes))


def _replace(db: Connection, changed: Sequence[Changed], services: Ints, sealed: Sealed) -> None:
    """Put minutes in the place of the stored ones."""
    series = np.array([one.series_id for one in changed], dtype=np.int64)
    start_ms = np.array([one.minutes[0] for one in changed], dtype=np.int64) * MINUTE_MS
    end_ms = np.array([one.minutes[-1] + 1 for one in changed], dtype=np.int64) * MINUTE_MS
    old: dict[int, list[Piece]] = {}
    for piece in rollups.overlapping(db, Spans(services[series], series, start_ms, end_ms)):
        old.setdefault(piece.series_id, []).append(piece)
    for series_id, some in groupby(changed, key=lambda one: one.series_id):
        of_series, service_id, replaced = list(some), int(services[series_id]), old.get(series_id, [])
        minutes = np.concatenate([one.minutes for one in of_series])
        stored = growth.without((one for piece in replaced for one in rollups.growth_of(piece)), minutes)
        # Rows begin and end where changes do: what lies before, between and after stays in rows of its own.
        edges = [edge for one in of_series for edge in (int(one.minutes[0]), int(one.minutes[-1]) + 1)]
        parts = growth.parted(stored, edges)
        for number, one in enumerate(of_series):
            parts[2 * number + 1] = growth.in_order([*parts[2 * number + 1], *one.grown])
        sealed.replaced += replaced
        sealed.pieces += [rollups.pack_growth(series_id, part, service_id) for part in parts if part]
        sealed.growth[series_id] = [one for part in parts for one in part]
        sealed.touch(np.full(len(minutes), service_id), minutes)
