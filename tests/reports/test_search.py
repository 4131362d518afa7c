"""Finding by a few letters: what fits, and what of it comes first."""

from datetime import datetime

import pytest

from app.domain.board import Board
from app.reports import search
from app.store.engine import Store
from tests.reports.slo_cast import SloCast


def found(board: Board, store: Store, now: datetime, text: str) -> list[tuple[str, str]]:
    with store.reading() as db:
        return [(one.kind, one.name) for one in search.hits(board, SloCast(), db, text, now)]


@pytest.mark.parametrize(
    ("name", "wanted", "place"),
    [
        ("checkout", "checkout", 0),
        ("checkout-api", "check", 1),
        ("Checkout availability", "avail", 2),
        ("checkout", "eck", 3),
        ("Checkout availability", "avail chec", 4),
        ("checkout", "ckt", 5),
        ("checkout", "z", search.NOT_FOUND),
        ("checkout", "tkc", search.NOT_FOUND),
    ],
    ids=[
        "all of it",
        "its start",
        "a word's start",
        "a part",
        "the starts of words",
        "letters in order",
        "none",
        "not in order",
    ],
)
def test_a_name_fits_the_better_the_more_of_it_was_typed(name: str, wanted: str, place: int) -> None:
    assert search.rank(name, wanted) == place


def test_without_a_text_what_needs_somebody_stands_first(board: Board, store: Store, now: datetime) -> None:
    first = found(board, store, now, "")
    assert first[:4] == [("service", "ledger"), ("service", "checkout"), ("service", "search"), ("service", "mailer")]
    assert ("page", "Overview") in first
    assert ("service", "catalog") not in first


def test_services_objectives_and_pages_are_found(board: Board, store: Store, now: datetime) -> None:
    assert found(board, store, now, "search")[:2] == [("service", "search"), ("objective", "Search latency")]
    assert found(board, store, now, "recip") == [("page", "Recipes")]
    assert found(board, store, now, "no such thing") == []


def test_a_name_with_signs_of_patterns_is_taken_as_it_is(board: Board, store: Store, now: datetime) -> None:
    assert found(board, store, now, ".*") == []
    assert found(board, store, now, "quiet@staging") == [("service", "quiet@staging")]
