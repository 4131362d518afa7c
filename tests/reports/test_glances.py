"""Glances are kept for some seconds; how new a service's data are is told at once all the same."""

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
