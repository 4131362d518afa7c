"""Minutes of signals in a ring, and how several sources of one service become one span.

The same assembly serves the board (minutes in memory) and the store (rows of minutes or hours).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.signals import MINUTE_MS, Floats, SignalSpan

SCALARS = ("requests", "errors", "duration_sum", "duration_count", "duration_mean")
ADDITIVE = SCALARS[:4]
REQUESTS, DURATIONS = SCALARS[:1], SCALARS[2:]
NO_MINUTE = -1


class SourceMinutes:
    """One source's minutes (or hours) of one service. Minute m (Unix ms // 60 000) stands at position m % length."""

    def __init__(self, source: str, *, rank: int, length: int) -> None:
        self.source = source
        self.rank = rank
        self.length = length
        self.minute = np.full(length, NO_MINUTE, dtype=np.int64)
        self.scalars: dict[str, Floats] = {name: np.full(length, np.nan) for name in SCALARS}
        self.bounds: Floats = np.empty(0)
        self.buckets: NDArray[np.float64] = np.zeros((length, 0))
        self.exponential = False
        self.resources: dict[str, Floats] = {}

    def open(self, minute: int) -> int:
        """The position of a minute, emptied of what it held; -1 when it holds a newer one."""
        position = minute % self.length
        if int(self.minute[position]) > minute:
            return -1
        self.minute[position] = minute
        for column in (*self.scalars.values(), *self.resources.values()):
            column[position] = np.nan
        self.buckets[position] = 0.0
        return position

    def put(
        self,
        minute: int,
        scalars: dict[str, float],
        *,
        bounds: Floats,
        counts: Floats,
        exponential: bool,
        resources: dict[str, float],
    ) -> None:
        """Everything known of a minute, in place of what was known before; too old a minute is left out."""
        position = self.open(minute)
        if position < 0:
            return
        for name, value in scalars.items():
            self.scalars[name][position] = value
        if len(bounds):
            self.put_buckets(position, bounds, counts, exponential=exponential)
        for name, ratio in resources.items():
            self.put_resource(position, name, ratio)

    def put_all(
        self,
        minutes: NDArray[np.int64],
        scalars: Mapping[str, Floats],
        *,
        bounds: Floats,
        counts: NDArray[np.float64],
        exponential: bool,
        resources: Mapping[str, Floats],
    ) -> None:
        """The same of many minutes in columns, each once; NaN is "no data"."""
        fresh = (self.minute[minutes % self.length] <= minutes) & (minutes > minutes.max(initial=0) - self.length)
        minutes = minutes[fresh]
        position = minutes % self.length
        self.minute[position] = minutes
        for name, column in self.scalars.items():
            column[position] = scalars[name][fresh]
        for name in resources.keys() - self.resources.keys():
            self.resources[name] = np.full(self.length, np.nan)
        for name, column in self.resources.items():
            column[position] = resources[name][fresh] if name in resources else np.nan
        self.buckets[position] = 0.0
        if counts.any():
            self._widen(bounds)
            self.buckets[np.ix_(position, np.searchsorted(self.bounds, bounds))] = counts[fresh]
            self.exponential = exponential

    def put_resource(self, position: int, name: str, ratio: float) -> None:
        """The share taken of a resource in a minute just opened."""
        if name not in self.resources:
            self.resources[name] = np.full(self.length, np.nan)
        self.resources[name][position] = ratio

    def put_buckets(self, position: int, bounds: Floats, counts: Floats, *, exponential: bool) -> None:
        """The distribution of a minute just opened; bounds not seen before widen the ring's layout."""
        if not np.array_equal(bounds, self.bounds):
            self._widen(bounds)
            self.buckets[position, np.searchsorted(self.bounds, bounds)] = counts
        else:
            self.buckets[position] = counts
        self.exponential = exponential

    def _widen(self, bounds: Floats) -> None:
        union = np.union1d(self.bounds, bounds)
        if len(union) != len(self.bounds):
            wider = np.zeros((self.length, len(union)))
            wider[:, np.searchsorted(union, self.bounds)] = self.buckets
            self.bounds, self.buckets = union, wider


