"""From sums to an objective's numbers now: the one place where they are put together."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.domain import budgets, burning, healths, periods
from app.domain.ledger import Effects, Treatment
from app.domain.samples import Floats
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT
from app.domain.slo_board import SloBoard
from app.domain.slos import Health, Method, Severity, Slo
from app.domain.sums import Burn, Exhaustion, PairNow, SloNow, Span, Sums
from app.domain.windows import Period, Rolling

Open = Mapping[tuple[int, str], tuple[str, int]]
"""(SLO, policy) -> (pending or firing, since when), of alerts that are not resolved."""


class Numbers:
    """The numbers of n objectives, made of one read of the rings; `sums` are in the order of `slos`."""

    def __init__(self, board: SloBoard, sums: Sums, slos: Sequence[Slo], opened: Open) -> None:
        self.board = board
        self.sums = sums
        self.opened = opened
        self.until_ms = sums.until_minute * MINUTE_MS
        self.hour = board.hour([slo.id for slo in slos])
        self.row = {slo.id: at for at, slo in enumerate(slos)}
        allowed = np.array([float(slo.allowed) for slo in slos])
        bad, total = sums.bad[:, 0], sums.total[:, 0]
        self.compliance = _told(budgets.compliance(bad, total))
        self.budget = _told(budgets.events(total, allowed))
        self.left = _told(budgets.left(bad, total, allowed))
        self.left_events = _told(budgets.left_events(bad, total, allowed))
        self.burn = [_told(column) for column in burning.rates(sums.bad, sums.total, allowed[:, None]).T]

    def of(self, slo: Slo) -> SloNow:
        """Every number of one objective."""
        at = self.row[slo.id]
        effects = self.board.effects(slo.id)
        window = self._window(at)
        pairs = self._pairs(slo, at)
        exhaustion = self._exhaustion(slo, at)
        newest = int(self.sums.newest_known[at])
        newest_ms = None if newest < 0 else (newest + 1) * MINUTE_MS
        health, reason = self._health(slo, at, pairs, exhaustion, newest_ms)
        return SloNow(
            slo_id=slo.id,
            window=window,
            compliance=self.compliance[at],
            budget_events=self.budget[at],
            budget_left=self.left[at],
            budget_left_events=self.left_events[at],
            budget_left_seconds=self._seconds(slo, at),
            coverage=coverage(window, effects),
            excluded_seconds=excluded_minutes(effects, window) * 60.0,
            pairs=pairs,
            exhaustion=exhaustion,
            health=health,
            reason=reason,
            newest_known_ms=newest_ms,
            backfilled=self.board.backfilled(slo.id),
        )

    def _window(self, at: int) -> Span:
        sums = self.sums
        return Span(
            start_ms=self.until_ms - int(sums.window_minutes[at, 0]) * MINUTE_MS,
            end_ms=self.until_ms,
            bad=float(sums.bad[at, 0]) / EVENT,
            total=float(sums.total[at, 0]) / EVENT,
            known_seconds=float(sums.known_ms[at, 0]) / 1000,
        )

    def _burn(self, at: int, column: int) -> Burn:
        sums = self.sums
        return Burn(
            minutes=int(sums.window_minutes[at, column]),
            rate=self.burn[column][at],
            bad=float(sums.bad[at, column]) / EVENT,
            total=float(sums.total[at, column]) / EVENT,
        )

    def _pairs(self, slo: Slo, at: int) -> tuple[PairNow, ...]:
        found = []
        for number, pair in enumerate(slo.alerting.pairs):
            state, since_ms = self.opened.get((slo.id, pair.name), ("inactive", None))
            long, short = self._burn(at, 1 + 2 * number), self._burn(at, 2 + 2 * number)
            found.append(PairNow(pair.name, pair.severity, float(pair.factor), long, short, state, since_ms))
        return tuple(found)

    def _seconds(self, slo: Slo, at: int) -> float | None:
        """Slices are minutes; events are taken at the traffic of the last hour."""
        left = self.left_events[at]
        if left is None or slo.budgeting.method is not Method.OCCURRENCES:
            return None if left is None else left * 60
        return _told(budgets.left_seconds([left], self.hour[0][[at]], self.hour[1][[at]]))[0]

    def _exhaustion(self, slo: Slo, at: int) -> Exhaustion:
        columns = range(1, 1 + 2 * len(slo.alerting.pairs), 2)
        left, end_ms = self.left_events[at], None
        period = calendar_period(slo, self.until_ms)
        if period is not None and left is not None:
            total = budgets.projected(self.sums.total[at, 0], period, until_ms=self.until_ms)
            left = float(slo.allowed) * float(total) / EVENT - float(self.sums.bad[at, 0]) / EVENT
            end_ms = period.end_ms
        return budgets.exhaustion(
            left,
            bad=[int(self.sums.bad[at, one]) for one in columns],
            minutes=[int(self.sums.window_minutes[at, one]) for one in columns],
            least_failures=slo.alerting.least_failures,
            until_ms=self.until_ms,
            period_end_ms=end_ms,
        )

    def _health(
        self, slo: Slo, at: int, pairs: Sequence[PairNow], exhaustion: Exhaustion, newest_ms: int | None
    ) -> tuple[Health, str]:
        firing = frozenset(Severity(one.severity) for one in pairs if one.state == "firing")
        out = None if exhaustion.at_ms is None else (exhaustion.at_ms - self.until_ms) / 1000
        return healths.judged(self.left[at], firing, out, newest_ms, self.until_ms, slo.policy)


def of_new(slo: Slo, until_minute: int) -> SloNow:
    """Of an objective that nothing is known of yet."""
    until_ms = until_minute * MINUTE_MS
    nothing = [
        PairNow(
            pair.name,
            pair.severity,
            float(pair.factor),
            Burn(pair.long_minutes, None, 0.0, 0.0),
            Burn(pair.short_minutes, None, 0.0, 0.0),
            "inactive",
            None,
        )
        for pair in slo.alerting.pairs
    ]
    return SloNow(
        slo_id=slo.id,
        window=Span(until_ms, until_ms, 0.0, 0.0, 0.0),
        compliance=None,
        budget_events=None,
        budget_left=None,
        budget_left_events=None,
        budget_left_seconds=None,
        coverage=0.0,
        excluded_seconds=0.0,
        pairs=tuple(nothing),
        exhaustion=Exhaustion(None, None, None, 0),
        health=Health.NO_DATA,
        reason="It is new: its history is about to be read.",
        newest_known_ms=None,
        backfilled=0.0,
    )


def calendar_period(slo: Slo, until_ms: int) -> Period | None:
    """The period that a calendar window is in, by its newest minute; None of a rolling one."""
    return None if isinstance(slo.window, Rolling) else periods.period_at(slo.window, until_ms - MINUTE_MS)


def coverage(window: Span, effects: Effects) -> float:
    """The share of the window's time that is known, what was taken out of it left aside."""
    wanted = (window.end_ms - window.start_ms) / 1000 - 60.0 * excluded_minutes(effects, window, only=Treatment.REMOVED)
    return min(1.0, window.known_seconds / wanted) if wanted > 0 else 0.0


def excluded_minutes(effects: Effects, window: Span, *, only: Treatment | None = None) -> int:
    """Minutes of the window under an exclusion, each once."""
    first, end = window.start_ms // MINUTE_MS, window.end_ms // MINUTE_MS
    total, reached = 0, first
    for one in sorted(effects.exclusions, key=lambda one: one.first):
        if only is None or one.treatment is only:
            total += max(0, min(one.end, end) - max(one.first, reached))
            reached = max(reached, one.end)
    return total


def _told(values: Floats) -> list[float | None]:
    """NaN leaves as None: no data."""
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124  # the test for NaN
