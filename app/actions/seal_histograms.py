"""Sealing histogram-shaped samples: the same rules as for scalars, one series at a time."""

from dataclasses import dataclass, field

import numpy as np

from app.actions.seal_scalars import LOOK_AROUND_MS, REPLACED_MINUTES, Sealed
from app.domain.cells import NEVER
from app.domain.distributions import added_bins
from app.domain.histogram_feeds import grown_by, spread
from app.domain.histograms import Histogram
from app.domain.pieces import Growth
from app.domain.samples import HistogramSample
from app.domain.signals import MINUTE_MS
from app.domain.standing import Standings
from app.store import chunks, rollups
from app.store.engine import Connection


@dataclass(slots=True)
class SealedHistograms(Sealed):
    """`growth[series]` are the minutes in its rows to write."""

    growth: dict[int, list[Growth]] = field(default_factory=dict)


def seal(
    db: Connection, samples: list[HistogramSample], standings: Standings, *, deltas: set[int], number: int
) -> SealedHistograms:
    """Seal histogram samples in their order of arrival; `deltas` are the series of delta temporality."""
    sealed = SealedHistograms()
    by_series: dict[int, dict[int, HistogramSample]] = {}
    for sample in samples:
        of_series = by_series.setdefault(sample.series, {})
        if of_series.setdefault(sample.at_ms, sample) is not sample:
            sealed.repeats += 1
    for series_id, found in sorted(by_series.items()):
        ordered = [found[at_ms] for at_ms in sorted(found)]
        _seal_series(db, series_id, ordered, standings, sealed, is_delta=series_id in deltas, number=number)
    return sealed


def _seal_series(
    db: Connection,
    series_id: int,
    new: list[HistogramSample],
    standings: Standings,
    sealed: SealedHistograms,
    *,
    is_delta: bool,
    number: int,
) -> None:
    """Growth is computed from what is stored around the new samples and from them."""
    service_id = int(standings.feeds.service[series_id])
    lo, hi = new[0].at_ms, new[-1].at_ms
    have = chunks.histograms(db, service_id, series_id, start_ms=lo - LOOK_AROUND_MS, end_ms=hi + LOOK_AROUND_MS)
    seen = {sample.at_ms for sample in have}
    added = [sample for sample in new if sample.at_ms not in seen]
    sealed.repeats += len(new) - len(added)
    if not added:
        return
    sealed.chunks.append(chunks.pack_histograms(series_id, added, service_id, seq=number))
    standings.first_at[series_id] = min(lo, _or(int(standings.first_at[series_id]), lo))
    standings.last_at[series_id] = max(hi, int(standings.last_at[series_id]))
    standings.value_at[series_id] = standings.last_at[series_id]
    sealed.newest[service_id] = max(hi, sealed.newest.get(service_id, hi))
    together = sorted([*have, *added], key=lambda sample: sample.at_ms)
    first = added[0].at_ms // MINUTE_MS - REPLACED_MINUTES
    last = added[-1].at_ms // MINUTE_MS + REPLACED_MINUTES
    grown = [one for one in growth_by_minute(together, is_delta=is_delta) if first <= one.minute <= last]
    old = rollups.of_series(db, service_id, series_id, start_ms=first * MINUTE_MS, end_ms=(last + 1) * MINUTE_MS)
    stored = [one for piece in old for one in rollups.growth_of(piece)]
    sealed.replaced += old
    parts = ([one for one in stored if one.minute < first], grown, [one for one in stored if one.minute > last])
    sealed.pieces += [rollups.pack_growth(series_id, part, service_id) for part in parts if part]
    inside = [one.minute for one in stored if first <= one.minute <= last]
    sealed.touch(service_id, np.array([one.minute for one in grown] + inside, dtype=np.int64))
    sealed.growth[series_id] = [one for part in parts for one in part]


def growth_by_minute(samples: list[HistogramSample], *, is_delta: bool) -> list[Growth]:
    """What a series grew by in each minute, from its samples in order of time."""
    found: dict[int, Growth] = {}
    last: tuple[int, Histogram] | None = None
    for sample in samples:
        if sample.histogram is None:
            continue
        grown = grown_by(last, sample, delta=is_delta)
        last = (sample.at_ms, sample.histogram)
        if grown is None:
            continue
        for minute, seconds, bins in spread(sample.at_ms, *grown):
            before = found.get(minute)
            found[minute] = (
                Growth(minute, seconds, bins)
                if before is None
                else Growth(minute, before.seconds + seconds, added_bins(before.bins, bins))
            )
    return [found[minute] for minute in sorted(found)]


def _or(at_ms: int, instead: int) -> int:
    return instead if at_ms == NEVER else at_ms
