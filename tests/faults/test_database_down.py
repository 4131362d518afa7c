"""PostgreSQL goes away under load and comes back: killed, restarted, cut off, or there and silent."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import httpx2
import psycopg
import pytest

from app.store.silence import PatientConnection, SilenceError
from tests.faults import load, serving, visitors
from tests.faults.load import FACTOR, Verdict, Writer
from tests.faults.postgresql import Server
from tests.faults.postgresql import postgresql as postgresql  # noqa: PLC0414  # a fixture
from tests.faults.proxy import Mode, Proxy
from tests.faults.visitors import Visitor

KILLS = 4 * FACTOR
HOLES = 1 * max(1, FACTOR // 10)
RETURN_SECONDS = 5.0
LONGEST_SECONDS = 15.0
SLACK_SECONDS = 5.0  # of a machine that does other things as well


@contextmanager
def burnline(folder: Path, url: str) -> Iterator[str]:
    """The address of a server on a database."""
    port = serving.free_port()
    server = serving.start(folder, port, "--database-url", url)
    try:
        yield f"http://127.0.0.1:{port}"
        assert server.poll() is None
    finally:
        serving.stop(server)


def only_204_and_503(crowd: list[Writer]) -> None:
    assert set(load.statuses(crowd)) <= {httpx2.codes.NO_CONTENT, httpx2.codes.SERVICE_UNAVAILABLE}
    assert sum(one.without_retry_after for one in crowd) == 0


def test_a_database_that_is_killed_and_restarted_loses_nothing_and_is_used_again_at_once(
    tmp_path: Path, postgresql: Server
) -> None:
    chance, crowd, visitor, returns = random.Random(5), load.writers(repeats=True), Visitor(), list[float]()
    with (
        burnline(tmp_path, postgresql.url) as url,
        load.writing(crowd, url),
        visitors.looking(visitor, url),
    ):
        for number in range(KILLS):
            load.wait_for(crowd, chance.randint(5, 100))
            refused = load.statuses(crowd)[503]
            if number % 2:
                postgresql.stop("immediate")
            else:
                postgresql.kill()
            load.wait_until(lambda refused=refused: load.statuses(crowd)[503] > refused)  # type: ignore[misc]
            postgresql.start()
            began = time.monotonic()
            load.wait_for(crowd, 1, seconds=RETURN_SECONDS + SLACK_SECONDS)
            returns.append(time.monotonic() - began)
        load.wait_for(crowd, 20)
    only_204_and_503(crowd)
    assert max(returns) < RETURN_SECONDS
    assert not visitor.unanswered
    assert {status for _, status in visitor.statuses} == {200}, (visitor.statuses, visitor.last)
    load.seal(postgresql.url)
    assert load.verdict(crowd, postgresql.url) == Verdict()
    pages, again = sum(visitor.statuses.values()), sum(one.repeated for one in crowd)
    print(
        f"{KILLS} kills of PostgreSQL, {load.acknowledged_samples(crowd)} samples acknowledged, 0 lost, 0 doubled, "
        f"{again} requests sent again; taken again {sum(returns) / len(returns):.1f} s after its return, at most "
        f"{max(returns):.1f} s; {pages} pages, slowest {visitor.slowest:.1f} s"
    )


def test_a_database_that_says_nothing_any_more_holds_nobody_up_for_long(tmp_path: Path, postgresql: Server) -> None:
    """A black hole in the middle of writes: whether the last commits were made nobody knows."""
    crowd, visitor, returns = load.writers(repeats=True), Visitor(), list[float]()
    with (
        Proxy("127.0.0.1", postgresql.port) as proxy,
        burnline(tmp_path, postgresql.through(proxy.port)) as url,
        load.writing(crowd, url),
        visitors.looking(visitor, url),
    ):
        for _ in range(HOLES):
            load.wait_for(crowd, 50)
            refused = load.statuses(crowd)[503]
            proxy.set(Mode.SWALLOW)
            load.wait_until(lambda refused=refused: load.statuses(crowd)[503] >= refused + len(crowd))  # type: ignore[misc]
            proxy.set(Mode.PASS)
            began = time.monotonic()
            load.wait_for(crowd, 1)
            returns.append(time.monotonic() - began)
        for _ in range(3):
            load.wait_for(crowd, 20)
            proxy.set(Mode.RESET)
            proxy.set(Mode.PASS)
        load.wait_for(crowd, 20)
    only_204_and_503(crowd)
    assert max(one.slowest for one in crowd) < LONGEST_SECONDS + SLACK_SECONDS
    assert not visitor.unanswered
    assert {status for _, status in visitor.statuses} == {200}, (visitor.statuses, visitor.last)
    load.seal(postgresql.url)
    assert load.verdict(crowd, postgresql.url) == Verdict()
    print(
        f"{HOLES} black holes, {load.acknowledged_samples(crowd)} samples acknowledged, 0 lost, 0 doubled; slowest "
        f"answer {max(one.slowest for one in crowd):.1f} s, slowest page {visitor.slowest:.1f} s; taken again "
        f"{max(returns):.1f} s after the end"
    )


def test_without_a_limit_of_ours_nobody_would_notice_the_silence(postgresql: Server) -> None:
    with Proxy("127.0.0.1", postgresql.port) as proxy:
        stock = psycopg.connect(postgresql.through(proxy.port), tcp_user_timeout=1_000)
        ours = PatientConnection.connect(postgresql.through(proxy.port))
        ours.patience = 1.0
        waiting = Thread(target=_ask, args=(stock,), daemon=True)
        proxy.set(Mode.SWALLOW)
        waiting.start()
        with pytest.raises(SilenceError, match="said nothing for 1 s"):
            ours.execute("SELECT 1")
        assert ours.closed
        waiting.join(2)
        assert waiting.is_alive()
    waiting.join()
    stock.close()


def _ask(connection: psycopg.Connection[object]) -> None:
    with suppress(psycopg.OperationalError):
        connection.execute("SELECT 1")


def test_a_journal_that_is_not_in_the_databases_log_is_lost_with_it_and_the_judge_sees_it(
    tmp_path: Path, postgresql: Server
) -> None:
    crowd = load.writers()
    with burnline(tmp_path, postgresql.url) as url:
        with psycopg.connect(postgresql.url, autocommit=True) as db:
            db.execute("ALTER TABLE journal SET UNLOGGED")
        with load.writing(crowd, url):
            load.wait_for(crowd, 20)
        postgresql.kill()
        postgresql.start()
    assert load.verdict(crowd, postgresql.url).lost
