"""What a `# TYPE` line says of the samples below it: counter or gauge, in what unit, and which tell a start time."""

from dataclasses import dataclass

from app.domain.series import Kind

_COUNTER, _GAUGE = Kind.COUNTER, Kind.GAUGE

# Suffix -> kind, by type. A histogram's or summary's parts only ever grow; a summary's quantiles are readings.
_SAMPLES: dict[str, dict[str, Kind | None]] = {
    "counter": {"": _COUNTER, "_total": _COUNTER},
    "gauge": {"": _GAUGE},
    "histogram": {"_bucket": _COUNTER, "_count": _COUNTER, "_sum": _COUNTER},
    "gaugehistogram": {"_bucket": _GAUGE, "_gcount": _GAUGE, "_gsum": _GAUGE},
    "summary": {"": _GAUGE, "_count": _COUNTER, "_sum": _COUNTER},
    "info": {"": _GAUGE, "_info": _GAUGE},
    "stateset": {"": _GAUGE},
    "unknown": {"": None},
}
_STARTED = ("counter", "histogram", "summary")
_CREATED = "_created"
_SUFFIXES = ("", "_total", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info", _CREATED)
_UNITS = {"seconds": "s", "milliseconds": "ms", "bytes": "By", "ratio": "1", "percent": "%"}  # OpenMetrics -> UCUM


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family as declared. `starts` marks a family of start times: what older formats make of `_created`."""

    name: str
    type: str = "unknown"
    unit: str = ""
    starts: bool = False

    def __post_init__(self) -> None:
        if self.type not in _SAMPLES:
            object.__setattr__(self, "type", "unknown")


@dataclass(frozen=True, slots=True)
class Sense:
    """What one sample name means in its family.

    `started` names what counts from a common start time, "" when nothing does; `created` says that the sample is
    that start time itself and no series of its own.
    """

    kind: Kind | None = None
    unit: str = ""
    started: str = ""
    created: bool = False


UNDECLARED = Family("")


def family_of(sample: str, declared: dict[str, Family]) -> Family:
    """The declared family a sample name belongs to, UNDECLARED when there is none."""
    for suffix in _SUFFIXES:
        if sample.endswith(suffix):
            family = declared.get(sample.removesuffix(suffix))
            if family and suffix in _suffixes(family):
                return family
    return UNDECLARED


def sense(sample: str, family: Family) -> Sense:
    """What a sample of a family (from `family_of`) means."""
    if family is UNDECLARED:
        return Sense()
    if family.starts:
        return Sense(_GAUGE, started=family.name.removesuffix(_CREATED), created=True)
    base = family.name.removesuffix("_total") if family.type == "counter" else family.name
    suffix = sample.removeprefix(family.name)
    if suffix == _CREATED:
        return Sense(started=base, created=True)
    kind = _SAMPLES[family.type][suffix]
    unit = "" if suffix in ("_count", "_gcount") else _UNITS.get(family.unit, family.unit)
    return Sense(kind, unit, base if family.type in _STARTED and kind is _COUNTER else "")


def declare(name: str, kind: str, unit: str, declared: dict[str, Family]) -> Family:
    """The family of a `# TYPE` line, given those declared above it.

    Text 0.0.4 and 1.0.0 have no place for start times, so clients write them as a gauge family of their own below.
    """
    base = name.removesuffix(_CREATED)
    owner = declared.get(base) or declared.get(base + "_total")
    starts = kind == "gauge" and base != name and owner is not None and owner.type in _STARTED
    return Family(name, "unknown" if kind == "untyped" else kind, unit, starts)


def _suffixes(family: Family) -> tuple[str, ...]:
    known = tuple(_SAMPLES[family.type])
    return (*known, _CREATED) if family.type in _STARTED else known
