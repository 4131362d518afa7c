"""Units as recipes and senders write them, and the metric names OpenTelemetry's names turn into on Prometheus' side."""

import re

# how many of the unit make one second
PER_SECOND = {
    "s": 1.0,
    "seconds": 1.0,
    "ms": 1e3,
    "milliseconds": 1e3,
    "us": 1e6,
    "microseconds": 1e6,
    "ns": 1e9,
    "nanoseconds": 1e9,
}
# how many of the unit make one whole
PER_WHOLE = {"1": 1.0, "%": 100.0, "percent": 100.0}
PLAIN = ("By", "bytes", "")

UNITS = (*PER_SECOND, *PER_WHOLE, *PLAIN)

# https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-metadata-1
_SUFFIXES = {
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "By": "bytes",
    "%": "percent",
    "1": "ratio",
}


def divisor(unit: str) -> float:
    """What a value in `unit` is divided by to be seconds or a share."""
    return PER_SECOND.get(unit) or PER_WHOLE.get(unit) or 1.0


def translations(metric: str, unit: str, *, counter: bool) -> tuple[str, ...]:
    """Names that Prometheus' OTLP receiver and OpenTelemetry's exporters write for a dotted metric.

    With dots or underscores, with or without the unit's suffix, counters with or without `_total`: every setting of
    Prometheus' `translation_strategy` and of the collector's `add_metric_suffixes`. The dotted name is not in them.
    """
    suffix = _SUFFIXES.get(unit, "")
    names: list[str] = []
    for base in (re.sub(r"[^a-zA-Z0-9_:]+", "_", metric), metric):
        stems = [base, f"{base}_{suffix}"] if suffix and not base.endswith(f"_{suffix}") else [base]
        names += [f"{stem}_total" for stem in stems] + stems if counter else stems
    return tuple(name for name in dict.fromkeys(names) if name != metric)
