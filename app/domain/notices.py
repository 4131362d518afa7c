"""Notices: what people tell of an incident or of planned maintenance on the status page, one update after another.

Nothing said is changed: what was wrong is put right by another update.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import Invalid

LONGEST_TITLE = 200
LONGEST_TEXT = 4_000
MOST_SERVICES = 200


class NoticeKind(StrEnum):
    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


class Phase(StrEnum):
    """Where an incident stands, then where maintenance does."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Impact(StrEnum):
    """What an incident does to the services it names; of maintenance it is none."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


PHASES = {
    NoticeKind.INCIDENT: (Phase.INVESTIGATING, Phase.IDENTIFIED, Phase.MONITORING, Phase.RESOLVED),
    NoticeKind.MAINTENANCE: (Phase.SCHEDULED, Phase.IN_PROGRESS, Phase.COMPLETED),
}
LAST = frozenset({Phase.RESOLVED, Phase.COMPLETED})


@dataclass(frozen=True, slots=True)
class Update:
    """`next_ms` is when the next one is promised. Raises Invalid."""

    phase: Phase
    text: str
    at_ms: int
    next_ms: int | None = None
    author: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST_TEXT:
            raise _invalid(f"An update has at most {LONGEST_TEXT} characters.", "text")
        if self.next_ms is not None and self.next_ms <= self.at_ms:
            raise _invalid("The next update is promised for a time to come.", "next_update")


@dataclass(frozen=True, slots=True)
class Notice:
    """`updates` ascend; `services` are slugs, none of them: the page as a whole. Raises Invalid."""

    id: int
    key: str
    kind: NoticeKind
    title: str
    impact: Impact
    services: tuple[str, ...]
    start_ms: int
    end_ms: int | None = None
    updates: tuple[Update, ...] = ()
    author: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > LONGEST_TITLE:
            raise _invalid(f"A notice has a title of at most {LONGEST_TITLE} characters.", "title")
        if len(self.services) > MOST_SERVICES:
            raise _invalid(f"A notice names at most {MOST_SERVICES} services.", "services")
        if self.kind is NoticeKind.MAINTENANCE and (self.end_ms is None or self.end_ms <= self.start_ms):
            raise _invalid("Maintenance has an end, and it is after the start.", "end")
        if self.kind is NoticeKind.INCIDENT and self.end_ms is not None:
            raise _invalid("When an incident ends is told by the update that resolves it.", "end")
        if self.kind is NoticeKind.MAINTENANCE and self.impact is not Impact.NONE:
            raise _invalid("Maintenance is a state of its own: it has no impact.", "impact")

    @property
    def closed_ms(self) -> int | None:
        """When it was said to be over."""
        last = self.updates[-1] if self.updates else None
        return last.at_ms if last is not None and last.phase in LAST else None

    @property
    def next_ms(self) -> int | None:
        """When its next update is promised."""
        return self.updates[-1].next_ms if self.updates and self.closed_ms is None else None

    def phase(self, now_ms: int) -> Phase:
        """The last one told; a window opens and closes by itself."""
        told = self.updates[-1].phase if self.updates else PHASES[self.kind][0]
        if self.kind is NoticeKind.INCIDENT or told in LAST:
            return told
        if self.end_ms is not None and now_ms >= self.end_ms:
            return Phase.COMPLETED
        return Phase.IN_PROGRESS if now_ms >= self.start_ms else told

    def is_open(self, now_ms: int) -> bool:
        """Whether an incident is not resolved, or maintenance is under way."""
        phase = self.phase(now_ms)
        return phase is Phase.IN_PROGRESS or (self.kind is NoticeKind.INCIDENT and phase not in LAST)

    def ended_ms(self, now_ms: int) -> int | None:
        """When it was over; None while it is not."""
        if self.closed_ms is not None:
            return self.closed_ms
        return self.end_ms if self.end_ms is not None and now_ms >= self.end_ms else None


def check_next(notice: Notice, update: Update) -> None:
    """Raises Invalid when this cannot be the next thing said."""
    phases = PHASES[notice.kind]
    if update.phase not in phases:
        text = f"An update of {'an incident' if notice.kind is NoticeKind.INCIDENT else 'maintenance'} is one of "
        raise _invalid(text + ", ".join(phases) + ".", "phase")
    if update.phase not in LAST and not update.text.strip():
        raise _invalid("Say what is known: an update has a text.", "text")
    if notice.updates and update.at_ms < notice.updates[-1].at_ms:
        raise _invalid("An update is not older than the one before it.", "time")


def newest_first(notices: Sequence[Notice]) -> list[Notice]:
    return sorted(notices, key=lambda one: (one.start_ms, one.id), reverse=True)


def _invalid(message: str, field: str) -> Invalid:
    return Invalid(message, code="notice_invalid", field=field)
