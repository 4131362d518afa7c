"""What the company sends is recognised by the recipes that come with the program, but for one pool of connections:
the page about recipes shall have something to propose.
"""

import numpy as np
import pytest

from app.demo import otlp, scrape
from app.demo.cast import COMPANY
from app.demo.company import Service
from app.demo.world import World
from app.domain.assignments import Assignment, Role
from app.domain.recipes import RecipeBook
from app.domain.series import SeriesKey, series_key
from app.wire import recipes
from app.wire.metrics.otlp import protobuf
from app.wire.metrics.otlp.series_table import SeriesTable

LEFT_TO_THE_READER = {"go_sql_in_use_connections", "go_sql_max_open_connections"}

services = pytest.mark.parametrize("service", COMPANY, ids=lambda service: service.slug)


@pytest.fixture(scope="module")
def book() -> RecipeBook:
    return recipes.load([recipes.shipped()])


@pytest.fixture
def assignments(service: Service, book: RecipeBook, world: World, now_ms: int) -> dict[SeriesKey, Assignment]:
    found = {key: book.assign(key) for key in keys(service, world, now_ms)}
    unknown = {key.metric for key, assignment in found.items() if assignment is None}
    assert unknown <= LEFT_TO_THE_READER
    return {key: assignment for key, assignment in found.items() if assignment is not None and assignment.feeds}


def keys(service: Service, world: World, now_ms: int) -> list[SeriesKey]:
    if service.speaks_otlp:
        body = otlp.body(world.export(service, np.array([now_ms]), since_ms=now_ms - 3_600_000))
        batch = protobuf.decode(body, table=SeriesTable())
        assert batch.refusals == ()
        positions = {*batch.series.tolist(), *(one.series for one in batch.histograms)}
        return [batch.directory.key(position) for position in sorted(positions)]
    named = [dict(labels) for labels in scrape.series(service)]
    return [series_key(labels.pop("__name__"), labels) for labels in named]


@services
def test_every_series_belongs_to_its_service(service: Service, assignments: dict[SeriesKey, Assignment]) -> None:
    assert {(one.service, one.environment) for one in assignments.values()} == {(service.name, service.environment)}


@services
def test_all_four_golden_signals_are_fed(service: Service, assignments: dict[SeriesKey, Assignment]) -> None:
    roles = {feed.role for one in assignments.values() for feed in one.feeds}
    if service.name == "orders-db":
        assert Role.DURATION_MEAN in roles
        assert Role.REQUESTS not in roles
    else:
        assert {Role.REQUESTS, Role.ERRORS} <= roles
        assert roles & {Role.BUCKET, Role.DURATION}
    assert roles & {Role.RATIO, Role.LIMIT}


@services
def test_one_source_tells_of_requests(service: Service, assignments: dict[SeriesKey, Assignment]) -> None:
    ranked = sorted(
        {
            (one.rank, one.source)
            for one in assignments.values()
            if any(feed.role is Role.REQUESTS for feed in one.feeds)
        }
    )
    assert len(ranked) == {"orders-db": 0, "mailer": 2}.get(service.name, 1)
