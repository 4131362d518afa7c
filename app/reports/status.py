"""The status page for readers of a zone: what may leave the house of what is known, put into its public form."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from app.domain import status
from app.domain.notices import Impact, Notice, NoticeKind, Phase, newest_first
from app.domain.signals import MINUTE_MS
from app.domain.status import Level
from app.domain.status_page import VALID_MS, Component, Group, Page, PastDay, Said, Told
from app.reports import formats, status_days, status_words
from app.reports.status_days import Calendar
from app.reports.status_facts import Facts, Measure, Part

DAY_MS = 1_440 * MINUTE_MS
PAST_DAYS = 14
AHEAD_MS = 30 * DAY_MS


def page(facts: Facts, zone: ZoneInfo) -> Page:
    """As of the newest judged minute."""
    at_ms = facts.as_of_ms
    calendar = Calendar.of(zone, as_of_ms=at_ms)
    parts = {one.slug: one for one in facts.parts}
    components = {one.slug: _component(one, facts, calendar) for one in facts.parts}
    groups: dict[str, list[Component]] = {}
    for part in facts.parts:
        groups.setdefault(part.group, []).append(components[part.slug])
    public = newest_first([one for one in facts.notices if not one.services or parts.keys() & set(one.services)])
    told = [_told(one, parts, at_ms) for one in public]
    running = [one for one, notice in zip(told, public, strict=True) if notice.is_open(at_ms)]
    shown = tuple(components.values())
    level = _level(shown, running)
    return Page(
        title=facts.choice.title,
        about=facts.choice.about,
        zone=zone.key,
        as_of_ms=at_ms,
        valid_until_ms=at_ms + VALID_MS,
        last_known_ms=_last_known_ms(shown, level),
        level=level,
        headline=_headline(shown, running, level),
        since_ms=min((one.since_ms for one in shown if one.level is level and one.since_ms), default=None),
        next_ms=min((one.next_ms for one in running if one.next_ms is not None), default=None),
        groups=tuple(Group(name, tuple(many)) for name, many in groups.items()),
        open=tuple(sorted(running, key=_urgency)),
        planned=tuple(_planned(told, facts.parts, at_ms)),
        past=_past(told, zone, at_ms),
    )


def _last_known_ms(shown: Sequence[Component], level: Level) -> int | None:
    """The newest measurement, of what is unknown when that is what the headline is about."""
    about = [one for one in shown if level is not Level.UNKNOWN or one.level is Level.UNKNOWN]
    return max((one.last_known_ms for one in about if one.last_known_ms is not None), default=None)


def _urgency(one: Told) -> tuple[int, int]:
    """Incidents before maintenance, the worst of them first, then the newest."""
    return -status.IMPACTS[one.impact].rank, -one.start_ms


def _level(shown: Sequence[Component], running: Sequence[Told]) -> Level:
    """The worst that is known or told; unknown when nothing is known, or when all that is known is well."""
    declared = [status.IMPACTS[one.impact] for one in running if not one.components]
    known = [one.level for one in shown if one.level is not Level.UNKNOWN]
    if not known:
        return Level.UNKNOWN
    found = status.worst([*known, *declared])
    return Level.UNKNOWN if found is Level.OPERATIONAL and len(known) < len(shown) else found


def _headline(shown: Sequence[Component], running: Sequence[Told], level: Level) -> str:
    """What people have told is better than what can be made of numbers."""
    incidents = [one for one in running if one.kind is NoticeKind.INCIDENT and one.impact is not Impact.NONE]
    if incidents and level.is_trouble:
        worst = max(incidents, key=lambda one: (status.IMPACTS[one.impact].rank, one.start_ms))
        return worst.title
    return status_words.headline(shown)


def _component(part: Part, facts: Facts, calendar: Calendar) -> Component:
    at_ms = facts.as_of_ms
    about = [one for one in facts.notices if part.slug in one.services]
    windows = [
        (one.start_ms, one.closed_ms or one.end_ms or at_ms) for one in about if one.kind is NoticeKind.MAINTENANCE
    ]
    level = _measured(part.measures, at_ms)
    running = [one for one in about if one.is_open(at_ms)]
    if any(one.kind is NoticeKind.MAINTENANCE for one in running):
        level = Level.MAINTENANCE
    declared = [one for one in running if status.IMPACTS[one.impact].is_trouble]
    level = status.worst([level, *(status.IMPACTS[one.impact] for one in declared)])
    main = part.measures[0]
    share, known = status_days.share(main, calendar)
    begun = [one.start_ms for one in declared] + [one.since_ms for one in part.measures if one.since_ms is not None]
    return Component(
        id=part.id,
        name=part.name,
        description=part.description,
        level=level,
        since_ms=min(begun, default=None) if level.is_trouble else None,
        last_known_ms=max((one.newest_ms for one in part.measures if one.newest_ms is not None), default=None),
        last_level=status.worst(one.last_level for one in part.measures if one.newest_ms is not None),
        measure=main.text,
        share=share,
        days_known=known,
        days=status_days.days(part.measures, calendar, windows),
    )


def _measured(measures: Sequence[Measure], at_ms: int) -> Level:
    """The worst of its objectives; what the ledger leaves out now is maintenance."""
    return status.worst(
        Level.MAINTENANCE if any(start <= at_ms < end for start, end in one.planned) else one.level for one in measures
    )


def _told(notice: Notice, parts: Mapping[str, Part], at_ms: int) -> Told:
    named = [parts[slug] for slug in notice.services if slug in parts]
    return Told(
        id=str(notice.id) if notice.id else notice.key,
        kind=notice.kind,
        title=notice.title,
        impact=notice.impact,
        phase=notice.phase(at_ms),
        start_ms=notice.start_ms,
        end_ms=notice.end_ms if notice.closed_ms is None else notice.closed_ms,
        components=tuple((one.id, one.name) for one in named),
        updates=tuple(
            Said(f"{notice.id or notice.key}-{number}", one.phase, one.text, one.at_ms, one.next_ms)
            for number, one in reversed(list(enumerate(notice.updates, start=1)))
        ),
        next_ms=notice.next_ms,
    )


def _planned(told: Iterable[Told], parts: Iterable[Part], at_ms: int) -> list[Told]:
    """Maintenance to come, soonest first: notices, and windows that the ledger of objectives leaves out."""
    noticed = [one for one in told if one.phase is Phase.SCHEDULED and at_ms < one.start_ms < at_ms + AHEAD_MS]
    windows: dict[tuple[int, int], list[Part]] = {}
    for part in parts:
        for window in sorted({one for measure in part.measures for one in measure.planned}):
            if at_ms < window[0] < at_ms + AHEAD_MS and not _is_noticed(window, part, noticed):
                windows.setdefault(window, []).append(part)
                break  # of what recurs the next one
    ledger = [_of_ledger(window, some) for window, some in windows.items()]
    return sorted([*noticed, *ledger], key=lambda one: (one.start_ms, one.id))


def _is_noticed(window: tuple[int, int], part: Part, noticed: Iterable[Told]) -> bool:
    """Whether people have told of this window already."""
    return any(
        part.id in [one for one, _ in told.components] and told.start_ms < window[1] and window[0] < (told.end_ms or 0)
        for told in noticed
    )


def _of_ledger(window: tuple[int, int], parts: Sequence[Part]) -> Told:
    """Without the entry's reason: that was written for the house."""
    start_ms, end_ms = window
    return Told(
        id=f"window-{start_ms // MINUTE_MS}-{parts[0].id}",
        kind=NoticeKind.MAINTENANCE,
        title="Planned maintenance",
        impact=Impact.NONE,
        phase=Phase.SCHEDULED,
        start_ms=start_ms,
        end_ms=end_ms,
        components=tuple((one.id, one.name) for one in parts),
        updates=(),
        next_ms=None,
    )


def _past(told: Sequence[Told], zone: ZoneInfo, at_ms: int) -> tuple[PastDay, ...]:
    """The last days with what is over, each under the day it began."""
    today = formats.moment(at_ms, zone=zone).date()
    over = [one for one in told if one.phase in (Phase.RESOLVED, Phase.COMPLETED)]
    found = []
    for back in range(PAST_DAYS):
        day = today - timedelta(days=back)
        of_day = tuple(one for one in over if formats.moment(one.start_ms, zone=zone).date() == day)
        found.append(PastDay(day.isoformat(), of_day))
    return tuple(found)
