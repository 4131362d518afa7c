"""A register and the transactions it is used in."""

from collections.abc import Callable

import numpy as np

from app.actions.register import Register, Resolution, unresolved
from app.actions.series_budget import USUAL, SeriesBudget
from app.domain.assignments import Assignment, Feed, Role
from app.domain.counters import Counters
from app.domain.samples import Metadata, SeriesDirectory, SeriesList
from app.domain.series import SeriesKey, series_key
from app.store import series, services
from app.store.engine import Connection, Store
from app.store.series import StoredSeries
from tests.pipeline import Book

A, B, C = (series_key("pages_total", {"n": name}) for name in "abc")


class Recipes(Book):
    """Remembers what it was asked. Some series belong to an environment, one metric is left out on purpose."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[SeriesKey] = []

    def assign(self, key: SeriesKey) -> Assignment | None:
        self.asked.append(key)
        if key.metric == "exporter_up":
            return Assignment("", "", "shipped", 7, (), note="It tells of the exporter.")
        if key.metric == "visits":
            return Assignment(key.label("job"), key.label("env"), "visits", 3, (Feed(Role.REQUESTS),))
        return super().assign(key)


class Desk:
    """A register that has read the catalogue, and the transactions it is used in."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.recipes = Recipes()
        self.register = Register(self.recipes, SeriesBudget(USUAL, Counters()))
        self.register.load(store)

    def resolve(self, db: Connection, *directories: SeriesDirectory, metadata: tuple[Metadata, ...] = ()) -> Resolution:
        missing = [(one, unresolved(one, np.arange(len(one.ids)))) for one in directories]
        resolution = self.register.resolve(db, [("test", *one) for one in missing if len(one[1])], now_ms=1)
        self.register.learn_types(db, metadata, resolution)
        return resolution

    def number(self, *keys: SeriesKey) -> list[int]:
        """The numbers of these series, by a request of their own."""
        return self.number_of(SeriesList(keys))[0]

    def number_of(self, *directories: SeriesDirectory) -> list[list[int]]:
        """The numbers of all series of directories that come in one group."""
        with self.store.writing() as db:
            resolution = self.resolve(db, *directories)
            found = [self.numbers_in(one, resolution) for one in directories]
        self.register.keep(resolution)
        return found

    def learn(self, *metadata: Metadata) -> None:
        with self.store.writing() as db:
            resolution = self.resolve(db, metadata=metadata)
        self.register.keep(resolution)

    def fail(
        self,
        *directories: SeriesDirectory,
        metadata: tuple[Metadata, ...] = (),
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """The same in a transaction that does not become durable."""
        with self.store.writing() as db:
            resolution = self.resolve(db, *directories, metadata=metadata)
            for one in directories:
                self.numbers_in(one, resolution)
            db.rollback()
        meanwhile()

    def numbers_in(self, directory: SeriesDirectory, resolution: Resolution) -> list[int]:
        found: list[int] = self.register.numbers(directory, np.arange(len(directory.ids)), resolution).tolist()
        return found

    def stored(self) -> list[StoredSeries]:
        with self.store.reading() as db:
            return list(series.after(db, 0))

    def services(self) -> dict[int, str]:
        with self.store.reading() as db:
            return {one.id: one.slug for one in services.all_services(db)}

    def of_metric(self, metric: str) -> list[int]:
        """The numbers of its series."""
        with self.store.reading() as db:
            return [one.id for one in series.named(db, metric, limit=9)]
