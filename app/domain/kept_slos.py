"""An objective as the board keeps it: its definition, its row of the rings, and how its minutes are counted."""

from dataclasses import dataclass, field

from app.domain import burning, counting, periods
from app.domain.ledger import Effects
from app.domain.sli_minutes import SliMinutes
from app.domain.slos import Method, Silence, Slo
from app.domain.windows import Rolling

MINUTE_MS = periods.MINUTE_MS
ROLLING = -1


@dataclass(slots=True)
class KeptSlo:
    """`longest` is what its row has room for; `period_end` the minute that ends the period it is in."""

    slo: Slo
    effects: Effects
    row: int
    longest: int
    loaded: bool = False
    period_end: int = 0
    hold: int = field(init=False)
    _corrected: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.hold = self.slo.indicator.hold_minutes
        size = counting.slice_of(self.slo.budgeting)
        self._corrected = frozenset(one.minute // size * size + size - 1 for one in self.effects.corrections)

    def counted(self, raw: SliMinutes, *, first: int, end: int) -> SliMinutes:
        return counting.counted(raw, self.slo.budgeting, self.effects, hold=self.hold, first=first, end=end)

    def reach(self, *, first: int, end: int) -> tuple[int, int]:
        return counting.reach(self.slo.budgeting, self.hold, first=first, end=end)

    def affected(self, *, first: int, end: int) -> tuple[int, int]:
        return counting.affected(self.slo.budgeting, self.hold, first=first, end=end)

    def counted_like(self, slo: Slo, effects: Effects) -> bool:
        """Whether what the ring holds is right for this definition, and has room for its windows."""
        ours = (self.slo.sli_id, self.slo.budgeting, self.hold, self.effects)
        theirs = (slo.sli_id, slo.budgeting, slo.indicator.hold_minutes, effects)
        return ours == theirs and max(windows(slo)) <= self.longest

    def first_counted(self, first: int) -> int:
        """The first minute whose count follows from the raw minutes from `first` on."""
        look_back = -self.reach(first=0, end=0)[0]
        size = counting.slice_of(self.slo.budgeting)
        return -(-(first + look_back) // size) * size

    def detailed_from(self, *, oldest: int, near: int) -> int:
        """From which minute, the first of an hour, counts are made of minutes: of older ones hours tell all."""
        if self.hold or self.slo.budgeting.method is not Method.OCCURRENCES:
            return oldest
        touched = [one.first for one in self.effects.exclusions if one.end > oldest]
        touched += [one.minute for one in self.effects.corrections if one.minute >= oldest]
        return max(oldest, min([near, *touched]) // 60 * 60)

    @property
    def counts_unheard(self) -> bool:
        """Whether a minute may count although nothing was heard of it."""
        return bool(self._corrected) or self.slo.budgeting.no_data is not Silence.LEAVE_OUT

    def unheard(self, minute: int) -> bool:
        """Whether this one may."""
        ends_slice = (minute + 1) % counting.slice_of(self.slo.budgeting) == 0
        return minute in self._corrected or (ends_slice and self.slo.budgeting.no_data is not Silence.LEAVE_OUT)

    def started(self, until_minute: int) -> int:
        """The minute its window began: of a calendar, the period of the newest complete minute, so that one which
        has just ended is seen whole; ROLLING when it moves.
        """
        if isinstance(self.slo.window, Rolling):
            return ROLLING
        period = periods.period_at(self.slo.window, (until_minute - 1) * MINUTE_MS)
        self.period_end = period.end_ms // MINUTE_MS
        return period.start_ms // MINUTE_MS


def windows(slo: Slo) -> list[int]:
    """The lengths of its windows at most, as the columns of sums are."""
    return burning.spans(slo, window_minutes=periods.longest_minutes(slo.window))
