"""Forgetting what is past its retention, and giving its space back."""

from dataclasses import dataclass

from app import logs
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.store import chunks, dialect, rollups, signals
from app.store.engine import Store

log = logs.get("retain")

PAGES_AT_ONCE = 4_000


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind of data is kept, in milliseconds."""

    raw_ms: int
    minute_ms: int
    hour_ms: int


def retain(store: Store, retention: Retention, *, now_ms: int) -> int:
    """Remove raw samples and rollups older than their retention; gives how many rows went."""
    with store.writing() as db:
        gone = chunks.forget(db, before_ms=now_ms - retention.raw_ms)
        gone += rollups.forget(db, resolution_ms=MINUTE_MS, before_ms=now_ms - retention.minute_ms)
        gone += rollups.forget(db, resolution_ms=HOUR_MS, before_ms=now_ms - retention.hour_ms)
        gone += signals.forget(db, resolution_ms=MINUTE_MS, before_ms=now_ms - retention.minute_ms)
        gone += signals.forget(db, resolution_ms=HOUR_MS, before_ms=now_ms - retention.hour_ms)
        dialect.give_space_back(db, PAGES_AT_ONCE)
    if gone:
        log.info("forgot", rows=gone)
    return gone
