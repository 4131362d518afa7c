"""Leases: one holder at a time, each taking a higher epoch, and whoever was overtaken finds out. PostgreSQL only."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.store import leases, migrate
from app.store.engine import Store, open_store
from app.store.leases import LEASE_MS, Lease
from tests.databases import Databases


@pytest.fixture
def server(databases: Databases) -> Iterator[Store]:
    made = open_store(databases.empty("postgresql"))
    migrate.upgrade(made)
    yield made
    made.close()


def take(store: Store, holder: str) -> Lease | None:
    with store.writing() as db:
        return leases.take(db, "seal", holder)


def renew(store: Store, lease: Lease | None) -> bool:
    assert lease is not None
    with store.writing() as db:
        return leases.renew(db, lease)


def expire(store: Store) -> None:
    """Let LEASE_MS and a bit pass."""
    with store.writing() as db:
        db.execute(sa.text("UPDATE leases SET until_ms = until_ms - :ms"), {"ms": LEASE_MS + 1})


def test_a_lease_is_held_by_one(server: Store) -> None:
    mine = take(server, "me")
    assert mine == Lease("seal", "me", 1)
    assert take(server, "you") is None
    assert renew(server, mine)


def test_leases_of_other_names_do_not_matter(server: Store) -> None:
    take(server, "me")
    with server.writing() as db:
        assert leases.take(db, "notify", "you") == Lease("notify", "you", 1)


def test_a_lease_that_has_run_out_goes_to_the_next_and_the_one_before_finds_out(server: Store) -> None:
    mine = take(server, "me")
    expire(server)
    yours = take(server, "you")
    assert yours == Lease("seal", "you", 2)
    assert not renew(server, mine)
    assert renew(server, yours)


def test_a_lease_that_has_run_out_and_nobody_took_may_be_renewed(server: Store) -> None:
    mine = take(server, "me")
    expire(server)
    assert renew(server, mine)
    assert take(server, "you") is None


def test_a_holder_that_takes_it_again_has_a_new_epoch(server: Store) -> None:
    """Two threads under one name would both believe in the first."""
    first = take(server, "me")
    assert take(server, "me") == Lease("seal", "me", 2)
    assert not renew(server, first)


def test_a_lease_let_go_is_free_at_once(server: Store) -> None:
    mine = take(server, "me")
    assert mine is not None
    with server.writing() as db:
        leases.let_go(db, mine)
    assert take(server, "you") == Lease("seal", "you", 2)


def test_letting_go_of_what_another_holds_changes_nothing(server: Store) -> None:
    mine = take(server, "me")
    assert mine is not None
    expire(server)
    yours = take(server, "you")
    with server.writing() as db:
        leases.let_go(db, mine)
    assert take(server, "third") is None
    assert renew(server, yours)
