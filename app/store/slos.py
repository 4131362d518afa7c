"""Objectives, their indicators and who changed them. Every change takes the next revision, in one place.

An indicator is stored once, whoever uses it: its digest is its identity, and its minutes belong to it. One that comes
back into use after nobody sealed for it is filled again from the beginning.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from app.domain import slo_fields, slo_settings
from app.domain.slis import KINDS, Indicator
from app.domain.slos import Alerting, Slo
from app.store import audit, dialect, revisions
from app.store.audit import Deed
from app.store.schema import services
from app.store.slo_schema import slis as indicators
from app.store.slo_schema import slo_edits, slos

MOST_ARCHIVED = 500


@dataclass(frozen=True, slots=True)
class StoredSli:
    """`filled_ms`: minutes from here on are complete up to the seal; `wanted_ms`: how far back backfill goes.

    As long as backfill has not begun `filled_ms` is the time it was made, `created_ms`.
    """

    id: int
    service_id: int
    indicator: Indicator
    wanted_ms: int
    filled_ms: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Who did it, from where (form, api, apply, proposal), and why if they said so."""

    author: str
    origin: str
    note: str = ""
    teams: frozenset[str] | None = None  # whose objectives they may change; None: everybody's


def revision(db: sa.Connection) -> int:
    """Grows with every change of a definition or of the ledger."""
    return revisions.read(db, revisions.OBJECTIVES)


def every(db: sa.Connection) -> list[Slo]:
    """All that are not archived, by slug."""
    return [_slo(row) for row in db.execute(_living.order_by(slos.c.slug))]


def by_slug(db: sa.Connection, slug: str) -> Slo | None:
    row = db.execute(_living.where(slos.c.slug == slug)).first()
    return None if row is None else _slo(row)


def slis(db: sa.Connection) -> list[StoredSli]:
    """Those that an SLO or a composite in use is measured by, by id."""
    used = db.execute(sa.select(slos.c.sli_id).where(slos.c.archived_ms.is_(None)).distinct()).scalars()
    return sorted(_with_members(db, set(used)).values(), key=lambda one: one.id)


def sli_for(db: sa.Connection, indicator: Indicator, *, service_id: int, wanted_ms: int, now_ms: int) -> int:
    """The number of this very indicator: the one there is, else a new one that is to be backfilled."""
    fields = _canonical(indicator.fields())
    digest = blake2b(f"{indicator.kind}\0{fields}".encode(), digest_size=16).digest()
    values = {
        "digest": digest,
        "service_id": service_id,
        "kind": indicator.kind,
        "fields": fields,
        "wanted_ms": wanted_ms,
        "filled_ms": now_ms,
        "created_ms": now_ms,
    }
    db.execute(dialect.insert_or_ignore(db, indicators), values)
    found = int(db.execute(sa.select(indicators.c.id).where(indicators.c.digest == digest)).scalar_one())
    for sli_id in [found, *(one.sli_id for one in indicator.members)]:
        _want(db, sli_id, wanted_ms=wanted_ms, now_ms=now_ms, is_kept=_is_used(db, sli_id))
    return found


def save(db: sa.Connection, slo: Slo, edit: Edit, *, now_ms: int) -> Slo:
    """Create it (id 0) or change it; nothing is written when nothing differs. Gives it as stored."""
    before = None if slo.id == 0 else _by_id(db, slo.id)
    if before is not None and _says(before) == _says(slo) and before.sli_id == slo.sli_id:
        return before
    number = revisions.raised(db, revisions.OBJECTIVES)
    values = {
        "slug": slo.slug,
        "service_id": slo.service_id,
        "sli_id": slo.sli_id,
        "name": slo.name,
        "description": slo.description,
        "owner": slo.owner,
        "target": slo_settings.plain(slo.target),
        "settings": _canonical(slo_settings.write(slo)),
        "revision": number,
    }
    if before is None:
        insert = slos.insert().values(**values, created_ms=now_ms).returning(slos.c.id)
        slo_id = int(db.execute(insert).scalar_one())
    else:
        slo_id = before.id
        db.execute(slos.update().where(slos.c.id == slo_id).values(**values))
    stored = replace(slo, id=slo_id, revision=number)
    _note(db, stored, edit, before="" if before is None else _says(before), after=_says(slo), now_ms=now_ms)
    return stored


