"""Whose a service or an objective is: a team's name, "" where nobody is named.

A service's team is its label `team` or `owner`; an objective is its owner's, or else its service's.
"""

import json
from typing import Any

import sqlalchemy as sa

from app.store.schema import services
from app.store.slo_schema import ledger_entries, slos

TEAM_LABELS = ("team", "owner")
EVERYBODYS = "*"  # no team's name: only who answers for all teams changes it


def of_service(db: sa.Connection, slug: str) -> str:
    return _team(db.execute(sa.select(services.c.labels).where(services.c.slug == slug)).scalar())


def of_service_id(db: sa.Connection, service_id: int) -> str:
    return _team(db.execute(sa.select(services.c.labels).where(services.c.id == service_id)).scalar())


def of_slo(db: sa.Connection, slug: str) -> str:
    """Of the one in use that has this address."""
    living = (slos.c.slug == slug) & slos.c.archived_ms.is_(None)
    return _of_row(db.execute(_owned.where(living)).first())


def of_ledger_entry(db: sa.Connection, entry_id: int) -> str:
    """Of what an entry is about; EVERYBODYS for one about everything there is."""
    columns = (ledger_entries.c.slo_id, ledger_entries.c.service_id)
    row = db.execute(sa.select(*columns).where(ledger_entries.c.id == entry_id)).first()
    if row is None:
        return ""
    if row.slo_id is not None:
        return _of_row(db.execute(_owned.where(slos.c.id == row.slo_id)).first())
    return EVERYBODYS if row.service_id is None else of_service_id(db, row.service_id)


def _of_row(row: Any) -> str:
    if row is None:
        return ""
    return row.owner.strip() or _team(row.labels)


def _team(labels: str | None) -> str:
    found = json.loads(labels) if labels else {}
    return next((str(found[name][0]).strip() for name in TEAM_LABELS if found.get(name)), "")


_owned = sa.select(slos.c.owner, services.c.labels).join_from(
    slos, services, slos.c.service_id == services.c.id, isouter=True
)
