"""What the four charts of a service are drawn from: plain columns, in the reader's zone, with their marks and limits.

The browser owns theme and layout (static/js/charts.js); `reports.figures` draws the same for those who want Plotly.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from app.domain import states
from app.domain.signals import HOUR_MS, Floats
from app.domain.states import Usual
from app.reports import formats
from app.reports.services import Shown
from app.reports.signals import DAY_MS, Before

DIGITS = 5
MOST_RESOURCES = 8
LAST_WEEK = "last week"


@dataclass(frozen=True, slots=True)
class Limit:
    """A value from which a signal is in a state."""

    signal: str
    state: str
    value: float


def limits(usual: Usual) -> tuple[Limit, ...]:
    """The lines a service is judged by."""
    slow = [] if usual.latency is None else [("warn", states.LATENCY_WARN), ("crit", states.LATENCY_CRIT)]
    return (
        *(Limit("latency", state, states.latency_limit(usual.latency or 0.0, times)) for state, times in slow),
        Limit("errors", "warn", states.ERRORS_WARN),
        Limit("errors", "crit", states.ERRORS_CRIT),
        Limit("saturation", "warn", states.SATURATION_WARN),
        Limit("saturation", "crit", states.SATURATION_CRIT),
    )


def payload(found: Shown, *, zone: ZoneInfo) -> dict[str, object]:
    """JSON-ready: bucket i begins at t0 + i * step (Unix ms); null is "no data"."""
    of = found.columns
    return {
        "service": of.service.slug,
        "t0": of.start_ms,
        "step": of.step_ms,
        "end": of.end_ms,
        "span": of.end_ms - of.start_ms,
        "partial": of.partial,
        "latency": _lines(of.signals["latency"].items()),
        "traffic": [*_lines(of.signals["traffic"].items()), *_before(of.last_week)],
        "errors": _lines(of.signals["error_ratio"].items()),
        "saturation": _lines(fullest(of.signals["saturation"])),
        "limits": [{"signal": one.signal, "state": one.state, "value": one.value} for one in limits(found.usual)],
        "promises": [
            {"signal": one.signal, "value": one.value, "slo": one.slo, "name": one.name} for one in found.marks.promises
        ],
        "gaps": [list(one) for one in of.gaps],
        "maintenance": [list(one) for one in found.marks.maintenance],
        "deploys": [{"at": one.at_ms, "version": one.version, "title": one.title} for one in found.deploys],
        "captions": found.captions,
        "zone": {
            "name": formats.zone_name(of.end_ms, zone=zone),
            "offsets": offsets(of.start_ms, of.end_ms, zone=zone),
        },
    }


def fullest(resources: dict[str, Floats]) -> list[tuple[str, Floats]]:
    """The resources worth a line, the fullest at the end of the range first."""

    def newest(values: Floats) -> float:
        known = values[~np.isnan(values)]
        return float(known[-1]) if len(known) else -1.0

    return sorted(resources.items(), key=lambda one: (-newest(one[1]), one[0]))[:MOST_RESOURCES]


def offsets(start_ms: int, end_ms: int, *, zone: ZoneInfo) -> list[list[int]]:
    """[from, offset] in milliseconds of each stretch of a range: charts shift times by it, and clocks change."""

    def offset(at_ms: int) -> int:
        found = formats.moment(at_ms, zone=zone).utcoffset()
        return round(found.total_seconds() * 1000) if found else 0

    stretches = [[start_ms, offset(start_ms)]]
    for day in range(start_ms, end_ms, DAY_MS):
        if offset(min(day + DAY_MS, end_ms)) == stretches[-1][1]:
            continue
        first = day // HOUR_MS * HOUR_MS
        at = next(
            one for one in range(first, first + DAY_MS + 2 * HOUR_MS, HOUR_MS // 2) if offset(one) != stretches[-1][1]
        )
        stretches.append([at, offset(at)])
    return stretches


def _lines(named: Iterable[tuple[str, Floats]]) -> list[dict[str, object]]:
    return [{"name": name, "values": rounded(values)} for name, values in named]


def _before(last_week: Before | None) -> Iterator[dict[str, object]]:
    """A line with times of its own."""
    if last_week is not None:
        values = rounded(last_week.traffic)
        yield {"name": LAST_WEEK, "t0": last_week.first_ms, "step": last_week.step_ms, "values": values}


def rounded(values: Floats) -> list[float | None]:
    """DIGITS significant digits, None for what is unknown: half the bytes, and no less to see."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(np.abs(values) > 0, np.floor(np.log10(np.abs(values))), 0.0)
    scale = 10.0 ** (DIGITS - 1 - np.nan_to_num(size))
    short = (np.round(values * scale) / scale).tolist()
    return [value if formats.known(value) else None for value in short]
