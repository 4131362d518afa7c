"""The work nobody waits for: sealing the journal, and forgetting what is past its retention."""

from collections.abc import Callable
from threading import Event, Thread

from app import logs
from app.actions.seal import Sealer
from app.config import Settings
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.store.engine import Store

log = logs.get("worker")

SECONDS_BETWEEN = 1.0


class Worker:
    """One thread that looks every second whether something is due."""

    def __init__(self, store: Store, settings: Settings, *, counters: Counters, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._counters = counters
        self._sealer = Sealer(store, counters=counters)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being written, then end."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(SECONDS_BETWEEN):
            try:
                self._sealer.seal_if_due(now_ms=self._clock_ms())
            except Unavailable as error:
                log.warning("worker_waits_for_database", error=str(error))
            except Exception:
                self._counters.add("burnline_unexpected_errors_total")
                log.exception("worker_failed")
