"""Late samples change what they change, and nothing beside it is touched."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
import sqlalchemy as sa

from app.domain.histograms import ExplicitHistogram
from app.domain.series import SeriesKey
from app.store import schema
from tests.databases import Databases
from tests.pipeline import NOW_MS, One, Pipeline, counter, everything, gauge, histogram_series

MINUTE_MS = 60_000
START_MS = NOW_MS // 3_600_000 * 3_600_000 - 48 * 3_600_000
SERIES = [counter(), gauge()]
Rows = dict[tuple[int, int], tuple[int, bytes]]


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty(str(request.param)))
    yield made
    made.close()


@pytest.fixture
def straight(databases: Databases) -> Iterator[Pipeline]:
    """Another, to which everything is sent at once."""
    made = Pipeline(databases.empty("sqlite"))
    yield made
    made.close()


def send(pipeline: Pipeline, *minutes: int) -> None:
    """A sample of every series at each of these minutes, sealed as soon as it is there."""
    samples = [One(key, at_ms(minute), minute * minute / 8) for key in SERIES for minute in minutes]
    histograms = [growing(minute) for minute in minutes]
    pipeline.send(samples, histograms)
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)


def growing(minute: int) -> tuple[SeriesKey, int, ExplicitHistogram]:
    histogram = ExplicitHistogram(np.array([1.0]), np.array([float(minute), float(minute * minute)]), minute / 4)
    return histogram_series(), at_ms(minute), histogram


def at_ms(minute: int) -> int:
    return START_MS + minute * MINUTE_MS


def rows(pipeline: Pipeline) -> Rows:
    """By series and first minute: the last minute of a row, and its data."""
    table = schema.series_rollups.c
    with pipeline.store.reading() as db:
        found = db.execute(sa.select(table.series_id, table.first_ms, table.last_ms, table.data)).all()
    return {
        (one, (first - START_MS) // MINUTE_MS): ((last - START_MS) // MINUTE_MS, data)
        for one, first, last, data in found
    }


def spans(found: Rows) -> dict[int, list[tuple[int, int]]]:
    """By series the first and last minutes of its rows."""
    by_series: dict[int, list[tuple[int, int]]] = {}
    for (series_id, first), (last, _) in sorted(found.items()):
        by_series.setdefault(series_id, []).append((first, last))
    return by_series


def test_history_that_comes_before_what_is_there_leaves_its_rows_as_they_are(pipeline: Pipeline) -> None:
    send(pipeline, *range(600, 700))
    before = rows(pipeline)
    send(pipeline, *range(500, 600))
    after = rows(pipeline)
    assert before.items() <= after.items()
    counted, measured, grown = spans(after).values()
    assert counted == grown == [(501, 600), (601, 699)], "minute 600 is known now"
    assert measured == [(500, 599), (600, 699)]


def test_what_is_stored_between_samples_that_come_together_is_left_alone(pipeline: Pipeline) -> None:
    send(pipeline, *range(600, 700))
    before = rows(pipeline)
    send(pipeline, *range(400, 450), *range(800, 850))
    after = rows(pipeline)
    assert before.items() <= after.items()
    assert spans(after)[1] == [(401, 449), (601, 699), (801, 849)]


def test_of_a_row_that_is_changed_in_the_middle_the_rest_stays_in_rows_of_its_own(pipeline: Pipeline) -> None:
    send(pipeline, *range(300), 302, *range(304, 600))
    send(pipeline, 100, 303, 301)  # one of them is a repeat
    counted, measured, grown = spans(rows(pipeline)).values()
    assert counted == grown == [(1, 299), (300, 304), (305, 599)]
    assert measured == [(0, 299), (301, 303), (304, 599)]


def test_a_repeat_changes_no_row(pipeline: Pipeline) -> None:
    send(pipeline, *range(600, 700))
    before = rows(pipeline)
    send(pipeline, 640, 699, 600)
    assert rows(pipeline) == before


def test_no_order_of_blocks_makes_a_difference(pipeline: Pipeline, straight: Pipeline) -> None:
    """Blocks that meet, lie apart, and lie among each other."""
    blocks = [range(1000, 1100), range(50), range(700, 800, 2), range(50, 130), range(701, 800, 2), range(900, 1000, 7)]
    for block in blocks:
        send(pipeline, *block)
    send(straight, *sorted(minute for block in blocks for minute in block))
    assert everything(pipeline.store) == everything(straight.store)
    for of_series in spans(rows(pipeline)).values():
        assert all(last < first for (_, last), (first, _) in pairwise(of_series)), "rows never overlap"
