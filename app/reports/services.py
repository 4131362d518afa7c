"""One service: how it is and why it is said to be so, its four signals over a range, what was changed meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.board import Board, ServiceRef
from app.domain.changes import Change
from app.domain.signals import MINUTE_MS
from app.domain.slo_board import SloBoard
from app.domain.states import Concern, State, Usual
from app.reports import captions, glances, marks, overview, signals, tables, words
from app.reports.glances import Glance
from app.reports.marks import NO_MARKS, Marks
from app.reports.overview import Row
from app.reports.signals import Columns
from app.reports.tables import Table
from app.store import changes
from app.store.engine import Store

DEPLOY_EVIDENCE_MS = 15 * MINUTE_MS
"""A deploy this long before trouble began is worth naming; it is never called the cause."""

TABLE_ROWS = 60


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding in words. `since_ms` is None when it began before the last day."""

    state: State
    concern: Concern
    text: str
    since_ms: int | None


@dataclass(frozen=True, slots=True)
class Head:
    """What the top of the page says. `sentence` tells the worst finding against what was promised; `after` is a deploy
    shortly before it began.
    """

    row: Row
    sentence: str
    reasons: tuple[Reason, ...]
    after: Change | None
    after_seconds: float | None
    now_ms: int


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing that can be full; `full_seconds` is known while it clearly rises."""

    name: str
    share: float | None
    state: State
    full_seconds: float | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the four charts show: the columns, the changes in their range, what is usual, each chart in words."""

    columns: Columns
    deploys: tuple[Change, ...]
    usual: Usual
    captions: dict[str, str]
    marks: Marks = NO_MARKS


@dataclass(frozen=True, slots=True)
class Detail:
    """A service now."""

    head: Head
    resources: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything a service's page shows."""

    detail: Detail
    shown: Shown
    table: Table


def detail(board: Board, store: Store, service: ServiceRef, now: datetime, *, slos: SloBoard | None = None) -> Detail:
    """The service's state, the evidence for it, and its resources; `slos` tell what was promised."""
    now_ms = _ms(now)
    glance = glances.of_board(board).of(board, service, now_ms=now_ms)
    promised = _marks(slos, service, start_ms=now_ms, end_ms=now_ms)
    return Detail(_head(glance, store, promised, now_ms=now_ms), _resources(glance))


def shown(
    board: Board,
    store: Store,
    service: ServiceRef,
    now: datetime,
    *,
    start_ms: int,
    end_ms: int,
    step_ms: int,
    zone: ZoneInfo,
    with_last_week: bool,
    slos: SloBoard | None = None,
) -> Shown:
    """The service's charts over a range; `slos` tell what was promised and when work was announced."""
    now_ms = _ms(now)
    glance = glances.of_board(board).of(board, service, now_ms=now_ms)
    columns = signals.columns(
        board,
        store,
        service,
        start_ms=start_ms,
        end_ms=end_ms,
        step_ms=step_ms,
        now_ms=now_ms,
        with_last_week=with_last_week,
    )
    laid_over = _marks(slos, service, start_ms=columns.start_ms, end_ms=end_ms)
    return Shown(
        columns=columns,
        deploys=tuple(deploys(store, service, start_ms=columns.start_ms, end_ms=end_ms)),
        usual=glance.usual,
        captions=captions.of(columns, glance, laid_over, zone=zone, now_ms=now_ms),
        marks=laid_over,
    )


def page(
    board: Board,
    store: Store,
    service: ServiceRef,
    now: datetime,
    *,
    start_ms: int,
    end_ms: int,
    zone: ZoneInfo,
    slos: SloBoard | None = None,
) -> Page:
    """A service now and over a range, in the step that suits the range."""
    step_ms = signals.step_for(start_ms, end_ms)
    found = shown(
        board,
        store,
        service,
        now,
        start_ms=start_ms,
        end_ms=end_ms,
        step_ms=step_ms,
        zone=zone,
        with_last_week=True,
        slos=slos,
    )
    return Page(detail(board, store, service, now, slos=slos), found, tables.of(found.columns, newest=TABLE_ROWS))


def deploys(store: Store, service: ServiceRef, *, start_ms: int, end_ms: int) -> list[Change]:
    """The service's changes in [start_ms, end_ms), oldest first."""
    with store.reading() as db:
        return changes.between(db, service=service.slug, start_ms=start_ms, end_ms=end_ms)


def _marks(slos: SloBoard | None, service: ServiceRef, *, start_ms: int, end_ms: int) -> Marks:
    return NO_MARKS if slos is None else marks.of(slos, service.slug, start_ms=start_ms, end_ms=end_ms)


def _head(glance: Glance, store: Store, promised: Marks, *, now_ms: int) -> Head:
    row, worst = overview.row(glance), glance.judgement.worst
    after = None
    if row.since_ms is not None and row.state in (State.CRIT, State.WARN):
        before = deploys(store, glance.service, start_ms=row.since_ms - DEPLOY_EVIDENCE_MS, end_ms=row.since_ms + 1)
        after = before[-1] if before else None
    return Head(
        row=row,
        sentence="" if worst is None else words.against(worst, promised, latency_name=glance.latency_name),
        reasons=tuple(
            Reason(one.state, one.concern, words.reason(one, latency_name=glance.latency_name), one.since_ms)
            for one in glance.judgement.findings
        ),
        after=after,
        after_seconds=None if after is None or row.since_ms is None else (row.since_ms - after.at_ms) / 1000,
        now_ms=now_ms,
    )


def _resources(glance: Glance) -> tuple[Resource, ...]:
    """Fullest first; what was found wrong before what was not."""
    found = {
        one.resource: one.state for one in reversed(glance.judgement.findings) if one.concern is not Concern.SILENCE
    }
    every = [
        Resource(name, share, found.get(name, State.OK), glance.full_in.get(name))
        for name, share in glance.resources.items()
    ]
    return tuple(sorted(every, key=lambda one: (one.state.rank, -(one.share or 0), one.name)))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
