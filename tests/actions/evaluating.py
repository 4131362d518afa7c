"""A board that is filled by hand minute by minute, and evaluators on it."""

from collections.abc import Sequence
from itertools import count

import numpy as np

from app.actions.evaluate import Evaluator
from app.domain.counters import Counters
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.store import burn_alerts, journal, slo_healths
from app.store.burn_alerts import Alert
from app.store.codec import Columns
from app.store.engine import Store
from tests.domain.slo_values import DAY, NOW, in_hours, minutes

MINUTE_MS = 60_000
HISTORY = 31 * DAY


class Watch:
    """The time is a few seconds past the newest complete minute; `pass_minute` lets it go on."""

    def __init__(self, store: Store, *slos: Slo, clean: bool = True) -> None:
        self.store = store
        self.board = SloBoard()
        self.counters = Counters()
        self.now = NOW
        self.seqs = count(1)
        self.board.advance(NOW)
        self.define(*slos, clean=clean)
        self.evaluator = self.another()

    def define(self, *slos: Slo, clean: bool = True) -> None:
        """New ones have a month of 1 000 good events a minute, or nothing."""
        past = self.past = minutes(self.now - HISTORY, [0.0 if clean else None] * HISTORY)
        for slo_id in self.board.define(slos, {}):
            self.board.load(slo_id, raw=past.between(self.board.load_from(slo_id), self.now), hours=in_hours(past))
        self.advance()

    def advance(self) -> None:
        for slo_id, hour in self.board.advance(self.now):
            first, end = self.board.edge_span(slo_id, hour)
            self.board.put_edge(slo_id, hour, self.past.between(first, end))

    def another(self) -> Evaluator:
        """What a process that has just started has."""
        return Evaluator(self.store, self.board, counters=self.counters, clock_ms=lambda: self.now_ms)

    @property
    def now_ms(self) -> int:
        return self.now * MINUTE_MS + 20_000

    def pass_minute(self, bad: float | None, *, heard: bool = True) -> None:
        """Of 1 000 events of each objective so many were bad; None: there is no data."""
        for slo in self.board.slos():
            self.board.patch(slo.id, minutes(self.now, [bad]), first=self.now, end=self.now + 1)
        self.now += 1
        self.advance()
        if heard:
            self.hear()

    def hear(self) -> None:
        """Somebody has sent something."""
        sample = Columns(np.array([1]), np.array([self.now_ms]), np.array([1.0]))
        with self.store.writing() as db:
            journal.append(db, sample, received_ms=self.now_ms)

    def live(self, course: Sequence[float | None]) -> None:
        """Minute by minute, each evaluated."""
        for bad in course:
            self.pass_minute(bad)
            self.evaluator.evaluate()

    def alerts(self) -> list[Alert]:
        """Of all objectives, by number."""
        with self.store.reading() as db:
            found = [burn_alerts.between(db, slo.id, start_ms=0, end_ms=1 << 60) for slo in self.board.slos()]
        return sorted((one for alerts in found for one in alerts), key=lambda one: one.id)

    def told(self) -> list[tuple[str, int | None, int | None]]:
        """(policy, fired, resolved) in minutes after the beginning."""
        return [(one.pair, self.after(one.fired_ms), self.after(one.resolved_ms)) for one in self.alerts()]

    def after(self, at_ms: int | None) -> int | None:
        return None if at_ms is None else at_ms // MINUTE_MS - NOW

    def healths(self, slo_id: int = 1) -> list[tuple[int | None, str, str]]:
        """(minutes after the beginning, health, reason), oldest first."""
        with self.store.reading() as db:
            found = slo_healths.between(db, slo_id, start_ms=0, end_ms=1 << 60)
        return [(self.after(one.at_ms), one.health.value, one.reason) for one in reversed(found)]
