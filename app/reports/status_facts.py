"""What the status page is made of, read once for readers of every zone: services, their measured states, notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.domain import status
from app.domain.healths import SILENT_MS
from app.domain.notices import Notice
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import SliMinutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.domain.status import LEVELS, Level
from app.domain.status_choices import PageChoice, Shown
from app.reports import status_words
from app.reports.status_cells import DAYS, Cells, History, Past
from app.store import notices, services
from app.store import status as choices
from app.store.engine import Connection
from app.store.services import PRODUCTION, Described

NOW_MINUTES = 15
DAY_MS = 1_440 * MINUTE_MS
GROUP = "Services"


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One objective of a component. `ranks` are of its half hours; `planned` the windows its ledger leaves out."""

    text: str
    kind: str
    cells: Cells
    ranks: np.ndarray[tuple[int], np.dtype[np.int8]]
    level: Level
    last_level: Level
    since_ms: int | None
    newest_ms: int | None
    planned: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One component; `measures` begin with the main one."""

    id: str
    slug: str
    name: str
    group: str
    description: str
    position: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """`as_of_ms` is where the newest judged minute ends."""

    as_of_ms: int
    choice: PageChoice
    parts: tuple[Part, ...]
    notices: tuple[Notice, ...]


def read(board: SloBoard, db: Connection, history: History, *, now_ms: int) -> Facts:
    """Everything, as of now."""
    chosen, described = choices.components(db), services.described(db)
    by_service: dict[str, list[Slo]] = {}
    for slo in board.slos():
        if is_shown(slo.service, chosen.get(slo.service)):
            by_service.setdefault(slo.service, []).append(slo)
    flat = [slo for slos in by_service.values() for slo in slos]
    past = {one.slo.id: one for one in history.read(board, db, flat, now_ms=now_ms)}
    parts = [
        _part(slug, slos, chosen.get(slug, Shown()), described.get(slug), past, until=board.until_minute)
        for slug, slos in by_service.items()
    ]
    return Facts(
        as_of_ms=board.until_minute * MINUTE_MS,
        choice=choices.page(db),
        parts=tuple(sorted(parts, key=lambda one: (one.position, one.name.casefold(), one.id))),
        notices=tuple(notices.since(db, now_ms - (DAYS + 1) * DAY_MS)),
    )


def is_shown(slug: str, chosen: Shown | None) -> bool:
    """Unless somebody chose: production is, copies in other environments are not."""
    return chosen.shown if chosen is not None else environment_of(slug) in PRODUCTION


def environment_of(slug: str) -> str:
    return slug.rpartition("@")[2].lower() if "@" in slug else ""


def usual_name(slug: str, described: Described | None) -> str:
    """What a service is called when nobody chose a public name."""
    title = described.title.strip() if described is not None else ""
    words = slug.replace("-", " ").replace("_", " ")
    return title or words[:1].upper() + words[1:]


def usual_group(slos: Sequence[Slo], described: Described | None) -> str:
    """Its team, by the catalogue's labels or its objectives' owner; an address of a person is none."""
    labels = {} if described is None else described.labels
    told = [one for name in ("team", "owner") for one in labels.get(name, ())] + [slo.owner for slo in slos]
    team = next((one.strip() for one in told if one.strip() and "@" not in one), "")
    return team[:1].upper() + team[1:] if team else GROUP


def _part(
    slug: str,
    slos: Sequence[Slo],
    chosen: Shown,
    described: Described | None,
    past: Mapping[int, Past],
    *,
    until: int,
) -> Part:
    ordered = sorted(slos, key=lambda one: (status_words.MAIN.index(one.indicator.kind), one.slug))
    return Part(
        id=str(slos[0].service_id),
        slug=slug,
        name=chosen.name or usual_name(slug, described),
        group=chosen.group or usual_group(slos, described),
        description=chosen.description,
        position=chosen.position,
        measures=tuple(_measure(past[slo.id], is_renamed=bool(chosen.name), until=until) for slo in ordered),
    )


def _measure(of: Past, *, is_renamed: bool, until: int) -> Measure:
    slo, kind = of.slo, of.slo.indicator.kind
    allowed, most = float(slo.allowed), status.most_of(kind)
    ranks = status.ranks(of.judged.bad, of.judged.total, of.judged.known_ms, allowed=allowed, most=most)
    known = of.recent.minute[of.recent.known_ms > 0]
    newest_ms = _newest_ms(of, known)
    last = _level_at(of.recent, slo, most, end=int(known[-1]) + 1 if len(known) else until)
    is_silent = newest_ms is None or until * MINUTE_MS - newest_ms > SILENT_MS
    level = Level.UNKNOWN if is_silent else _level_at(of.recent, slo, most, end=until)
    return Measure(
        text=status_words.MEASURES[kind] if is_renamed else slo.name,
        kind=kind,
        cells=of.cells,
        ranks=ranks,
        level=level,
        last_level=last,
        since_ms=_since_ms(of.recent, slo, most, until=until) if level.is_trouble else None,
        newest_ms=newest_ms,
        planned=tuple((one.first * MINUTE_MS, one.end * MINUTE_MS) for one in of.effects.exclusions),
    )


def _newest_ms(of: Past, known: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int | None:
    """The end of the newest measured minute; of an older one, of its half hour."""
    if len(known):
        return (int(known[-1]) + 1) * MINUTE_MS
    heard = np.flatnonzero(of.cells.known_ms)
    return (of.cells.first + (int(heard[-1]) + 1) * 30) * MINUTE_MS if len(heard) else None


def _level_at(recent: SliMinutes, slo: Slo, most: Level, *, end: int) -> Level:
    """Of the minutes before `end`."""
    inside = recent.between(end - NOW_MINUTES, end)
    sums = [int(column.sum()) for column in (inside.bad, inside.total, inside.known_ms)]
    return LEVELS[int(status.ranks(*sums, allowed=float(slo.allowed), most=most))]


def _since_ms(recent: SliMinutes, slo: Slo, most: Level, *, until: int) -> int | None:
    """Since when there has been trouble without a break, to the minute it began in."""
    if len(recent) == 0:
        return None
    first = int(recent.minute[0])
    running = np.zeros((3, until - first + 1), dtype=np.int64)
    for row, column in zip(running, (recent.bad, recent.total, recent.known_ms), strict=True):
        row[recent.minute - first + 1] = column
    np.cumsum(running, axis=1, out=running)
    starts = np.maximum(np.arange(1, until - first + 1) - NOW_MINUTES, 0)
    sums = running[:, 1:] - running[:, starts]
    trouble = status.ranks(*sums, allowed=float(slo.allowed), most=most) >= Level.DEGRADED.rank
    calm = np.flatnonzero(~trouble)
    seen = int(calm[-1]) + 1 if len(calm) else 0
    inside = recent.between(first + seen - NOW_MINUTES + 1, first + seen + 1)
    bad = inside.minute[inside.bad > float(slo.allowed) * inside.total]
    return (int(bad[0]) if len(bad) else first + seen) * MINUTE_MS
