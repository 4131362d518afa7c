"""Probes that say up (1) or down (0), such as `probe_success` or `up`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.cells import GAUGE
from app.domain.errors import Invalid
from app.domain.json_values import Fields, Reading, Value
from app.domain.lanes import MEAN
from app.domain.selectors import Candidate, Selector
from app.domain.sli_minutes import SliMinutes, no_minutes
from app.domain.slis import kind_doubts, kind_events, kind_fields
from app.domain.slis.kind import Doubt, LaneMinutes, Operand, Tap
from app.domain.slis.kind_defaults import Defaults


@dataclass(frozen=True, slots=True)
class Synthetic(Defaults):
    """A minute is up while at least `quorum` of what the probes said in it was up; without one it counts by its share.

    A probe counts as much as another however often it asks. One that says nothing is not down: a minute in which none
    speaks is unknown. Raises Invalid.
    """

    series: Selector
    quorum: float | None = None

    def __post_init__(self) -> None:
        if self.quorum is not None and not 0 < self.quorum <= 1:
            text = "The quorum lies above 0 and is at most 1: 0.5 for half of the probes."
            raise Invalid(text, code="slo_invalid", field="quorum")

    @property
    def kind(self) -> str:
        return "synthetic"

    def selectors(self) -> Mapping[str, Selector]:
        return {"series": self.series}

    def taps(self, one: Candidate) -> tuple[Tap, ...]:
        return (Tap(Operand.VALUE, MEAN),) if one.kind == GAUGE and self.series.selects(one) else ()

    def minutes(self, of: LaneMinutes) -> SliMinutes:
        lane = of.lanes.get(Operand.VALUE)
        if lane is None:
            return no_minutes()
        up = np.clip(lane.total / np.maximum(lane.series, 1.0), 0.0, 1.0)
        return kind_events.judged(of, up if self.quorum is None else up >= self.quorum, known=lane.known)

    def doubts(self, found: Mapping[str, Sequence[Candidate]]) -> tuple[Doubt, ...]:
        series = found.get("series", ())
        return (*kind_doubts.unseen("series", self.series, series), *kind_doubts.not_measured("series", series))

    def fields(self) -> dict[str, Value]:
        return {"series": kind_fields.written(self.series), "quorum": self.quorum}

    def sentence(self) -> str:
        if self.quorum is None:
            return f"the share of {self.series} that says up"
        return f"minutes in which at least {self.quorum * 100:g} % of {self.series} says up"


def read(fields: Fields, *, field: str) -> Synthetic:
    asked = Reading(fields, field).only(("series", "quorum"))
    quorum = float(asked.decimal("quorum")) if asked.has("quorum") else None
    try:
        return Synthetic(kind_fields.selector(asked, "series"), quorum)
    except Invalid as error:
        raise kind_fields.at_its_field(asked, error) from error