def archive(db: sa.Connection, slo: Slo, edit: Edit, *, now_ms: int) -> None:
    """Nobody is told of it any more; its name may be given again. One that is archived stays as it is."""
    number = revisions.raised(db, revisions.OBJECTIVES)
    living = (slos.c.id == slo.id) & slos.c.archived_ms.is_(None)
    if db.execute(slos.update().where(living).values(archived_ms=now_ms, revision=number)).rowcount:
        _note(db, slo, edit, before=_says(slo), after="", now_ms=now_ms)


def archived(db: sa.Connection) -> list[tuple[int, Slo]]:
    """(archived_ms, objective) of those out of use, the newest first."""
    query = _all.add_columns(slos.c.archived_ms).where(slos.c.archived_ms.is_not(None))
    rows = db.execute(query.order_by(slos.c.archived_ms.desc(), slos.c.id.desc()).limit(MOST_ARCHIVED))
    return [(row.archived_ms, _slo(row)) for row in rows]


def restore(db: sa.Connection, slo: Slo, edit: Edit, *, now_ms: int) -> None:
    """Put one that is archived back into use."""
    number = revisions.raised(db, revisions.OBJECTIVES)
    db.execute(slos.update().where(slos.c.id == slo.id).values(archived_ms=None, revision=number))
    _note(db, slo, edit, before="", after=_says(slo), now_ms=now_ms)


def filled(db: sa.Connection) -> dict[int, tuple[int, int]]:
    """By SLI, how far back its history is wanted and how far it has been read: (wanted_ms, filled_ms)."""
    rows = db.execute(sa.select(indicators.c.id, indicators.c.wanted_ms, indicators.c.filled_ms))
    return {row.id: (row.wanted_ms, row.filled_ms) for row in rows}


def note_filled(db: sa.Connection, filled: Iterable[StoredSli], *, at_ms: int) -> None:
    """How far back SLIs have been backfilled. One that has begun anew since it was read is left alone."""
    values = [{"sli": one.id, "made": one.created_ms} for one in filled]
    if values:
        own = (indicators.c.id == sa.bindparam("sli")) & (indicators.c.created_ms == sa.bindparam("made"))
        db.execute(indicators.update().where(own).values(filled_ms=at_ms), values)


def unused(db: sa.Connection, *, since_ms: int) -> list[int]:
    """SLIs that nothing has been measured by since a time."""
    used = db.execute(sa.select(slos.c.sli_id, sa.func.coalesce(slos.c.archived_ms, since_ms))).all()
    kept = {sli_id for sli_id, until_ms in used if until_ms >= since_ms}
    old = indicators.c.created_ms < since_ms
    found = db.execute(sa.select(indicators.c.id).where(old).order_by(indicators.c.id)).scalars().all()
    needed = _with_members(db, kept) if found else {}
    return [sli_id for sli_id in found if sli_id not in needed]


def edits(db: sa.Connection, slo_id: int) -> Sequence[tuple[int, Edit, str, str]]:
    """(at_ms, edit, before, after) newest first; before and after as JSON, "" where there was none."""
    table = slo_edits.c
    query = sa.select(table.at_ms, table.author, table.origin, table.note, table.before, table.after)
    rows = db.execute(query.where(table.slo_id == slo_id).order_by(table.at_ms.desc(), table.id.desc()))
    return [(row.at_ms, Edit(row.author, row.origin, row.note), row.before, row.after) for row in rows]


_all = (
    sa.select(
        slos.c.id,
        slos.c.slug,
        slos.c.name,
        services.c.slug.label("service"),
        slos.c.service_id,
        slos.c.sli_id,
        indicators.c.kind,
        indicators.c.fields,
        slos.c.target,
        slos.c.settings,
        slos.c.description,
        slos.c.owner,
        slos.c.revision,
    )
    .join(services, services.c.id == slos.c.service_id)
    .join(indicators, indicators.c.id == slos.c.sli_id)
)
_living = _all.where(slos.c.archived_ms.is_(None))


