"""Giving a number to every series the first time it is met, and deciding then, once, what it means."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from app.actions.series_budget import OVER_BUDGET, SeriesBudget
from app.domain.assignments import Assignment
from app.domain.cells import COUNTER, DELTA, GAUGE
from app.domain.errors import AppError
from app.domain.lanes import INCREASE, OPERATION
from app.domain.recipes import RecipeBook
from app.domain.samples import UNRESOLVED, Metadata, SeriesDirectory
from app.domain.series import Kind, SeriesKey, Shape
from app.store import metrics, series, services
from app.store.engine import Store

REFUSED = -2
COUNTER_SUFFIXES = ("_total", "_count", "_sum", "_bucket")
UNKNOWN = "unknown"
# The suffixes of what counts up in a family, and of all that a family's name stands before, by its type.
GROWING = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}
PARTS = {**GROWING, "counter": ("_total",), "gaugehistogram": ("_bucket", "_gcount", "_gsum")}


@dataclass(slots=True)
class Resolution:
    """What is about to be known, once the transaction that creates it is durable."""

    ids: dict[bytes, int] = field(default_factory=dict)
    placed: dict[tuple[SeriesDirectory, int], int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)  # new series by source
    wanted: set[bytes] = field(default_factory=set)  # all new series


class Register:
    """The numbers of all series, by fingerprint. Belongs to the one thread that appends to the journal."""

    def __init__(self, recipes: RecipeBook, budget: SeriesBudget) -> None:
        self._recipes = recipes
        self._budget = budget
        self._ids: dict[bytes, int] = {}
        self._types: dict[str, str] = {}

    def load(self, store: Store) -> None:
        with store.reading() as db:
            self._ids = dict(series.every_fingerprint(db))
            self._types = metrics.types(db)

    def resolve(self, db: Any, directories: Iterable[tuple[str, SeriesDirectory, Any]], *, now_ms: int) -> Resolution:
        """Fill in the ids of every directory at these positions; series met for the first time are created.

        With each directory comes the source whose budget new series are taken from. Positions whose labels are not
        legal get REFUSED; those over the budget stay without a number, and `numbers` gives OVER_BUDGET for them. Call
        `keep` when the transaction is durable: only then do the directories hold the ids of new series. A directory
        that lives on may be copied by another thread to make room for more, and an id that it held too early could not
        be taken back for sure.
        """
        resolution = Resolution()
        missing: list[tuple[SeriesDirectory, int, SeriesKey, bytes]] = []
        for source, directory, positions in directories:
            unknown: list[tuple[SeriesDirectory, int, SeriesKey, bytes]] = []
            for position in positions.tolist():
                self._look_up(directory, position, unknown)
            missing += self._affordable(source, unknown, resolution, now_ms=now_ms) if unknown else ()
        if missing:
            self._create(db, missing, resolution, now_ms=now_ms)
        return resolution

    def numbers(self, directory: SeriesDirectory, positions: Any, resolution: Resolution) -> Any:
        """The ids at positions that `resolve` has seen to: none is UNRESOLVED, some may be REFUSED.

        A directory that lives on may grow in another thread while its ids are being filled in, and lose some of them:
        those are filled in again.
        """
        found = directory.ids[positions]
        missing = found == UNRESOLVED
        if missing.any():
            places, back = np.unique(positions[missing], return_inverse=True)
            ids = [self._id(directory, place, resolution) for place in places.tolist()]
            found[missing] = np.array(ids, dtype=np.int64)[back]
        return found

    def keep(self, resolution: Resolution) -> None:
        """The transaction is durable."""
        for (directory, position), series_id in resolution.placed.items():
            if series_id != OVER_BUDGET:  # the next hour may have room for it
                directory.ids[position] = series_id
        for source, number in resolution.begun.items():
            self._budget.spend(source, number)
        self._ids.update(resolution.ids)
        self._types.update(resolution.types)

    def learn_types(self, db: Any, metadata: Iterable[Metadata], resolution: Resolution) -> None:
        """Store what senders say of metric families, where it is news."""
        news = {one.metric: one for one in metadata if self._types.get(one.metric) != one.type}
        if news:
            # In the order of their names: processes that learn the same ones would wait for each other.
            metrics.learn(db, [news[name] for name in sorted(news)])
            resolution.types = {one.metric: one.type for one in news.values()}

    def _id(self, directory: SeriesDirectory, position: int, resolution: Resolution) -> int:
        new = resolution.placed.get((directory, position))
        if new is not None:
            return new
        try:
            fingerprint = directory.key(position).fingerprint
        except AppError:
            return REFUSED
        if fingerprint not in self._ids:
            return resolution.ids[fingerprint]
        directory.ids[position] = self._ids[fingerprint]
        return self._ids[fingerprint]

    def _look_up(
        self, directory: SeriesDirectory, position: int, missing: list[tuple[SeriesDirectory, int, SeriesKey, bytes]]
    ) -> None:
        try:
            key = directory.key(position)
        except AppError:
            directory.ids[position] = REFUSED
            return
        fingerprint = key.fingerprint
        if fingerprint in self._ids:
            directory.ids[position] = self._ids[fingerprint]
        else:
            missing.append((directory, position, key, fingerprint))

    def _affordable(
        self,
        source: str,
        unknown: list[tuple[SeriesDirectory, int, SeriesKey, bytes]],
        resolution: Resolution,
        *,
        now_ms: int,
    ) -> list[tuple[SeriesDirectory, int, SeriesKey, bytes]]:
        """Those of the unknown series that the source may begin; the others are marked as over its budget."""
        left = self._budget.left(source, now_ms=now_ms) - resolution.begun.get(source, 0)
        fresh = {one[3] for one in unknown} - resolution.wanted
        if len(fresh) > left:
            fresh = set(islice((one[3] for one in unknown if one[3] in fresh), max(0, left)))
        resolution.begun[source] = resolution.begun.get(source, 0) + len(fresh)
        resolution.wanted |= fresh
        over = {(one[0], one[1]): OVER_BUDGET for one in unknown if one[3] not in resolution.wanted}
        resolution.placed |= over
        return [one for one in unknown if one[3] in resolution.wanted] if over else unknown

    def _create(
        self,
        db: Any,
        missing: list[tuple[SeriesDirectory, int, SeriesKey, bytes]],
        resolution: Resolution,
        *,
        now_ms: int,
    ) -> None:
        keys: dict[bytes, SeriesKey] = {}
        for _, _, key, fingerprint in missing:
            if fingerprint not in keys or keys[fingerprint].kind is None:
                keys[fingerprint] = key
        assignments = {fingerprint: self._recipes.assign(key) for fingerprint, key in keys.items()}
        wanted = {(one.service, one.environment) for one in assignments.values() if one and not one.ignored}
        service_ids = services.ensure(db, wanted, now_ms=now_ms)
        new = [self._new(key, assignments[fingerprint], service_ids) for fingerprint, key in keys.items()]
        series.add(db, new, now_ms=now_ms)
        resolution.ids = series.ids_of(db, list(keys))
        for directory, position, _, fingerprint in missing:
            resolution.placed[directory, position] = resolution.ids[fingerprint]

    def _new(
        self, key: SeriesKey, assignment: Assignment | None, service_ids: dict[tuple[str, str], int]
    ) -> series.NewSeries:
        if assignment is None:
            return series.NewSeries(key, 0, self._kind(key, ()), "", 0, ())
        if assignment.ignored:
            return series.NewSeries(key, 0, self._kind(key, ()), assignment.source, 0, ())
        operations = {OPERATION[feed.role] for feed in assignment.feeds}
        return series.NewSeries(
            key,
            service_ids[assignment.service, assignment.environment],
            self._kind(key, operations),
            assignment.source,
            assignment.rank,
            assignment.feeds,
        )

    def _kind(self, key: SeriesKey, operations: Iterable[int]) -> int:
        """What it feeds decides, then what the sender declares, then the customs of naming."""
        if key.shape in (Shape.DELTA, Shape.DELTA_HISTOGRAM):
            return DELTA
        if operations:
            return COUNTER if INCREASE in operations else GAUGE
        if key.kind is not None:
            return COUNTER if key.kind is Kind.COUNTER else GAUGE
        declared = self._declared(key.metric)
        if declared is None:
            return COUNTER if key.metric.endswith(COUNTER_SUFFIXES) else GAUGE
        return COUNTER if declared == "counter" or key.metric.endswith(GROWING.get(declared, ())) else GAUGE

    def _declared(self, metric: str) -> str | None:
        """The type of the family a metric belongs to: that of its own name, else one it is a suffixed part of."""
        own = self._types.get(metric, UNKNOWN)
        if own != UNKNOWN:
            return own
        stem, _, last = metric.rpartition("_")
        family = self._types.get(stem, UNKNOWN)
        return family if f"_{last}" in PARTS.get(family, ()) else None


def unresolved(directory: SeriesDirectory, positions: Any) -> Any:
    """Which positions of a directory still need a number."""
    missing = positions[directory.ids[positions] == UNRESOLVED]
    return np.unique(missing) if len(missing) else missing
