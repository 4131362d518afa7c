"""Deploys: told once, found by service and time."""

import pytest

from app.domain.changes import Change
from app.store import changes
from app.store.engine import Store


def record(store: Store, *found: Change) -> None:
    with store.writing() as db:
        for one in found:
            changes.record(db, one, now_ms=1)


def between(store: Store, start_ms: int, end_ms: int, service: str | None = None) -> list[Change]:
    with store.reading() as db:
        return changes.between(db, service=service, start_ms=start_ms, end_ms=end_ms)


ONE = Change("shop", 100, "v1", "First", "https://ci.example/1")
TWO = Change("shop", 200, "v2")
OTHER = Change("blog", 150, "v7")


def test_changes_are_found_oldest_first_of_all_services_or_of_one(store: Store) -> None:
    record(store, TWO, ONE, OTHER)
    assert between(store, 0, 1_000) == [ONE, OTHER, TWO]
    assert between(store, 0, 1_000, service="shop") == [ONE, TWO]
    assert between(store, 0, 1_000, service="mail") == []


def test_a_span_holds_its_start_and_not_its_end(store: Store) -> None:
    record(store, ONE, TWO)
    assert between(store, 100, 200) == [ONE]
    assert between(store, 101, 201) == [TWO]


def test_the_same_service_time_and_version_is_the_same_change(store: Store) -> None:
    record(store, ONE, Change("shop", 100, "v1", "Said again"), Change("shop", 100, "v1b"))
    assert between(store, 0, 1_000) == [ONE, Change("shop", 100, "v1b")]


def test_of_too_many_the_newest_are_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST", 2)
    record(store, ONE, TWO, OTHER)
    assert between(store, 0, 1_000) == [OTHER, TWO]
