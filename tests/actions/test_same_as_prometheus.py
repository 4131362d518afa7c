"""What Debian's Prometheus remote-wrote, and what the same Prometheus answers about it: the same numbers.

How the bodies and the answers were recorded stands in the README beside them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.actions.follow import Follower
from app.actions.ingest import Ingest
from app.actions.seal import Sealer
from app.domain.board import Board
from app.domain.counters import Counters
from app.domain.signals import MINUTE_MS, SignalSpan
from app.store import migrate, services, signals
from app.store.engine import Store, open_store
from app.wire import recipes
from app.wire.metrics import remote_write
from app.wire.metrics.remote_write import Protocol
from app.wire.metrics.remote_write_walk import Walker
from tests.databases import Databases

CAPTURE = Path(__file__).parents[1] / "wire/metrics/captures/prometheus_minutes"
ANSWERS: list[dict[str, Any]] = json.loads((CAPTURE / "answers.json").read_text(encoding="utf-8"))
NOW_MS = ANSWERS[-1]["minute_ms"] + 2 * MINUTE_MS
DAY_MS = 86_400_000


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Store]:
    """A database that has taken in everything Prometheus sent, unsealed."""
    opened = open_store(databases.empty(request.param))
    migrate.upgrade(opened)
    ingest = Ingest(
        opened,
        recipes.load([recipes.shipped()]),
        raw_retention_ms=DAY_MS,
        counters=Counters(),
        committed=lambda *_: None,
    )
    ingest.start()
    walker = Walker()
    for body in sorted(CAPTURE.glob("*.body")):
        batch = remote_write.decode(body.read_bytes(), protocol=Protocol.V1, walker=walker)
        assert ingest.write(batch, source="remote_write", now_ms=NOW_MS).refusals == ()
    ingest.stop()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def minutes(store: Store) -> dict[str, SignalSpan]:
    """The answered minutes as the board shows them, and then as the tables hold them."""
    board = Board()
    follower = Follower(store, board, counters=Counters(), clock_ms=lambda: NOW_MS)
    follower.start()
    follower.stop()
    span = {"start_ms": ANSWERS[0]["minute_ms"], "end_ms": ANSWERS[-1]["minute_ms"] + MINUTE_MS, "step_ms": MINUTE_MS}
    live = board.span(board.find("orders").id, **span)
    sealer = Sealer(store, counters=Counters())
    sealer.seal(now_ms=NOW_MS + DAY_MS)
    sealer.let_go()
    with store.reading() as db:
        orders = next(one for one in services.all_services(db) if one.slug == "orders")
        return {"live": live, "sealed": signals.span(db, orders.id, **span)}


@pytest.mark.parametrize("kind", ["live", "sealed"])
def test_traffic_and_errors_are_those_of_prometheus(minutes: dict[str, SignalSpan], kind: str) -> None:
    assert minutes[kind].requests.tolist() == [one["requests"] for one in ANSWERS]
    assert minutes[kind].errors.tolist() == [one["errors"] for one in ANSWERS]


@pytest.mark.parametrize("kind", ["live", "sealed"])
@pytest.mark.parametrize("quantile", [0.5, 0.99])
def test_latency_is_that_of_prometheus(minutes: dict[str, SignalSpan], kind: str, quantile: float) -> None:
    expected = [one["quantiles"][str(quantile)] for one in ANSWERS]
    assert minutes[kind].latency(quantile).tolist() == pytest.approx(expected, rel=1e-9)


def test_there_is_something_to_compare() -> None:
    assert len(ANSWERS) >= 2
    assert all(one["requests"] > 1_000 and one["errors"] > 10 for one in ANSWERS)
