"""The ledger of objectives. Entries are added and read; nothing here changes or removes one."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.domain.ledger import Entry, EntryKind, Scope, Treatment
from app.store import audit, revisions
from app.store.audit import Deed
from app.store.slo_schema import ledger_entries


def lock(db: sa.Connection) -> None:
    """Take the next revision. Whoever adds an entry too waits: what was checked stays true until it is added."""
    revisions.raised(db, revisions.OBJECTIVES)


def add(db: sa.Connection, entry: Entry) -> Entry:
    """The entry with its number. To be called after `lock`."""
    values = {
        "kind": entry.kind,
        "slo_id": entry.scope.slo_id,
        "service_id": entry.scope.service_id,
        "start_ms": entry.start_ms,
        "end_ms": entry.end_ms,
        "recurrence": entry.recurrence,
        "zone": entry.zone,
        "treatment": entry.treatment,
        "events": entry.events,
        "reverses": entry.reverses,
        "author": entry.author,
        "reason": entry.reason,
        "recorded_ms": entry.recorded_ms,
    }
    insert = ledger_entries.insert().values(**values).returning(ledger_entries.c.id)
    made = replace(entry, id=int(db.execute(insert).scalar_one()))
    subject = f"ledger entry {made.id}" if made.reverses is None else f"ledger entry {made.reverses}"
    audit.append(db, Deed(made.author, f"ledger_{made.kind}", subject, after=made.reason), now_ms=made.recorded_ms)
    return made


def every(db: sa.Connection) -> list[Entry]:
    """All there are, in the order they were entered."""
    return _entries(db, sa.true())


def of_slo(db: sa.Connection, slo_id: int, *, service_id: int) -> list[Entry]:
    """What concerns an objective: entries of its own, of its service and of all."""
    table = ledger_entries.c
    everybody = table.slo_id.is_(None) & table.service_id.is_(None)
    return _entries(db, (table.slo_id == slo_id) | (table.service_id == service_id) | everybody)


def of_service(db: sa.Connection, service_id: int) -> list[Entry]:
    """Entries of a service and of all; those of its objectives alone are left out."""
    table = ledger_entries.c
    return _entries(db, table.slo_id.is_(None) & (table.service_id.is_(None) | (table.service_id == service_id)))


def by_id(db: sa.Connection, entry_id: int) -> Entry | None:
    found = _entries(db, ledger_entries.c.id == entry_id)
    return found[0] if found else None


def reversal_of(db: sa.Connection, entry_id: int) -> Entry | None:
    """The entry that reverses this one."""
    found = _entries(db, ledger_entries.c.reverses == entry_id)
    return found[0] if found else None


def _entries(db: sa.Connection, which: sa.ColumnElement[bool]) -> list[Entry]:
    rows = db.execute(sa.select(ledger_entries).where(which).order_by(ledger_entries.c.id))
    return [_entry(row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's public name for it


def _entry(row: sa.RowMapping) -> Entry:
    values: dict[str, Any] = dict(row)
    values["scope"] = Scope(values.pop("slo_id"), values.pop("service_id"))
    values["kind"] = EntryKind(values["kind"])
    values["treatment"] = Treatment(values["treatment"])
    return Entry(**values)
