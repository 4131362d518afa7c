"""Rows of minutes: packed and read back, by series, service and metric; replaced and forgotten."""

from math import inf, nan

import numpy as np
import pytest

from app.domain.cells import Cells
from app.domain.growth import Growth, as_one
from app.domain.series import series_key
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.store import rollups
from app.store.engine import Store
from app.store.rollups import Piece
from tests.store.test_chunks import SERVICE, store_series

SERVICES = np.full(100, SERVICE, dtype=np.int64)


def cells(*found: tuple[int, int, float], gauge: bool = False) -> Cells:
    """(series, minute, total) each."""
    total = np.array([one[2] for one in found])
    extreme = total if gauge else np.zeros(len(found))
    return Cells(
        np.array([one[0] for one in found], dtype=np.int64),
        np.array([one[1] for one in found], dtype=np.int64),
        total,
        np.full(len(found), 60.0),
        extreme - 1 if gauge else extreme,
        extreme + 1 if gauge else extreme,
    )


def columns(found: Cells) -> list[list[float]]:
    return [getattr(found, name).tolist() for name in ("series", "minute", "total", "weight", "low", "high")]


def write(store: Store, *made: Piece) -> None:
    with store.writing() as db:
        rollups.write(db, made)


def read(store: Store, first: int, end: int, *, series_id: int | None = None) -> list[tuple[int, int, int]]:
    """(series, first minute, last minute) of the rows found."""
    with store.reading() as db:
        if series_id is None:
            found = rollups.of_service(db, SERVICE, start_ms=first * MINUTE_MS, end_ms=end * MINUTE_MS)
        else:
            found = rollups.of_series(db, SERVICE, series_id, start_ms=first * MINUTE_MS, end_ms=end * MINUTE_MS)
    return [(one.series_id, one.first_ms // MINUTE_MS, one.last_ms // MINUTE_MS) for one in found]


@pytest.mark.parametrize("gauge", [False, True], ids=["counters", "gauges"])
def test_the_cells_of_each_series_come_back_from_its_row(store: Store, gauge: bool) -> None:
    sent = cells((7, 10, 1.5), (7, 11, nan), (7, 20, -3.0), (9, 10, 0.1), gauge=gauge)
    write(store, *rollups.pack(sent, SERVICES))
    with store.reading() as db:
        found = rollups.cells_of(rollups.of_service(db, SERVICE, start_ms=0, end_ms=HOUR_MS))
    assert repr(columns(found)) == repr(columns(sent))
    assert read(store, 0, 60) == [(7, 10, 20), (9, 10, 10)]


def test_rows_that_overlap_the_span_are_found_by_series_and_time(store: Store) -> None:
    for minute in (20, 10, 30):
        write(store, *rollups.pack(cells((9, minute, 1.0), (7, minute + 1, 1.0), (7, minute + 3, 1.0)), SERVICES))
    assert read(store, 13, 21) == [(7, 11, 13), (9, 20, 20)]
    assert read(store, 13, 22) == [(7, 11, 13), (7, 21, 23), (9, 20, 20)]
    assert read(store, 14, 20) == []
    assert read(store, 0, 60, series_id=9) == [(9, 10, 10), (9, 20, 20), (9, 30, 30)]


def growth(minute: int, *counts: float, total: float | None = None, exponential: bool = False) -> Growth:
    bounds = np.array([0.1, 1.0, inf][: len(counts)])
    sent = np.array([nan if total is None else total])
    return Growth(np.array([minute]), np.array([60.0]), sent, bounds, np.array([counts]), exponential)


def test_the_minutes_of_a_histogram_shaped_series_come_back(store: Store) -> None:
    minutes = [growth(9, 7.0, 8.0, 9.0), growth(10, 1.0, 2.0, 0.5, total=3.25)]
    sent = [as_one(minutes), growth(12, 4.0, exponential=True), growth(13)]
    write(store, rollups.pack_growth(7, sent, SERVICE), *rollups.pack(cells((9, 10, 1.0)), SERVICES))
    with store.reading() as db:
        found = rollups.of_service(db, SERVICE, start_ms=0, end_ms=HOUR_MS)
    plain, of_series = rollups.told_apart(found)
    assert [one.series.tolist() for one in plain] == [[9]]
    ((series_id, grown),) = of_series
    assert series_id == 7
    assert [(one.minute.tolist(), one.seconds.tolist(), str(one.total), one.exponential) for one in grown] == [
        ([9, 10], [60.0, 60.0], "[ nan 3.25]", False),
        ([12], [60.0], "[nan]", True),
        ([13], [60.0], "[nan]", False),
    ]
    assert [one.counts.tolist() for one in grown] == [[[7.0, 8.0, 9.0], [1.0, 2.0, 0.5]], [[4.0]], [[]]]
    assert [one.bounds.tolist() for one in grown] == [[0.1, 1.0, inf], [0.1], []]


def test_a_row_is_replaced_by_removing_it_first(store: Store) -> None:
    write(store, *rollups.pack(cells((7, 10, 1.0), (7, 20, 2.0)), SERVICES))
    with store.writing() as db:
        old = rollups.of_series(db, SERVICE, 7, start_ms=0, end_ms=HOUR_MS)
        rollups.remove(db, old)
        rollups.remove(db, [])
        rollups.write(db, rollups.pack(cells((7, 10, 5.0)), SERVICES))
        found = rollups.cells_of(rollups.of_series(db, SERVICE, 7, start_ms=0, end_ms=HOUR_MS))
    assert found.total.tolist() == [5.0]


def test_hours_stand_beside_minutes(store: Store) -> None:
    write(store, *rollups.pack(cells((7, 0, 1.0)), SERVICES))
    write(store, *rollups.pack_day(cells((7, 0, 60.0), (7, 60, 61.0)), SERVICE, resolution_ms=HOUR_MS))
    with store.reading() as db:
        hours = rollups.hours_of_service(db, SERVICE, start_ms=0, end_ms=2 * HOUR_MS)
        minutes = rollups.of_service(db, SERVICE, start_ms=0, end_ms=2 * HOUR_MS)
    assert rollups.cells_of(hours).total.tolist() == [60.0, 61.0]
    assert rollups.cells_of(minutes).total.tolist() == [1.0]
    with store.writing() as db:
        rollups.remove(db, hours)
    assert read(store, 0, 60) == [(7, 0, 0)]


def test_the_rows_of_a_metric_are_those_of_its_series(store: Store) -> None:
    keys = {name: series_key(name[0], {"job": name}) for name in ("a1", "a2", "b1")}
    ids = store_series(store, keys)
    services = np.full(max(ids.values()) + 1, SERVICE, dtype=np.int64)
    for name, series_id in ids.items():
        write(store, *rollups.pack(cells((series_id, 10 if name == "a1" else 20, 1.0)), services))
    with store.reading() as db:
        found = rollups.of_metric(db, "a", start_ms=0, end_ms=HOUR_MS)
        early = rollups.of_metric(db, "a", start_ms=0, end_ms=20 * MINUTE_MS)
    assert [one.series_id for one in found] == [ids["a1"], ids["a2"]]
    assert [one.series_id for one in early] == [ids["a1"]]


def test_minutes_and_hours_are_forgotten_apart(store: Store) -> None:
    write(store, *rollups.pack(cells((7, 0, 1.0), (7, 5, 1.0)), SERVICES), *rollups.pack(cells((9, 9, 1.0)), SERVICES))
    write(store, *rollups.pack_day(cells((7, 0, 60.0)), SERVICE, resolution_ms=HOUR_MS))
    with store.writing() as db:
        assert rollups.forget(db, resolution_ms=MINUTE_MS, before_ms=5 * MINUTE_MS) == 0
        assert rollups.forget(db, resolution_ms=MINUTE_MS, before_ms=6 * MINUTE_MS) == 1
        assert len(rollups.hours_of_service(db, SERVICE, start_ms=0, end_ms=HOUR_MS)) == 1
    assert read(store, 0, 60) == [(9, 9, 9)]
