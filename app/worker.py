"""The work nobody waits for: sealing the journal, forgetting what is past its retention, and evaluating objectives."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from app import logs
from app.actions import backups, memory
from app.actions.backfill import Backfill
from app.actions.condense import condense
from app.actions.evaluate import Evaluator
from app.actions.follow import Follower
from app.actions.meter import Meter
from app.actions.retain import Retention, retain
from app.actions.seal import Sealer
from app.config import Settings
from app.domain.board import Board
from app.domain.counters import Counters
from app.domain.errors import Unavailable
from app.domain.slo_board import SloBoard
from app.domain.steadiness import Steadiness
from app.reports.status_keeper import Keeper
from app.store.engine import Store, open_store
from app.web.status_export import Exporter

log = logs.get("worker")

SECONDS_BETWEEN = 1.0
RETAIN_EVERY_MS = 10 * 60_000
EXPORT_SECONDS = 60.0
EXPORT_SOON_SECONDS = 2.0  # as long as there is nothing to export
EVALUATOR_SECONDS = 2.0  # between looks: well within a lease


def now_ms() -> int:
    """The clock."""
    return time.time_ns() // 1_000_000


def beside(store: Store, settings: Settings, counters: Counters, slos: SloBoard) -> "Worker":
    """The worker of a server; it evaluates the objectives which the server follows."""
    return Worker(store, settings, slos, counters=counters, clock_ms=now_ms)


def work(settings: Settings, stopping: Event) -> None:
    """Run alone until told to stop. Raises AppError when the database cannot be used."""
    store = open_store(settings.database_url)
    backups.upgrade(store, settings.database_url, settings.data_dir / "backups", now=datetime.now(UTC))
    counters, slos = Counters(), SloBoard()
    meter = Meter(store, slos, clock_ms=now_ms)
    follower = Follower(store, Board(), counters=counters, clock_ms=now_ms, meter=meter)
    worker = beside(store, settings, counters, slos)
    follower.start()  # what is evaluated is what the meter has loaded
    worker.start()
    log.info("worker_started")
    stopping.wait()
    worker.stop()
    follower.stop()
    store.close()


class Worker:
    """A thread that looks every second whether something is due, and one that evaluates: a seal may take seconds."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        slos: SloBoard,
        *,
        counters: Counters,
        clock_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._clock_ms = clock_ms
        self._counters = counters
        self._sealer = Sealer(store, counters=counters)
        self._retention = Retention(
            raw_ms=_ms(settings.raw_retention),
            minute_ms=_ms(settings.minute_retention),
            hour_ms=_ms(settings.hour_retention),
            audit_ms=_ms(settings.audit_retention),
        )
        self._backfill = Backfill(store, keep_lead=self._sealer.keep_lead, minutes_kept_ms=self._retention.minute_ms)
        counters.measure("burnline_backfill_days_left", self._backfill.days_left)
        self._retained_ms = 0
        self._steadiness = Steadiness()
        self._stopping = Event()
        self._evaluator = Evaluator(store, slos, counters=counters, clock_ms=clock_ms)
        self._exporter = _exporter(store, settings, slos)
        self._threads = [
            Thread(target=self._run, name="worker", daemon=True),
            Thread(target=self._evaluate, name="evaluator", daemon=True),
            Thread(target=self._export, name="exporter", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is being written, then end."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        try:
            self._sealer.let_go()
            self._evaluator.let_go()
        except Unavailable as error:
            log.warning("lease_kept_until_it_runs_out", error=str(error))

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = SECONDS_BETWEEN
            try:
                if self._sealer.seal_if_due(now_ms=self._clock_ms()) or self._condense():
                    pause = 0.0
                    memory.give_back()
                elif self._sealer.is_leader and self._backfill.step(now_ms=self._clock_ms()):
                    pause = 0.0
                self._retain()
            except Unavailable as error:
                log.warning("worker_waits_for_database", error=str(error))
            except Exception:
                self._counters.add("burnline_unexpected_errors_total")
                log.exception("worker_failed")

    def _condense(self) -> bool:
        return self._sealer.is_leader and condense(
            self._store, now_ms=self._clock_ms(), keep_lead=self._sealer.keep_lead
        )

    def _retain(self) -> None:
        now_ms = self._clock_ms()
        is_steady = self._steadiness.is_steady(wall_ms=now_ms, counted_ms=time.monotonic_ns() // 1_000_000)
        if self._sealer.is_leader and is_steady and abs(now_ms - self._retained_ms) >= RETAIN_EVERY_MS:
            retain(self._store, self._retention, now_ms=now_ms, keep_lead=self._sealer.keep_lead)
            self._retained_ms = now_ms

    def _evaluate(self) -> None:
        while not self._stopping.wait(EVALUATOR_SECONDS):
            try:
                self._evaluator.evaluate_if_due()
            except Unavailable as error:
                log.warning("evaluator_waits_for_database", error=str(error))
            except Exception:
                self._counters.add("burnline_unexpected_errors_total")
                log.exception("evaluator_failed")

    def _export(self) -> None:
        pause = EXPORT_SOON_SECONDS
        while self._exporter is not None and not self._stopping.wait(pause):
            try:
                pause = EXPORT_SECONDS if self._exporter.export(now_ms=self._clock_ms()) else EXPORT_SOON_SECONDS
            except (Unavailable, OSError) as error:
                log.warning("status_not_exported", error=str(error))
            except Exception:
                self._counters.add("burnline_unexpected_errors_total")
                log.exception("exporter_failed")


def _exporter(store: Store, settings: Settings, slos: SloBoard) -> Exporter | None:
    """What copies the status page, when a folder for it is set."""
    if settings.status_export_dir is None:
        return None
    base = f"{settings.public_url}/status" if settings.public_url else ""
    return Exporter(store, Keeper(store, slos), settings.status_export_dir, base=base)


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
