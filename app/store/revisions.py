"""Numbers that grow with every change of something, so that those who hold a copy see that it is old."""

import sqlalchemy as sa

from app.store import dialect
from app.store.slo_schema import revisions

OBJECTIVES = "slos"  # definitions of objectives, and the ledger
AUDIT = "audit"  # entries of the log are put on record one after the other
ATTEMPTS = "attempts"  # tries to sign in are counted one after the other
PEOPLE = "people"  # what sessions and tokens may do, and whether they still hold


def read(db: sa.Connection, name: str) -> int:
    """0 before the first change."""
    return int(db.execute(sa.select(revisions.c.number).where(revisions.c.name == name)).scalar() or 0)


def raised(db: sa.Connection, name: str) -> int:
    """The next number. Whoever raises it too waits until this transaction ends: numbers are committed in order.

    A sequence would not do: of two transactions the one with the higher number may commit first, and whoever has seen
    that one would never look for the other.
    """
    one = {"name": name, "number": 1}
    return int(db.execute(dialect.count_up(db, revisions, column="number"), one).scalar_one())
