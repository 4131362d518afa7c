"""Requests answered within a threshold, from classic buckets or from histogram-shaped series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf, isclose
from typing import Self

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
from app.domain.slis.kind_units import bound_of, per_second
from app.domain.slis.latency_bounds import around, lacking, share_between, within

MOST_SECONDS = 1e9


class Between(StrEnum):
    """What a threshold between two bounds is judged by."""

    BELOW = "below"  # the bound below it: whoever was in between counts as too slow
    INTERPOLATE = "interpolate"  # as if requests lay evenly between the two bounds


@dataclass(frozen=True, slots=True)
class Latency(Defaults):
    """`threshold` in seconds (in the series' own unit where it is no time); `series` are buckets or histograms.

    `total` counts all requests where the buckets lack +Inf. `bounds` of classic buckets is what the threshold is
    measured by, once settled: one bound, or the two that it lies between; none of histograms, whose own bins tell.
    """

    series: Selector
    threshold: float
    between: Between = Between.BELOW
    total: Selector | None = None
    bounds: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= MOST_SECONDS:
            raise Invalid("The threshold is more than 0 seconds.", code="slo_invalid", field="threshold")
        if len(self.bounds) > 2 or list(self.bounds) != sorted(self.bounds):
            raise Invalid("Bounds are one, or the two around the threshold.", code="slo_invalid", field="bounds")

    @property
    def kind(self) -> str:
        return "latency"

    def selectors(self) -> Mapping[str, Selector]:
        return {"series": self.series} if self.total is None else {"series": self.series, "total": self.total}

    def settled(self, found: Mapping[str, Sequence[Candidate]]) -> Self:
        """With the bounds that all instances have, as far as there are such."""
        lower, upper = around(self.threshold, found.get("series", ()))
        if self.between is Between.INTERPOLATE and upper is not None:
            return replace(self, bounds=(lower or 0.0, upper))
        return replace(self, bounds=() if lower is None else (lower,))

    def taps(self, one: Candidate) -> tuple[Tap, ...]:
        if one.kind == GAUGE:
            return ()
        taps = [Tap(Operand.TOTAL, INCREASE)] if self.total is not None and self.total.selects(one) else []
        bound = bound_of(one) if self.series.selects(one) else None
        if bound is None:
            return tuple(taps)
        if bound == inf and self.total is None:
            taps.append(Tap(Operand.TOTAL, INCREASE))
        for at, share in self._shares():
            if isclose(bound, at) and share > 0:
                taps.append(Tap(Operand.GOOD, INCREASE, share))
        return tuple(taps)

    def _shares(self) -> list[tuple[float, float]]:
        """How much of each cumulative bucket counts as good."""
        if len(self.bounds) != 2:
            return [(self.bounds[0] if self.bounds else self.threshold, 1.0)]
        lower, upper = self.bounds
        share = share_between(self.threshold, lower, upper)
        return [(lower, 1 - share), (upper, share)]

    def amounts(self, one: Candidate, bins: Bins) -> Mapping[Operand, float]:
        if self.total is not None and self.total.selects(one) and not self.series.selects(one):
            return {Operand.TOTAL: bins.count}
        if not self.series.selects(one):
            return {}
        threshold = self.threshold * per_second(one)
        good = within(bins, threshold, interpolate=self.between is Between.INTERPOLATE)
        every = {Operand.TOTAL: bins.count}
        return every if good is None else {Operand.GOOD: good, **every}

    def minutes(self, of: LaneMinutes) -> SliMinutes:
        total = of.lanes.get(Operand.TOTAL)
        return no_minutes() if total is None else kind_events.of_good(of, of.lanes.get(Operand.GOOD), total)

    def doubts(self, found: Mapping[str, Sequence[Candidate]]) -> tuple[Doubt, ...]:
        series = found.get("series", ())
        doubts = [*kind_doubts.unseen("series", self.series, series), *kind_doubts.not_counted("series", series)]
        if self.total is not None:
            totals = found.get("total", ())
            doubts += kind_doubts.unseen("total", self.total, totals) + kind_doubts.not_counted("total", totals)
        return (*doubts, *kind_doubts.mixed_units("series", series), *self._bound_doubts(series))

    def _bound_doubts(self, series: Sequence[Candidate]) -> list[Doubt]:
        plain = [one for one in series if one.shape not in kind_doubts.HISTOGRAMS]
        bounds = {bound for one in plain if (bound := bound_of(one)) is not None}
        if not plain:
            return []
        if not bounds:
            text = "The series are neither buckets (no bound in le) nor histograms."
            return [Doubt("series", text, refuses=True, hint="Select the metric that ends in _bucket.")]
        doubts = []
        if inf not in bounds and self.total is None:
            text = "The buckets lack +Inf, so nothing tells how many requests there were."
            doubts.append(Doubt("total", text, refuses=True, hint="Name the metric that counts all, such as _count."))
        if not any(isclose(at, bound) for at, _ in self._shares() for bound in bounds):
            text = f"No bucket ends at {_seconds(self.threshold)} or below; bounds are {_listed(bounds)}."
            hint = "Take one of the bounds, or interpolate between two."
            doubts.append(Doubt("threshold", text, refuses=True, hint=hint))
        elif self.bounds and not isclose(self.bounds[0], self.threshold):
            doubts.append(Doubt("threshold", f"{_sentence_start(self.sentence())}.", refuses=False))
        short, instances = lacking(self.bounds, plain)
        if short:
            text = f"{short} of {instances} histograms lack that bound: all of their requests count as slow."
            doubts.append(Doubt("series", text, refuses=False, hint="Select those that have the same bounds."))
        return doubts

    def fields(self) -> dict[str, Value]:
        return {
            "series": kind_fields.written(self.series),
            "threshold": self.threshold,
            "between": self.between.value,
            "total": kind_fields.written(self.total),
            "bounds": list(self.bounds),
        }

    def sentence(self) -> str:
        wanted = _seconds(self.threshold)
        if len(self.bounds) == 1 and not isclose(self.bounds[0], self.threshold):
            return (
                f"responses within {_seconds(self.bounds[0])} ({wanted} lies between two bounds: the one below counts)"
            )
        if len(self.bounds) == 2:
            lower, upper = (_seconds(one) for one in self.bounds)
            return f"responses within {wanted}, interpolated between the bounds {lower} and {upper}"
        return f"responses within {wanted}"


def read(fields: Fields, *, field: str) -> Latency:
    asked = Reading(fields, field).only(("series", "threshold", "between", "total", "bounds"))
    bounds = fields.get("bounds") or ()
    if not isinstance(bounds, Sequence) or not all(isinstance(one, int | float) for one in bounds):
        raise asked.wrong("bounds", "bounds are numbers.")
    try:
        return Latency(
            kind_fields.selector(asked, "series"),
            float(asked.decimal("threshold")),
            asked.choice("between", Between, usual=Between.BELOW),
            kind_fields.maybe_selector(asked, "total"),
            tuple(float(str(one)) for one in bounds),
        )
    except Invalid as error:
        raise kind_fields.at_its_field(asked, error) from error


def _seconds(value: float) -> str:
    return f"{value * 1000:g} ms" if value < 1 else f"{value:g} s"


def _listed(bounds: set[float]) -> str:
    finite = sorted(bound for bound in bounds if bound != inf)
    return ", ".join(_seconds(one) for one in finite[:12]) or "+Inf alone"


def _sentence_start(text: str) -> str:
    return text[:1].upper() + text[1:]
