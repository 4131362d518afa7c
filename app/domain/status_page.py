"""The status page as it leaves the house: whatever is told to the public is told by these values and nothing else.

A field added here is published: on the page, in its JSON, in feeds and exports. Hence no selector, no owner, no slug.
"""

from dataclasses import dataclass, replace

from app.domain.notices import Impact, NoticeKind, Phase
from app.domain.status import Level

VALID_MS = 3 * 60_000


@dataclass(frozen=True, slots=True)
class Day:
    """A day of one component. `share` of good events is of `measure`; None when nothing is known.

    known      share of the day that was measured, 0 to 1
    lasted_s   for how long it was at its level, to half an hour
    """

    date: str
    level: Level
    share: float | None
    measure: str
    known: float
    lasted_s: int
    maintenance: bool


@dataclass(frozen=True, slots=True)
class Component:
    """`share` of good events over the days shown, by `measure`; `days_known` of them have data."""

    id: str
    name: str
    description: str
    level: Level
    since_ms: int | None
    last_known_ms: int | None
    last_level: Level
    measure: str
    share: float | None
    days_known: int
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One update of a notice."""

    id: str
    phase: Phase
    text: str
    at_ms: int
    next_ms: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice. `components` are ids and names; `updates` newest first."""

    id: str
    kind: NoticeKind
    title: str
    impact: Impact
    phase: Phase
    start_ms: int
    end_ms: int | None
    components: tuple[tuple[str, str], ...]
    updates: tuple[Said, ...]
    next_ms: int | None


@dataclass(frozen=True, slots=True)
class PastDay:
    """What was told of a day that is over, or nothing."""

    date: str
    notices: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """`as_of_ms`: up to when everything was judged; `last_known_ms`: the newest measurement behind it."""

    title: str
    about: str
    zone: str
    as_of_ms: int
    valid_until_ms: int
    last_known_ms: int | None
    level: Level
    headline: str
    since_ms: int | None
    next_ms: int | None
    groups: tuple[Group, ...]
    open: tuple[Told, ...]
    planned: tuple[Told, ...]
    past: tuple[PastDay, ...]

    @property
    def components(self) -> tuple[Component, ...]:
        return tuple(one for group in self.groups for one in group.components)

    @property
    def told(self) -> tuple[Told, ...]:
        """Every notice on the page, newest first."""
        past = [one for day in self.past for one in day.notices]
        every = {one.id: one for one in (*self.open, *self.planned, *past)}
        return tuple(sorted(every.values(), key=lambda one: (one.start_ms, one.id), reverse=True))


UNCONFIRMED = "We cannot confirm the present state"


def unconfirmed(page: Page) -> Page:
    """The page when it is no longer known whether it holds: what was known stands as what was known last."""
    page = replace(page, last_known_ms=known_until_ms(page))
    groups = tuple(
        replace(group, components=tuple(_doubted(one, page) for one in group.components)) for group in page.groups
    )
    return replace(page, level=Level.UNKNOWN, headline=UNCONFIRMED, since_ms=None, groups=groups)


def known_until_ms(page: Page) -> int | None:
    """Up to when anything was known: where nothing is known any more, the newest measurement."""
    is_known = any(one.level is not Level.UNKNOWN for one in page.components)
    return page.as_of_ms if is_known else page.last_known_ms


def _doubted(one: Component, page: Page) -> Component:
    if one.level is Level.UNKNOWN:
        return one
    return replace(one, level=Level.UNKNOWN, last_level=one.level, since_ms=None, last_known_ms=page.last_known_ms)
