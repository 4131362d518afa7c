"""How long ago something last succeeded: a backup, an import, a message that got through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.domain.cells import GAUGE
from app.domain.errors import Invalid
from app.domain.json_values import Fields, Reading, Value
from app.domain.lanes import HIGHEST, INCREASE
from app.domain.samples import Floats
from app.domain.selectors import Candidate, Selector
from app.domain.sli_minutes import SliMinutes, no_minutes
from app.domain.slis import kind_doubts, kind_events, kind_fields
from app.domain.slis.kind import Doubt, Lane, LaneMinutes, Operand, Tap
from app.domain.slis.kind_defaults import Defaults
from app.domain.slis.kind_units import per_second

MOST_SECONDS = 7 * 86_400


class Tells(StrEnum):
    """What the series tells of the newest success."""

    TIME = "time"  # a gauge: when it was, as Unix time
    AGE = "age"  # a gauge: how long ago it was
    COUNT = "count"  # a counter: that there was another


@dataclass(frozen=True, slots=True)
class Freshness(Defaults):
    """A minute is good when at its end the newest success is at most `within` seconds old.

    Of several series the newest success of any counts; with `every` the oldest of their newest. Raises Invalid.
    """

    series: Selector
    tells: Tells
    within: int
    every: bool = False

    def __post_init__(self) -> None:
        if not 60 <= self.within <= MOST_SECONDS or self.within % 60:
            raise Invalid("The age is whole minutes, 1 minute to 7 days.", code="slo_invalid", field="within")
        if self.every and self.tells is Tells.COUNT:
            text = "Counted successes of several series are added up: one of any series counts."
            raise Invalid(text, code="slo_invalid", field="every")

    @property
    def kind(self) -> str:
        return "freshness"

    @property
    def hold_minutes(self) -> int:
        return self.within // 60 if self.tells is Tells.COUNT else 0

    def selectors(self) -> Mapping[str, Selector]:
        return {"series": self.series}

    def taps(self, one: Candidate) -> tuple[Tap, ...]:
        if not self.series.selects(one) or (one.kind == GAUGE) is (self.tells is Tells.COUNT):
            return ()
        if self.tells is Tells.COUNT:
            return (Tap(Operand.VALUE, INCREASE),)
        return (Tap(Operand.VALUE, HIGHEST, self._sign / per_second(one)),)

    @property
    def _sign(self) -> float:
        """The newest is the highest time and the lowest age; a lane knows its highest alone."""
        return 1.0 if (self.tells is Tells.TIME) is not self.every else -1.0

    def minutes(self, of: LaneMinutes) -> SliMinutes:
        lane = of.lanes.get(Operand.VALUE)
        if lane is None:
            return no_minutes()
        if self.tells is Tells.COUNT:
            return kind_events.judged(of, lane.total > 0, known=lane.known)
        return kind_events.judged(of, self._age(of, lane) <= self.within, known=lane.known)

    def _age(self, of: LaneMinutes, lane: Lane) -> Floats:
        value = np.asarray(lane.total * self._sign)
        return value if self.tells is Tells.AGE else (of.minute + 1) * 60.0 - value

    def doubts(self, found: Mapping[str, Sequence[Candidate]]) -> tuple[Doubt, ...]:
        series = found.get("series", ())
        wrong = kind_doubts.not_counted if self.tells is Tells.COUNT else kind_doubts.not_measured
        return (
            *kind_doubts.unseen("series", self.series, series),
            *wrong("series", series),
            *kind_doubts.mixed_units("series", series),
        )

    def fields(self) -> dict[str, Value]:
        return {
            "series": kind_fields.written(self.series),
            "tells": self.tells.value,
            "within": self.within,
            "every": self.every,
        }

    def sentence(self) -> str:
        whose = "every newest success" if self.every else "the newest success"
        return f"minutes at whose end {whose} of {self.series} is at most {_length(self.within)} old"


def read(fields: Fields, *, field: str) -> Freshness:
    asked = Reading(fields, field).only(("series", "tells", "within", "every"))
    try:
        return Freshness(
            kind_fields.selector(asked, "series"),
            asked.choice("tells", Tells),
            asked.whole("within"),
            every=kind_fields.flag(asked, "every"),
        )
    except Invalid as error:
        raise kind_fields.at_its_field(asked, error) from error


def _length(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds // 60} min"
