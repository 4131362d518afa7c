"""Scraping many targets, each at its own moment of its interval and never twice at once."""

import heapq
from collections.abc import Callable, Iterable
from datetime import timedelta
from hashlib import blake2b
from threading import Condition, Thread
from time import monotonic

import httpx2

from app import logs
from app.actions.scrape import Health, Watch, scrape
from app.domain.counters import Counters
from app.domain.errors import AppError
from app.domain.samples import SampleBatch
from app.notify import outgoing
from app.notify.outgoing_addresses import Policy, Reach
from app.wire.target_values import Target

log = logs.get("scrape")

MOST_THREADS = 32  # a dead target holds one for as long as its timeout
STOP_SECONDS = 5.0

Submit = Callable[[SampleBatch], object]


class Scraper:
    """Scrapes until stopped. `submit` takes each batch, in one of the scraper's threads; it may block."""

    def __init__(
        self,
        targets: Iterable[Target],
        submit: Submit,
        *,
        counters: Counters,
        clock_ms: Callable[[], int],
        client: httpx2.Client | None = None,
    ) -> None:
        self._watches = [Watch(target) for target in targets]
        self._submit = submit
        self._counters = counters
        self._clock_ms = clock_ms
        self._client = client or outgoing.open_client(Policy(Reach.INSIDE))
        self._due: list[tuple[float, int]] = []  # (monotonic time, which watch)
        self._turn = Condition()
        self._stopping = False
        count = min(MOST_THREADS, len(self._watches))
        self._threads = [Thread(target=self._run, name=f"scrape-{n}", daemon=True) for n in range(count)]

    def start(self) -> None:
        """Begin. The first scrape of each target comes within its interval, where its later ones will be too."""
        now, now_ms = monotonic(), self._clock_ms()
        self._due = [(now + first_wait(watch.target, now_ms), at) for at, watch in enumerate(self._watches)]
        heapq.heapify(self._due)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End within 5 seconds. A scrape that still waits for its target by then is left behind, with its samples."""
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        until = monotonic() + STOP_SECONDS
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - monotonic()))
        self._client.close()

    def health(self) -> list[tuple[Target, Health | None]]:
        """How the last scrape of each target went; None before the first."""
        return [(watch.target, watch.health) for watch in self._watches]

    def _run(self) -> None:
        while True:
            turn = self._next()
            if turn is None:
                return
            due, at = turn
            try:
                self._scrape(self._watches[at])
            except Exception:
                # A fault of ours in one scrape must not end the scraping of the others.
                log.exception("scrape_crashed", target=str(self._watches[at].target))
                self._counters.add("burnline_unexpected_errors_total", kind="scrape")
            self._again(due, at)

    def _next(self) -> tuple[float, int] | None:
        """Waits for the next target whose time has come; None when it is time to stop."""
        with self._turn:
            while not self._stopping:
                wait = self._due[0][0] - monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)
                self._turn.wait(wait)
        return None

    def _again(self, due: float, at: int) -> None:
        """Put a target back for the next moment of its rhythm that has not passed yet."""
        interval = self._watches[at].target.interval.total_seconds()
        missed = max(0.0, monotonic() - due) // interval
        with self._turn:
            heapq.heappush(self._due, (due + (missed + 1) * interval, at))
            self._turn.notify()

    def _scrape(self, watch: Watch) -> None:
        before = watch.health
        batch = scrape(self._client, watch, now_ms=self._clock_ms())
        if self._stopping:
            return
        self._tell(watch, before)
        try:
            self._submit(batch)
        except AppError as error:
            # Nobody sends a scrape again; the next one comes soon.
            self._counters.add("burnline_scrapes_lost_total", reason=error.code)
            log.warning("scrape_not_stored", target=str(watch.target), error=str(error))

    def _tell(self, watch: Watch, before: Health | None) -> None:
        """Count a scrape; log it when the target went down or came back."""
        health = watch.health
        if health is None:
            return
        self._counters.add("burnline_scrapes_total", result="failed" if health.error else "ok")
        self._counters.observe("burnline_scrape_seconds", health.seconds)
        if health.error and (before is None or not before.error):
            log.warning("target_down", target=str(watch.target), error=health.error)
        elif before is not None and before.error and not health.error:
            log.info("target_up", target=str(watch.target), samples=health.samples)


def first_wait(target: Target, now_ms: int) -> float:
    """Seconds until a target's moment in its interval: its own, so that not all are scraped at once, and the same
    after each start, so that its samples keep their rhythm.
    """
    name = "\0".join((target.url, *(text for pair in target.labels for text in pair)))
    share = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") / 2**64
    interval = target.interval / timedelta(milliseconds=1)
    return (share * interval - now_ms) % interval / 1000
