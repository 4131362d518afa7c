"""What the pages about objectives show: the list, and one objective with its past, its ledger and its alerts."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from app.domain import agreements, healths, periods
from app.domain.ageing import Leaving
from app.domain.agreements import Standing
from app.domain.healths import Gate
from app.domain.ledger import Entry, EntryKind, Treatment
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.sli_lanes import joined
from app.domain.sli_minutes import SliMinutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Health, Slo
from app.domain.windows import Rolling
from app.reports import formats, signals, slo_budgets, slo_costs, slo_edits, slo_explained, slo_history, slo_words, slos
from app.reports.slo_budgets import Budget, Point
from app.reports.slo_edits import Told
from app.reports.slo_explained import Explained
from app.reports.slo_history import Past
from app.reports.slos import SloRow
from app.store import burn_alerts, changes, ledger
from app.store.burn_alerts import Alert
from app.store.engine import Connection

DAY_MS = 24 * HOUR_MS
TABLE_ROWS = 30
ICONS = ((("exhausted", "at_risk"), "crit"), (("watch",), "warn"), (("no_data",), "no-data"))
KINDS = {
    EntryKind.EXCLUSION: "Exclusion",
    EntryKind.DEBIT: "Debit",
    EntryKind.CREDIT: "Credit",
    EntryKind.REVERSAL: "Reversal",
}
TREATMENTS = {Treatment.REMOVED: "left out", Treatment.GOOD: "counted as good"}


@dataclass(frozen=True, slots=True)
class Page:
    """The list: `counts` are (health, state, word, how many) of all objectives."""

    rows: tuple[SloRow, ...]
    counts: tuple[tuple[str, str, str, int], ...]
    total: int
    until_ms: int

    @property
    def bad(self) -> int:
        """How many need somebody: the number in the window's title."""
        return sum(number for _, state, _, number in self.counts if state in ("crit", "warn"))

    @property
    def icon(self) -> str:
        """The shape of the window's icon."""
        there = {health for health, _, _, number in self.counts if number}
        return next((icon for names, icon in ICONS if there & set(names)), "ok")


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the ledger in words. `reversed_by` is the entry that took it back."""

    entry: Entry
    kind: str
    what: str
    scope: str
    reversed_by: Entry | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One objective: what it is at, where its budget went, and what was said about it."""

    row: SloRow
    gate: Gate
    budget: Budget
    costs: tuple[float | None, ...]  # of each of the budget's changes, as a share of the budget
    table: tuple[Point, ...]
    leaving: tuple[tuple[Leaving, str], ...]
    alerts: tuple[Alert, ...]
    ledger: tuple[Line, ...]
    edits: tuple[Told, ...]
    edits_left_out: int
    explained: Explained
    start_ms: int
    end_ms: int
    ends_ms: int | None  # of a calendar period
    standing: Standing | None  # on the steps of its agreement
    until_ms: int


def listed(
    board: SloBoard,
    db: Connection,
    *,
    service: str,
    health: str,
    search: str,
    services: Collection[str] | None = None,
) -> Page:
    """The objectives, worst first."""
    found = slos.listed(board, db, service=service, health=health, search=search, services=services)
    counts = tuple(
        (name, slo_words.STATES[Health(name)].value, slo_words.FULL_WORDS[Health(name)], number)
        for name, number in found.counts
    )
    return Page(found.rows, counts, found.total, found.until_ms)


