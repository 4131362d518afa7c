"""What histogram-shaped series grew by in each minute, in columns: what `cells` is for series of numbers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from app.domain import histogram_tables
from app.domain.cells import MAX_GAP_MS
from app.domain.distributions import Bins, added_bins
from app.domain.histogram_codec import STALE, Packed
from app.domain.histogram_feeds import UNTOLD_DELTA_MS, grown_by, spread
from app.domain.histogram_tables import Table
from app.domain.histograms import Histogram
from app.domain.lanes import Matrix
from app.domain.samples import Floats, HistogramSample, Ints
from app.domain.sealing import summed_rows
from app.domain.signals import HOUR_MS, MINUTE_MS

HOUR_MINUTES = HOUR_MS // MINUTE_MS


@dataclass(frozen=True, slots=True, eq=False)
class Growth:
    """Minutes (or hours) of one series, ascending, that have the same bins (see `Bins`).

    counts[i] stand at `bounds`; `seconds` is how long the series was observed for, `total` the sum of the observed
    values, NaN when not told. Where the bins of a series change, another Growth follows.
    """

    minute: Ints
    seconds: Floats
    total: Floats
    bounds: Floats
    counts: Matrix
    exponential: bool

    def __len__(self) -> int:
        return len(self.minute)

    def __iter__(self) -> Iterator[tuple[int, float, Bins]]:
        """(minute, seconds, bins) of each, for who needs one at a time: it takes ten times the room."""
        columns = (self.minute.tolist(), self.seconds.tolist(), self.total.tolist(), self.counts)
        for minute, seconds, total, counts in zip(*columns, strict=True):
            told = None if np.isnan(total) else total
            yield minute, seconds, Bins(self.bounds, counts, told, self.exponential)

    def where(self, chosen: Any) -> "Growth":
        """Some of the minutes."""
        minute, seconds, total, counts = (one[chosen] for one in (self.minute, self.seconds, self.total, self.counts))
        return Growth(minute, seconds, total, self.bounds, counts, self.exponential)

    def is_like(self, other: "Growth") -> bool:
        """Whether both have the same bins."""
        return self.exponential == other.exponential and np.array_equal(self.bounds, other.bounds)


def by_minute(samples: Packed, *, is_delta: bool) -> list[Growth]:
    """The minutes of one series from its samples in order of time."""
    said = samples.where(samples.form != STALE)
    if len(said) == 0:
        return []
    table = histogram_tables.table(said)
    if table is None:
        return from_bins(one_by_one(said, is_delta=is_delta))
    return some([_from_table(said, table, is_delta=is_delta)])


def one_by_one(
    samples: Iterable[HistogramSample], *, is_delta: bool, last: tuple[int, Histogram] | None = None
) -> Iterator[tuple[int, float, Bins]]:
    """(minute, seconds, bins) by the rules of `grown_by` and `spread`, for samples that need not be alike; `last` is
    the one before them.
    """
    found: dict[int, tuple[float, Bins]] = {}
    for sample in samples:
        grown = grown_by(last, sample, delta=is_delta)
        if sample.histogram is not None:
            last = (sample.at_ms, sample.histogram)
        for minute, seconds, bins in [] if grown is None else spread(sample.at_ms, *grown):
            before = found.get(minute)
            found[minute] = (seconds, bins) if before is None else (before[0] + seconds, added_bins(before[1], bins))
    return ((minute, *found[minute]) for minute in sorted(found))


def _from_table(samples: Packed, table: Table, *, is_delta: bool) -> Growth:
    """The same by the same rules, all samples at once."""
    at_ms, start_ms, counts, total = samples.at_ms, samples.start_ms, table.counts, table.total
    is_fresh = (start_ms > 0) & (start_ms <= at_ms) & (at_ms - start_ms <= MAX_GAP_MS)
    if is_delta:
        lasted = np.where(is_fresh, at_ms - start_ms, UNTOLD_DELTA_MS)
        told = np.ones(len(at_ms), dtype=bool)
    else:
        apart = np.diff(at_ms, prepend=at_ms[0] - MAX_GAP_MS - 1)
        is_near = apart <= MAX_GAP_MS
        more = np.diff(counts, axis=0, prepend=0.0)
        is_whole = ~is_near | (start_ms > at_ms - apart) | (more < 0).any(axis=1)
        counts, total = (
            np.where(is_whole[:, None], counts, more),
            np.where(is_whole, total, np.diff(total, prepend=0.0)),
        )
        lasted = np.where(is_near, apart, at_ms - start_ms)
        told = is_near | is_fresh
    minute = at_ms // MINUTE_MS
    parts = np.maximum(minute - (at_ms - lasted) // MINUTE_MS, 1)
    take = np.repeat(np.flatnonzero(told), parts[told])
    nth = np.arange(len(take)) - np.repeat(np.cumsum(parts[told]) - parts[told], parts[told])
    minutes, place = np.unique((minute - parts + 1)[take] + nth, return_inverse=True)

    def summed(column: Floats) -> Floats:
        sums = np.bincount(place, weights=column[take], minlength=len(minutes))
        return np.asarray(sums, dtype=np.float64)

    return Growth(
        minutes,
        summed(lasted / 1000 / parts),
        summed(total / parts),
        table.bounds,
        summed_rows(counts / parts[:, None], take, place, places=len(minutes)),
        table.exponential,
    )


def some(found: Iterable[Growth]) -> list[Growth]:
    """Without those that hold no minute."""
    return [one for one in found if len(one)]


def from_bins(minutes: Iterable[tuple[int, float, Bins]]) -> list[Growth]:
    """(minute, seconds, bins) in columns."""
    found: list[Growth] = []
    for _, alike in groupby(minutes, key=lambda one: (one[2].exponential, one[2].bounds.tobytes())):
        minute, seconds, bins = zip(*alike, strict=True)
        found.append(
            Growth(
                np.array(minute, dtype=np.int64),
                np.array(seconds),
                np.array([np.nan if one.total is None else one.total for one in bins]),
                bins[0].bounds,
                np.array([one.counts for one in bins]),
                bins[0].exponential,
            )
        )
    return found


def parted(grown: Sequence[Growth], edges: Sequence[int]) -> list[list[Growth]]:
    """The minutes before the first edge (ascending), those from there to before the next one, ..., and the rest."""
    parts: list[list[Growth]] = [[] for _ in range(len(edges) + 1)]
    for one in grown:
        cuts = [0, *np.searchsorted(one.minute, edges).tolist(), len(one)]
        for part, (begin, end) in zip(parts, pairwise(cuts), strict=True):
            part.extend(some([one.where(slice(begin, end))]))
    return parts


def without(grown: Iterable[Growth], minutes: Ints) -> list[Growth]:
    """All but these minutes."""
    return some(one.where(~np.isin(one.minute, minutes)) for one in grown)


def only(grown: Iterable[Growth], minutes: Ints) -> list[Growth]:
    """These minutes alone."""
    return some(one.where(np.isin(one.minute, minutes)) for one in grown)


def minutes_of(grown: Iterable[Growth]) -> Ints:
    """All minutes, in their order."""
    return np.concatenate([np.empty(0, dtype=np.int64), *(one.minute for one in grown)])


def changed(before: Sequence[Growth], after: Sequence[Growth]) -> Ints:
    """The minutes that are not the same in both, ascending; a few more when the bins are not."""
    if len(before) == len(after) == 1 and np.isin(before[0].bounds, after[0].bounds).all():
        one, other = before[0], after[0]
        both, at_one, at_other = np.intersect1d(one.minute, other.minute, assume_unique=True, return_indices=True)
        counts = np.zeros((len(both), len(other.bounds)))
        counts[:, np.searchsorted(other.bounds, one.bounds)] = one.counts[at_one]
        same = (counts == other.counts[at_other]).all(axis=1) & (one.seconds[at_one] == other.seconds[at_other])
        same &= np.isclose(one.total[at_one], other.total[at_other], rtol=0, atol=0, equal_nan=True)
        return np.setdiff1d(np.union1d(one.minute, other.minute), both[same], assume_unique=True)
    return np.unique(minutes_of([*before, *after]))


def in_order(grown: Sequence[Growth]) -> list[Growth]:
    """Growths whose minutes lie among each other, one after the other."""
    minute = minutes_of(grown)
    if (np.diff(minute) > 0).all():
        return list(grown)
    owner = np.repeat(np.arange(len(grown)), [len(one) for one in grown])
    nth = np.concatenate([np.arange(len(one)) for one in grown])
    order = np.argsort(minute, kind="stable")
    runs = np.split(order, np.flatnonzero(np.diff(owner[order])) + 1)
    return [grown[owner[run[0]]].where(nth[run]) for run in runs]


def joined(grown: Iterable[Growth]) -> list[Growth]:
    """The same minutes in as few Growths as there are changes of bins."""
    found: list[list[Growth]] = []
    for one in grown:
        if found and found[-1][0].is_like(one):
            found[-1].append(one)
        else:
            found.append([one])
    return [as_one(alike) for alike in found]


def as_one(parts: Sequence[Growth]) -> Growth:
    """Growths one after the other, in bins that hold those of all."""
    if len(parts) == 1:
        return parts[0]
    bounds = np.unique(np.concatenate([one.bounds for one in parts]))
    counts = np.zeros((sum(len(one) for one in parts), len(bounds)))
    at = 0
    for one in parts:
        counts[at : at + len(one), np.searchsorted(bounds, one.bounds)] = one.counts
        at += len(one)
    minute, seconds, total = (
        np.concatenate([getattr(one, name) for one in parts]) for name in ("minute", "seconds", "total")
    )
    return Growth(minute, seconds, total, bounds, counts, parts[0].exponential)


def by_hour(minutes: Iterable[Growth]) -> list[Growth]:
    """The hours of minutes, each by the number of its first minute."""
    hours: dict[int, list[Growth]] = {}
    for one in minutes:
        hour = one.minute // HOUR_MINUTES
        for run in np.split(np.arange(len(one)), np.flatnonzero(np.diff(hour)) + 1):
            hours.setdefault(int(hour[run[0]]), []).append(one.where(run))
    return joined(_summed(hour * HOUR_MINUTES, as_one(hours[hour])) for hour in sorted(hours))


def _summed(minute: int, minutes: Growth) -> Growth:
    """All of them as one, added up in their order."""
    every = np.arange(len(minutes))
    return Growth(
        np.array([minute]),
        np.cumsum(minutes.seconds)[-1:],
        np.cumsum(minutes.total)[-1:],
        minutes.bounds,
        summed_rows(minutes.counts, every, np.zeros_like(every), places=1),
        minutes.exponential,
    )
