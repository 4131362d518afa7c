"""How full something is: a minute is good while the fullest instance stays at or below a share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.domain.cells import GAUGE
from app.domain.errors import Invalid
from app.domain.json_values import Fields, Reading, Value
from app.domain.lanes import HIGHEST, INCREASE, MEAN
from app.domain.samples import Floats
from app.domain.selectors import Candidate, Selector, SignalSelector
from app.domain.sli_minutes import SliMinutes, no_minutes
from app.domain.slis import kind_doubts, kind_events, kind_fields
from app.domain.slis.kind import Doubt, Lane, LaneMinutes, Operand, Tap
from app.domain.slis.kind_defaults import Defaults

MOST_LABELS = 8


class Tells(StrEnum):
    """What the series tells of the share taken."""

    RATIO = "ratio"  # a gauge: the share itself, 0 to 1
    USED = "used"  # a gauge: how much is taken, of the limit
    FREE = "free"  # a gauge: how much is left, of the limit
    BUSY = "busy"  # a counter: seconds taken, of those that passed (or of the limit, in as many at once)
    IDLE = "idle"  # a counter: seconds not taken, of those that passed


OPERATION = {Tells.RATIO: HIGHEST, Tells.USED: MEAN, Tells.FREE: MEAN, Tells.BUSY: INCREASE, Tells.IDLE: INCREASE}
LIMITED = (Tells.USED, Tells.FREE)


@dataclass(frozen=True, slots=True)
class Saturation(Defaults):
    """`at_most` is a share of the limit. `per` are labels whose values tell instances apart: the fullest one counts.

    Signals know their instances by themselves, and bring their own scale. Raises Invalid.
    """

    series: Selector
    tells: Tells
    at_most: float
    limit: Selector | None = None
    per: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.at_most <= 1:
            text = "The share lies above 0 and is at most 1: 0.9 for 90 %."
            raise Invalid(text, code="slo_invalid", field="at_most")
        if self.tells in LIMITED and self.limit is None:
            raise Invalid(f"What is {self.tells} is a share of a limit.", code="slo_invalid", field="limit")
        if self.tells in (Tells.RATIO, Tells.IDLE) and self.limit is not None:
            raise Invalid(f"{self.tells} is a share already: it has no limit.", code="slo_invalid", field="limit")

    @property
    def kind(self) -> str:
        return "saturation"

    def selectors(self) -> Mapping[str, Selector]:
        return {"series": self.series} if self.limit is None else {"series": self.series, "limit": self.limit}

    def taps(self, one: Candidate) -> tuple[Tap, ...]:
        taps = []
        if self.series.selects(one) and (one.kind == GAUGE) is (OPERATION[self.tells] != INCREASE):
            scale, part = self._place(self.series, one)
            taps.append(Tap(Operand.VALUE, OPERATION[self.tells], scale, part))
        if self.limit is not None and self.limit.selects(one) and one.kind == GAUGE:
            scale, part = self._place(self.limit, one)
            taps.append(Tap(Operand.LIMIT, MEAN, scale, part))
        return tuple(taps)

    def _place(self, selector: Selector, one: Candidate) -> tuple[float, str]:
        """(scale, instance) of a series."""
        if not isinstance(selector, SignalSelector):
            return 1.0, "\0".join(one.labels.get(name, "") for name in self.per)
        feed = next(feed for feed in one.feeds if feed.role in selector.roles and feed.resource == selector.resource)
        return feed.scale, feed.instance

    def minutes(self, of: LaneMinutes) -> SliMinutes:
        shares = [share for lanes in of.parts.values() if (share := self._share(lanes)) is not None]
        if not shares:
            return no_minutes()
        fullest = np.fmax.reduce(shares)
        return kind_events.judged(of, fullest <= self.at_most, known=~np.isnan(fullest))

    def _share(self, lanes: Mapping[Operand, Lane]) -> Floats | None:
        """The share taken of one instance; NaN where it is not known, or where there is no limit (0 or less)."""
        value, limit = lanes.get(Operand.VALUE), lanes.get(Operand.LIMIT)
        if value is None or (limit is None and self.limit is not None):
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            taken = value.total
            if OPERATION[self.tells] == INCREASE:
                rate = value.total / value.weight
                taken = 1.0 - rate if self.tells is Tells.IDLE else rate * value.series
            if limit is not None:
                taken = taken / np.where(limit.known & (limit.total > 0), limit.total, np.nan)
            if self.tells is Tells.FREE:
                taken = 1.0 - taken
        return np.where(value.known, taken, np.nan)

    def doubts(self, found: Mapping[str, Sequence[Candidate]]) -> tuple[Doubt, ...]:
        series, limits = found.get("series", ()), found.get("limit", ())
        doubts = kind_doubts.unseen("series", self.series, series)
        wrong = kind_doubts.not_counted if OPERATION[self.tells] == INCREASE else kind_doubts.not_measured
        doubts += wrong("series", series)
        if self.limit is not None:
            doubts += kind_doubts.unseen("limit", self.limit, limits) + kind_doubts.not_measured("limit", limits)
        if self.tells in LIMITED and not isinstance(self.series, SignalSelector):
            doubts += kind_doubts.mixed_units("series", [*series, *limits])
            doubts += self._unmatched(series, limits)
        return tuple(doubts)

    def _unmatched(self, series: Sequence[Candidate], limits: Sequence[Candidate]) -> list[Doubt]:
        """Instances without a limit: nothing is known of them."""
        told = {self._place(self.series, one)[1] for one in series}
        alone = told - {self._place(self.series, one)[1] for one in limits}
        if not limits or not alone:
            return []
        name = min(alone).replace("\0", ", ") or "the series"
        text = f"{len(alone)} of {len(told)} instances have no limit of the same labels, the first is {name}."
        return [Doubt("per", text, refuses=alone == told, hint="Name the labels that both have in common.")]

    def fields(self) -> dict[str, Value]:
        return {
            "series": kind_fields.written(self.series),
            "tells": self.tells.value,
            "at_most": self.at_most,
            "limit": kind_fields.written(self.limit),
            "per": list(self.per),
        }

    def sentence(self) -> str:
        what = str(self.series) if self.limit is None else f"{self.series} of {self.limit}"
        where = f" for every {', '.join(self.per)}" if self.per else ""
        return f"minutes in which {what} takes at most {self.at_most * 100:g} %{where}"


def read(fields: Fields, *, field: str) -> Saturation:
    asked = Reading(fields, field).only(("series", "tells", "at_most", "limit", "per"))
    try:
        return Saturation(
            kind_fields.selector(asked, "series"),
            asked.choice("tells", Tells),
            float(asked.decimal("at_most")),
            kind_fields.maybe_selector(asked, "limit"),
            asked.texts("per", most=MOST_LABELS),
        )
    except Invalid as error:
        raise kind_fields.at_its_field(asked, error) from error
