"""Evaluating every objective at once: which burn policies fire, and how each budget is.

Every ten seconds the sums of all windows are read from the rings and judged as columns; Python and SQL are for what
changes, and a round in which nothing does writes nothing. Open rows of alerts are the whole state: whoever starts reads
them and goes on. Times of alerts are the ends of the windows that were looked at, so that a replay gives the same.

Of several processes on PostgreSQL the one with the lease evaluates, and renews it in the transaction that writes.
"""

import operator
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app import logs
from app.actions import close_periods
from app.actions.watching import Definitions, numbers
from app.domain import burn_states, burning, healths, holding
from app.domain.burn_states import AlertState
from app.domain.counters import Counters
from app.domain.errors import Missing, Unavailable
from app.domain.healths import ORDER
from app.domain.holding import Hold
from app.domain.samples import Floats
from app.domain.signals import MINUTE_MS
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.store import burn_alerts, journal, leases, slo_healths, slos
from app.store.burn_alerts import Alert
from app.store.engine import Connection, Store
from app.store.leases import Lease
from app.store.slo_healths import Change

log = logs.get("evaluate")

EVALUATE_EVERY_MS = 10_000
CLOSE_EVERY_MS = 5 * MINUTE_MS
RECOVERED, CHANGED = "recovered", "changed"


@dataclass(frozen=True, slots=True)
class Steps:
    """What becomes of alerts in one round."""

    begun: list[Alert]
    fired: list[Alert]
    ended: list[Alert]

    def __bool__(self) -> bool:
        return bool(self.begun or self.fired or self.ended)