def detail(board: SloBoard, db: Connection, slug: str, *, span: tuple[int, int] | None = None) -> Detail:
    """One objective; its budget over `span`, else over its own window. Raises Missing."""
    row = slos.one(board, db, slug)
    slo, until = row.slo, board.until_minute
    until_ms = until * MINUTE_MS
    ends_ms = None if isinstance(slo.window, Rolling) else periods.period_at(slo.window, until_ms - 1).end_ms
    start_ms, end_ms = span or (row.now.window.start_ms, until_ms)
    step_ms = max(MINUTE_MS, signals.step_for(start_ms, end_ms)) if end_ms > start_ms else MINUTE_MS
    ends = slo_budgets.steps(start_ms, end_ms, step_ms=step_ms, until=until)
    first, stop = slo_budgets.reach(slo, ends)
    window_from = row.now.window.start_ms // HOUR_MS * 60
    if span is None:
        past, shown = _read(board, db, slo, first=first if stop else until, window_from=window_from, step_ms=step_ms)
    else:
        past = slo_history.past(board, db, slo, first=window_from, end=until)
        shown = slo_history.counted(board, db, slo, first=first, end=stop)
    since_ms = min(start_ms, window_from * MINUTE_MS) - slo_budgets.CAUSE_MS
    known = changes.between(db, service=slo.service, start_ms=since_ms, end_ms=max(end_ms, until_ms))
    deploys = tuple(one for one in known if start_ms <= one.at_ms < end_ms)
    budget = slo_budgets.of_counted(slo, shown, ends=ends, marks=deploys)
    edits, left_out = slo_edits.of_slo(db, slo.id)
    return Detail(
        row=row,
        gate=healths.gate(row.now.health, slo.policy),
        budget=budget,
        costs=tuple(slo_costs.of(slo, shown.between(start_ms // MINUTE_MS, end_ms // MINUTE_MS), deploys)),
        table=tuple(reversed(tuple(budget.points(newest=TABLE_ROWS)))),
        leaving=tuple(slo_budgets.leaving_of(slo, past.counted, known, until=until)),
        alerts=tuple(burn_alerts.between(db, slo.id, start_ms=row.now.window.start_ms, end_ms=until_ms + MINUTE_MS)),
        ledger=tuple(reversed(tuple(lines(ledger.of_slo(db, slo.id, service_id=slo.service_id), slo)))),
        edits=edits,
        edits_left_out=left_out,
        explained=slo_explained.explained(board, db, row, raw=past.raw),
        start_ms=start_ms,
        end_ms=end_ms,
        ends_ms=ends_ms,
        standing=agreements.standing(row.now.window.bad, row.now.window.total, slo.credits) if slo.credits else None,
        until_ms=until_ms,
    )


def _read(
    board: SloBoard, db: Connection, slo: Slo, *, first: int, window_from: int, step_ms: int
) -> tuple[Past, SliMinutes]:
    """All that a page is made of, read once: its window, and what the chart of a rolling one begins with.

    That is read by the hour where every window of the chart begins with an hour, and hours count as they are.
    """
    until = board.until_minute
    whole_hours = isinstance(slo.window, Rolling) and slo.window.minutes % 60 == 0 and step_ms % HOUR_MS == 0
    before = slo_history.coarse(board, db, slo, first=first, end=window_from) if whole_hours else None
    if before is None:
        past = slo_history.past(board, db, slo, first=min(first, window_from), end=until)
        return past, past.counted
    past = slo_history.past(board, db, slo, first=window_from, end=until)
    return past, joined((before, past.counted))


def worst(board: SloBoard, db: Connection) -> dict[str, SloRow]:
    """The worst objective of each service that has one."""
    found: dict[str, SloRow] = {}
    for one in slos.listed(board, db).rows:
        found.setdefault(one.slo.service, one)
    return found


def of_service(board: SloBoard, db: Connection, service: str) -> list[SloRow]:
    """The objectives of a service, worst first."""
    mine = [slo for slo in board.slos() if slo.service == service]
    return sorted(slos.rows(board, db, mine), key=slos.badness) if mine else []


def lines(entries: Sequence[Entry], slo: Slo) -> Iterator[Line]:
    """The ledger in words, oldest first."""
    reversals = {one.reverses: one for one in entries if one.reverses is not None}
    for one in entries:
        yield Line(one, KINDS[one.kind], _what(one, slo), _scope(one), reversals.get(one.id))


def _what(one: Entry, slo: Slo) -> str:
    if one.kind is EntryKind.REVERSAL:
        return f"takes back entry {one.reverses}"
    if one.kind is EntryKind.EXCLUSION:
        again = f", again by {one.recurrence}" if one.recurrence else ""
        return f"{formats.duration((one.end_ms - one.start_ms) / 1000)} {TREATMENTS[one.treatment]}{again}"
    amount = f"{slo_words.count(one.events)} {slo_words.unit(slo)}"
    return f"{amount} added" if one.kind is EntryKind.DEBIT else f"{amount} taken to be good"


def _scope(one: Entry) -> str:
    if one.scope.slo_id is not None:
        return "this objective"
    return "the service" if one.scope.service_id is not None else "everything"
