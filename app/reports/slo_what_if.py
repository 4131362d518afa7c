"""An objective that is not saved, on stored history: what its budget would have been and what would have paged.

Nothing is written. Where the indicator is measured already its minutes are read, else those of its series.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain import budgets, burn_defaults, burning, counting, periods
from app.domain.burn_states import STATES, AlertState
from app.domain.ledger import NO_EFFECTS, Effects
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.sli_minutes import EVENT, SliMinutes, no_minutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Severity, Slo
from app.domain.windows import Calendar, Period
from app.reports import slo_budgets, slo_history
from app.reports.slo_budgets import Budget
from app.reports.slo_measured import Stored, distinct
from app.store import series, slos
from app.store.engine import Connection

DAY = 1_440
SHOWN_MINUTES = 30 * DAY
STEP_MS = 6 * HOUR_MS
MEASURED_MINUTES = 35 * DAY
"""So far back series are read where nobody has measured the indicator yet."""
MOST_PERIODS = 6
MOST_ALERTS = 100


@dataclass(frozen=True, slots=True)
class WouldAlert:
    """A policy that would have fired; `end_ms` None: it would still."""

    pair: str
    severity: Severity
    start_ms: int
    end_ms: int | None


@dataclass(frozen=True, slots=True)
class WouldBe:
    """A period as it would have ended."""

    period: Period
    bad: float
    total: float
    compliance: float | None
    budget_left: float | None


@dataclass(frozen=True, slots=True)
class Preview:
    """`notes` say what is odd about it, or not known."""

    slo: Slo
    notes: tuple[str, ...]
    bad: float
    total: float
    compliance: float | None
    budget_left: float | None
    coverage: float
    periods: tuple[WouldBe, ...]
    alerts: tuple[WouldAlert, ...]
    budget: Budget


def preview(board: SloBoard, db: Connection, slo: Slo) -> Preview:
    """`slo` as it would be saved; one that is saved already is looked at with its ledger. Nothing is written."""
    until = board.until_minute
    window = _window(slo, until)
    longest = max((pair.long_minutes for pair in slo.alerting.pairs), default=0)
    shown_from = until - SHOWN_MINUTES
    past = _past(slo, until)
    first = min(shown_from - max(until - window, longest), *(one.start_ms // MINUTE_MS for one in past), window)
    effects = board.effects(slo.id) if slo.id else NO_EFFECTS
    raw, note = _raw(board, db, slo, first=first, end=until)
    counted = _counted(slo, raw, effects, first=first, end=until)
    now = slo_history.sums(counted, begins=np.array([window]), ends=np.array([until]))
    ends = slo_budgets.steps(shown_from * MINUTE_MS, until * MINUTE_MS, step_ms=STEP_MS, until=until)
    allowed = float(slo.allowed)
    dropped = burn_defaults.defaults(slo.window, slo.target, slo.budgeting).dropped
    return Preview(
        slo=slo,
        notes=(*note, *_doubts(db, slo), *(one.reason for one in dropped)),
        bad=int(now.bad[0]) / EVENT,
        total=int(now.total[0]) / EVENT,
        compliance=_told(float(budgets.compliance(now.bad, now.total)[0])),
        budget_left=_told(float(budgets.left(now.bad, now.total, allowed)[0])),
        coverage=min(1.0, int(now.known_ms[0]) / max(1, (until - window) * MINUTE_MS)),
        periods=_periods(slo, counted, past, heard_from=int(raw.minute[0]) if len(raw) else until),
        alerts=_alerts(slo, counted, first=shown_from, end=until),
        budget=slo_budgets.of_counted(slo, counted, ends=ends),
    )


def _window(slo: Slo, until: int) -> int:
    """The minute its window began."""
    at_ms = (until - 1) * MINUTE_MS if isinstance(slo.window, Calendar) else until * MINUTE_MS
    return periods.period_at(slo.window, at_ms).start_ms // MINUTE_MS


def _past(slo: Slo, until: int) -> tuple[Period, ...]:
    """Periods of a calendar that are over, newest first."""
    return periods.before(slo.window, until * MINUTE_MS, MOST_PERIODS) if isinstance(slo.window, Calendar) else ()


def _raw(board: SloBoard, db: Connection, slo: Slo, *, first: int, end: int) -> tuple[SliMinutes, Sequence[str]]:
    """Its minutes from wherever they are, and what has to be said about that."""
    measured = {one.indicator: one.id for one in slos.slis(db)}
    if slo.indicator in measured:
        return slo_history.raw(board, db, measured[slo.indicator], first=first, end=end), ()
    if slo.indicator.members:
        parts = {
            one.sli_id: slo_history.raw(board, db, one.sli_id, first=first, end=end) for one in slo.indicator.members
        }
        return slo.indicator.composed(parts), ()
    begin = max(first, end - MEASURED_MINUTES)
    found = distinct(series.candidates(db, slo.indicator).values())
    if not found:
        return no_minutes(), ("No series is selected, so there is no history to look at.",)
    note = (f"Nobody has measured this yet: the last {MEASURED_MINUTES // DAY} days are looked at.",)
    return Stored(db, found, first=begin, end=end).minutes(slo.indicator, found), note if begin > first else ()


def _counted(slo: Slo, raw: SliMinutes, effects: Effects, *, first: int, end: int) -> SliMinutes:
    return counting.counted(raw, slo.budgeting, effects, hold=slo.indicator.hold_minutes, first=first, end=end)


def _doubts(db: Connection, slo: Slo) -> list[str]:
    return [one.message for one in slo.indicator.doubts(series.candidates(db, slo.indicator))]


def _periods(slo: Slo, counted: SliMinutes, past: tuple[Period, ...], *, heard_from: int) -> tuple[WouldBe, ...]:
    """Those that something is known of."""
    found = []
    for one in past:
        begin, end = one.start_ms // MINUTE_MS, one.end_ms // MINUTE_MS
        if end <= heard_from:
            break
        sums = slo_history.sums(counted, begins=np.array([begin]), ends=np.array([end]))
        found.append(
            WouldBe(
                one,
                bad=int(sums.bad[0]) / EVENT,
                total=int(sums.total[0]) / EVENT,
                compliance=_told(float(budgets.compliance(sums.bad, sums.total)[0])),
                budget_left=_told(float(budgets.left(sums.bad, sums.total, float(slo.allowed))[0])),
            )
        )
    return tuple(found)


def _alerts(slo: Slo, counted: SliMinutes, *, first: int, end: int) -> tuple[WouldAlert, ...]:
    """What would have fired, newest first."""
    replay = burning.replayed(counted, slo, first=first, end=end)
    firing = STATES.index(AlertState.FIRING)
    found: list[WouldAlert] = []
    for pair, states in zip(slo.alerting.pairs, replay.state, strict=True):
        edges = np.flatnonzero(np.diff((states == firing).astype(np.int8), prepend=0, append=0))
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            still = first + stop >= end
            stop_ms = None if still else (first + stop + 1) * MINUTE_MS
            found.append(WouldAlert(pair.name, pair.severity, (first + start + 1) * MINUTE_MS, stop_ms))
    return tuple(sorted(found, key=lambda one: -one.start_ms)[:MOST_ALERTS])


def _told(value: float) -> float | None:
    return None if np.isnan(value) else value
