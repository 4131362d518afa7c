"""Cells of objectives in live patches: the texts of the page, kept for a while."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.domain.counters import Counters
from app.domain.slos import Slo
from app.reports import slo_cells
from app.reports.slo_cells import Cells
from app.store.engine import Store, open_store
from tests.reports import cast, slo_cast
from tests.reports.slo_cast import SloCast
from tests.web.filled import migrated, store

__all__ = ["migrated", "store"]

THIN = "\u2009"


class Counting(SloCast):
    """Knows how often it was read."""

    reads = 0

    def stamps(self, slos: Sequence[Slo]) -> list[object]:
        self.reads += 1
        return super().stamps(slos)


@pytest.fixture
def board(store: Store) -> Counting:
    with store.writing() as db:
        slo_cast.open_alerts(db)
    return Counting()


def told(board: SloCast, store: Store, *services: str, at_ms: int = 0) -> dict[str, Cells]:
    found, _ = slo_cells.patch(board, store, Counters(), services, now_ms=cast.NOW_MS + at_ms)
    return found


def test_a_service_s_cells_hold_its_objectives_and_the_worst_of_them(board: Counting, store: Store) -> None:
    found = told(board, store, "checkout", "ledger")
    assert found.keys() == {"checkout"}  # the ledger has none
    assert found["checkout"]["worst"] == "checkout-availability"
    assert found["checkout"]["slos"] == {
        "checkout-availability": {
            "state": "crit",
            "word": "AT RISK",
            "reason": "A page is firing.",
            "measured": f"99.91{THIN}%",
            "budget": f"12{THIN}%",
            "events": f"4{THIN}212 of 35{THIN}100 bad events",
            "bar": pytest.approx(0.12),
            "burn": "14.6x",
            "slow": "6.1x",
        }
    }


def test_they_are_read_again_after_ten_seconds(board: Counting, store: Store) -> None:
    told(board, store, "checkout")
    told(board, store, "payments", at_ms=9_999)
    assert board.reads == 1
    told(board, store, "payments", at_ms=10_000)
    assert board.reads == 2


def test_while_the_database_cannot_be_read_what_was_known_is_told(
    board: Counting, store: Store, tmp_path: Path
) -> None:
    before = told(board, store, "checkout")
    empty = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    assert told(board, empty, "checkout", at_ms=60_000) == before
    assert board.reads == 2
    empty.close()
