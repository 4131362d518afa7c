"""A question that takes too long is given up, and the connection serves the next one."""

from pathlib import Path

import pytest

from app.domain.errors import Unavailable
from app.store import dialect, engine
from app.store.engine import open_store
from tests.databases import Databases

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_question_without_an_end_is_given_up_and_the_next_is_answered(
    databases: Databases, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "READ_TIMEOUT_MS", 200)
    store = open_store(databases.empty(kind))
    try:
        for _ in range(2):
            with pytest.raises(Unavailable) as raised, store.reading() as db:
                db.exec_driver_sql(ENDLESS).scalar_one()
            assert raised.value.code == "query_timeout"
        with store.reading() as db:
            assert db.exec_driver_sql("SELECT 1").scalar_one() == 1
    finally:
        store.close()


def test_a_transaction_that_may_take_its_time_does_and_the_next_may_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "READ_TIMEOUT_MS", 1)
    store = open_store(f"sqlite:///{tmp_path}/burnline.db")
    try:
        with store.reading() as db:
            dialect.without_a_time_limit(db)
            assert db.exec_driver_sql(ENDLESS.replace("FROM n)", "FROM n LIMIT 2000000)")).scalar_one() == 2_000_000
        with pytest.raises(Unavailable), store.reading() as db:
            db.exec_driver_sql(ENDLESS).scalar_one()
    finally:
        store.close()
