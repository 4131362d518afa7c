"""What ledger entries do to objectives: reversals applied, recurrences expanded, whole minutes."""

from collections.abc import Callable, Iterable, Sequence

from app.domain.ledger import Correction, Effects, Entry, EntryKind, Exclusion, Scope
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT
from app.domain.slos import Slo
from app.wire import recurrence

Spans = Sequence[tuple[int, int]]


def of(entries: Sequence[Entry], slo: Slo, *, first_ms: int, end_ms: int) -> Effects:
    """What touches [first_ms, end_ms) of one objective."""
    return of_all(entries, [slo], first_ms=first_ms, end_ms=end_ms)[slo.id]


def of_all(entries: Sequence[Entry], slos: Iterable[Slo], *, first_ms: int, end_ms: int) -> dict[int, Effects]:
    """By objective; each recurrence is expanded once, however many objectives it concerns."""
    standing = in_effect(entries)
    exclusions = {
        one.id: [
            Exclusion(one.id, start_ms // MINUTE_MS, -(-stop_ms // MINUTE_MS), one.treatment)
            for start_ms, stop_ms in spans(one, first_ms=first_ms, end_ms=end_ms)
        ]
        for one in standing
        if one.kind is EntryKind.EXCLUSION
    }
    corrections = {
        one.id: [_correction(one)]
        for one in standing
        if one.kind is not EntryKind.EXCLUSION and first_ms <= one.start_ms < end_ms
    }
    touching = [(one.scope, one.id) for one in standing if one.id in exclusions or one.id in corrections]
    return {slo.id: _effects(touching, slo, exclusions, corrections) for slo in slos}


def in_effect(entries: Sequence[Entry]) -> list[Entry]:
    """Those that are not reversed; an entry that only reverses has no effect of its own."""
    reversed_ids = {one.reverses for one in entries}
    return [one for one in entries if one.kind is not EntryKind.REVERSAL and one.id not in reversed_ids]


def spans(entry: Entry, *, first_ms: int, end_ms: int) -> Spans:
    """When an exclusion is in effect within [first_ms, end_ms), oldest first."""
    if entry.recurrence:
        whole = (entry.start_ms, entry.end_ms)
        return recurrence.occurrences(entry.recurrence, zone=entry.zone, first=whole, start_ms=first_ms, end_ms=end_ms)
    touches = entry.start_ms < end_ms and entry.end_ms > first_ms
    return [(entry.start_ms, entry.end_ms)] if touches else []


def concerns(scope: Scope, *, slo_id: int, service_id: int) -> bool:
    """Whether an objective lies within a scope."""
    if scope.slo_id is not None:
        return scope.slo_id == slo_id
    return scope.service_id is None or scope.service_id == service_id


def _effects(
    touching: Sequence[tuple[Scope, int]],
    slo: Slo,
    exclusions: dict[int, list[Exclusion]],
    corrections: dict[int, list[Correction]],
) -> Effects:
    ids = [entry_id for scope, entry_id in touching if concerns(scope, slo_id=slo.id, service_id=slo.service_id)]
    by_time: Callable[[Exclusion], tuple[int, int]] = lambda one: (one.first, one.entry_id)  # noqa: E731
    return Effects(
        tuple(sorted((one for entry_id in ids for one in exclusions.get(entry_id, ())), key=by_time)),
        tuple(one for entry_id in ids for one in corrections.get(entry_id, ())),
    )


def _correction(entry: Entry) -> Correction:
    amount = round(entry.events * EVENT)
    is_debit = entry.kind is EntryKind.DEBIT
    return Correction(
        entry.id, entry.start_ms // MINUTE_MS, bad=amount if is_debit else -amount, total=amount if is_debit else 0
    )
