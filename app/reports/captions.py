"""What each chart shows in a sentence, for those who cannot see it and those in a hurry.

"p99 380 ms now, highest 2.8 s at 14:20, SLO 400 ms, above it for 18 min".
"""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.signals import Floats
from app.reports import formats
from app.reports.glances import Glance
from app.reports.marks import Marks
from app.reports.signals import Columns

MOST_RESOURCES = 3


@dataclass(frozen=True, slots=True)
class _Line:
    """A line a sentence is about; `now` is the figure beside it, or its newest value where the range has ended."""

    name: str
    values: Floats
    now: float | None
    text: Callable[[float | None], str]


def of(columns: Columns, glance: Glance, marks: Marks, *, zone: ZoneInfo, now_ms: int) -> dict[str, str]:
    """A sentence for each chart."""
    ended = glance.until_ms - columns.end_ms >= columns.step_ms

    def line(name: str, values: Floats, now: float | None, text: Callable[[float | None], str]) -> _Line:
        return _Line(name, values, _newest(values) if ended else now, text)

    def told(one: _Line, signal: str) -> str:
        return ", ".join(_parts(one, signal, columns, marks, ended=ended, zone=zone, now_ms=now_ms))

    slowest = list(columns.signals["latency"].items())[-1]
    latency = told(line(*slowest, glance.latency, formats.seconds), "latency")
    usual = glance.usual.latency
    if usual is not None and marks.promise("latency") is None:
        latency += f", usually {formats.seconds(usual)}"
    return {
        "latency": latency,
        "traffic": told(
            line("", columns.signals["traffic"]["requests"], glance.traffic, formats.per_second), "traffic"
        ),
        "errors": told(line("", columns.signals["error_ratio"]["ratio"], glance.errors, formats.percent), "errors"),
        "saturation": _resources(columns, glance, ended=ended),
    }


def _parts(
    line: _Line, signal: str, columns: Columns, marks: Marks, *, ended: bool, zone: ZoneInfo, now_ms: int
) -> list[str]:
    if np.isnan(line.values).all():
        return ["no data in this range"]
    at_ms = columns.start_ms + int(np.nanargmax(line.values)) * columns.step_ms
    parts = [
        f"{line.name} {line.text(line.now)} {'at the end' if ended else 'now'}".strip(),
        f"highest {line.text(float(np.nanmax(line.values)))} at {formats.clock(at_ms, zone=zone, now_ms=now_ms)}",
    ]
    promise = marks.promise(signal)
    if promise is not None:
        above = int((line.values > promise.value).sum()) * columns.step_ms
        length = f"above it for {formats.duration(above / 1000)}" if above else "never above it"
        parts += [f"SLO {line.text(promise.value)}", length]
    return parts


def _resources(columns: Columns, glance: Glance, *, ended: bool) -> str:
    shares = glance.resources
    if ended:
        shares = {name: _newest(values) for name, values in columns.signals["saturation"].items()}
    full = sorted(shares.items(), key=lambda one: -(one[1] or 0.0))[:MOST_RESOURCES]
    when = " at the end" if ended else " now"
    return (
        (", ".join(f"{name} {formats.percent(share)}" for name, share in full) + when) if full else "nothing measured"
    )


def _newest(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known[-1]) if len(known) else None
