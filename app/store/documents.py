"""Documents that are kept for whoever wrote them; nothing here reads what they say."""

from collections.abc import Iterable

import sqlalchemy as sa

from app.domain.kept_documents import KeptDocument
from app.store.slo_schema import documents


def every(db: sa.Connection) -> list[KeptDocument]:
    """By kind and name."""
    table = documents.c
    query = sa.select(table.kind, table.name, table.api_version, table.body).order_by(table.kind, table.name)
    return [KeptDocument(*row) for row in db.execute(query)]


def keep(db: sa.Connection, kept: Iterable[KeptDocument], *, now_ms: int) -> None:
    """Put them in the place of those of the same kind and name."""
    found = list(kept)
    forget(db, found)
    rows = [
        {
            "kind": one.kind,
            "name": one.name,
            "api_version": one.api_version,
            "body": one.body,
            "updated_ms": now_ms,
        }
        for one in found
    ]
    if rows:
        db.execute(documents.insert(), rows)


def forget(db: sa.Connection, kept: Iterable[KeptDocument]) -> None:
    for one in kept:
        own = (documents.c.kind == one.kind) & (documents.c.name == one.name)
        db.execute(documents.delete().where(own))
