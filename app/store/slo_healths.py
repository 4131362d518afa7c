"""When the health of objectives changed, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.domain.slos import Health
from app.store import dialect
from app.store.slo_schema import slo_healths

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Change:
    """From `at_ms` on an objective's health was this."""

    slo_id: int
    at_ms: int
    health: Health
    reason: str
    budget_left: float | None


def note(db: sa.Connection, changes: Sequence[Change]) -> None:
    """Of two changes at the same time the later one counts."""
    if changes:
        values = [
            {
                "slo_id": one.slo_id,
                "at_ms": one.at_ms,
                "health": one.health,
                "reason": one.reason,
                "budget_left": one.budget_left,
            }
            for one in changes
        ]
        db.execute(dialect.upsert(db, slo_healths), values)


def newest(db: sa.Connection) -> dict[int, Change]:
    """The health that every objective has now."""
    table = slo_healths.c
    last = sa.select(table.slo_id, sa.func.max(table.at_ms).label("at_ms")).group_by(table.slo_id).subquery()
    both = (table.slo_id == last.c.slo_id) & (table.at_ms == last.c.at_ms)
    rows = db.execute(sa.select(slo_healths).join(last, both))
    return {one.slo_id: one for one in map(_change, rows)}


def between(db: sa.Connection, slo_id: int, *, start_ms: int, end_ms: int) -> list[Change]:
    """The changes of an objective in [start_ms, end_ms), newest first, at most MOST."""
    table = slo_healths.c
    within = (table.slo_id == slo_id) & (table.at_ms >= start_ms) & (table.at_ms < end_ms)
    rows = db.execute(sa.select(slo_healths).where(within).order_by(table.at_ms.desc()).limit(MOST))
    return [_change(row) for row in rows]


def _change(row: sa.Row[Any]) -> Change:
    return Change(row.slo_id, row.at_ms, Health(row.health), row.reason, row.budget_left)
