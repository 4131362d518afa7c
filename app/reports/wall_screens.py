"""What a wall shows at one moment: what is wrong in huge type, the rest as cells, and a count line that sums."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain import walls as shapes
from app.domain.board import Board
from app.domain.slo_board import SloBoard
from app.domain.slos import Health, Severity
from app.domain.states import State
from app.domain.walls import Layout
from app.reports import formats, overview, slo_words, slos, words
from app.reports.overview import Count, Row
from app.reports.slos import SloRow
from app.reports.walls import Wall
from app.store.engine import Connection

PAGES = {"services": "Services", "slos": "Objectives"}
WRONG = (State.CRIT, State.WARN, State.NO_DATA)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a screen wants: which page, and how large and how far away it hangs."""

    zone: ZoneInfo
    page: str = "services"
    focus: str = ""
    inch: float = shapes.USUAL_INCH
    metres: float = shapes.USUAL_METRES


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on a wall; `value` with its `unit` under it is the number that matters most, "" when none does."""

    key: str
    name: str
    state: State
    word: str
    detail: str = ""
    value: str = ""
    unit: str = ""
    since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Objectives:
    """How many objectives keep their target; those without data are neither."""

    met: int
    missed: int
    unknown: int

    @property
    def total(self) -> int:
        return self.met + self.missed + self.unknown


@dataclass(frozen=True, slots=True)
class Screen:
    """`rows`, `cells` and `hidden` are all there is on the page: together `total`. `counts` are of services.

    sentence   said instead of everything else while all is well, with `tightest` under it
    more       what is wrong beyond the rows, by name
    critical   services that are critical now, whatever the page: a new one pins the wall
    """

    wall: Wall
    page: str
    rows: tuple[Item, ...]
    cells: tuple[Item, ...]
    hidden: int
    more: tuple[Item, ...]
    total: int
    counts: tuple[Count, ...]
    services: int
    objectives: Objectives
    layout: Layout
    sentence: str
    tightest: str
    critical: tuple[str, ...]
    focus: Row | None
    newest_ms: int | None
    now_ms: int

    @property
    def noted(self) -> tuple[Count, ...]:
        """The count line: states that occur, worst first; of nothing at all the zero of those that are well."""
        there = tuple(one for one in self.counts if one.number)
        return there or self.counts[-1:]

    @property
    def worst(self) -> State:
        return next((one.state for one in self.counts if one.number and one.state is not State.MAINT), State.OK)


def screen(board: Board, slo_board: SloBoard, db: Connection, now: datetime, *, wall: Wall, asked: Asked) -> Screen:
    """A wall now."""
    objectives = [one for one in slos.listed(slo_board, db).rows if wall.holds(one.slo.service)]
    worst: dict[str, SloRow] = {}
    for one in objectives:
        worst.setdefault(one.slo.service, one)
    every = [one for one in overview.page(board, now, budgets=worst).rows if wall.holds(one.service.slug)]
    now_ms = round(now.timestamp() * 1000)
    kept = _kept(objectives)
    if asked.page == "slos":
        wrong, rest = _objectives(objectives)
    else:
        wrong, rest = _services(every, worst, asked.zone, now_ms)
    if asked.page == "slos":
        sentence = "" if objectives else "There are no objectives yet"
    else:
        sentence = _sentence(every, wrong, kept, measured=worst.keys())
    inch, metres = asked.inch, asked.metres
    layout = shapes.layout([one.name for one in wrong], [one.name for one in rest], inch=inch, metres=metres)
    others = (*wrong[layout.rows :], *rest)
    return Screen(
        wall=wall,
        page=asked.page,
        rows=tuple(wrong[: layout.rows]),
        cells=others[: layout.field.shown],
        hidden=len(others) - layout.field.shown,
        more=tuple(wrong[layout.rows :]),
        total=len(wrong) + len(rest),
        counts=_counts(every),
        services=len(every),
        objectives=kept,
        layout=layout,
        sentence=sentence,
        tightest=_tightest(objectives) if sentence else "",
        critical=tuple(one.service.slug for one in every if one.state is State.CRIT),
        focus=next((one for one in every if one.service.slug == asked.focus), None),
        newest_ms=max((one.service.newest_ms or 0 for one in every), default=0) or None,
        now_ms=now_ms,
    )


def _services(
    every: Sequence[Row], worst: dict[str, SloRow], zone: ZoneInfo, now_ms: int
) -> tuple[list[Item], list[Item]]:
    """What is wrong, worst first, and the rest by name. A budget that burns away is wrong, however well its service."""
    wrong, rest = [], []
    for one in every:
        if one.state in WRONG:
            wrong.append(_service(one, zone, now_ms))
        elif (budget := worst.get(one.service.slug)) is not None and _pages(budget):
            told = f"{budget.slo.name}: {slo_words.share(budget.now.budget_left)} of its budget left"
            wrong.append(replace(_objective(budget), key=one.service.slug, name=one.service.slug, detail=told))
        else:
            rest.append(Item(one.service.slug, one.service.slug, one.state, one.word))
    return sorted(wrong, key=lambda one: one.state.rank), sorted(rest, key=lambda one: one.name)


def _service(one: Row, zone: ZoneInfo, now_ms: int) -> Item:
    value, unit = _value(one, now_ms)
    since = formats.since(one.since_ms, zone=zone, now_ms=now_ms)
    detail = ", ".join(part for part in (one.reason, since) if part)
    return Item(one.service.slug, one.service.slug, one.state, one.word, detail, value, unit, one.since_ms)


def _value(one: Row, now_ms: int) -> tuple[str, str]:
    """The one number: how fast a budget burns, that none is left, or the figure that made the state."""
    if one.state is State.NO_DATA:
        newest_ms = one.service.newest_ms
        return ("", "") if newest_ms is None else (formats.minutes((now_ms - newest_ms) / 1000), "without data")
    if one.budget is not None and (told := _burning(one.budget)):
        return told
    names = {"latency": one.latency_name, "saturation": one.resource}
    figures = ((name, figure) for name, figure in one.figures if figure.state is one.state)
    return next(((figure.text, names.get(name, name)) for name, figure in figures), ("", ""))


def _burning(one: SloRow) -> tuple[str, str] | None:
    firing = [pair for pair in one.now.pairs if pair.state == "firing" and pair.long.rate is not None]
    if firing:
        return slo_words.burn(max(pair.long.rate or 0 for pair in firing)), "budget burn"
    left = one.now.budget_left
    return (slo_words.share(left), "budget left") if left is not None and left <= 0 else None


def _objectives(every: Iterable[SloRow]) -> tuple[list[Item], list[Item]]:
    items = [(one, _objective(one)) for one in every]
    healthy = [item for one, item in items if one.now.health is Health.HEALTHY]
    return [item for one, item in items if one.now.health is not Health.HEALTHY], sorted(healthy, key=lambda i: i.name)


def _objective(one: SloRow) -> Item:
    fast = one.now.pairs[0].long.rate if one.now.pairs else None
    told = f"{one.target_text} over {one.window_text}"
    burn = f", burns {slo_words.burn(fast)}" if fast is not None and fast >= 1 else ""
    unknown = one.now.budget_left is None
    value, unit = ("", "") if unknown else (slo_words.share(one.now.budget_left), "budget left")
    if _pages(one):
        value, unit = _burning(one) or (value, unit)
        burn = f", {slo_words.share(one.now.budget_left)} of its budget left"
    return Item(one.slo.slug, one.slo.name, one.state, one.word, told + burn, value, unit)


def _pages(one: SloRow) -> bool:
    """Whether it burns so fast that somebody is to be woken."""
    return any(pair.state == "firing" and pair.severity == Severity.PAGE for pair in one.now.pairs)


def _kept(every: Sequence[SloRow]) -> Objectives:
    left = [one.now.budget_left for one in every]
    unknown = sum(one is None for one in left)
    missed = sum(one is not None and one < 0 for one in left)
    return Objectives(len(left) - unknown - missed, missed, unknown)


def _counts(every: Sequence[Row]) -> tuple[Count, ...]:
    """One a state, worst first, zeros included: the line sums to the number of services."""
    found = [one.state for one in every]
    return tuple(Count(state, words.WORDS[state], found.count(state)) for state in State)


def _sentence(every: Sequence[Row], wrong: Sequence[Item], kept: Objectives, *, measured: Container[str]) -> str:
    """Said only when nothing is left to say beside it; `measured` are services that have an objective to be within."""
    number = len(every)
    if not number:
        return "No service has sent anything yet"
    if wrong or any(one.state is not State.OK for one in every):
        return ""
    has_each = all(one.service.slug in measured for one in every)
    within = has_each and not kept.missed and not kept.unknown
    if number == 1:
        return f"{every[0].service.slug} is {'within SLO' if within else 'ok'}"
    many = "Both services" if number == 2 else f"All {number} services"
    return f"{many} within SLO" if within else f"{many} are ok"


def _tightest(every: Sequence[SloRow]) -> str:
    """The objective with the least budget left, in a sentence."""
    known = [one for one in every if one.now.budget_left is not None]
    if not known:
        return ""
    least = min(known, key=lambda one: one.now.budget_left or 0.0)
    left = least.now.budget_left or 0.0
    if left < 0:
        return f"{least.slo.name} has overspent its budget by {slo_words.share(-left)}"
    return f"Tightest: {least.slo.name}, {slo_words.share(left)} of its budget left"
