"""Entering into the ledger: what cannot be is refused with the sentence that says why, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from app.actions import effects
from app.domain.errors import Invalid, Missing
from app.domain.ledger import Entry, EntryKind, Scope
from app.store import ledger, slos
from app.store.engine import Connection
from app.wire import recurrence

DAY_MS = 86_400_000
LOOKED_OVER_MS = 400 * DAY_MS  # the longest window, and as far ahead


def enter(db: Connection, entry: Entry, *, now_ms: int) -> Entry:
    """Add it, whatever its number and time of recording said. Raises Invalid at the field at fault."""
    if entry.kind is EntryKind.REVERSAL:
        raise Invalid("A reversal names the entry it reverses.", code="entry_invalid", field="kind")
    if entry.recurrence and entry.kind is not EntryKind.EXCLUSION:
        raise Invalid("Only exclusions recur.", code="entry_invalid", field="recurrence")
    recurrence.check(entry.recurrence or "FREQ=DAILY", zone=entry.zone)
    ledger.lock(db)
    new = replace(entry, id=0, recorded_ms=now_ms, reverses=None)
    if new.kind is EntryKind.EXCLUSION:
        services = {one.id: one.service_id for one in slos.every(db)}
        _refuse_overlaps(new, effects.in_effect(ledger.every(db)), services, now_ms=now_ms)
    return ledger.add(db, new)


def reverse(db: Connection, entry_id: int, *, author: str, reason: str, now_ms: int) -> Entry:
    """Take an entry back, from its own time on. Raises Missing, and Invalid when it has been or cannot be."""
    ledger.lock(db)
    found = ledger.by_id(db, entry_id)
    if found is None:
        raise Missing(f"There is no entry {entry_id} in the ledger.", code="entry_unknown")
    if found.kind is EntryKind.REVERSAL:
        text = "A reversal is not reversed: enter again what it took back."
        raise Invalid(text, code="entry_not_reversible", field="entry")
    before = ledger.reversal_of(db, entry_id)
    if before is not None:
        text = f"{before.author} has reversed entry {entry_id} already: {before.reason}"
        raise Invalid(text, code="entry_reversed", field="entry")
    return ledger.add(
        db,
        replace(
            found,
            id=0,
            kind=EntryKind.REVERSAL,
            author=author,
            reason=reason,
            recorded_ms=now_ms,
            reverses=entry_id,
        ),
    )


def _refuse_overlaps(new: Entry, standing: Sequence[Entry], services: Mapping[int, int], *, now_ms: int) -> None:
    """Two exclusions of an objective never hold at the same time: nobody could say which one it was."""
    first_ms, end_ms = (
        (now_ms - LOOKED_OVER_MS, now_ms + LOOKED_OVER_MS) if new.recurrence else (new.start_ms, new.end_ms)
    )
    mine = effects.spans(new, first_ms=first_ms, end_ms=end_ms)
    for (_, end_of_one_ms), (start_ms, _) in pairwise(mine):
        if start_ms < end_of_one_ms:
            text = f"It begins again at {_said(start_ms)}, before it has ended."
            raise Invalid(text, code="exclusion_overlaps", field="recurrence")
    for other in standing:
        if other.kind is EntryKind.EXCLUSION and _share(new.scope, other.scope, services):
            at_ms = _first_overlap(mine, effects.spans(other, first_ms=first_ms, end_ms=end_ms))
            if at_ms is not None:
                text = f"At {_said(at_ms)} it overlaps entry {other.id} of {other.author}: {other.reason}"
                hint = "Reverse that one first, or choose another time."
                raise Invalid(text, code="exclusion_overlaps", field="start", hint=hint)


def _share(one: Scope, other: Scope, services: Mapping[int, int]) -> bool:
    """Whether two scopes have an objective in common, now or when a service gets one."""
    if one == other or Scope() in (one, other):
        return True
    return any(
        effects.concerns(one, slo_id=slo_id, service_id=service_id)
        and effects.concerns(other, slo_id=slo_id, service_id=service_id)
        for slo_id, service_id in services.items()
    )


def _first_overlap(mine: effects.Spans, others: effects.Spans) -> int | None:
    """When the first time is that both hold; both ascend."""
    at = 0
    for start_ms, end_ms in mine:
        while at < len(others) and others[at][1] <= start_ms:
            at += 1
        if at < len(others) and others[at][0] < end_ms:
            return max(start_ms, others[at][0])
    return None


def _said(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
