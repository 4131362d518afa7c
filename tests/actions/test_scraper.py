"""The scraper against real servers on loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from queue import Queue
from typing import Any

import pytest

from app.actions.scraper import Scraper, Submit, first_wait
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.domain.samples import SampleBatch
from app.wire.target_values import Target
from tests.notify.servers import say, serving

NOW = 1_795_448_500_000
PATIENCE = 20.0
SOON = timedelta(milliseconds=20)


def target(origin: str, name: str = "a", **fields: Any) -> Target:
    return Target(name, "i", f"{origin}/{name}", (("instance", "i"), ("job", name)), **{"interval": SOON, **fields})


@contextmanager
def scraping(targets: list[Target], submit: Submit) -> Iterator[tuple[Scraper, Counters]]:
    counters = Counters()
    scraper = Scraper(targets, submit, counters=counters, clock_ms=lambda: NOW)
    scraper.start()
    try:
        yield scraper, counters
    finally:
        scraper.stop()


def metrics(batch: SampleBatch) -> set[str]:
    return {batch.directory.key(int(position)).metric for position in batch.series}


def test_every_target_is_scraped_again_and_again() -> None:
    batches: Queue[SampleBatch] = Queue()
    with serving(say(200, b"a 1\n")) as origin:
        targets = [target(origin, name) for name in ("a", "b", "c")]
        with scraping(targets, batches.put) as (scraper, counters):
            jobs: list[str] = []
            while min(jobs.count(name) for name in ("a", "b", "c")) < 3:
                batch = batches.get(timeout=PATIENCE)
                assert metrics(batch) == {"a", "up", "scrape_duration_seconds", "scrape_samples_scraped"}
                jobs.append(batch.directory.key(int(batch.series[0])).label("job"))
            assert [watched for watched, health in scraper.health() if health and not health.error] == targets
        assert counters.value("burnline_scrapes_total", result="ok") >= 9


def test_a_target_is_never_scraped_twice_at_once_and_a_slow_one_holds_up_no_other() -> None:
    at_once: list[int] = []
    inside = threading.Semaphore(0)
    release = threading.Event()
    calls = {"slow": 0}

    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/slow":
            calls["slow"] += 1
            at_once.append(calls["slow"])
            inside.release()
            release.wait(PATIENCE)
            calls["slow"] -= 1
        say(200, b"a 1\n")(request)

    batches: Queue[SampleBatch] = Queue()
    with serving(answer) as origin, scraping([target(origin, "slow"), target(origin, "quick")], batches.put):
        assert inside.acquire(timeout=PATIENCE)
        for _ in range(5):
            assert batches.get(timeout=PATIENCE).directory.key(0).label("job") == "quick"
        assert at_once == [1]
        release.set()
        assert inside.acquire(timeout=PATIENCE)
        assert inside.acquire(timeout=PATIENCE)
    assert set(at_once) == {1}


def test_a_stopped_scraper_hands_over_nothing_more() -> None:
    batches: Queue[SampleBatch] = Queue()
    with serving(say(200, b"a 1\n")) as origin:
        with scraping([target(origin)], batches.put) as (scraper, _):
            batches.get(timeout=PATIENCE)
            scraper.stop()
            known = batches.qsize()
        assert batches.qsize() == known
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("scrape-")]


def test_a_scrape_under_way_is_not_waited_for_beyond_the_time_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.actions.scraper.STOP_SECONDS", 0.05)
    inside, release = threading.Event(), threading.Event()

    def answer(request: BaseHTTPRequestHandler) -> None:
        inside.set()
        release.wait(PATIENCE)
        say(200, b"a 1\n")(request)

    batches: Queue[SampleBatch] = Queue()
    with serving(answer) as origin:
        with scraping([target(origin)], batches.put):
            assert inside.wait(PATIENCE)
        release.set()
        for thread in threading.enumerate():
            if thread.name.startswith("scrape-"):
                thread.join(PATIENCE)
    assert batches.empty()


@pytest.mark.parametrize("error", [Unavailable("The disk is full.", code="disk_full"), ValueError("a fault of ours")])
def test_what_cannot_be_stored_is_counted_and_scraping_goes_on(error: Exception) -> None:
    tries: Queue[SampleBatch] = Queue()

    def submit(batch: SampleBatch) -> None:
        tries.put(batch)
        raise error

    with serving(say(200, b"a 1\n")) as origin, scraping([target(origin)], submit) as (_, counters):
        for _ in range(3):
            tries.get(timeout=PATIENCE)
    lost = counters.value("burnline_scrapes_lost_total", reason="disk_full")
    crashed = counters.value("burnline_unexpected_errors_total", kind="scrape")
    assert lost + crashed >= 2


def test_a_target_that_goes_down_and_comes_back_is_scraped_on() -> None:
    statuses = iter([200, 500, 500])
    batches: Queue[SampleBatch] = Queue()

    def answer(request: BaseHTTPRequestHandler) -> None:
        say(next(statuses, 200), b"a 1\n")(request)

    with serving(answer) as origin, scraping([target(origin)], batches.put) as (scraper, counters):
        ups = [up(batches.get(timeout=PATIENCE)) for _ in range(4)]
        assert [health.error for _, health in scraper.health() if health] == [""]
    assert ups == [1, 0, 0, 1]
    assert counters.value("burnline_scrapes_total", result="failed") == 2


def up(batch: SampleBatch) -> float:
    return next(
        float(value)
        for position, value in zip(batch.series, batch.values, strict=True)
        if batch.directory.key(int(position)).metric == "up"
    )


def test_a_scraper_without_targets_starts_and_stops() -> None:
    with scraping([], print) as (scraper, _):
        assert scraper.health() == []


def test_targets_keep_their_moments_in_the_interval_whenever_the_scraper_starts() -> None:
    targets = [target("http://web", name, interval=timedelta(seconds=15)) for name in "abcdefgh"]
    moments = [[(now + round(first_wait(one, now) * 1000)) % 15_000 for one in targets] for now in (NOW, NOW + 4_321)]
    assert moments[0] == moments[1]
    assert len(set(moments[0])) == len(targets)
    assert all(0 <= first_wait(one, NOW) < 15 for one in targets)
