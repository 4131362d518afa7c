"""The board: who is on it, what changed since when, and how far back it remembers."""

from threading import Thread

import numpy as np
import pytest

from app.domain.board import MINUTES, REMEMBERED_CHANGES, Board, ServiceRef
from app.domain.errors import Missing
from app.domain.signals import MINUTE_MS

NOW_MS = 29_916_667 * MINUTE_MS
SHOP = ServiceRef(7, "shop", "shop", "")
BLOG = ServiceRef(3, "blog@staging", "blog", "staging")


def put(board: Board, service: ServiceRef, minute: int, requests: float, *, source: str = "app", rank: int = 1) -> None:
    with board.writing():
        board.minutes_of(service.id, source, rank=rank).put(
            minute,
            {"requests": requests, "errors": 0.0},
            bounds=np.empty(0),
            counts=np.empty(0),
            exponential=False,
            resources={},
        )


@pytest.fixture
def board() -> Board:
    made = Board()
    made.learn([SHOP, BLOG])
    return made


def test_services_stand_by_slug_without_a_sample_at_first(board: Board) -> None:
    assert board.services() == [BLOG, SHOP]
    assert board.find("blog@staging") == BLOG
    assert (board.version, board.newest_ms, board.oldest_ms()) == (0, None, 0)


def test_a_service_nobody_knows_is_missing(board: Board) -> None:
    with pytest.raises(Missing, match="no service named blog") as raised:
        board.find("blog")
    assert (raised.value.code, raised.value.field) == ("service_unknown", "service")


def test_learning_a_service_again_keeps_its_newest_sample(board: Board) -> None:
    board.changed({7: NOW_MS}, now_ms=NOW_MS)
    board.learn([ServiceRef(7, "shop", "Shop", "", newest_ms=5)])
    assert board.find("shop") == ServiceRef(7, "shop", "Shop", "", newest_ms=NOW_MS)


def test_the_newest_sample_never_goes_back(board: Board) -> None:
    board.changed({7: NOW_MS, 3: NOW_MS - 5}, now_ms=NOW_MS + 1)
    board.changed({7: NOW_MS - 9}, now_ms=NOW_MS + 2)
    assert [service.newest_ms for service in board.services()] == [NOW_MS - 5, NOW_MS]
    assert (board.newest_ms, board.changed_at_ms) == (NOW_MS, NOW_MS + 2)


def test_a_span_is_read_from_what_was_put(board: Board) -> None:
    minute = NOW_MS // MINUTE_MS
    put(board, SHOP, minute - 2, 30)
    put(board, SHOP, minute, 12)
    found = board.span(7, start_ms=NOW_MS - 3 * MINUTE_MS, end_ms=NOW_MS + MINUTE_MS, step_ms=MINUTE_MS)
    assert np.array_equal(found.requests, [np.nan, 30, np.nan, 12], equal_nan=True)
    assert board.span(3, start_ms=NOW_MS, end_ms=NOW_MS + MINUTE_MS, step_ms=MINUTE_MS).source == ""


def test_a_day_is_remembered_and_no_more(board: Board) -> None:
    newest = NOW_MS // MINUTE_MS
    put(board, SHOP, newest - MINUTES, 1)
    put(board, SHOP, newest - MINUTES + 1, 2)
    put(board, SHOP, newest, 3)
    board.changed({7: NOW_MS + 59_999}, now_ms=NOW_MS)
    assert board.oldest_ms() == NOW_MS - (MINUTES - 1) * MINUTE_MS
    start_ms = NOW_MS - MINUTES * MINUTE_MS
    found = board.span(7, start_ms=start_ms, end_ms=start_ms + 2 * MINUTE_MS, step_ms=MINUTE_MS)
    assert np.array_equal(found.requests, [np.nan, 2], equal_nan=True)


def test_the_sources_of_a_service_are_kept_apart(board: Board) -> None:
    minute = NOW_MS // MINUTE_MS
    put(board, SHOP, minute, 5, source="mesh", rank=30)
    put(board, SHOP, minute, 4, source="app", rank=10)
    found = board.span(7, start_ms=NOW_MS, end_ms=NOW_MS + MINUTE_MS, step_ms=MINUTE_MS)
    assert (found.requests.tolist(), found.source, found.others) == ([4.0], "app", ("mesh",))


# --- changes


def test_every_change_is_a_version_and_names_its_services(board: Board) -> None:
    board.changed({7: 1}, now_ms=1)
    board.changed({3: 2, 7: 2}, now_ms=2)
    board.changed({7: 3}, now_ms=3)
    assert board.version == 3
    assert board.changes_since(3) == []
    assert board.changes_since(2) == [7]
    assert board.changes_since(1) == [3, 7]
    assert board.changes_since(0) == [3, 7]


def test_no_change_is_no_version(board: Board) -> None:
    board.changed({}, now_ms=1)
    assert board.version == 0
    assert board.changes_since(0) == []


def test_a_version_from_before_what_is_remembered_asks_for_everything_anew(board: Board) -> None:
    for number in range(REMEMBERED_CHANGES + 2):
        board.changed({7 if number else 3: number}, now_ms=number)
    assert board.changes_since(0) is None
    assert board.changes_since(1) is None
    assert board.changes_since(2) == [7]


def test_a_version_this_board_never_had_is_answered_with_nothing(board: Board) -> None:
    assert board.changes_since(99) == []


def test_readers_wait_until_what_belongs_together_is_written(board: Board) -> None:
    found: list[float] = []
    step = {"start_ms": NOW_MS, "end_ms": NOW_MS + MINUTE_MS, "step_ms": MINUTE_MS}
    reader = Thread(target=lambda: found.extend(board.span(7, **step).requests.tolist()))
    with board.writing():
        reader.start()
        reader.join(0.1)
        assert found == []
        board.minutes_of(7, "app", rank=1).put(
            NOW_MS // MINUTE_MS,
            {"requests": 5.0},
            bounds=np.empty(0),
            counts=np.empty(0),
            exponential=False,
            resources={},
        )
    reader.join()
    assert found == [5.0]


def test_minutes_that_were_over_are_told_apart_from_the_one_that_is_filling(board: Board) -> None:
    minute = NOW_MS // MINUTE_MS
    board.changed({7: NOW_MS}, now_ms=NOW_MS, first_minutes={7: minute})
    board.changed({7: NOW_MS + 5}, now_ms=NOW_MS, first_minutes={7: minute})
    assert board.rewritten(7) == 0
    board.changed({7: NOW_MS + 9, 3: NOW_MS}, now_ms=NOW_MS, first_minutes={7: minute - 1, 3: minute})
    assert (board.rewritten(7), board.rewritten(3)) == (1, 0)
    board.changed({3: NOW_MS}, now_ms=NOW_MS)
    assert (board.rewritten(7), board.rewritten(3)) == (1, 1)
