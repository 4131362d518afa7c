"""The audit log: in order, whole or seen not to be, forgotten only from the front."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa

from app.store import audit, migrate
from app.store.audit import Deed, Entry
from app.store.engine import Store, open_store
from tests.databases import Databases

DAY_MS = 86_400_000


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Store]:
    made = open_store(databases.empty(str(request.param)))
    migrate.upgrade(made)
    yield made
    made.close()


def note(store: Store, *deeds: Deed, now_ms: int = DAY_MS) -> None:
    with store.writing() as db:
        for deed in deeds:
            audit.append(db, deed, now_ms=now_ms)


def found(store: Store, **wanted: str) -> list[Entry]:
    with store.reading() as db:
        return audit.newest(db, **wanted)  # type: ignore[arg-type]  # words all


def broken_at(store: Store) -> int | None:
    with store.reading() as db:
        return audit.broken_at(db)


def test_deeds_are_on_record_with_who_when_whence_before_and_after(store: Store) -> None:
    with audit.coming_from("192.0.2.7"):
        note(store, Deed("ada", "role_changed", "bob", "viewer", "editor"))
    note(store, Deed("ada", "signed_in", "ada"), now_ms=DAY_MS + 5)
    assert found(store) == [
        Entry(2, DAY_MS + 5, "ada", "", "signed_in", "ada", "", ""),
        Entry(1, DAY_MS, "ada", "192.0.2.7", "role_changed", "bob", "viewer", "editor"),
    ]
    assert broken_at(store) is None


def test_what_is_rolled_back_was_never_done(store: Store) -> None:
    note(store, Deed("ada", "signed_in", "ada"))
    with suppress(ZeroDivisionError), store.writing() as db:
        audit.append(db, Deed("ada", "slo_changed", "checkout"), now_ms=1)
        raise ZeroDivisionError
    note(store, Deed("ada", "signed_out", "ada"))
    assert [one.number for one in found(store)] == [2, 1]


def test_entries_are_found_by_who_what_and_a_part_of_the_subject(store: Store) -> None:
    note(store, Deed("ada", "slo_changed", "shop_a%"), Deed("bob", "slo_changed", "shopXaY"), Deed("bob", "x", "y"))
    assert [one.number for one in found(store, by="bob")] == [3, 2]
    assert [one.number for one in found(store, verb="slo_changed")] == [2, 1]
    assert [one.number for one in found(store, subject="p_a%")] == [1]
    with store.reading() as db:
        assert [one.number for one in audit.newest(db, before=3, limit=1)] == [2]


@pytest.mark.parametrize(
    ("tampering", "at"),
    [
        ("UPDATE audit SET after = 'nothing' WHERE number = 3", 3),
        ("UPDATE audit SET at_ms = at_ms + 1 WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 3", 4),
        ("UPDATE audit SET digest = (SELECT digest FROM audit WHERE number = 4) WHERE number = 3", 3),
    ],
)
def test_what_was_altered_or_taken_out_shows(store: Store, tampering: str, at: int) -> None:
    note(store, *(Deed("ada", "did", str(number)) for number in range(1, 6)))
    assert broken_at(store) is None
    with store.writing() as db:
        db.execute(sa.text(tampering))
    assert broken_at(store) == at


def test_old_entries_go_from_the_front_and_the_chain_goes_on(store: Store) -> None:
    for day in range(1, 6):
        note(store, Deed("ada", "did", str(day)), now_ms=day * DAY_MS)
    with store.writing() as db:
        assert audit.forget(db, before_ms=3 * DAY_MS) == 2
    assert broken_at(store) is None
    with store.writing() as db:
        assert audit.forget(db, before_ms=30 * DAY_MS) == 2
    assert [one.subject for one in found(store)] == ["5"]
    note(store, Deed("ada", "did", "6"), now_ms=31 * DAY_MS)
    assert [one.number for one in found(store)] == [6, 5]
    assert broken_at(store) is None


def test_deeds_done_at_once_are_numbered_one_after_the_other(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(note, store, Deed(f"p{n}", "did", "something")) for n in range(12)]:
            one.result()
    assert [one.number for one in found(store)] == list(range(12, 0, -1))
    assert broken_at(store) is None
