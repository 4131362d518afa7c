"""A gauge that has to stay on one side of a number: every minute is good or bad as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from app.domain.cells import GAUGE
from app.domain.errors import Invalid
from app.domain.json_values import Fields, Reading, Value
from app.domain.lanes import HIGHEST, MEAN
from app.domain.samples import Floats
from app.domain.selectors import Candidate, Selector
from app.domain.sli_minutes import SliMinutes, no_minutes
from app.domain.slis import kind_doubts, kind_events, kind_fields
from app.domain.slis.kind import Doubt, LaneMinutes, Operand, Tap
from app.domain.slis.kind_defaults import Defaults


class Side(StrEnum):
    """What a good value is, beside the number."""

    BELOW = "lt"
    AT_MOST = "lte"
    ABOVE = "gt"
    AT_LEAST = "gte"


class Across(StrEnum):
    """What is judged of several series."""

    WORST = "worst"  # every sample of every series has to hold
    BEST = "best"  # one sample of one series that holds is enough
    MEAN = "mean"  # the mean of the series' means
    SUM = "sum"  # the sum of the series' means


_WORDS = {Side.BELOW: "below", Side.AT_MOST: "at most", Side.ABOVE: "above", Side.AT_LEAST: "at least"}


@dataclass(frozen=True, slots=True)
class Threshold(Defaults):
    """`value` in the unit of the series. Raises Invalid."""

    series: Selector
    side: Side
    value: float
    across: Across = Across.WORST

    def __post_init__(self) -> None:
        if not isfinite(self.value):
            raise Invalid("The threshold is a finite number.", code="slo_invalid", field="value")

    @property
    def kind(self) -> str:
        return "threshold"

    def selectors(self) -> Mapping[str, Selector]:
        return {"series": self.series}

    def taps(self, one: Candidate) -> tuple[Tap, ...]:
        if one.kind != GAUGE or not self.series.selects(one):
            return ()
        if self.across in (Across.MEAN, Across.SUM):
            return (Tap(Operand.VALUE, MEAN),)
        return (Tap(Operand.VALUE, HIGHEST, self._sign),)

    @property
    def _sign(self) -> float:
        """1 where the highest value is judged, -1 where the lowest is: a lane knows its highest alone."""
        return 1.0 if (self.side in (Side.BELOW, Side.AT_MOST)) is (self.across is Across.WORST) else -1.0

    def minutes(self, of: LaneMinutes) -> SliMinutes:
        lane = of.lanes.get(Operand.VALUE)
        if lane is None:
            return no_minutes()
        value = lane.total
        if self.across is Across.MEAN:
            value = lane.total / np.maximum(lane.series, 1.0)
        elif self.across in (Across.WORST, Across.BEST):
            value = lane.total * self._sign
        return kind_events.judged(of, self._holds(value), known=lane.known)

    def _holds(self, value: Floats) -> NDArray[np.bool_]:
        if self.side is Side.BELOW:
            return np.asarray(value < self.value)
        if self.side is Side.AT_MOST:
            return np.asarray(value <= self.value)
        if self.side is Side.ABOVE:
            return np.asarray(value > self.value)
        return np.asarray(value >= self.value)

    def doubts(self, found: Mapping[str, Sequence[Candidate]]) -> tuple[Doubt, ...]:
        series = found.get("series", ())
        return (
            *kind_doubts.unseen("series", self.series, series),
            *kind_doubts.not_measured("series", series),
            *kind_doubts.mixed_units("series", series),
        )

    def fields(self) -> dict[str, Value]:
        return {
            "series": kind_fields.written(self.series),
            "side": self.side.value,
            "value": self.value,
            "across": self.across.value,
        }

    def sentence(self) -> str:
        which = {Across.WORST: "every value", Across.BEST: "any value", Across.MEAN: "the mean", Across.SUM: "the sum"}
        return f"minutes in which {which[self.across]} of {self.series} is {_WORDS[self.side]} {self.value:g}"


def read(fields: Fields, *, field: str) -> Threshold:
    asked = Reading(fields, field).only(("series", "side", "value", "across"))
    return Threshold(
        kind_fields.selector(asked, "series"),
        asked.choice("side", Side),
        float(asked.decimal("value")),
        asked.choice("across", Across, usual=Across.WORST),
    )
