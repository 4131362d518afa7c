"""Events that went well or badly, of all: two of good, bad and total."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.cells import GAUGE
from app.domain.distributions import Bins
from app.domain.errors import Invalid
from app.domain.json_values import Fields, Reading, Value
from app.domain.lanes import INCREASE
from app.domain.selectors import Candidate, Selector
from app.domain.sli_minutes import SliMinutes, no_minutes
from app.domain.slis import kind_doubts, kind_events, kind_fields
from app.domain.slis.kind import Doubt, LaneMinutes, Operand, Tap
from app.domain.slis.kind_defaults import Defaults


@dataclass(frozen=True, slots=True)
class Ratio(Defaults):
    """Exactly two of the three selectors. Raises Invalid."""

    good: Selector | None = None
    bad: Selector | None = None
    total: Selector | None = None

    def __post_init__(self) -> None:
        if len(self.selectors()) != 2:
            text = "A ratio is made of two: good and total, bad and total, or good and bad."
            raise Invalid(text, code="slo_invalid", field="total" if self.total is None else "good")

    @property
    def kind(self) -> str:
        return "ratio"

    def selectors(self) -> Mapping[str, Selector]:
        every = {"good": self.good, "bad": self.bad, "total": self.total}
        return {name: one for name, one in every.items() if one is not None}

    def taps(self, one: Candidate) -> tuple[Tap, ...]:
        if one.kind == GAUGE:
            return ()
        return tuple(Tap(operand, INCREASE) for operand in self._operands(one))

    def amounts(self, one: Candidate, bins: Bins) -> Mapping[Operand, float]:
        """Every observation of a histogram is an event."""
        return dict.fromkeys(self._operands(one), bins.count)

    def _operands(self, one: Candidate) -> list[Operand]:
        return [Operand(name) for name, selector in self.selectors().items() if selector.selects(one)]

    def minutes(self, of: LaneMinutes) -> SliMinutes:
        good, bad, total = (of.lanes.get(one) for one in (Operand.GOOD, Operand.BAD, Operand.TOTAL))
        if self.total is None:
            return no_minutes() if good is None else kind_events.of_both(of, good, bad)
        if total is None:
            return no_minutes()
        if self.good is None:
            return kind_events.of_bad(of, bad, total)
        return kind_events.of_good(of, good, total)

    def doubts(self, found: Mapping[str, Sequence[Candidate]]) -> tuple[Doubt, ...]:
        doubts: list[Doubt] = []
        for name, selector in self.selectors().items():
            series = found.get(name, ())
            if name == "bad" and not series:
                text = f"No series matches {selector} yet: nothing has failed, as far as is known."
                doubts.append(Doubt(name, text, refuses=False, unseen=True))
                continue
            doubts += kind_doubts.unseen(name, selector, series)
            doubts += kind_doubts.not_counted(name, series)
            doubts += kind_doubts.counted_twice(name, series)
        return (*doubts, *kind_doubts.mixed_units(list(self.selectors())[-1], _added(found)))

    def fields(self) -> dict[str, Value]:
        return {name: kind_fields.written(one) for name, one in self.selectors().items()}

    def sentence(self) -> str:
        if self.total is None:
            return f"{self.good}, of these and {self.bad}"
        if self.good is None:
            return f"all but {self.bad}, of {self.total}"
        return f"{self.good}, of {self.total}"


def _added(found: Mapping[str, Sequence[Candidate]]) -> list[Candidate]:
    """The series whose own numbers are added up: of histograms it is how many there were, in no unit."""
    every = [one for some in found.values() for one in some]
    return [one for one in every if one.shape not in kind_doubts.HISTOGRAMS and "le" not in one.labels]


def read(fields: Fields, *, field: str) -> Ratio:
    asked = Reading(fields, field).only(("good", "bad", "total"))
    sides = {name: kind_fields.maybe_selector(asked, name) for name in ("good", "bad", "total")}
    try:
        return Ratio(**sides)
    except Invalid as error:
        raise kind_fields.at_its_field(asked, error) from error