class SignalMinutes:
    """All sources of one service."""

    def __init__(self, sources: Sequence[SourceMinutes], *, unit_ms: int = MINUTE_MS) -> None:
        self.sources = sorted(sources, key=lambda one: (one.rank, one.source))
        self.unit_ms = unit_ms

    def span(self, *, start_ms: int, end_ms: int, step_ms: int) -> SignalSpan:
        """The span [start_ms, end_ms) in buckets of step_ms (whole units).

        One source tells of requests: the best ranked that saw any. It tells of durations too, unless it knows none:
        then the best ranked that does. Every source tells of its resources.
        """
        first, per_bucket = start_ms // self.unit_ms, step_ms // self.unit_ms
        buckets = max(0, -(-(end_ms - start_ms) // step_ms))
        wanted = np.arange(first, first + buckets * per_bucket, dtype=np.int64)
        speaking = [one for one in self.sources if _speaks(one, SCALARS, wanted)]
        resources = self._resources(wanted, per_bucket)
        if not speaking:
            return empty_span(start_ms=start_ms, step_ms=step_ms, buckets=buckets, resources=resources)
        chosen = next((one for one in speaking if _speaks(one, REQUESTS, wanted)), speaking[0])
        timed = next((one for one in (chosen, *speaking) if _speaks(one, DURATIONS, wanted)), chosen)
        held = timed.minute[wanted % timed.length] == wanted
        counts = np.where(held[:, None], timed.buckets[wanted % timed.length], 0.0)
        return SignalSpan(
            start_ms=start_ms,
            step_ms=step_ms,
            requests=_total(_pick(chosen, chosen.scalars["requests"], wanted), per_bucket),
            errors=_total(_pick(chosen, chosen.scalars["errors"], wanted), per_bucket),
            duration_sum=_total(_pick(timed, timed.scalars["duration_sum"], wanted), per_bucket),
            duration_count=_total(_pick(timed, timed.scalars["duration_count"], wanted), per_bucket),
            duration_mean=_mean(_pick(timed, timed.scalars["duration_mean"], wanted), per_bucket),
            bounds=timed.bounds.copy(),
            bucket_counts=counts.reshape(buckets, per_bucket, len(timed.bounds)).sum(axis=1),
            exponential=timed.exponential,
            resources=resources,
            source=chosen.source,
            others=tuple(one.source for one in speaking if one is not chosen),
        )

    def _resources(self, wanted: NDArray[np.int64], per_bucket: int) -> dict[str, Floats]:
        """The highest share taken of each resource, whichever source tells it."""
        found: dict[str, Floats] = {}
        for one in self.sources:
            for name, column in one.resources.items():
                highest = _highest(_pick(one, column, wanted), per_bucket)
                if not np.isnan(highest).all():
                    found[name] = np.fmax(highest, found[name]) if name in found else highest
        return dict(sorted(found.items()))


def empty_span(*, start_ms: int, step_ms: int, buckets: int, resources: dict[str, Floats] | None = None) -> SignalSpan:
    """A span in which nothing is known of requests."""
    columns = {name: np.full(buckets, np.nan) for name in SCALARS}
    return SignalSpan(
        start_ms=start_ms,
        step_ms=step_ms,
        requests=columns["requests"],
        errors=columns["errors"],
        duration_sum=columns["duration_sum"],
        duration_count=columns["duration_count"],
        duration_mean=columns["duration_mean"],
        bounds=np.empty(0),
        bucket_counts=np.zeros((buckets, 0)),
        resources=resources or {},
    )


def _speaks(source: SourceMinutes, names: Sequence[str], wanted: NDArray[np.int64]) -> bool:
    return any(not np.isnan(_pick(source, source.scalars[name], wanted)).all() for name in names)


def _pick(source: SourceMinutes, column: Floats, wanted: NDArray[np.int64]) -> Floats:
    at = wanted % source.length
    return np.where(source.minute[at] == wanted, column[at], np.nan)


def _total(column: Floats, per_bucket: int) -> Floats:
    """Sums of groups, NaN for a group without any value."""
    grouped = column.reshape(-1, per_bucket)
    known = ~np.isnan(grouped)
    return np.where(known.any(axis=1), np.where(known, grouped, 0.0).sum(axis=1), np.nan)


def _mean(column: Floats, per_bucket: int) -> Floats:
    grouped = column.reshape(-1, per_bucket)
    known = ~np.isnan(grouped)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = np.where(known, grouped, 0.0).sum(axis=1)
        return np.asarray(total / np.where(known.any(axis=1), known.sum(axis=1), np.nan))


def _highest(column: Floats, per_bucket: int) -> Floats:
    grouped = column.reshape(-1, per_bucket)
    highest: Floats = np.fmax.reduce(grouped, axis=1)
    return highest
