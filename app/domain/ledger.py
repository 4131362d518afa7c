"""The ledger of an objective: what is left out, counted otherwise or corrected, by whom and why. Append-only.

Nothing is edited: a reversal is an entry too, and takes effect from the time of the entry it reverses.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Invalid


class EntryKind(StrEnum):
    EXCLUSION = "exclusion"
    DEBIT = "debit"
    CREDIT = "credit"
    REVERSAL = "reversal"


class Treatment(StrEnum):
    """What excluded minutes count as."""

    REMOVED = "removed"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Scope:
    """One SLO, all SLOs of a service, or all there are (both None)."""

    slo_id: int | None = None
    service_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`recurrence` is an RRULE (RFC 5545) in wall-clock times of `zone`, from `start_ms`; "" when it is one-off.

    `events` of a debit or credit: bad events added, or bad events taken to be good; slices count in minutes.
    """

    id: int
    kind: EntryKind
    scope: Scope
    start_ms: int
    end_ms: int
    author: str
    reason: str
    recorded_ms: int
    treatment: Treatment = Treatment.REMOVED
    recurrence: str = ""
    zone: str = "UTC"
    events: float = 0.0
    reverses: int | None = None

    def __post_init__(self) -> None:
        for name in ("author", "reason"):
            if not getattr(self, name).strip():
                raise Invalid(f"Every entry has its {name}.", code="entry_invalid", field=name)
        if self.kind is EntryKind.EXCLUSION and not self.start_ms < self.end_ms:
            raise Invalid("An exclusion ends after it starts.", code="entry_invalid", field="end")
        if self.kind in (EntryKind.DEBIT, EntryKind.CREDIT) and not self.events > 0:
            raise Invalid("A correction is of more than 0 events.", code="entry_invalid", field="events")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One occurrence in effect, whole minutes [first, end)."""

    entry_id: int
    first: int
    end: int
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class Correction:
    """Millionths of bad events added to (below 0: taken from) a minute; a debit adds as many to the total."""

    entry_id: int
    minute: int
    bad: int
    total: int


@dataclass(frozen=True, slots=True)
class Effects:
    """What the ledger does to one SLO, reversals applied, occurrences ascending."""

    exclusions: tuple[Exclusion, ...] = ()
    corrections: tuple[Correction, ...] = ()


NO_EFFECTS = Effects()
