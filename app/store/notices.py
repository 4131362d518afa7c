"""Notices of the status page. They are added to and read; nothing said is changed or removed."""

import json
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from app.domain.notices import Impact, Notice, NoticeKind, Phase, Update
from app.store import dialect
from app.store.notices_schema import notice_updates, notices


def add(db: sa.Connection, notice: Notice, *, now_ms: int) -> Notice:
    """The notice with its number and without updates; the one there is when its key is known already."""
    values = {
        "key": notice.key,
        "kind": notice.kind,
        "title": notice.title,
        "impact": notice.impact,
        "services": json.dumps(list(notice.services)),
        "start_ms": notice.start_ms,
        "end_ms": notice.end_ms,
        "created_ms": now_ms,
        "author": notice.author,
    }
    db.execute(dialect.insert_or_ignore(db, notices), values)
    found = db.execute(sa.select(notices.c.id).where(notices.c.key == notice.key)).scalar_one()
    return replace(notice, id=int(found), updates=())


def say(db: sa.Connection, notice: Notice, update: Update, *, impact: Impact | None = None) -> None:
    """Add an update; one whose key is known already is left alone."""
    values = {
        "key": update.key,
        "notice_id": notice.id,
        "phase": update.phase,
        "text": update.text,
        "at_ms": update.at_ms,
        "next_ms": update.next_ms,
        "author": update.author,
    }
    db.execute(dialect.insert_or_ignore(db, notice_updates), values)
    closed_ms = replace(notice, updates=(update,)).closed_ms
    said = {"closed_ms": closed_ms} | ({} if impact is None else {"impact": impact})
    db.execute(notices.update().where(notices.c.id == notice.id).values(**said))


def by_id(db: sa.Connection, notice_id: int) -> Notice | None:
    found = _notices(db, notices.c.id == notice_id)
    return found[0] if found else None


def by_key(db: sa.Connection, key: str) -> Notice | None:
    found = _notices(db, notices.c.key == key)
    return found[0] if found else None


def since(db: sa.Connection, from_ms: int) -> list[Notice]:
    """Those that were not over at that time, by number: open ones, planned ones, and those closed after it."""
    table = notices.c
    lasted = sa.or_(table.end_ms.is_(None), table.end_ms >= from_ms)
    return _notices(db, sa.or_(table.closed_ms >= from_ms, table.closed_ms.is_(None) & lasted))


def every(db: sa.Connection, *, most: int) -> list[Notice]:
    """The newest, newest first."""
    newest = sa.select(notices.c.id).order_by(notices.c.start_ms.desc(), notices.c.id.desc()).limit(most)
    found = _notices(db, notices.c.id.in_(newest.scalar_subquery()))
    return sorted(found, key=lambda one: (one.start_ms, one.id), reverse=True)


def _notices(db: sa.Connection, which: sa.ColumnElement[bool]) -> list[Notice]:
    rows = db.execute(sa.select(notices).where(which).order_by(notices.c.id)).all()
    said = _updates(db, [row.id for row in rows])
    return [
        Notice(
            id=row.id,
            key=row.key,
            kind=NoticeKind(row.kind),
            title=row.title,
            impact=Impact(row.impact),
            services=tuple(json.loads(row.services)),
            start_ms=row.start_ms,
            end_ms=row.end_ms,
            updates=tuple(said.get(row.id, ())),
            author=row.author,
        )
        for row in rows
    ]


def _updates(db: sa.Connection, notice_ids: Sequence[int]) -> dict[int, list[Update]]:
    found: dict[int, list[Update]] = {}
    table = notice_updates.c
    query = sa.select(notice_updates).where(table.notice_id.in_(notice_ids)).order_by(table.at_ms, table.id)
    for row in db.execute(query) if notice_ids else ():
        update = Update(Phase(row.phase), row.text, row.at_ms, row.next_ms, row.author, row.key)
        found.setdefault(row.notice_id, []).append(update)
    return found
