"""What the evaluator needs of objectives, as columns: made once for each change of a definition, read every round."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.domain import budgets, burning, healths, periods
from app.domain.burn_states import STATES, AlertState
from app.domain.burning import Watched
from app.domain.samples import Floats, Ints
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT
from app.domain.slos import MOST_PAIRS, Severity, Slo
from app.domain.sums import Sums
from app.domain.windows import Calendar, Period

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Definitions:
    """n objectives in one order. `places` says where a policy of one stands in a matrix of n rows."""

    slos: list[Slo]
    ids: list[int]
    places: dict[tuple[int, str], tuple[int, int]]
    watched: Watched
    limits: Floats
    least_failures: Ints
    pages: Flags
    tickets: Flags
    periods: dict[int, Period] = field(default_factory=dict)  # by row, of calendar windows

    @staticmethod
    def of(slos: Sequence[Slo]) -> "Definitions":
        pages, tickets = (np.zeros((len(slos), MOST_PAIRS), dtype=bool) for _ in range(2))
        places = {}
        for row, slo in enumerate(slos):
            for column, pair in enumerate(slo.alerting.pairs):
                places[slo.id, pair.name] = (row, column)
                (pages if pair.severity is Severity.PAGE else tickets)[row, column] = True
        return Definitions(
            slos=list(slos),
            ids=[slo.id for slo in slos],
            places=places,
            watched=burning.watched(slos),
            limits=healths.all_limits(slos),
            least_failures=np.array([slo.alerting.least_failures for slo in slos], dtype=np.int64),
            pages=pages,
            tickets=tickets,
        )

    def firing(self, states: NDArray[np.int8]) -> tuple[Flags, Flags]:
        """Which objectives have a page, and which a ticket, that fires."""
        fires = states == STATES.index(AlertState.FIRING)
        return (fires & self.pages).any(axis=1), (fires & self.tickets).any(axis=1)

    def severities(self, *, page: bool, ticket: bool) -> frozenset[Severity]:
        return frozenset(one for one, fires in ((Severity.PAGE, page), (Severity.TICKET, ticket)) if fires)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Of n objectives: the share of the budget that is left, burns of long and short windows, when nothing is left."""

    left: Floats
    burns: Floats
    out_seconds: Floats
    newest_known_ms: Ints


def numbers(of: Definitions, sums: Sums) -> Numbers:
    allowed = of.watched.allowed
    bad, total = sums.bad[:, 0], sums.total[:, 0]
    return Numbers(
        left=budgets.left(bad, total, allowed),
        burns=burning.rates(sums.bad[:, 1:], sums.total[:, 1:], allowed[:, None]),
        out_seconds=_out_seconds(of, sums),
        newest_known_ms=np.where(sums.newest_known < 0, -1, (sums.newest_known + 1) * MINUTE_MS),
    )


def _out_seconds(of: Definitions, sums: Sums) -> Floats:
    """Until nothing is left: of a calendar window by its projected budget, and only what comes before its end."""
    until_ms = sums.until_minute * MINUTE_MS
    left = budgets.left_events(sums.bad[:, 0], sums.total[:, 0], of.watched.allowed)
    ends = np.full(len(left), np.inf)
    for row, slo in enumerate(of.slos):
        if isinstance(slo.window, Calendar):
            period = _period(of, row, slo.window, until_ms)
            whole = float(budgets.projected(sums.total[row, 0], period, until_ms=until_ms))
            left[row] = of.watched.allowed[row] * whole / EVENT - max(0, int(sums.bad[row, 0])) / EVENT
            ends[row] = (period.end_ms - until_ms) / 1000
    seconds = budgets.out_seconds(left, sums.bad[:, 1::2], sums.window_minutes[:, 1::2], of.least_failures)
    return np.where(seconds > ends, np.inf, seconds)


def _period(of: Definitions, row: int, window: Calendar, until_ms: int) -> Period:
    found = of.periods.get(row)
    if found is None or not found.start_ms < until_ms <= found.end_ms:
        found = of.periods[row] = periods.period_at(window, until_ms - 1)
    return found
