"""What processes do that are killed: filling in history, and evaluating an outage minute by minute.

Each says in a file of its own how far it has come, a byte a step, and goes on from there when it is started again.
"""

from pathlib import Path

from app.store.engine import open_store
from tests.actions.evaluating import Watch
from tests.domain.slo_values import objective
from tests.pipeline import NOW_MS, Pipeline

COURSE = [*[1_000.0] * 10, *[0.0] * 35]  # bad events a minute, of 1 000


def fill_in(url: str, progress: str) -> None:
    pipeline = Pipeline(url, now_ms=NOW_MS + 20_000)
    while pipeline.fill_a_day():
        _step(progress)
    pipeline.close()


def evaluate(url: str, progress: str) -> None:
    """A process that starts knows what the tables and the journal hold: all minutes before."""
    store = open_store(url)
    watch = Watch(store, objective())
    for bad in COURSE[: steps(progress)]:
        watch.pass_minute(bad, heard=False)
    for bad in COURSE[steps(progress) :]:
        watch.pass_minute(bad)
        watch.evaluator.evaluate()
        _step(progress)
    store.close()


def steps(progress: str) -> int:
    """How many have been made."""
    path = Path(progress)
    return path.stat().st_size if path.exists() else 0


def _step(progress: str) -> None:
    with Path(progress).open("ab") as file:
        file.write(b".")
