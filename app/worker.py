"""The work nobody waits for: sealing the journal, and forgetting what is past its retention."""

import ctypes
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from app import logs
from app.actions.condense import condense
from app.actions.retain import Retention, retain
from app.actions.seal import Sealer
from app.config import Settings
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.store import migrate
from app.store.engine import Store, open_store

log = logs.get("worker")

SECONDS_BETWEEN = 1.0
RETAIN_EVERY_MS = 10 * 60_000


def now_ms() -> int:
    """The clock."""
    return time.time_ns() // 1_000_000


def beside(store: Store, settings: Settings, counters: Counters) -> "Worker":
    """The worker of a server."""
    return Worker(store, settings, counters=counters, clock_ms=now_ms)


def work(settings: Settings, stopping: Event) -> None:
    """Run alone until told to stop. Raises AppError when the database cannot be used."""
    store = open_store(settings.database_url)
    migrate.upgrade(store)
    worker = beside(store, settings, Counters())
    worker.start()
    log.info("worker_started")
    stopping.wait()
    worker.stop()
    store.close()


class Worker:
    """One thread that looks every second whether something is due."""

    def __init__(self, store: Store, settings: Settings, *, counters: Counters, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._clock_ms = clock_ms
        self._counters = counters
        self._sealer = Sealer(store, counters=counters)
        self._retention = Retention(
            raw_ms=_ms(settings.raw_retention),
            minute_ms=_ms(settings.minute_retention),
            hour_ms=_ms(settings.hour_retention),
        )
        self._retained_ms = 0
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being written, then end."""
        self._stopping.set()
        self._thread.join()
        try:
            self._sealer.let_go()
        except Unavailable as error:
            log.warning("lease_kept_until_it_runs_out", error=str(error))

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = SECONDS_BETWEEN
            try:
                if self._sealer.seal_if_due(now_ms=self._clock_ms()) or self._condense():
                    pause = 0.0
                    _give_memory_back()
                self._retain()
            except Unavailable as error:
                log.warning("worker_waits_for_database", error=str(error))
            except Exception:
                self._counters.add("burnline_unexpected_errors_total")
                log.exception("worker_failed")

    def _condense(self) -> bool:
        return self._sealer.is_leader and condense(self._store, now_ms=self._clock_ms())

    def _retain(self) -> None:
        now_ms = self._clock_ms()
        if abs(now_ms - self._retained_ms) >= RETAIN_EVERY_MS:
            retain(self._store, self._retention, now_ms=now_ms)
            self._retained_ms = now_ms


def _give_memory_back() -> None:
    """What a seal has used goes back to the system where the C library can: it keeps it otherwise, for the next one."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
