"""The status page's facts, read at most every few seconds however many people ask, and kept when nothing can be read.

Whoever asks gets what is kept. When that is old it is read anew beside the request; only when there is nothing yet, or
when somebody has just changed something, the request waits. A database that is dead costs nobody anything but the
truth of the page, which its age tells.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock, Thread
from zoneinfo import ZoneInfo

from app import logs
from app.domain.errors import Unavailable
from app.domain.slo_board import SloBoard
from app.domain.status_page import Page
from app.reports import status, status_facts
from app.reports.status_cells import History
from app.reports.status_facts import Facts
from app.store.engine import Store

log = logs.get("status")

RENEW_MS = 5_000
WAIT_SECONDS = 3.0
ZONES_KEPT = 64


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """`page` gives the page of a zone, made once; `bodies` is where whoever prints it keeps what came of it."""

    facts: Facts
    revision: int
    read_ms: int
    page: Callable[[ZoneInfo], Page]
    bodies: dict[tuple[object, ...], tuple[bytes, str]] = field(default_factory=dict)


class Keeper:
    """One a process."""

    def __init__(self, store: Store, board: SloBoard) -> None:
        self._store = store
        self._board = board
        self._history = History()
        self._lock = Lock()
        self._kept: Kept | None = None
        self._tried_ms = 0

    def current(self, *, now_ms: int, revision: int = 0) -> Kept | None:
        """What is known, at most a few seconds old as long as it can be read; None when it never could."""
        kept = self._kept
        is_due = abs(now_ms - self._tried_ms) >= RENEW_MS
        if (kept is None and is_due) or (kept is not None and kept.revision != revision):
            self._renew(now_ms, revision, wait_seconds=WAIT_SECONDS)
        elif is_due and not self._lock.locked():
            self._tried_ms = now_ms
            Thread(target=self._renew, args=(now_ms, revision), name="status", daemon=True).start()
        return self._kept

    def renewed(self, *, now_ms: int, revision: int = 0) -> Kept | None:
        """The same, read now."""
        self._renew(now_ms, revision, wait_seconds=WAIT_SECONDS)
        return self._kept

    def _renew(self, now_ms: int, revision: int, wait_seconds: float = 0.0) -> None:
        if not self._lock.acquire(timeout=wait_seconds):
            return
        try:
            kept = self._kept
            if kept is not None and kept.revision == revision and kept.read_ms >= now_ms:
                return  # somebody else has read it meanwhile
            self._tried_ms = now_ms
            self._kept = self._read(now_ms, revision)
        except Unavailable as error:
            log.warning("status_not_renewed", error=str(error))
            self._stands(revision)
        except Exception:
            log.exception("status_failed")
            self._stands(revision)
        finally:
            self._lock.release()

    def _read(self, now_ms: int, revision: int) -> Kept:
        if not self._board.until_minute:
            raise Unavailable("Objectives are not followed yet.", code="status_not_ready")
        with self._store.reading() as db:
            facts = status_facts.read(self._board, db, self._history, now_ms=now_ms)
        return Kept(facts, revision, now_ms, functools.lru_cache(ZONES_KEPT)(functools.partial(status.page, facts)))

    def _stands(self, revision: int) -> None:
        """Let what is kept count as read, so that not every request tries again."""
        if self._kept is not None:
            self._kept = replace(self._kept, revision=revision)
