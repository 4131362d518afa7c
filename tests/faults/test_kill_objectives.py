"""Killed while history is filled in, and while budgets are evaluated: what is stored is as if nothing had happened."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.domain.sli_minutes import EVENT
from app.domain.windows import Rolling
from app.store import migrate, schema, sli_rollups, slos
from app.store.engine import open_store
from tests.actions.test_meter import traffic
from tests.commands import FORKED
from tests.faults import objectives_at_work
from tests.faults.objectives_at_work import COURSE, steps
from tests.objectives import DAY, failures, objective
from tests.pipeline import NOW_MS, Pipeline, minutes_of_slis

DAYS = 9
KILLS = 4
NOW = NOW_MS // 60_000

Work = Callable[[str, str], None]


def test_history_that_is_filled_in_by_processes_that_are_killed_is_the_same(tmp_path: Path) -> None:
    database, undisturbed = tmp_path / "killed.db", tmp_path / "undisturbed.db"
    _with_history(database)
    shutil.copy(database, undisturbed)
    assert _killed(objectives_at_work.fill_in, database, chance=random.Random(3)) == KILLS
    _at_work(objectives_at_work.fill_in, undisturbed)
    assert _minutes(database) == _minutes(undisturbed)
    assert sum(total for _, total, _ in _minutes(database)["minutes"]) == DAYS * DAY * 10 * EVENT


def _with_history(path: Path) -> None:
    """Some days of ten requests a minute, one in an hour failed, and an objective that was made just now."""
    pipeline = Pipeline(f"sqlite:///{path}", now_ms=NOW_MS + 20_000)
    first = NOW - DAYS * DAY
    pipeline.send(traffic(first, NOW, bad=range(first, NOW, 60)))
    pipeline.sealer.seal(now_ms=pipeline.now_ms, lag_ms=0)
    pipeline.define(objective(failures(), window=Rolling(30 * DAY)))
    pipeline.close()


def _minutes(path: Path) -> dict[str, Any]:
    store = open_store(f"sqlite:///{path}")
    with store.reading() as db:
        (sli,) = slos.slis(db)
        of = sli_rollups.minutes(db, sli.id, first=0, end=NOW)
        found = {
            "everything": minutes_of_slis(db),
            "filled": (sli.filled_ms, sli.wanted_ms),
            "minutes": list(zip(of.bad.tolist(), of.total.tolist(), of.known_ms.tolist(), strict=True)),
        }
    store.close()
    return found


def test_alerts_of_processes_that_are_killed_between_evaluations_are_the_same(tmp_path: Path) -> None:
    database, undisturbed = tmp_path / "killed.db", tmp_path / "undisturbed.db"
    store = open_store(f"sqlite:///{database}")
    migrate.upgrade(store)
    store.close()
    shutil.copy(database, undisturbed)
    assert _killed(objectives_at_work.evaluate, database, chance=random.Random(4)) == KILLS
    _at_work(objectives_at_work.evaluate, undisturbed)
    found = _told(database)
    assert found == _told(undisturbed)
    assert len(found["burn_alerts"]) == 4  # a total outage sets off every policy


def _told(path: Path) -> dict[str, list[tuple[object, ...]]]:
    store = open_store(f"sqlite:///{path}")
    with store.reading() as db:
        found = {}
        for name in ("burn_alerts", "slo_healths"):
            table = schema.metadata.tables[name]
            columns = [column for column in table.c if column.name != "id"]
            found[name] = sorted(tuple(row) for row in db.execute(sa.select(*columns)))
    store.close()
    return found


def _killed(work: Work, database: Path, *, chance: random.Random) -> int:
    """Let it be done by processes that are killed after a few steps, and by a last one; gives how many were."""
    progress, kills = f"{database}.progress", 0
    while kills < KILLS:
        until = steps(progress) + chance.randint(1, 2)
        process = FORKED.Process(target=work, args=(f"sqlite:///{database}", progress))
        process.start()
        _wait_for(process, progress, until=until)
        time.sleep(chance.uniform(0, 0.02))  # somewhere in the next step
        if process.exitcode is not None:
            break
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        kills += process.exitcode == -signal.SIGKILL
    _at_work(work, database)
    return kills


def _at_work(work: Work, database: Path) -> None:
    process = FORKED.Process(target=work, args=(f"sqlite:///{database}", f"{database}.progress"))
    process.start()
    process.join(120)
    assert process.exitcode == 0


def _wait_for(process: BaseProcess, progress: str, *, until: int) -> None:
    end = time.monotonic() + 60
    while steps(progress) < until and process.exitcode is None:
        if time.monotonic() > end:
            pytest.fail("Nothing went on.")
        time.sleep(0.001)


def test_the_course_is_long_enough_to_be_killed_in() -> None:
    assert len(COURSE) > KILLS * 2
    assert DAYS > KILLS * 2
