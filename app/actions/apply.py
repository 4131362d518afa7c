"""Making objectives what files declare: all of them or none, and nothing where nothing differs."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.actions import slos as acting
from app.actions.noting import noted
from app.domain import slo_fields
from app.domain.errors import AppError
from app.domain.kept_documents import KeptDocument
from app.domain.slos import Slo
from app.store import documents, slos
from app.store.audit import Deed
from app.store.engine import Connection, Store
from app.store.slos import Edit
from app.wire.openslo import Declared

DONE = {"create": "kept", "change": "changed", "forget": "forgotten"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field before and after, as JSON; "" where there was nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """What was done with one objective: "create", "change", "archive" or "unchanged"."""

    action: str
    slug: str
    line: int
    differences: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """`prune` archives objectives and forgets objects that are not declared; `dry_run` takes everything back."""

    declared: Sequence[Declared]
    kept: Sequence[KeptDocument] = ()
    unseen: bool = False
    prune: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done with objectives, and with objects that are only kept: (action, title)."""

    changes: list[Change]
    kept: list[tuple[str, str]]


class _TakenBackError(Exception):
    """Ends a dry run's transaction."""


def apply(store: Store, asked: Asked, edit: Edit, *, now_ms: int, kept_ms: int) -> Applied:
    """One transaction. Raises Invalid with the file and line of the first fault."""
    changes: list[Change] = []
    kept: list[tuple[str, str]] = []
    with suppress(_TakenBackError), store.writing() as db:
        before = {one.slug: one for one in slos.every(db)}
        for declared in sorted(asked.declared, key=_is_made_of_others):
            old = before.pop(declared.slug, None)
            changes.append(_applied(db, declared, old, asked, edit, now_ms=now_ms, kept_ms=kept_ms))
        for slug, old in before.items() if asked.prune else ():
            acting.archive(db, old, edit, now_ms=now_ms)
            changes.append(Change("archive", slug, 0))
        kept += _kept(db, asked, edit, now_ms=now_ms)
        if asked.dry_run:
            raise _TakenBackError
    return Applied(changes, kept)


def _kept(db: Connection, asked: Asked, edit: Edit, *, now_ms: int) -> list[tuple[str, str]]:
    before = {one.title: one for one in documents.every(db)}
    asked_for = {one.title: one for one in asked.kept}
    changed = [one for title, one in asked_for.items() if before.get(title) != one]
    gone = [one for title, one in before.items() if asked.prune and title not in asked_for]
    documents.keep(db, changed, now_ms=now_ms)
    documents.forget(db, gone)
    actions = {one.title: "change" if one.title in before else "create" for one in changed}
    told = [(actions.get(title, "unchanged"), title) for title in asked_for] + [("forget", one.title) for one in gone]
    for action, title in told:
        if action != "unchanged":  # what a document says stays out of the log: of a data source it may be a password
            noted(db, Deed(edit.author, f"document_{DONE[action]}", title))
    return told


def _is_made_of_others(declared: Declared) -> bool:
    """Composites come last: what they are made of has to be there before, wherever it stands."""
    indicator = declared.fields.get("indicator")
    return isinstance(indicator, Mapping) and indicator.get("kind") == "composite"


def _applied(
    db: Connection, declared: Declared, old: Slo | None, asked: Asked, edit: Edit, *, now_ms: int, kept_ms: int
) -> Change:
    try:
        draft = acting.read(db, declared.fields, unseen=asked.unseen)
        if old is None:
            made = acting.create(db, draft, edit, now_ms=now_ms, kept_ms=kept_ms)
        else:
            made = acting.change(db, old, draft, edit, now_ms=now_ms, kept_ms=kept_ms)
    except AppError as error:
        raise declared.placed(error) from error
    differences = _differences(old, made)
    action = "create" if old is None else "change" if differences else "unchanged"
    return Change(action, declared.slug, declared.place.line, differences, declared.warnings)


def _differences(old: Slo | None, new: Slo) -> tuple[Difference, ...]:
    before = {} if old is None else slo_fields.write(old)
    after = slo_fields.write(new)
    texts = ((name, _text(before.get(name)), _text(value)) for name, value in after.items())
    return tuple(Difference(name, one, other) for name, one, other in texts if one != other)


def _text(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
