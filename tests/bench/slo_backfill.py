"""Filling in the history of one objective over many series: from the moment it is made until all of it is read.

The series' minutes are written into the tables as sealing and condensing leave them: a row a series and day.
"""

import time

import numpy as np

from app.domain.cells import Cells
from app.domain.samples import Ints
from app.store import rollups, sli_rollups, slos
from tests.bench.plan import Plan, say
from tests.bench.table import Table, met
from tests.objectives import DAY, failures, objective
from tests.pipeline import One, Pipeline, counter

DAYS = 30
INSTANCES = 30
CODES = ("200", "500")
MINUTE_MS = 60_000
MOST_SECONDS = 5.0


def table(plan: Plan) -> Table:
    found = Table(
        f"Backfill: {DAYS} days of one objective over {INSTANCES * len(CODES)} series with a minute each",
        ("steps", "wall s", "CPU s", "allowed", "met"),
    )
    say("backfill")
    folder = plan.folder / "backfill"
    folder.mkdir(parents=True)
    pipeline = Pipeline(f"sqlite:///{folder / 'burnline.db'}")
    try:
        _fill_tables(pipeline)
        pipeline.define(objective(failures()))
        steps, began, used = 0, time.perf_counter(), time.process_time()
        while pipeline.fill_a_day():
            steps += 1
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - used
        assert _known_minutes(pipeline) == DAYS * DAY
    finally:
        pipeline.close()
    found.add(str(steps), f"{seconds:.2f}", f"{cpu_seconds:.2f}", f"{MOST_SECONDS:g}", met(seconds, MOST_SECONDS))
    return found


def _fill_tables(pipeline: Pipeline) -> None:
    """Every series is known, and has 30 days of minutes; ten requests in each, of which some failed."""
    keys = [counter(code, instance=f"i{number}") for number in range(INSTANCES) for code in CODES]
    pipeline.send([One(key, pipeline.now_ms, 1.0) for key in keys])
    pipeline.sealer.seal(now_ms=pipeline.now_ms, lag_ms=0)
    with pipeline.store.reading() as db:
        rows = db.exec_driver_sql("SELECT id, service_id FROM series WHERE metric = 'requests_total'").all()
    service_id = rows[0][1]
    series = np.array(sorted(row[0] for row in rows), dtype=np.int64)
    today = pipeline.now_ms // MINUTE_MS // DAY * DAY
    chance = np.random.default_rng(5)
    for day in range(today - DAYS * DAY, today, DAY):
        minute = np.tile(np.arange(day, day + DAY, dtype=np.int64), len(series))
        with pipeline.store.writing() as db:
            made = rollups.pack_day(_cells(np.repeat(series, DAY), minute, chance), service_id, resolution_ms=MINUTE_MS)
            rollups.write(db, made)


def _known_minutes(pipeline: Pipeline) -> float:
    """Of the time before the samples that were sent."""
    today = pipeline.now_ms // MINUTE_MS // DAY * DAY
    with pipeline.store.reading() as db:
        (sli,) = slos.slis(db)
        found = sli_rollups.minutes(db, sli.id, first=today - DAYS * DAY, end=today)
    return float(found.known_ms.sum() / MINUTE_MS)


def _cells(series: Ints, minute: Ints, chance: np.random.Generator) -> Cells:
    total = chance.poisson(10, size=len(series)).astype(np.float64)
    seconds = np.full(len(series), 60.0)
    return Cells(series, minute, total, seconds, total, total)
