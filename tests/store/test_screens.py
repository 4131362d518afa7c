"""Screens in either database: their links, when they were seen, and what they were told."""

import pytest

from app.store import screens
from app.store.engine import Store
from app.store.screens import Beat, Call, Screen

DAY_MS = 86_400_000
MADE = Screen(0, "NOC-2", "all", ("services", "slos"), 55.0, 10.0, "Mira", 1_000, DAY_MS, 1_000 + DAY_MS)


def test_a_link_comes_back_as_it_was_made(store: Store) -> None:
    with store.writing() as db:
        made = screens.add(db, MADE, b"d" * 32)
    with store.reading() as db:
        assert screens.by_digest(db) == {b"d" * 32: made}
        assert screens.find(db, made.id) == made
        assert screens.find(db, made.id + 1) is None


def test_a_sign_of_life_makes_a_link_hold_longer(store: Store) -> None:
    with store.writing() as db:
        made = screens.add(db, MADE, b"d" * 32)
        screens.note_seen(db, made.id, Beat(5_000, "10.0.0.7", "1.2", "1920x1080"))
    with store.reading() as db:
        (found,) = screens.every(db)
    assert (found.seen_ms, found.seen_address, found.seen_build) == (5_000, "10.0.0.7", "1.2")
    assert found.expires_ms == 5_000 + DAY_MS
    assert found.is_good(DAY_MS)
    assert not found.is_good(5_000 + DAY_MS)


def test_a_link_for_ever_stays_so(store: Store) -> None:
    with store.writing() as db:
        made = screens.add(db, Screen(0, "Lobby", "all", ("slos",), 75.0, 6.0, "Mira", 1, None, None), b"e" * 32)
        screens.note_seen(db, made.id, Beat(5_000, "", "", ""))
    with store.reading() as db:
        assert screens.every(db)[0].expires_ms is None


def test_a_link_is_revoked_once(store: Store) -> None:
    with store.writing() as db:
        made = screens.add(db, MADE, b"d" * 32)
        assert screens.revoke(db, made.id, by="Mira", now_ms=7_000)
        assert not screens.revoke(db, made.id, by="Jo", now_ms=8_000)
        (found,) = screens.every(db)
    assert (found.revoked_ms, found.revoked_by, found.is_good(0)) == (7_000, "Mira", False)


@pytest.mark.parametrize(("now_ms", "stands"), [(10, "second"), (99, "second"), (100, None)])
def test_the_newest_message_stands_until_its_time(store: Store, now_ms: int, stands: str | None) -> None:
    with store.writing() as db:
        screens.call(db, Call(0, "first", 1, 100, "Mira"))
        screens.call(db, Call(0, "second", 2, 100, "Mira"))
        reload = screens.call(db, Call(0, "", 3, 50, "Mira"))
    with store.reading() as db:
        message, found = screens.calls(db, now_ms=now_ms)
    assert (message.text if message else None) == stands
    assert found == reload
