"""What senders say of their metrics: type, unit, help."""

from collections.abc import Sequence

import sqlalchemy as sa

from app.domain.samples import Metadata
from app.store import dialect
from app.store.schema import metrics


def types(db: sa.Connection) -> dict[str, str]:
    """The declared type of every metric family."""
    return dict(db.execute(sa.select(metrics.c.metric, metrics.c.type)).all())


def learn(db: sa.Connection, metadata: Sequence[Metadata]) -> None:
    """Keep the newest word on each family."""
    rows = [{"metric": one.metric, "type": one.type, "unit": one.unit, "help": one.help[:1000]} for one in metadata]
    db.execute(dialect.upsert(db, metrics), rows)