def _slo(row: Any) -> Slo:
    settings = slo_settings.read(json.loads(row.settings))
    return Slo(
        id=row.id,
        slug=row.slug,
        name=row.name,
        service=row.service,
        service_id=row.service_id,
        sli_id=row.sli_id,
        indicator=_indicator(row.kind, row.fields),
        target=Decimal(row.target),
        window=settings.window,
        budgeting=settings.budgeting,
        alerting=settings.alerting or Alerting(()),
        policy=settings.policy or {},
        credits=settings.credits,
        description=row.description,
        owner=row.owner,
        labels=settings.labels,
        annotations=settings.annotations,
        revision=row.revision,
    )


def _indicator(kind: str, fields: str) -> Indicator:
    return KINDS[kind](json.loads(fields), field="indicator")


def _by_id(db: sa.Connection, slo_id: int) -> Slo | None:
    row = db.execute(_living.where(slos.c.id == slo_id)).first()
    return None if row is None else _slo(row)


def _with_members(db: sa.Connection, ids: set[int]) -> dict[int, StoredSli]:
    """These SLIs and what composites among them are made of."""
    found: dict[int, StoredSli] = {}
    wanted = ids
    while wanted:
        new = {one.id: one for one in _stored(db, sorted(wanted))}
        found |= new
        wanted = {part.sli_id for one in new.values() for part in one.indicator.members} - found.keys()
        if not new:
            break
    return found


def _stored(db: sa.Connection, ids: Iterable[int]) -> list[StoredSli]:
    table = indicators.c
    columns = (table.id, table.service_id, table.kind, table.fields, table.wanted_ms, table.filled_ms, table.created_ms)
    rows = db.execute(sa.select(*columns).where(table.id.in_(list(ids))))
    return [StoredSli(row[0], row[1], _indicator(row[2], row[3]), *row[4:]) for row in rows]


def _is_used(db: sa.Connection, sli_id: int) -> bool:
    """Whether an objective is measured by it, or by a composite that it is a part of."""
    used = sa.select(slos.c.sli_id).where(slos.c.archived_ms.is_(None))
    if db.execute(used.where(slos.c.sli_id == sli_id).limit(1)).first() is not None:
        return True
    composites = sa.select(indicators.c.id).where(indicators.c.kind == "composite", indicators.c.id.in_(used))
    return sli_id in _with_members(db, set(db.execute(composites).scalars()))


def _want(db: sa.Connection, sli_id: int, *, wanted_ms: int, now_ms: int, is_kept: bool) -> None:
    """Let an SLI's history reach back so far at least. Nobody has kept the minutes of one that was not in use."""
    own = indicators.c.id == sli_id
    if is_kept:
        db.execute(indicators.update().where(own, indicators.c.wanted_ms > wanted_ms).values(wanted_ms=wanted_ms))
    else:
        db.execute(indicators.update().where(own).values(wanted_ms=wanted_ms, filled_ms=now_ms, created_ms=now_ms))


def _note(db: sa.Connection, slo: Slo, edit: Edit, *, before: str, after: str, now_ms: int) -> None:
    """Its own list of edits, with all of both; and the log of everybody's deeds, with what differs."""
    said = {"author": edit.author, "origin": edit.origin, "note": edit.note}
    db.execute(slo_edits.insert(), {"slo_id": slo.id, "at_ms": now_ms, **said, "before": before, "after": after})
    verb = "slo_changed" if before and after else "slo_archived" if before else "slo_created"
    audit.append(db, Deed(edit.author, verb, slo.slug, *_difference(before, after)), now_ms=now_ms)


def _difference(before: str, after: str) -> tuple[str, str]:
    """Both without what is the same in both."""
    if not before or not after:
        return before, after
    old, new = json.loads(before), json.loads(after)
    names = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    was, is_now = ({name: one[name] for name in one if name in names} for one in (old, new))
    return _canonical(was), _canonical(is_now)


def _says(slo: Slo) -> str:
    return _canonical(slo_fields.write(slo))


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
