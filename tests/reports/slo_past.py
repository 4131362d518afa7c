"""Sixty days of minutes behind the cast of objectives: even failures, and two bad nights of the worse ones."""

import numpy as np
import sqlalchemy as sa

from app.domain.ledger import Entry, EntryKind, Scope
from app.domain.samples import Ints
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT, SliMinutes
from app.store import ledger, sli_rollups, slo_schema
from tests.reports import slo_cast
from tests.reports.slo_cast import DAY, UNTIL, Role

DAYS = 60
NIGHTS = ((17 * DAY, 90), (5 * DAY, 50))
"""Minutes before now, and how long."""


def store(db: sa.Connection, roles: tuple[Role, ...] = slo_cast.ROLES) -> None:
    """Write the minutes of those that ever had any, under the numbers of their objectives."""
    for number, role in enumerate(roles, start=slo_cast.FIRST):
        values = {"id": number, "digest": number.to_bytes(16), "service_id": number, "kind": "ratio", "fields": "{}"}
        times = {"wanted_ms": 0, "filled_ms": 0, "created_ms": 0}
        db.execute(slo_schema.slis.insert().values(**values, **times))
        past = minutes(role)
        if len(past):
            sli_rollups.write(db, sli_rollups.merged(db, {number: past}, {number: past.minute}))


def minutes(role: Role) -> SliMinutes:
    """As many events a minute as the window's sum comes to; of its failures two thirds in the bad nights."""
    end = role.newest + 1
    minute = np.arange(UNTIL - DAYS * DAY, max(end, UNTIL - DAYS * DAY), dtype=np.int64)
    length = max(1.0, role.minutes * role.known)
    total, bad = role.windows[0].total / length, role.windows[0].bad / length
    if total <= 0:
        return SliMinutes(*(np.empty(0, dtype=np.int64),) * 4)
    in_nights = np.zeros(len(minute), dtype=bool)
    for ago, long in NIGHTS:
        in_nights |= (minute >= UNTIL - ago) & (minute < UNTIL - ago + long)
    calm, night = bad / 3, 2 * bad / 3 * length / sum(long for _, long in NIGHTS)
    failed = np.minimum(np.where(in_nights, night, calm), total)
    return SliMinutes(minute, _whole(failed), _whole(np.full(len(minute), total)), np.full(len(minute), MINUTE_MS))


def enter(db: sa.Connection) -> None:
    """A maintenance window, and a credit that was taken back."""
    ledger.lock(db)
    at_ms = (UNTIL - 11 * DAY) * MINUTE_MS
    scope = Scope(slo_id=slo_cast.FIRST)
    ledger.add(db, Entry(0, EntryKind.EXCLUSION, scope, at_ms, at_ms + 40 * MINUTE_MS, "mira", "Database moved", at_ms))
    credit = Entry(0, EntryKind.CREDIT, scope, at_ms, at_ms, "jan", "Load test of ours", at_ms, events=500)
    given = ledger.add(db, credit)
    back = Entry(0, EntryKind.REVERSAL, scope, at_ms, at_ms, "mira", "It was not ours", at_ms, reverses=given.id)
    ledger.add(db, back)


def _whole(events: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Ints:
    return np.rint(events * EVENT).astype(np.int64)
