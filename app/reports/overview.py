"""Every service on one page, worst first: what is broken, since when, and how the rest is doing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from weakref import WeakKeyDictionary

from app.domain.board import Board, ServiceRef
from app.domain.states import Concern, State
from app.reports import formats, glances, words
from app.reports.glances import Glance, Reading
from app.reports.slos import NEVER_MS, SloRow
from app.reports.sparks import Spark

SIGNALS = ("latency", "traffic", "errors", "saturation")
_SIGNAL_OF = {
    Concern.ERRORS: "errors",
    Concern.LATENCY: "latency",
    Concern.TRAFFIC: "traffic",
    Concern.SATURATION: "saturation",
    Concern.FILLING: "saturation",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One golden signal now: the number, the number as text, and the state it is in by itself."""

    value: float | None
    text: str
    state: State
    spark: Spark
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One service. `since_ms` is when its worst finding began; None while it is well, or when that is too long ago."""

    service: ServiceRef
    state: State
    word: str
    reason: str
    since_ms: int | None
    severity: float
    until_ms: int
    latency_name: str
    resource: str
    full_seconds: float | None
    latency: Figure
    traffic: Figure
    errors: Figure
    saturation: Figure
    reading: Reading = field(compare=False, repr=False)
    budget: SloRow | None = None  # the worst of its objectives

    @property
    def spent_ms(self) -> int:
        """When a budget of it is gone at the rate of now: 0 when it is, NEVER_MS when not."""
        now = None if self.budget is None else self.budget.now
        if now is not None and now.budget_left is not None and now.budget_left <= 0:
            return 0
        return NEVER_MS if now is None or now.exhaustion.at_ms is None else now.exhaustion.at_ms

    @property
    def figures(self) -> tuple[tuple[str, Figure], ...]:
        return (
            ("latency", self.latency),
            ("traffic", self.traffic),
            ("errors", self.errors),
            ("saturation", self.saturation),
        )


@dataclass(frozen=True, slots=True)
class Count:
    """How many services are in a state."""

    state: State
    word: str
    number: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`rows` may be a selection; `counts` are of all services and sum to `total`."""

    rows: tuple[Row, ...]
    counts: tuple[Count, ...]
    total: int
    now_ms: int
    until_ms: int | None
    has_budgets: bool = False

    @property
    def bad(self) -> int:
        """How many need somebody: the number in the window's title."""
        return sum(one.number for one in self.counts if one.state in (State.CRIT, State.WARN))

    @property
    def worst(self) -> State:
        """The state of the worst service: the shape of the window's icon."""
        return next((one.state for one in self.counts if one.number and one.state is not State.MAINT), State.OK)


def page(
    board: Board,
    now: datetime,
    *,
    at: datetime | None = None,
    state: State | None = None,
    search: str = "",
    budgets: Mapping[str, SloRow] | None = None,
    services: Collection[str] | None = None,
) -> Overview:
    """The services now, or as they were at a time of the last day; `budgets` are the worst objectives by service.

    `services` are the only ones looked at, None: all there are.
    """
    now_ms = _ms(now if at is None else at)
    every = glances.now(board, now_ms=now_ms) if at is None else glances.at(board, at_ms=now_ms)
    every = [one for one in every if services is None or one.service.slug in services]
    found = budgets or {}
    rows = sorted(
        (row(one, budget=found.get(one.service.slug)) for one in every),
        key=lambda one: (one.state.rank, one.spent_ms, -one.severity, one.service.slug),
    )
    wanted = search.casefold().strip()
    return Overview(
        rows=tuple(
            one for one in rows if (state is None or one.state is state) and wanted in one.service.slug.casefold()
        ),
        counts=counts(every),
        total=len(every),
        now_ms=now_ms,
        until_ms=max((one.until_ms for one in every), default=None),
        has_budgets=bool(found),
    )


def counts(every: Iterable[Glance]) -> tuple[Count, ...]:
    """One count a state, worst first, zeros included: the line sums to the total."""
    found = [one.judgement.state for one in every]
    return tuple(Count(state, words.FULL_WORDS[state], found.count(state)) for state in State)


def row(glance: Glance, *, budget: SloRow | None = None) -> Row:
    """A service as one line, drawn once for each reading of the board."""
    drawn = _DRAWN.get(glance.reading)
    if drawn is None:
        drawn = _DRAWN[glance.reading] = _row(glance)
    if drawn.service is glance.service and budget is None:
        return drawn
    return replace(drawn, service=glance.service, budget=budget)


def _row(glance: Glance) -> Row:
    judged, worst = glance.judgement, glance.judgement.worst
    by_signal: dict[str, State] = {}
    for finding in judged.findings:
        if finding.concern in _SIGNAL_OF:
            by_signal.setdefault(_SIGNAL_OF[finding.concern], finding.state)

    def figure(signal: str, value: float | None, text: str, note: str = "") -> Figure:
        note = note if value is not None else ""
        return Figure(value, text, by_signal.get(signal, State.OK), glance.sparks.get(signal, _NO_SPARK), note)

    return Row(
        service=glance.service,
        state=judged.state,
        word=words.WORDS[judged.state],
        reason=words.reasons(judged, latency_name=glance.latency_name),
        since_ms=None if worst is None else worst.since_ms,
        severity=judged.severity,
        until_ms=glance.until_ms,
        latency_name=glance.latency_name,
        resource=glance.resource,
        full_seconds=glance.full_in.get(glance.resource),
        latency=figure("latency", glance.latency, formats.seconds(glance.latency), glance.latency_name),
        traffic=figure("traffic", glance.traffic, formats.per_second(glance.traffic)),
        errors=figure("errors", glance.errors, formats.percent(glance.errors)),
        saturation=figure("saturation", glance.saturation, formats.percent(glance.saturation), glance.resource),
        reading=glance.reading,
    )


def patch(board: Board, slugs: Iterable[str], now: datetime) -> dict[str, object]:
    """What changed on a screen, as the texts the page itself would show; `counts` are of all services."""
    now_ms = _ms(now)
    every = {one.service.slug: one for one in glances.now(board, now_ms=now_ms)}
    return {
        "services": {slug: _cells(row(every[slug])) for slug in slugs if slug in every},
        "counts": {one.state.value: one.number for one in counts(every.values())},
        "total": len(every),
    }


def _cells(one: Row) -> dict[str, object]:
    return {
        "state": one.state.value,
        "word": one.word,
        "reason": one.reason,
        "since_ms": one.since_ms,
        "newest_ms": one.service.newest_ms,
        **{name: figure.text for name, figure in one.figures},
        "notes": {name: figure.note for name, figure in one.figures if figure.note},
        "states": {name: figure.state.value for name, figure in one.figures if figure.state is not State.OK},
        "spark": {name: figure.spark.path for name, figure in one.figures},
    }


_NO_SPARK = Spark()
_DRAWN: WeakKeyDictionary[Reading, Row] = WeakKeyDictionary()


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
