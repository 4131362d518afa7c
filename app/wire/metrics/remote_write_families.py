"""What Prometheus' type of a metric family says of the single series in it."""

from typing import NamedTuple

from app.domain.samples import Metadata
from app.domain.series import MAX_VALUE_BYTES, Kind, SeriesKey, Shape, clip

UNKNOWN = "unknown"
GAUGE_HISTOGRAM = "gaugehistogram"
# By number in both versions of remote write.
TYPES = (UNKNOWN, "counter", "gauge", "histogram", GAUGE_HISTOGRAM, "summary", "info", "stateset")
MAX_UNIT = 64

_COUNTED = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}
_SUFFIXES = {**_COUNTED, "counter": ("_total",), GAUGE_HISTOGRAM: ("_bucket", "_gcount", "_gsum")}


class Family(NamedTuple):
    """What a sender declared of a metric family: Prometheus' word for its type, and its unit."""

    type: str
    unit: str

    def kind(self, metric: str, shape: Shape) -> Kind | None:
        """Whether a series of the family counts up or stands for itself; None when the type does not say."""
        if shape != Shape.VALUE:
            return Kind.GAUGE if self.type == GAUGE_HISTOGRAM else None
        if self.type == "counter" or metric.endswith(_COUNTED.get(self.type, ())):
            return Kind.COUNTER
        return None if self.type in {UNKNOWN, "histogram"} else Kind.GAUGE


UNDECLARED = Family(UNKNOWN, "")


def type_word(number: int) -> str:
    """Prometheus' word for a type; a number from a newer protocol is unknown."""
    return TYPES[number] if 0 <= number < len(TYPES) else UNKNOWN


def family_name(metric: str, type: str) -> str:  # noqa: A002 - Prometheus' word, as in Metadata.type
    """The family a series belongs to when the sender declares the type on the series itself.

    A counter keeps its `_total`: the families of the text format do.
    """
    if type != "counter":
        for suffix in _SUFFIXES.get(type, ()):
            if metric.endswith(suffix) and metric != suffix:
                return metric.removesuffix(suffix)
    return metric


def of_metric(families: dict[str, Family], metric: str) -> Family:
    """The family of a metric among those declared: its own name's, else the one it is a suffixed part of."""
    family = families.get(metric)
    if family is not None or not families:
        return family or UNDECLARED
    stem, _, last = metric.rpartition("_")
    family = families.get(stem)
    return family if family and f"_{last}" in _SUFFIXES.get(family.type, ()) else UNDECLARED


def metadata(metric: str, *, type: str, help: str, unit: str) -> Metadata:  # noqa: A002 - the words of Metadata
    """Metadata fit to be kept. Raises Invalid when the name could not be a metric's."""
    SeriesKey(metric, ())
    return Metadata(metric, type, help=_kept(help, MAX_VALUE_BYTES // 4), unit=_kept(unit, MAX_UNIT))


def _kept(text: str, length: int) -> str:
    return clip(text.replace("\x00", ""), length)
