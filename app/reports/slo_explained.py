"""Why an objective's number is what it is: formula, operands, series, gaps, exclusions. Trust is the product."""

from dataclasses import dataclass

import numpy as np

from app.domain.ledger import Treatment
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import SliMinutes
from app.domain.slo_board import SloBoard
from app.domain.slo_settings import plain
from app.domain.slos import Budgeting, Method, Silence, Slo
from app.domain.sums import SloNow
from app.reports import slo_history, slo_words
from app.reports.slos import SloRow
from app.store import series
from app.store.engine import Connection

MOST_GAPS = 20
MOST_EXCLUSIONS = 100
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Operand:
    name: str
    value: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Selected:
    """Series that a field of the indicator selects."""

    field: str
    selector: str
    number: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Minutes without data, as Unix ms."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Excluded:
    entry_id: int
    start_ms: int
    end_ms: int
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class Explained:
    """`silence` says how minutes without traffic or data were counted; `doubts` what is odd about the series."""

    formula: str
    operands: tuple[Operand, ...]
    silence: str
    series: tuple[Selected, ...]
    doubts: tuple[str, ...]
    gaps: tuple[Gap, ...]
    gaps_left_out: int
    exclusions: tuple[Excluded, ...]


def explained(board: SloBoard, db: Connection, row: SloRow, *, raw: SliMinutes | None = None) -> Explained:
    """Of the window that the row's numbers are of; `raw` are its minutes as measured, where they are read already."""
    slo, now = row.slo, row.now
    first, end = now.window.start_ms // MINUTE_MS, now.window.end_ms // MINUTE_MS
    found = series.candidates(db, slo.indicator)
    if raw is None:
        raw = slo_history.raw(board, db, slo.sli_id, first=first, end=end)
    gaps = _gaps(raw.between(first, end), first=first, end=end)
    longest = sorted(gaps, key=lambda one: one.start_ms - one.end_ms)[:MOST_GAPS]
    return Explained(
        formula=formula(slo, now),
        operands=_operands(slo, now),
        silence=silence(slo.budgeting),
        series=tuple(
            Selected(
                field,
                str(selector),
                len(found.get(field, ())),
                tuple(_named(one.metric, one.labels) for one in list(found.get(field, ()))[:EXAMPLES]),
            )
            for field, selector in slo.indicator.selectors().items()
        ),
        doubts=tuple(one.message for one in slo.indicator.doubts(found)),
        gaps=tuple(sorted(longest, key=lambda one: -one.start_ms)),
        gaps_left_out=len(gaps) - len(longest),
        exclusions=tuple(
            Excluded(one.entry_id, one.first * MINUTE_MS, one.end * MINUTE_MS, one.treatment)
            for one in reversed(board.effects(slo.id).exclusions)
            if one.first < end and one.end > first
        )[:MOST_EXCLUSIONS],
    )


def formula(slo: Slo, now: SloNow) -> str:
    """With the numbers put in, so that it can be computed again by hand."""
    bad, total = slo_words.count(now.window.bad), slo_words.count(now.window.total)
    if now.compliance is None or now.budget_left is None:
        return "compliance = 1 - bad / total; there was no event, so there is no number"
    share = slo_words.compliance(now.compliance, of=slo.target)
    left = slo_words.share(now.budget_left)
    allowed = plain(slo.allowed)
    return (
        f"compliance = 1 - bad / total = 1 - {bad} / {total} = {share}; "
        f"budget left = 1 - (bad / total) / (1 - target) = 1 - ({bad} / {total}) / {allowed} = {left}"
    )


def silence(of: Budgeting) -> str:
    """What minutes count as in which nothing came, and those of which nothing is known."""
    if of.method is Method.OCCURRENCES:
        return "Minutes without traffic and minutes without data hold no events: they count neither as good nor as bad."
    words = {Silence.LEAVE_OUT: "are left out", Silence.GOOD: "count as good", Silence.BAD: "count as bad"}
    return f"Slices without traffic {words[of.no_traffic]}, slices without data {words[of.no_data]}."


def _operands(slo: Slo, now: SloNow) -> tuple[Operand, ...]:
    unit = "events" if slo.budgeting.method is Method.OCCURRENCES else "minutes"
    return (
        Operand("bad", now.window.bad, unit),
        Operand("total", now.window.total, unit),
        Operand("target", float(slo.target), "ratio"),
        Operand("compliance", now.compliance, "ratio"),
        Operand("budget", now.budget_events, unit),
        Operand("budget left", now.budget_left_events, unit),
        Operand("budget left", now.budget_left, "ratio"),
        Operand("window", (now.window.end_ms - now.window.start_ms) / 1000, "s"),
        Operand("excluded", now.excluded_seconds, "s"),
        Operand("known", now.window.known_seconds, "s"),
        Operand("coverage", now.coverage, "ratio"),
    )


def _gaps(raw: SliMinutes, *, first: int, end: int) -> list[Gap]:
    """Runs of minutes that are not there."""
    edges = np.concatenate(([first - 1], raw.minute, [end]))
    at = np.flatnonzero(np.diff(edges) > 1)
    pairs = zip((edges[at] + 1).tolist(), edges[at + 1].tolist(), strict=True)
    return [Gap(start * MINUTE_MS, stop * MINUTE_MS) for start, stop in pairs]


def _named(metric: str, labels: object) -> str:
    pairs = sorted(labels.items()) if isinstance(labels, dict) else []
    inside = ",".join(f'{name}="{value}"' for name, value in pairs)
    return f"{metric}{{{inside}}}"[:300]
