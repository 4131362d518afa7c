"""How much room a database takes, and from when on what is kept."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.store import schema
from app.store.engine import Connection


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of a database, and those of them that are free for reuse."""

    total: int
    free: int


@dataclass(frozen=True, slots=True)
class Kept:
    """How many series there are, and about when the oldest samples and rollups were, Unix milliseconds."""

    series: int
    samples_ms: int | None
    minutes_ms: int | None


def of(db: Connection) -> Size:
    """What the database takes on its disk."""
    if db.dialect.name == "postgresql":
        return Size(int(db.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()), 0)
    pages, free, page = (
        int(db.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in ("page_count", "freelist_count", "page_size")
    )
    return Size(pages * page, free * page)


def kept(db: Connection) -> Kept:
    """Both times are by indexes: an oldest row's end, which is at most its span after the oldest sample."""
    return Kept(
        int(db.execute(sa.select(sa.func.count()).select_from(schema.series)).scalar_one()),
        db.execute(sa.select(sa.func.min(schema.chunks.c.last_ms))).scalar(),
        db.execute(sa.select(sa.func.min(schema.series_rollups.c.last_ms))).scalar(),
    )
