"""One application over a real board, an empty database, and an ingest that only remembers what it is given."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.actions.screen import Accepted
from app.config import Settings
from app.domain.board import Board
from app.domain.errors import AppError
from app.domain.recipes import RecipeBook
from app.domain.samples import Refusal, SampleBatch
from app.store.engine import Store, open_store
from app.web import app as web
from app.web.deps import App

NOW = datetime(2026, 11, 23, 14, 32, 5, tzinfo=UTC)


@dataclass
class NullIngest:
    """Takes every legal series, remembers the batch, stores nothing. `trouble` is raised instead when it is set."""

    batches: list[SampleBatch] = field(default_factory=list)
    trouble: Exception | None = None
    is_alive: bool = True
    writers: ThreadPoolExecutor = field(default_factory=partial(ThreadPoolExecutor, 64))

    def submit(self, batch: SampleBatch, *, source: str, now_ms: int) -> Future[Accepted]:
        return self.writers.submit(self.write, batch, source=source, now_ms=now_ms)

    def write(self, batch: SampleBatch, *, source: str, now_ms: int) -> Accepted:
        if self.trouble is not None:
            raise self.trouble
        self.batches.append(batch)
        illegal = tuple(_illegal_series(batch))
        left_out = sum(refusal.samples for refusal in illegal)
        return Accepted(len(batch) - left_out, len(batch.histograms), batch.exemplars, 0, (*batch.refusals, *illegal))


def _illegal_series(batch: SampleBatch) -> Iterator[Refusal]:
    """A decoder may leave it to ingest to look at new series; so does this one."""
    for position, count in zip(*np.unique(batch.series, return_counts=True), strict=True):
        try:
            batch.directory.key(int(position))
        except AppError as error:
            yield Refusal(error.code, str(error), samples=int(count))


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ingest() -> NullIngest:
    return NullIngest()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'burnline.db'}")
    yield opened
    opened.close()


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def settings() -> Settings:
    return Settings.from_environment({}, {"data_dir": str(Path("unused"))})


@pytest.fixture
def burnline(settings: Settings, store: Store, board: Board, ingest: NullIngest, clock: Clock) -> App:
    recipes = RecipeBook([])
    return App(settings=settings, store=store, board=board, ingest=ingest, recipes=recipes, build="test", clock=clock)


@pytest.fixture
def app(burnline: App) -> FastAPI:
    return web.create(burnline)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost") as client:
        yield client
