"""Two servers on one PostgreSQL, and the one that seals and evaluates is frozen: the other goes on, and it stays so."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import psycopg
import pytest
import sqlalchemy as sa

from app.domain.errors import Unavailable
from app.store import audit, leases, migrate
from app.store.audit import Deed
from app.store.engine import open_store
from app.store.leases import LEASE_MS
from tests.databases import Databases
from tests.faults import load, serving
from tests.faults.load import FACTOR, Verdict
from tests.faults.postgresql import Server
from tests.faults.postgresql import postgresql as postgresql  # noqa: PLC0414  # a fixture

FREEZES = 2 * FACTOR
TAKE_OVER_SECONDS = 15.0
SLACK_SECONDS = 5.0  # of a machine that does other things as well
GOOD, BAD = 8, 2  # requests a minute that went well and that failed
MINUTES = 90

OBJECTIVE = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-availability}
spec:
  service: shop
  indicator:
    metadata: {name: shop-availability}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Prometheus, spec: {query: 'http_requests_total{job="shop",code="500"}'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'http_requests_total{job="shop"}'}}}
  timeWindow:
  - {duration: 30d, isRolling: true}
  budgetingMethod: Occurrences
  objectives:
  - target: 0.999
"""


class Replicas:
    """Two servers; the first one leads, as it was there before."""

    def __init__(self, folder: Path, database: str) -> None:
        self._database = database
        self.ports = (serving.free_port(), serving.free_port())
        self.servers: list[subprocess.Popen[bytes]] = []
        for number, port in enumerate(self.ports):
            (folder / str(number)).mkdir()
            self.servers.append(serving.start(folder / str(number), port, "--database-url", database))
            load.wait_until(lambda: len(self.holders()) == 2)
        self.leader = 0

    def url(self, number: int) -> str:
        return f"http://127.0.0.1:{self.ports[number]}"

    def holders(self) -> dict[str, str]:
        """Who holds which lease now."""
        with psycopg.connect(self._database) as db:
            found = db.execute(
                "SELECT name, holder FROM leases WHERE until_ms >= extract(epoch FROM clock_timestamp()) * 1000"
            )
            return dict(found.fetchall())

    def freeze_leader(self) -> float:
        """Until the other one leads; gives the seconds that took."""
        before = self.holders()
        began = time.monotonic()
        self.servers[self.leader].send_signal(signal.SIGSTOP)
        load.wait_until(lambda: self._have_changed(before))
        self.leader = 1 - self.leader
        return time.monotonic() - began

    def thaw(self) -> None:
        """Let the frozen one find out that it leads no more."""
        after = self.holders()
        frozen = 1 - self.leader
        self.servers[frozen].send_signal(signal.SIGCONT)
        load.wait_until(lambda: httpx2.get(f"{self.url(frozen)}/readyz", timeout=15).status_code == 200)
        time.sleep(4)  # both its loops look after their leases more often than that
        assert self.holders() == after

    def _have_changed(self, before: dict[str, str]) -> bool:
        now = self.holders()
        return set(now) == set(before) and not set(now.values()) & set(before.values())

    def close(self) -> None:
        for server in self.servers:
            with suppress(ProcessLookupError):
                os.kill(server.pid, signal.SIGCONT)
            serving.stop(server)


@contextmanager
def replicas(folder: Path, database: str) -> Iterator[Replicas]:
    made = Replicas(folder, database)
    try:
        yield made
    finally:
        made.close()


def send_failures(url: str) -> None:
    """The last minutes: one in five requests failed."""
    now = time.time_ns() // 60_000_000_000  # noqa: TID251  # the server takes what is near its own clock
    rows = (
        f'http_requests_total{{job="shop",code="{code}"}} {rate * at} {(now - MINUTES + at) * 60_000 + 30_000}'
        for code, rate in (("200", GOOD), ("500", BAD))
        for at in range(MINUTES)
    )
    text = "\n".join(("# TYPE http_requests_total counter", *rows, ""))
    answer = httpx2.post(f"{url}/api/v1/import/prometheus", content=text, timeout=15)
    assert answer.is_success, answer.text


def define(url: str) -> None:
    files = [{"name": "slo.yaml", "text": OBJECTIVE}]
    answer = httpx2.put(f"{url}/api/openslo?unseen=true", json={"files": files}, timeout=15)
    assert answer.is_success, answer.text


def evaluations(url: str) -> float:
    """How many rounds a server has judged objectives in."""
    lines = httpx2.get(f"{url}/metrics", timeout=15).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("burnline_evaluations_total"))


def alerts(database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as db:
        found = db.execute("SELECT pair, since_ms, fired_ms, resolved_ms FROM burn_alerts ORDER BY pair, since_ms")
        return found.fetchall()


def test_the_other_one_goes_on_when_the_leader_is_frozen_and_the_frozen_one_changes_nothing_any_more(
    tmp_path: Path, postgresql: Server
) -> None:
    chance, crowd, seconds = random.Random(9), load.writers(repeats=True, pause=0.1), list[float]()
    with replicas(tmp_path, postgresql.url) as both:
        define(both.url(1))
        with load.writing(crowd[:2], both.url(0)), load.writing(crowd[2:], both.url(1)):
            load.wait_for(crowd, chance.randint(20, 60))
            seconds.append(both.freeze_leader())
            send_failures(both.url(both.leader))
            load.wait_until(lambda: alerts(postgresql.url) != [])
            both.thaw()
            rounds = evaluations(both.url(both.leader))
            load.wait_until(lambda: evaluations(both.url(both.leader)) > rounds)  # what can fire has fired
            fired = alerts(postgresql.url)
            for _ in range(FREEZES - 1):
                load.wait_for(crowd, chance.randint(20, 60))
                seconds.append(both.freeze_leader())
                both.thaw()
            load.wait_for(crowd, 20)
            assert alerts(postgresql.url) == fired
    assert fired
    assert len({pair for pair, *_ in fired}) == len(fired)
    assert all(resolved is None for *_, resolved in fired)
    assert set(load.statuses(crowd)) <= {204, 503}
    load.seal(postgresql.url)
    assert load.verdict(crowd, postgresql.url) == Verdict()
    assert max(seconds) < TAKE_OVER_SECONDS + SLACK_SECONDS
    print(
        f"{FREEZES} leaders frozen, the other led after {sum(seconds) / len(seconds):.1f} s, at most "
        f"{max(seconds):.1f} s; "
        f"{len(fired)} alerts fired once; {load.acknowledged_samples(crowd)} samples acknowledged, 0 lost, 0 doubled"
    )


@pytest.mark.parametrize(("checked", "deeds"), [(True, ["by the second"]), (False, ["by the second", "by the first"])])
def test_one_that_was_overtaken_writes_only_where_the_lease_is_not_checked(
    databases: Databases, *, checked: bool, deeds: list[str]
) -> None:
    """Without the epoch in the same transaction it believes what it knew before it was frozen."""
    store = open_store(databases.empty("postgresql"))
    migrate.upgrade(store)
    with store.writing() as db:
        first = leases.take(db, "evaluate", "first")
        db.execute(sa.text("UPDATE leases SET until_ms = until_ms - :ms"), {"ms": LEASE_MS + 1})
    with store.writing() as db:
        second = leases.take(db, "evaluate", "second")
    for lease, words in ((second, "by the second"), (first, "by the first")):
        with suppress(Unavailable), store.writing() as db:
            audit.append(db, Deed("", "evaluated", words))
            leases.hold(db, lease if checked else None)
    with store.reading() as db:
        assert db.execute(sa.text("SELECT subject FROM audit ORDER BY number")).scalars().all() == deeds
    store.close()
