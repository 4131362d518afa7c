"""Which days of which services hold series rollups that have not been condensed since they were written."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.store import dialect
from app.store.schema import uncondensed_days

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Day:
    """A day (Unix days, UTC) of a service."""

    service_id: int
    day: int


def note(db: sa.Connection, found: Iterable[Day]) -> None:
    """These days have new rows."""
    values = [{"service_id": one.service_id, "day": one.day} for one in found]
    if values:
        db.execute(dialect.insert_or_ignore(db, uncondensed_days), values)


def oldest(db: sa.Connection, *, ended_before_ms: int) -> Day | None:
    """The oldest day that ended before a time."""
    table = uncondensed_days.c
    due = (table.day + 1) * DAY_MS <= ended_before_ms
    query = sa.select(table.service_id, table.day).where(due).order_by(table.day, table.service_id).limit(1)
    row = db.execute(query).first()
    return None if row is None else Day(*row)


def done(db: sa.Connection, one: Day) -> None:
    """A day has been condensed."""
    table = uncondensed_days.c
    db.execute(uncondensed_days.delete().where(table.service_id == one.service_id, table.day == one.day))