class Evaluator:
    """One a process; of several on a database the one that holds the lease evaluates."""

    def __init__(self, store: Store, board: SloBoard, *, counters: Counters, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._board = board
        self._counters = counters
        self._clock_ms = clock_ms
        self._holder = uuid.uuid4().hex
        self._lease: Lease | None = None
        self._evaluated_ms: int | None = None
        self._closed_ms = 0
        self._forget()
        counters.measure("burnline_slos", lambda: float(len(board.slos())))
        counters.measure("burnline_evaluation_age_seconds", self._age_seconds)

    def _forget(self) -> None:
        """What others may have moved on is read again."""
        self._of: Definitions | None = None
        self._alerts: dict[tuple[int, str], Alert] = {}
        self._healths: dict[int, Change] = {}

    def evaluate_if_due(self) -> bool:
        """Evaluate when the interval is over and it is this process that does; whether it did."""
        now_ms = self._clock_ms()
        if not self._has_lease():
            return False
        if self._evaluated_ms is not None and abs(now_ms - self._evaluated_ms) < EVALUATE_EVERY_MS:
            return False
        self._round(now_ms)
        return True

    def evaluate(self) -> None:
        """Judge every objective now. Raises Unavailable when another process does, or the database cannot."""
        if not self._has_lease():
            raise Unavailable("Another process evaluates this database.", code="not_leader")
        self._round(self._clock_ms())

    def _round(self, now_ms: int) -> None:
        began = time.perf_counter()
        hold = self._hold(now_ms)
        is_held = hold is not None
        if hold is None or not hold.is_behind:
            self._evaluate(is_held=is_held)
        self._evaluated_ms = now_ms
        if abs(now_ms - self._closed_ms) >= CLOSE_EVERY_MS:
            close_periods.close(self._store, self._lease, now_ms=now_ms)
            self._closed_ms = now_ms
        self._counters.add("burnline_evaluations_total", held="yes" if is_held else "no")
        self._counters.put("burnline_evaluation_held", float(is_held))
        self._counters.observe("burnline_evaluation_seconds", time.perf_counter() - began)

    def let_go(self) -> None:
        """Leave evaluating to another process, at once."""
        if self._lease is not None:
            with self._store.writing() as db:
                leases.let_go(db, self._lease)
            self._lease = self._evaluated_ms = None

    def _has_lease(self) -> bool:
        """Hold on to the lease, or take it."""
        if self._store.is_sqlite:
            return True
        with self._store.writing() as db:
            if self._lease is not None and leases.renew(db, self._lease):
                return True
            self._lease = leases.take(db, "evaluate", self._holder)
        self._forget()
        self._evaluated_ms = None
        return self._lease is not None

    def _age_seconds(self) -> float | None:
        """Since the newest round; None of a process that does not evaluate."""
        return None if self._evaluated_ms is None else (self._clock_ms() - self._evaluated_ms) / 1000

    def _hold(self, now_ms: int) -> Hold | None:
        """Whether it is us who do not know: then no alert is raised or resolved."""
        with self._store.reading() as db:
            received_ms = journal.newest_received_ms(db)
        lag_seconds = self._counters.ask("burnline_fold_lag_seconds")
        return holding.held(lag_seconds=lag_seconds, received_ms=received_ms, now_ms=now_ms)

    def _evaluate(self, *, is_held: bool) -> None:
        defined = self._board.slos()
        if self._of is None or not _same(self._of.slos, defined):
            self._take_up(defined)
        of = self._of
        if of is None:
            return
        try:
            sums = self._board.sums(of.ids)
        except Missing:  # it has just been archived: the next round knows
            return
        now = numbers(of, sums)
        at_ms = sums.until_minute * MINUTE_MS
        states, since = self._states(of)
        judged = np.full_like(states, burn_states.UNKNOWN) if is_held else burning.breached(sums, of.watched)
        steps = self._steps(of, judged, states, since, now.burns, now.left, at_ms=at_ms)
        firing = of.firing(states)
        standing = healths.Standing(now.left, *firing, now.out_seconds, now.newest_known_ms)
        found = healths.all_judged(standing, of.limits, now_ms=at_ms)
        changes = list(self._changes(of, standing, found, at_ms=at_ms))
        if steps or changes:
            self._write(steps, changes)

    def _take_up(self, defined: list[Slo]) -> None:
        """New definitions, or a new start: where alerts and healths stand is what the tables say."""
        of = Definitions.of(defined)
        with self._store.reading() as db:
            alerts = {(one.slo_id, one.pair): one for one in burn_alerts.opened(db)}
            self._healths = slo_healths.newest(db)
            gone = _gone(db, [one for key, one in alerts.items() if key not in of.places])
        self._of = of
        self._alerts = {key: one for key, one in alerts.items() if key in of.places}
        if gone:
            at_ms = self._board.until_minute * MINUTE_MS
            self._write(Steps([], [], [replace(one, resolved_ms=at_ms, ended=CHANGED) for one in gone]), [])

    def _states(self, of: Definitions) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
        """By objective and policy: position in burn_states.STATES, and since when."""
        states = np.zeros(of.watched.thresholds.shape, dtype=np.int8)
        since = np.zeros(states.shape, dtype=np.int64)
        for key, alert in self._alerts.items():
            place = of.places.get(key)
            if place is None:  # the board has not heard of it yet
                continue
            states[place] = burn_states.STATES.index(alert.state)
            since[place] = alert.since_ms
        return states, since

    def _steps(
        self,
        of: Definitions,
        judged: NDArray[np.int8],
        states: NDArray[np.int8],
        since: NDArray[np.int64],
        burns: Floats,
        left: Floats,
        *,
        at_ms: int,
    ) -> Steps:
        """Take the steps that are due; `states` holds them afterwards."""
        firing = burn_states.STATES.index(AlertState.FIRING)
        moving = ((judged == burn_states.BREACHED) & (states != firing)) | (
            (judged == burn_states.QUIET) & (states > 0)
        )
        steps = Steps([], [], [])
        for row, column in np.argwhere(moving).tolist():
            slo, before = of.slos[row], burn_states.STATES[states[row, column]]
            pair = slo.alerting.pairs[column]
            after = burn_states.step(
                before,
                int(judged[row, column]),
                since_ms=int(since[row, column]),
                hold_ms=pair.hold_minutes * MINUTE_MS,
                now_ms=at_ms,
            )
            if after is before:
                continue
            states[row, column] = burn_states.STATES.index(after)
            known = self._alerts.get((slo.id, pair.name))
            if after is AlertState.INACTIVE and known is not None:
                steps.ended.append(replace(known, resolved_ms=at_ms, ended=RECOVERED))
                continue
            alert = Alert(
                id=0 if known is None else known.id,
                slo_id=slo.id,
                pair=pair.name,
                severity=pair.severity,
                factor=float(pair.factor),
                since_ms=at_ms if known is None else known.since_ms,
                fired_ms=at_ms if after is AlertState.FIRING else None,
                resolved_ms=None,
                long_burn=float(burns[row, 2 * column]),
                short_burn=float(burns[row, 2 * column + 1]),
                budget_left=_told(left[row]),
                ended="",
            )
            (steps.begun if known is None else steps.fired).append(alert)
        return steps

    def _changes(
        self, of: Definitions, now: healths.Standing, found: NDArray[np.int8], *, at_ms: int
    ) -> Iterator[Change]:
        """The healths that are others than before, each with its reason."""
        before = [self._healths.get(slo_id) for slo_id in of.ids]
        known = np.array([-1 if one is None else ORDER.index(one.health) for one in before], dtype=np.int8)
        for row in np.flatnonzero(known != found).tolist():
            slo, newest_ms = of.slos[row], int(now.newest_known_ms[row])
            left = _told(now.left[row])
            health, reason = healths.judged(
                left,
                of.severities(page=bool(now.page[row]), ticket=bool(now.ticket[row])),
                _told(now.out_seconds[row]),
                None if newest_ms < 0 else newest_ms,
                at_ms,
                slo.policy,
            )
            yield Change(slo.id, at_ms, health, reason, left)

    def _write(self, steps: Steps, changes: list[Change]) -> None:
        """All of a round in one transaction, or nothing when another process has taken over."""
        try:
            with self._store.writing() as db:
                leases.hold(db, self._lease)
                burn_alerts.end(db, steps.ended)
                burn_alerts.fire(db, steps.fired)
                burn_alerts.begin(db, steps.begun)
                slo_healths.note(db, changes)
                alerts = burn_alerts.opened(db) if steps else list(self._alerts.values())
        except BaseException:
            self._forget()
            raise
        self._alerts = {(one.slo_id, one.pair): one for one in alerts}
        self._healths |= {one.slo_id: one for one in changes}
        for name, found in (("fired", [*steps.begun, *steps.fired]), ("resolved", steps.ended)):
            for one in found:
                if one.fired_ms is not None:
                    log.info("burn_alert", slo=one.slo_id, policy=one.pair, became=name)


def _gone(db: Connection, alerts: list[Alert]) -> list[Alert]:
    """Those whose objective or policy is no more. The board may not have heard of one yet: the table decides."""
    if not alerts:
        return []
    places = Definitions.of(slos.every(db)).places
    return [one for one in alerts if (one.slo_id, one.pair) not in places]


def _same(known: list[Slo], now: list[Slo]) -> bool:
    return len(known) == len(now) and all(map(operator.is_, known, now))


def _told(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
