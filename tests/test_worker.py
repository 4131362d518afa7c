"""The worker's threads: what they do stands in the tables soon after they start, and trouble does not end them."""

import time
from collections.abc import Callable
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from app import worker
from app.actions.evaluate import Evaluator
from app.config import Settings
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.domain.slo_board import SloBoard
from app.store import leases, migrate, schema, slo_healths
from app.store.engine import Store, open_store
from tests.databases import Databases
from tests.objectives import failures, objective, stored

PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "EVALUATOR_SECONDS", 0.02)


def settings(url: str) -> Settings:
    return Settings.from_environment({}, {"database_url": url})


def wait_for(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def healths(store: Store) -> list[str]:
    with store.reading() as db:
        return [one.health for one in slo_healths.newest(db).values()]


def holder(store: Store) -> str | None:
    """Who has the lease to evaluate."""
    with store.reading() as db:
        query = sa.select(schema.leases.c.holder).where(
            schema.leases.c.name == "evaluate", schema.leases.c.until_ms > 0
        )
        return db.execute(query).scalar()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_worker_alone_follows_and_evaluates_and_lets_go_when_it_is_stopped(databases: Databases, kind: str) -> None:
    url = databases.empty(kind)
    store = open_store(url)
    migrate.upgrade(store)
    with store.writing() as db:
        stored(db, objective(failures()), now_ms=worker.now_ms())
    if store.is_sqlite:
        store.close()  # the file is one process' alone
    stopping = Event()
    thread = Thread(target=worker.work, args=(settings(url), stopping))
    thread.start()
    if kind == "postgresql":
        wait_for(lambda: healths(store))
        assert holder(store)
    else:
        time.sleep(1.0)
    stopping.set()
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    again = store if kind == "postgresql" else open_store(url)
    assert healths(again) == ["no_data"]
    assert holder(again) is None
    again.close()


def test_trouble_does_not_end_the_evaluator(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(databases.empty("sqlite"))
    migrate.upgrade(store)
    troubles: list[Exception] = [Unavailable("The database is away."), RuntimeError("a fault of ours")]
    evaluate = Evaluator.evaluate_if_due

    def troubled(self: Evaluator) -> bool:
        if troubles:
            raise troubles.pop(0)
        return evaluate(self)

    monkeypatch.setattr(Evaluator, "evaluate_if_due", troubled)
    counters = Counters()
    made = worker.beside(store, settings("sqlite:///unused.db"), counters, SloBoard())
    made.start()
    wait_for(lambda: counters.value("burnline_evaluations_total", held="yes"))
    made.stop()
    assert counters.value("burnline_unexpected_errors_total") == 1
    age = counters.ask("burnline_evaluation_age_seconds")
    assert age is not None
    assert age < PATIENCE_SECONDS
    store.close()


def test_a_lease_of_another_keeps_a_worker_from_evaluating(databases: Databases) -> None:
    store = open_store(databases.empty("postgresql"))
    migrate.upgrade(store)
    with store.writing() as db:
        lease = leases.take(db, "evaluate", "another")
    counters = Counters()
    made = worker.beside(store, settings("sqlite:///unused.db"), counters, SloBoard())
    made.start()
    time.sleep(0.3)
    assert counters.ask("burnline_evaluation_age_seconds") is None
    assert lease is not None
    with store.writing() as db:
        leases.let_go(db, lease)
    wait_for(lambda: counters.ask("burnline_evaluation_age_seconds") is not None)
    made.stop()
    store.close()
