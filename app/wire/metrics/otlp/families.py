"""A metric of one resource: what all its points share, whichever encoding it came in."""

from dataclasses import dataclass, field, replace

from app.domain.errors import Invalid
from app.domain.samples import Metadata
from app.domain.series import Kind, SeriesKey, Shape, clip
from app.wire.metrics.otlp.attributes import Pairs
from app.wire.metrics.otlp.schema import CUMULATIVE, DELTA

MAX_UNIT_LETTERS = 63  # the specification's limit
MAX_HELP_LETTERS = 1000


@dataclass(frozen=True, slots=True)
class Family:
    """`type` is the word of Metadata; `resource` the resource attributes that are labels of every point.

    `fault` is why none of its points can be taken.
    """

    metric: str
    unit: str
    resource: Pairs
    help: str = field(default="", compare=False)
    fault: Invalid | None = field(default=None, compare=False)
    type: str = "gauge"
    shape: Shape = Shape.VALUE
    kind: Kind | None = Kind.GAUGE

    @property
    def is_delta(self) -> bool:
        return self.shape in {Shape.DELTA, Shape.DELTA_HISTOGRAM}

    @property
    def has_start(self) -> bool:
        """Whether it matters since when its values count: never of a value that only stands for itself."""
        return self.is_delta or self.kind is not Kind.GAUGE

    @property
    def metadata(self) -> Metadata:
        return Metadata(self.metric, self.type, help=self.help, unit=self.unit)


def family(metric: str, *, unit: str, description: str, resource: Pairs) -> Family:
    """A metric as a gauge; `summed`, `distributed` and `summarised` make of it what its data say."""
    letters = unit if unit.isprintable() and len(unit) <= MAX_UNIT_LETTERS else ""
    words = clip(description.replace("\x00", ""), MAX_HELP_LETTERS)
    return Family(metric, letters, resource, help=words, fault=_fault_of_name(metric))


def summed(gauge: Family, *, temporality: int, monotonic: bool) -> Family:
    """A sum. One that may fall is read by its value, like a gauge."""
    shape = Shape.DELTA if temporality == DELTA else Shape.VALUE
    kind = Kind.COUNTER if monotonic else Kind.GAUGE
    fault = gauge.fault or _fault_of_temporality(gauge.metric, temporality)
    return replace(gauge, type=kind.value, shape=shape, kind=kind, fault=fault)


def distributed(gauge: Family, *, temporality: int, exponential: bool) -> Family:
    """A histogram, explicit or exponential."""
    shape = Shape.DELTA_HISTOGRAM if temporality == DELTA else Shape.HISTOGRAM
    word = "exponential_histogram" if exponential else "histogram"
    fault = gauge.fault or _fault_of_temporality(gauge.metric, temporality)
    return replace(gauge, type=word, shape=shape, kind=None, fault=fault)


def summarised(gauge: Family) -> Family:
    """A summary: its count and sum are counters."""
    return replace(gauge, type="summary", kind=Kind.COUNTER)


def _fault_of_name(metric: str) -> Invalid | None:
    try:
        SeriesKey(metric, ())
    except Invalid as fault:
        return fault
    return None


def _fault_of_temporality(metric: str, temporality: int) -> Invalid | None:
    if temporality in {CUMULATIVE, DELTA}:
        return None
    return Invalid(
        f"{clip(metric)} does not say whether its points are deltas or cumulative (aggregation_temporality).",
        code="temporality_missing",
        field=clip(metric),
    )
