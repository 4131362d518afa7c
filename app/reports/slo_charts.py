"""What the chart of an objective's budget is drawn from; the browser owns theme and layout (static/js/budgets.js)."""

import math
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.ledger import Effects
from app.domain.samples import Floats
from app.domain.signals import MINUTE_MS
from app.domain.windows import Rolling
from app.reports import charts, formats, slo_words
from app.reports.slo_pages import Detail

AHEAD, MOST_AHEAD = 0.22, 0.5
"""So much of a rolling window a chart looks ahead: to what leaves it next, unless that is too far."""


def payload(of: Detail, effects: Effects, *, zone: ZoneInfo, is_now: bool = True) -> dict[str, object]:
    """JSON-ready: times are Unix ms, shares of the budget; null is "no data"."""
    now = of.row.now
    rolling = isinstance(of.row.slo.window, Rolling)
    end_ms = of.end_ms
    if is_now:
        end_ms = _ahead_ms(of) if of.ends_ms is None else of.ends_ms
    return {
        "slo": of.row.slo.slug,
        "rolling": rolling,
        "start": of.start_ms,
        "until": of.end_ms,
        "end": end_ms,
        "times": of.budget.times_ms,
        "left": charts.rounded(of.budget.left),
        "deploys": [
            {"at": one.at_ms, "version": one.version, "cost": cost}
            for one, cost in zip(of.budget.changes, of.costs, strict=True)
        ],
        "exclusions": [
            [max(one.first * MINUTE_MS, of.start_ms), min(one.end * MINUTE_MS, end_ms)]
            for one in effects.exclusions
            if one.first * MINUTE_MS < end_ms and one.end * MINUTE_MS > of.start_ms
        ],
        "leaving": [{"at": one.at_ms, "from": one.from_ms, "share": one.share, "why": why} for one, why in of.leaving]
        if is_now
        else [],
        "out": now.exhaustion.at_ms if is_now and (now.budget_left or 0) > 0 else None,
        "out_text": slo_words.out(now, zone=zone, now_ms=of.until_ms),
        "caption": caption(of, zone=zone),
        "zone": {
            "name": formats.zone_name(of.end_ms, zone=zone),
            "offsets": charts.offsets(of.start_ms, end_ms, zone=zone),
        },
    }


def _ahead_ms(of: Detail) -> int:
    length = max(MINUTE_MS, of.end_ms - of.start_ms)  # 0 while nothing has been evaluated yet
    next_ms = next((one.at_ms for one, _ in of.leaving if one.at_ms > of.end_ms), of.end_ms)
    ahead = (next_ms - of.end_ms) / length + 0.06
    return round(of.end_ms + length * (max(AHEAD, ahead) if ahead <= MOST_AHEAD else AHEAD))


def caption(of: Detail, *, zone: ZoneInfo) -> str:
    """The chart in words, for those who cannot see it and those in a hurry."""
    left = of.budget.left
    known = left[~np.isnan(left)]
    if len(known) == 0:
        return "No data in this range."
    at = formats.clock(of.budget.times_ms[int(np.nanargmin(left))], zone=zone, now_ms=of.until_ms)
    first, last, lowest = (slo_words.share(float(one)) for one in (known[0], known[-1], known.min()))
    return f"From {first} to {last}, lowest {lowest} at {at}."


@dataclass(frozen=True, slots=True)
class Curve:
    """A budget as an SVG path within `box`; y is upside down, 100 is all of it, 0 nothing."""

    path: str
    box: str


def curve(left: Floats) -> Curve:
    """Budgets at even steps; a gap where nothing is known."""
    known = left[~np.isnan(left)]
    low, high = min(-4.0, 100 * float(known.min(initial=0))), max(104.0, 100 * float(known.max(initial=1)))
    parts = []
    for at, value in enumerate(left.tolist()):
        if not math.isnan(value):
            pen = "L" if at and not math.isnan(left[at - 1]) else "M"
            parts.append(f"{pen}{at} {-100 * value:.1f}")
    return Curve("".join(parts), f"0 {-high:.1f} {max(1, len(left) - 1)} {high - low:.1f}")
