"""Signals over a range: from memory or from the tables, never with a dip where a bucket is still filling."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.board import Board
from app.domain.minutes import SCALARS
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.reports import signals
from app.reports.signals import DAY_MS, WEEK_MS, Columns
from app.store import signals as stored
from app.store.engine import Store
from tests.reports import cast

END_MS = cast.NOW_MS // MINUTE_MS * MINUTE_MS


def columns(board: Board, store: Store, slug: str = "catalog", **range_: int) -> Columns:
    asked = {"start_ms": END_MS - 6 * HOUR_MS, "end_ms": cast.NOW_MS, "step_ms": MINUTE_MS} | range_
    return signals.columns(board, store, board.find(slug), now_ms=cast.NOW_MS, **asked)  # type: ignore[arg-type]


def remember(store: Store, service_id: int, *, start_ms: int, hours: int, requests: float) -> None:
    """Hour rows in the table, as sealing writes them."""
    plain = dict.fromkeys(SCALARS, float("nan")) | {"requests": requests, "errors": requests / 100}
    rows = [
        stored.SignalRow(service_id, "http", 1, start_ms + at * HOUR_MS, plain, resources={"cpu": 0.5})
        for at in range(hours)
    ]
    with store.writing() as db:
        stored.write(db, [one.columns() for one in rows], resolution_ms=HOUR_MS)


def test_six_hours_are_a_point_a_minute_up_to_the_last_complete_one(board: Board, store: Store) -> None:
    found = columns(board, store)
    assert len(found) == 359
    assert not found.partial
    assert found.times_ms[0] == END_MS - 6 * HOUR_MS
    assert found.times_ms[-1] == END_MS - 2 * MINUTE_MS
    assert set(found.signals["latency"]) == {"p50", "p95", "p99"}
    assert found.gaps == ()
    assert found.source == "http"


def test_the_bucket_that_is_still_filling_is_rated_over_its_complete_minutes(board: Board, store: Store) -> None:
    found = columns(board, store, step_ms=10 * MINUTE_MS)
    traffic = found.signals["traffic"]["requests"]
    assert found.partial
    assert found.times_ms[-1] == END_MS // (10 * MINUTE_MS) * 10 * MINUTE_MS
    assert traffic[-1] == pytest.approx(traffic[-2], rel=0.1)


def test_silence_ends_the_line_and_is_a_gap_up_to_now(board: Board, store: Store) -> None:
    found = columns(board, store, "mailer")
    fell_silent = END_MS - 34 * MINUTE_MS
    assert found.times_ms[-1] < fell_silent
    assert found.gaps == ((fell_silent, cast.NOW_MS),)


def test_a_hole_in_the_middle_is_a_gap(board: Board, store: Store) -> None:
    minutes = board.minutes_of(1, "http", rank=1)
    hole = np.arange(END_MS // MINUTE_MS - 100, END_MS // MINUTE_MS - 90) % minutes.length
    minutes.minute[hole] = -1
    found = columns(board, store)
    assert found.gaps == ((END_MS - 100 * MINUTE_MS, END_MS - 90 * MINUTE_MS),)
    assert np.isnan(found.signals["traffic"]["requests"][260:270]).all()


def test_a_range_before_anything_was_known_is_one_gap(board: Board, store: Store) -> None:
    found = columns(board, store, start_ms=END_MS - 20 * DAY_MS, end_ms=END_MS - 19 * DAY_MS, step_ms=HOUR_MS)
    assert found.gaps == ((found.start_ms, END_MS - 19 * DAY_MS),)
    assert np.isnan(found.signals["traffic"]["requests"]).all()


def test_longer_ranges_come_from_the_tables_with_the_newest_day_from_memory(board: Board, store: Store) -> None:
    start = END_MS // HOUR_MS * HOUR_MS - 7 * DAY_MS
    remember(store, 1, start_ms=start, hours=7 * 24 - 2, requests=7_200.0)
    found = columns(board, store, start_ms=start, step_ms=HOUR_MS)
    traffic = found.signals["traffic"]["requests"]
    assert len(traffic) == 7 * 24 + 1
    assert traffic[:-24] == pytest.approx(2.0)
    assert (traffic[-24:] > 50).all()
    assert found.partial
    assert found.gaps == ()
    assert found.signals["saturation"]["cpu"][0] == 0.5


def test_last_week_is_shown_beside_traffic_when_it_is_known(board: Board, store: Store) -> None:
    asked = {"start_ms": END_MS - DAY_MS, "end_ms": cast.NOW_MS, "step_ms": HOUR_MS, "now_ms": cast.NOW_MS}
    service = board.find("catalog")
    assert signals.columns(board, store, service, **asked, with_last_week=True).last_week is None
    remember(store, 1, start_ms=END_MS // HOUR_MS * HOUR_MS - WEEK_MS - DAY_MS, hours=30, requests=3_600.0)
    found = signals.columns(board, store, service, **asked, with_last_week=True).last_week
    assert found is not None
    assert found.traffic == pytest.approx(1.0)
    assert found.times_ms[0] == (END_MS - DAY_MS) // HOUR_MS * HOUR_MS


def test_last_week_is_read_by_the_hour_and_stands_in_the_middle_of_it(board: Board, store: Store) -> None:
    hour = END_MS // HOUR_MS * HOUR_MS
    remember(store, 1, start_ms=hour - WEEK_MS - 8 * HOUR_MS, hours=12, requests=3_600.0)
    asked = {"start_ms": hour - 6 * HOUR_MS, "end_ms": hour, "step_ms": MINUTE_MS, "now_ms": cast.NOW_MS}
    found = signals.columns(board, store, board.find("catalog"), **asked, with_last_week=True).last_week
    assert found is not None
    assert found.times_ms == [hour + (at - 6) * HOUR_MS + HOUR_MS // 2 - MINUTE_MS // 2 for at in range(6)]


def test_rows_are_the_columns_with_null_for_what_is_not_known(board: Board, store: Store) -> None:
    found = columns(board, store, "quiet@staging", start_ms=END_MS - 10 * MINUTE_MS)
    rows = list(signals.rows(found))
    assert len(rows) == len(found) * sum(len(many) for many in found.signals.values())
    assert [one.value for one in rows if one.series == "ratio"] == [None] * len(found)
    assert [one.value for one in rows if one.series == "requests"] == [0.0] * len(found)
    assert {one.service for one in rows} == {"quiet@staging"}


def test_a_service_without_histograms_has_a_mean(board: Board, store: Store) -> None:
    assert list(columns(board, store, "legacy").signals["latency"]) == ["mean"]


@pytest.mark.parametrize(
    ("span_ms", "step_ms"),
    [
        (HOUR_MS, MINUTE_MS),
        (6 * HOUR_MS, MINUTE_MS),
        (DAY_MS, 5 * MINUTE_MS),
        (2 * DAY_MS, 10 * MINUTE_MS),
        (7 * DAY_MS, HOUR_MS),
        (30 * DAY_MS, 2 * HOUR_MS),
        (400 * DAY_MS, DAY_MS),
    ],
)
def test_the_step_suits_the_range(span_ms: int, step_ms: int) -> None:
    assert signals.step_for(0, span_ms) == step_ms


def test_a_service_that_never_spoke_has_empty_columns(store: Store) -> None:
    board = cast.board((replace(cast.CAST[0], traffic=None, resources=()),))
    found = columns(board, store)
    assert all(np.isnan(values).all() for many in found.signals.values() for values in many.values())
