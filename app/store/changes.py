"""Deploys and other changes of services."""

import sqlalchemy as sa

from app.domain.changes import Change
from app.store import dialect
from app.store.schema import changes

MOST = 1_000


def record(db: sa.Connection, change: Change, *, now_ms: int) -> bool:
    """Store a change; False when it was there: the same service, time and version again is the same change."""
    values = {
        "service": change.service,
        "at_ms": change.at_ms,
        "version": change.version,
        "title": change.title,
        "link": change.link,
        "recorded_ms": now_ms,
    }
    return db.execute(dialect.insert_or_ignore(db, changes), values).rowcount == 1


def between(db: sa.Connection, *, service: str | None, start_ms: int, end_ms: int) -> list[Change]:
    """Changes in [start_ms, end_ms) of one service (by slug) or of all, oldest first, at most MOST (the newest)."""
    query = (
        sa.select(changes.c.service, changes.c.at_ms, changes.c.version, changes.c.title, changes.c.link)
        .where(changes.c.at_ms >= start_ms, changes.c.at_ms < end_ms)
        .order_by(changes.c.at_ms.desc(), changes.c.id.desc())
        .limit(MOST)
    )
    if service is not None:
        query = query.where(changes.c.service == service)
    return [Change(*row) for row in db.execute(query)][::-1]
