"""Forgetting what is past its retention, and giving its space back."""

from collections.abc import Callable
from dataclasses import dataclass

from app import logs
from app.actions.sealed import LOOK_AROUND_MS
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.store import audit, chunks, days, dialect, journal, rollups, signals, sli_rollups, slos
from app.store.engine import Connection, Store

log = logs.get("retain")

PAGES_AT_ONCE = 4_000
UNUSED_MS = 30 * days.DAY_MS  # how long minutes of an SLI stay that no objective is measured by any more
ON_THE_WAY_MS = MINUTE_MS  # what a request may need from the reading of its clock to the journal


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind of data is kept, in milliseconds; coarser kinds at least as long."""

    raw_ms: int
    minute_ms: int
    hour_ms: int
    audit_ms: int = 400 * days.DAY_MS


def retain(store: Store, retention: Retention, *, now_ms: int, keep_lead: Callable[[Connection], None]) -> int:
    """Remove raw samples and rollups older than their retention; gives how many rows went.

    What is needed still is found and kept in one transaction, in which nobody else seals: see `condense`.
    """
    with store.writing() as db:
        keep_lead(db)
        raw_ms = _needed_raw(db, now_ms - retention.raw_ms)
        minute_ms = _needed_minutes(db, min(now_ms - retention.minute_ms, raw_ms // HOUR_MS * HOUR_MS))
        hour_ms = now_ms - retention.hour_ms
        gone = chunks.forget(db, before_ms=raw_ms)
        gone += rollups.forget(db, resolution_ms=MINUTE_MS, before_ms=minute_ms)
        gone += rollups.forget(db, resolution_ms=HOUR_MS, before_ms=hour_ms)
        gone += signals.forget(db, resolution_ms=MINUTE_MS, before_ms=minute_ms)
        gone += signals.forget(db, resolution_ms=HOUR_MS, before_ms=hour_ms)
        gone += audit.forget(db, before_ms=now_ms - retention.audit_ms)
        gone += sli_rollups.forget(db, slos.unused(db, since_ms=now_ms - UNUSED_MS))
        dialect.give_space_back(db, PAGES_AT_ONCE)
    if gone:
        log.info("forgot", rows=gone)
    return gone


def _needed_raw(db: Connection, oldest_ms: int) -> int:
    """From when raw samples are needed: sealing reads those around the oldest sample that waits or may still come."""
    waiting = [row.first_ms for row in journal.outline(db)]
    return min([oldest_ms - ON_THE_WAY_MS, *waiting]) - LOOK_AROUND_MS


def _needed_minutes(db: Connection, oldest_ms: int) -> int:
    """From when minutes are needed: a day that is to be condensed, as a whole, may begin before the oldest to keep."""
    due = days.oldest(db, ended_before_ms=oldest_ms + days.DAY_MS)
    return oldest_ms if due is None else due.day * days.DAY_MS
