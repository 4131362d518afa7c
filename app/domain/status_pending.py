"""What was told while nobody answered: laid over the last page that is known, and handed in when somebody does.

Components are named by their public ids, because a copy of the page knows no others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.domain import status
from app.domain.errors import Missing
from app.domain.notices import LAST, Impact, NoticeKind, Phase
from app.domain.status import Level
from app.domain.status_page import VALID_MS, Component, Page, PastDay, Said, Told, unconfirmed

STANDS_MS = 60 * 60_000


@dataclass(frozen=True, slots=True)
class Pending:
    """`notice` is the id of the one it goes on with, or the key of one that is pending too; "" begins a new one."""

    key: str
    notice: str
    title: str
    impact: Impact
    components: tuple[str, ...]
    phase: Phase
    text: str
    at_ms: int
    next_ms: int | None


def laid_over(page: Page, pending: Iterable[Pending]) -> Page:
    """The page as it stands with them. What was measured is no longer sure; what people say is. Raises Missing."""
    for one in sorted(pending, key=lambda one: one.at_ms):
        page = _said(page, one)
    return page


def _said(page: Page, one: Pending) -> Page:
    page = unconfirmed(page)  # who measures is not there to be asked
    begun = _begun(page, one)
    update = Said(f"{begun.id}-{len(begun.updates) + 1}", one.phase, one.text, one.at_ms, one.next_ms)
    is_over = one.phase in LAST
    now = replace(
        begun,
        phase=one.phase,
        updates=(update, *begun.updates),
        next_ms=None if is_over else one.next_ms,
        end_ms=one.at_ms if is_over else begun.end_ms,
    )
    others = tuple(other for other in page.open if other.id != now.id)
    past = page.past
    if is_over and past:
        past = (PastDay(past[0].date, (now, *past[0].notices)), *past[1:])
    running = others if is_over else (now, *others)
    page = replace(
        page,
        open=running,
        planned=tuple(other for other in page.planned if other.id != now.id),
        past=past,
        next_ms=min((other.next_ms for other in running if other.next_ms is not None), default=None),
        as_of_ms=max(page.as_of_ms, one.at_ms),
        valid_until_ms=max(page.valid_until_ms, one.next_ms or one.at_ms + STANDS_MS, one.at_ms + VALID_MS),
    )
    return _declared(page)


def _begun(page: Page, one: Pending) -> Told:
    if one.notice:
        found = next((told for told in page.told if told.id == one.notice), None)
        if found is None:
            raise Missing(f"There is no notice {one.notice} on the status page.", code="notice_unknown", field="notice")
        return found
    names = {component.id: component.name for component in page.components}
    return Told(
        id=one.key,
        kind=NoticeKind.INCIDENT,
        title=one.title,
        impact=one.impact,
        phase=one.phase,
        start_ms=one.at_ms,
        end_ms=None,
        components=tuple((number, names[number]) for number in one.components if number in names),
        updates=(),
        next_ms=None,
    )


def _declared(page: Page) -> Page:
    """With what incidents are said to do: to their components, and to the page's level and headline."""
    incidents = [one for one in page.open if one.kind is NoticeKind.INCIDENT and one.impact is not Impact.NONE]
    groups = tuple(
        replace(group, components=tuple(_hit(one, incidents) for one in group.components)) for group in page.groups
    )
    page = replace(page, groups=groups)
    if not incidents:
        return page
    worst = max(incidents, key=lambda one: (status.IMPACTS[one.impact].rank, one.start_ms))
    level = status.worst([status.IMPACTS[worst.impact], page.level])
    return replace(page, level=level, headline=worst.title, since_ms=worst.start_ms)


def _hit(one: Component, incidents: Iterable[Told]) -> Component:
    mine = [told for told in incidents if one.id in [number for number, _ in told.components]]
    level = status.worst([one.level, *(status.IMPACTS[told.impact] for told in mine)])
    if level is one.level or level is Level.OPERATIONAL:
        return one
    return replace(one, level=level, since_ms=min(told.start_ms for told in mine))
