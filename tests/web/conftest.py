"""One application over in-memory twins: a real board, an ingest that keeps what it is given, a store that is up or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.config import Settings
from app.domain.board import Board
from app.domain.errors import Unavailable
from app.domain.samples import Refusal, SampleBatch
from app.web import app as web
from app.web.deps import App

NOW = datetime(2026, 11, 23, 14, 32, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Taken:
    samples: int
    histograms: int
    exemplars: int
    duplicates: int
    refusals: tuple[Refusal, ...]


@dataclass
class NullIngest:
    """Takes everything, remembers it, stores nothing. `trouble` is raised instead when it is set."""

    batches: list[SampleBatch] = field(default_factory=list)
    trouble: Exception | None = None

    def write(self, batch: SampleBatch, *, source: str, now_ms: int) -> Taken:
        if self.trouble is not None:
            raise self.trouble
        self.batches.append(batch)
        return Taken(len(batch), len(batch.histograms), batch.exemplars, 0, batch.refusals)


@dataclass
class NullStore:
    """A database that holds nothing; `down` makes it answer as one that cannot be reached."""

    down: bool = False

    @contextmanager
    def reading(self) -> Iterator[object]:
        self._check()
        yield object()

    @contextmanager
    def writing(self) -> Iterator[object]:
        self._check()
        yield object()

    def _check(self) -> None:
        if self.down:
            raise Unavailable("The database cannot be reached.", code="database_unavailable")


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
def store() -> NullStore:
    return NullStore()


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def settings() -> Settings:
    return Settings.from_environment({}, {"data_dir": str(Path("unused"))})


@pytest.fixture
def burnline(settings: Settings, store: NullStore, board: Board, ingest: NullIngest, clock: Clock) -> App:
    return App(settings=settings, store=store, board=board, ingest=ingest, build="test", clock=clock)


@pytest.fixture
def app(burnline: App) -> FastAPI:
    return web.create(burnline)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost") as client:
        yield client
