"""Glances are kept for some seconds; how new a service's data are is told at once all the same."""

import numpy as np

from app.domain.board import Board, ServiceRef
from app.reports import glances

NOW_MS = 1_795_000_000_000 // 60_000 * 60_000 + 30_000


def test_how_new_data_are_is_never_behind() -> None:
    board = Board()
    board.learn([ServiceRef(1, "shop", "shop", "")])
    board.changed({1: NOW_MS - 3_000}, now_ms=NOW_MS)
    assert [one.service.newest_ms for one in glances.now(board, now_ms=NOW_MS)] == [NOW_MS - 3_000]
    board.changed({1: NOW_MS + 500}, now_ms=NOW_MS + 600)
    assert [one.service.newest_ms for one in glances.now(board, now_ms=NOW_MS + 700)] == [NOW_MS + 500]


def test_a_sample_of_a_minute_that_is_over_is_seen_within_seconds() -> None:
    board = Board()
    board.learn([ServiceRef(1, "shop", "shop", "")])
    minute = NOW_MS // 60_000
    _write(board, minute - 1, requests=60, newest_ms=NOW_MS)
    assert _traffic(board, NOW_MS) == 1.0
    _write(board, minute, requests=900, newest_ms=NOW_MS + 1_000)
    assert _traffic(board, NOW_MS + 6_000) == 1.0  # it is filling
    _write(board, minute - 1, requests=120, newest_ms=NOW_MS + 7_000)
    assert _traffic(board, NOW_MS + 7_000) == 2.0


def test_a_late_sample_of_a_silent_service_is_seen_within_seconds() -> None:
    board = Board()
    board.learn([ServiceRef(1, "shop", "shop", "")])
    minute = NOW_MS // 60_000 - 9
    _write(board, minute - 1, requests=60, newest_ms=minute * 60_000)
    path = glances.now(board, now_ms=NOW_MS)[0].sparks["traffic"].path
    _write(board, minute - 1, requests=60, newest_ms=minute * 60_000)
    _write(board, minute - 2, requests=90, newest_ms=minute * 60_000)
    assert glances.now(board, now_ms=NOW_MS + 6_000)[0].sparks["traffic"].path != path


def _write(board: Board, minute: int, *, requests: float, newest_ms: int) -> None:
    with board.writing():
        board.minutes_of(1, "http", rank=1).put(
            minute,
            {"requests": requests, "errors": 0.0},
            bounds=np.empty(0),
            counts=np.empty(0),
            exponential=False,
            resources={},
        )
    board.changed({1: newest_ms}, now_ms=newest_ms, first_minutes={1: minute})


def _traffic(board: Board, now_ms: int) -> float | None:
    return glances.now(board, now_ms=now_ms)[0].traffic
