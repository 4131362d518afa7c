"""The burns of an objective over stored history as its page draws them, and when each policy would have fired.

Lines show the highest burn of each step, so that no peak is lost between two points; what fired is told to the minute.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from app.domain.burn_states import STATES, AlertState
from app.domain.samples import Floats, Ints
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.slo_board import SloBoard
from app.domain.slos import BurnPair, Slo
from app.reports import charts, formats, signals, slo_burns, slo_words
from app.reports.slo_burns import BurnPoint, Burns
from app.store.engine import Connection

RANGES_MS = {"24h": 24 * HOUR_MS, "7d": 7 * 24 * HOUR_MS, "30d": 30 * 24 * HOUR_MS}
TABLE_ROWS = 30
MOST_FIRED = 200


@dataclass(frozen=True, slots=True)
class Fired:
    """A policy that would have fired; `end_ms` None: it goes on at the range's end. `peak` is of its long window."""

    pair: BurnPair
    start_ms: int
    end_ms: int | None
    peak: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """`fired` newest first; `table` are the newest steps, newest first, each with a point a policy."""

    burns: Burns
    fired: tuple[Fired, ...]
    table: tuple[tuple[int, tuple[BurnPoint, ...]], ...]
    start_ms: int
    end_ms: int
    step_ms: int

    @property
    def slo(self) -> Slo:
        return self.burns.slo


def replay(board: SloBoard, db: Connection, slo: Slo, *, start_ms: int, end_ms: int) -> Replay:
    """Every policy over a range, in steps that suit it."""
    step_ms = max(MINUTE_MS, signals.step_for(start_ms, end_ms))
    found = slo_burns.between(board, db, slo, start_ms=start_ms, end_ms=end_ms, step_ms=step_ms)
    fired = sorted(_fired(found, start_ms=start_ms), key=lambda one: -one.start_ms)
    return Replay(found, tuple(fired[:MOST_FIRED]), tuple(_table(found)), start_ms, end_ms, step_ms)


def payload(of: Replay, *, zone: ZoneInfo) -> dict[str, object]:
    """JSON-ready: times are Unix ms; null is a window without an event."""
    pairs = of.slo.alerting.pairs
    return {
        "slo": of.slo.slug,
        "start": of.start_ms,
        "end": of.end_ms,
        "times": (of.burns.ends * MINUTE_MS).tolist(),
        "pairs": [
            {
                "name": slo_words.pair_windows(pair),
                "severity": pair.severity.value,
                "factor": float(pair.factor),
                "long_name": slo_words.length(pair.long_minutes),
                "short_name": slo_words.length(pair.short_minutes),
                "long": charts.rounded(highest(of, of.burns.whole.long[number])),
                "short": charts.rounded(highest(of, of.burns.whole.short[number])),
            }
            for number, pair in enumerate(pairs)
        ],
        "fired": [
            {"pair": pairs.index(one.pair), "from": one.start_ms, "to": one.end_ms, "text": told(one, zone=zone)}
            for one in of.fired
        ],
        "caption": caption(of, zone=zone),
        "zone": {
            "name": formats.zone_name(of.end_ms, zone=zone),
            "offsets": charts.offsets(of.start_ms, of.end_ms, zone=zone),
        },
    }


def highest(of: Replay, minutes: Floats) -> Floats:
    """The highest of each step; NaN where nothing was known in all of it."""
    ends = of.burns.ends
    if len(ends) == 0:
        return np.empty(0)
    begins = np.maximum(np.append(ends[0] - of.step_ms // MINUTE_MS, ends[:-1]) - of.burns.whole.first, 0)
    return np.asarray(np.fmax.reduceat(minutes, begins))


def caption(of: Replay, *, zone: ZoneInfo) -> str:
    """The chart in words."""
    if not of.slo.alerting.pairs:
        return "Nobody is called for this objective."
    if np.isnan(of.burns.whole.long).all():
        return "No event in this range."
    return f"{_times(of.fired)} {_peak(of, zone=zone)}".strip()


def told(one: Fired, *, zone: ZoneInfo) -> str:
    """page, 5 min + 1 h: 14:13 to 14:40; of one that goes on since when."""
    start, end = (formats.stamp(at_ms, zone=zone) for at_ms in (one.start_ms, one.end_ms))
    when = f"since {start}" if one.end_ms is None else f"{start} to {end}"
    return f"{one.pair.severity.value}, {slo_words.pair_windows(one.pair)}: {when}"


def _times(fired: tuple[Fired, ...]) -> str:
    if not fired:
        return "No policy would have fired."
    pages = sum(one.pair.severity == "page" for one in fired)
    tickets = len(fired) - pages
    parts = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in ((pages, "page"), (tickets, "ticket"))]
    return f"{' and '.join(one for one in parts if not one.startswith('0 '))} would have fired."


def _peak(of: Replay, *, zone: ZoneInfo) -> str:
    whole = of.burns.whole
    shown = max(0, of.start_ms // MINUTE_MS - whole.first)  # what was before the range is lead
    fast = whole.long[0, shown:]
    if np.isnan(fast).all():
        return ""
    at = int(np.nanargmax(fast))
    when = formats.clock((whole.first + shown + at + 1) * MINUTE_MS, zone=zone, now_ms=of.end_ms)
    length = slo_words.length(of.slo.alerting.pairs[0].long_minutes)
    return f"Highest over {length}: {slo_words.burn(float(fast[at]))} at {when}."


def _fired(of: Burns, *, start_ms: int) -> Iterator[Fired]:
    """Those that fired at some time of the range, also when they began before it."""
    firing = STATES.index(AlertState.FIRING)
    for pair, states, long in zip(of.slo.alerting.pairs, of.whole.state, of.whole.long, strict=True):
        for begin, stop in _runs(states == firing):
            start, end = ((of.whole.first + at + 1) * MINUTE_MS for at in (begin, stop))
            if end <= start_ms:
                continue
            known = long[begin:stop][~np.isnan(long[begin:stop])]
            yield Fired(pair, start, None if stop == len(states) else end, float(known.max()) if len(known) else None)


def _runs(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    edges: Ints = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _table(of: Burns) -> Iterator[tuple[int, tuple[BurnPoint, ...]]]:
    for end in reversed(of.ends[-TABLE_ROWS:].tolist()):
        yield end * MINUTE_MS, tuple(of.point(number, end) for number in range(len(of.slo.alerting.pairs)))
