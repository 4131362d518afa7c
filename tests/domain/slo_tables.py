"""Raw minutes as tables hold them, objectives of every kind, and a meter that tells a board of both."""

from datetime import datetime
from decimal import Decimal

import numpy as np

from app.domain import counting
from app.domain.ledger import NO_EFFECTS, Correction, Effects, Exclusion, Treatment
from app.domain.sli_minutes import EVENT, SliMinutes, replaced
from app.domain.slo_board import SloBoard
from app.domain.slos import Budgeting, BurnPair, Method, Severity, Silence, Slo
from app.domain.windows import Calendar, Rolling, Unit
from tests.domain.slo_values import DAY, NOW, in_hours, objective, slices

HISTORY = 11 * DAY
MONDAYS = datetime(2024, 1, 1)  # noqa: DTZ001 - a wall-clock time


def pair(name: str, long: int, short: int) -> BurnPair:
    return BurnPair(name, Severity.PAGE, long, short, Decimal(2))


PAIRS = (pair("near", 60, 5), pair("either", 1_500, 120), pair("far", 4_320, 360))


class Tables:
    """Raw minutes of one SLI, and a meter that tells a board of them as `SloBoard` says it must."""

    def __init__(self, raw: SliMinutes, slos: list[Slo], effects: Effects = NO_EFFECTS, *, until: int = NOW) -> None:
        self.raw = raw
        self.slos = slos
        self.effects = {slo.id: effects for slo in slos}
        self.board = SloBoard()
        self.board.advance(until)
        self.load()

    def load(self) -> None:
        for slo_id in self.board.define(self.slos, self.effects):
            first = self.board.load_from(slo_id)
            self.board.load(slo_id, raw=self.between(first, self.board.until_minute), hours=in_hours(self.raw))
        self.advance(self.board.until_minute)

    def between(self, first: int, end: int) -> SliMinutes:
        return self.raw.between(first, end)

    def advance(self, until: int) -> None:
        for slo_id, hour in self.board.advance(until):
            self.board.put_edge(slo_id, hour, self.between(*self.board.edge_span(slo_id, hour)))

    def change(self, new: SliMinutes, *, first: int, end: int) -> None:
        self.raw = replaced(self.raw, new, touched=np.arange(first, end))
        for slo in self.slos:
            begin, stop = self.board.span_needed(slo.id, first=first, end=end)
            self.board.patch(slo.id, self.between(begin, stop), first=begin, end=stop)

    def check(self) -> None:
        """Every window of every objective is the sum of its counted minutes, to the last bit."""
        sums = self.board.sums()
        for row, slo_id in enumerate(sums.slo_ids.tolist()):
            slo = next(one for one in self.slos if one.id == slo_id)
            counted = counting.counted(
                self.raw,
                slo.budgeting,
                self.effects[slo_id],
                hold=slo.indicator.hold_minutes,
                first=NOW - 2 * HISTORY,
                end=sums.until_minute,
            )
            for column, length in enumerate(sums.window_minutes[row].tolist()):
                inside = counted.between(sums.until_minute - length, sums.until_minute)
                expected = [int(one.sum()) for one in (inside.bad, inside.total, inside.known_ms)]
                found = [int(one[row, column]) for one in (sums.bad, sums.total, sums.known_ms)]
                assert length < 0 or found == expected, (slo.budgeting, slo.window, length)


KINDS = {
    "events over ten days": objective(1, window=Rolling(10 * DAY + 7), pairs=PAIRS),
    "events over a day and a half": objective(2, window=Rolling(2_000), pairs=PAIRS),
    "weeks of Lord Howe": objective(3, window=Calendar(Unit.WEEK, MONDAYS, "Australia/Lord_Howe"), pairs=PAIRS),
    "slices of five minutes": objective(4, window=Rolling(7 * DAY), pairs=PAIRS, budgeting=slices(5)),
    "slices that cross hours": objective(
        5,
        target="0.9",
        window=Rolling(9 * DAY),
        pairs=PAIRS,
        budgeting=Budgeting(Method.TIME_SLICES, 45, Decimal("0.9"), Silence.GOOD, Silence.BAD),
    ),
    "ratio slices across two hours": objective(
        6, window=Rolling(5 * DAY), pairs=PAIRS, budgeting=Budgeting(Method.RATIO_TIME_SLICES, 96, no_data=Silence.GOOD)
    ),
    "freshness held seven minutes": objective(7, window=Rolling(8 * DAY), pairs=PAIRS, hold=7),
    "held, in slices": objective(8, window=Rolling(8 * DAY), pairs=PAIRS, hold=50, budgeting=slices(10)),
}
LEDGERS = {
    "an empty ledger": NO_EFFECTS,
    "a ledger": Effects(
        (
            Exclusion(1, NOW - 3_000, NOW - 2_900, Treatment.REMOVED),
            Exclusion(2, NOW - 500, NOW - 333, Treatment.GOOD),
            Exclusion(5, NOW + 30, NOW + 40, Treatment.REMOVED),
        ),
        (Correction(3, NOW - 4_000, -5 * EVENT, 0), Correction(4, NOW + 20, 3 * EVENT, 3 * EVENT)),
    ),
}


def random_minutes(*seed: int, first: int, end: int) -> SliMinutes:
    """Nine in ten minutes have data, some of them no traffic; counts are no whole events."""
    random = np.random.default_rng(seed)
    minute = np.flatnonzero(random.random(end - first) < 0.9) + first
    total = random.choice([0, 1, 30, 4_000], len(minute)) * EVENT // 3
    bad = np.where(random.random(len(minute)) < 0.3, random.random(len(minute)) * total, 0).astype(np.int64)
    return SliMinutes(minute, bad, total, random.integers(1, 60_001, len(minute)))
