"""Ingest on a database of its own, and requests as tests of it need them."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.actions.ingest import Ingest
from app.actions.screen import Accepted
from app.actions.series_budget import USUAL
from app.domain.counters import Counters
from app.domain.errors import Invalid, Unavailable
from app.domain.samples import SampleBatch, SeriesList
from app.domain.series import SeriesKey, series_key
from app.store import journal
from app.store.codec import Columns
from app.store.engine import Store
from tests.pipeline import DAY_MS, NOW_MS, Book, One, batch

LIMIT_MS = 600_000
RETENTION_MS = 15 * DAY_MS

numbers = iter(range(1_000_000))


class Door:
    """An ingest on a database of its own, started when asked to."""

    def __init__(self, store: Store, *, new_series_per_hour: int = USUAL) -> None:
        self.store = store
        self.counters = Counters()
        self.told: list[int] = []
        self.ingest = Ingest(
            store,
            Book(),
            raw_retention_ms=RETENTION_MS,
            counters=self.counters,
            committed=self._committed,
            new_series_per_hour=new_series_per_hour,
        )
        self.is_started = False

    def _committed(self, seq: int, columns: Columns) -> None:
        self.told.append(columns.samples)

    def start(self) -> None:
        self.ingest.start()
        self.is_started = True

    def close(self) -> None:
        if self.is_started:
            self.ingest.stop()

    def write(self, one: SampleBatch, *, now_ms: int = NOW_MS) -> Accepted:
        return self.ingest.write(one, source="test", now_ms=now_ms)

    def send(self, *samples: One) -> Accepted:
        return self.write(batch(samples))

    def held(self) -> list[tuple[int, float]]:
        """(time, value) of every scalar in the journal, in its order."""
        with self.store.reading() as db:
            rows = list(journal.holding(db, before_ms=2 * NOW_MS))
        return [pair for row in rows for pair in zip(row.at_ms.tolist(), row.values.tolist(), strict=True)]

    def rows(self) -> int:
        with self.store.reading() as db:
            return len(journal.outline(db))


def fresh() -> SeriesKey:
    """A series that no test has used."""
    return series_key("pool_ratio", {"job": "shop", "n": str(next(numbers))})


class Spoiled(SeriesList):
    """A directory in which some positions are no legal series, or worse."""

    def __init__(self, keys: list[SeriesKey], broken: dict[int, Exception]) -> None:
        super().__init__(keys)
        self.broken = broken

    def key(self, position: int) -> SeriesKey:
        if position in self.broken:
            raise self.broken[position]
        return super().key(position)


def spoiled(broken: dict[int, Exception], *, values: tuple[float, ...] = (1.0, 2.0, 3.0)) -> SampleBatch:
    """Three series with a sample each."""
    return SampleBatch(
        Spoiled([fresh() for _ in values], broken),
        np.arange(len(values), dtype=np.int64),
        np.full(len(values), NOW_MS, dtype=np.int64),
        np.array(values),
    )


def in_one_group(door: Door, requests: list[SampleBatch]) -> list[object]:
    """The answers of requests that came in before the writer looked, in their order."""

    def write(one: SampleBatch) -> object:
        try:
            return door.write(one)
        except (Invalid, Unavailable) as error:
            return error

    with ThreadPoolExecutor(len(requests)) as pool:
        answers = []
        for count, one in enumerate(requests, start=1):
            answers.append(pool.submit(write, one))
            until(queued(door, count))
        door.start()
        return [answer.result() for answer in answers]


def queued(door: Door, count: int) -> Callable[[], bool]:
    return lambda: door.counters.ask("burnline_journal_queue_length") == count


def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("It did not come to that within 5 s.")
