"""Calendar periods that are over, as they stood when they were closed: written once, whatever comes in later."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from app.domain import slo_settings
from app.domain.windows import Period
from app.store import dialect
from app.store.slo_schema import slo_periods


@dataclass(frozen=True, slots=True)
class Closed:
    """[start_ms, end_ms) of an objective with the target it had; `bad` and `total` are millionths of events."""

    slo_id: int
    start_ms: int
    end_ms: int
    target: Decimal
    bad: int
    total: int
    known_seconds: float
    closed_ms: int


def close(db: sa.Connection, periods: Sequence[Closed]) -> None:
    """A period that is closed already stays as it is."""
    names = ("slo_id", "start_ms", "end_ms", "bad", "total", "known_seconds", "closed_ms")
    rows = [
        {name: getattr(one, name) for name in names} | {"target": slo_settings.plain(one.target)} for one in periods
    ]
    if rows:
        db.execute(dialect.insert_or_ignore(db, slo_periods), rows)


def spans(db: sa.Connection) -> dict[int, list[Period]]:
    """What is closed, by objective."""
    found: dict[int, list[Period]] = {}
    table = slo_periods.c
    for slo_id, start_ms, end_ms in db.execute(sa.select(table.slo_id, table.start_ms, table.end_ms)):
        found.setdefault(slo_id, []).append(Period(start_ms, end_ms))
    return found


def of_slo(db: sa.Connection, slo_id: int) -> list[Closed]:
    """Newest first."""
    table = slo_periods.c
    rows = db.execute(sa.select(slo_periods).where(table.slo_id == slo_id).order_by(table.start_ms.desc()))
    return [
        Closed(
            slo_id=row.slo_id,
            start_ms=row.start_ms,
            end_ms=row.end_ms,
            target=Decimal(row.target),
            bad=row.bad,
            total=row.total,
            known_seconds=row.known_seconds,
            closed_ms=row.closed_ms,
        )
        for row in rows
    ]
