"""What is laid over a service's charts besides its own numbers: what was promised, and announced work."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.domain.signals import MINUTE_MS
from app.domain.slis.latency import Latency
from app.domain.slis.ratio import Ratio
from app.domain.slis.saturation import Saturation
from app.domain.slo_board import SloBoard
from app.domain.slos import Method, Slo

MOST_A_SIGNAL = 2  # more lines than that nobody can tell apart


@dataclass(frozen=True, slots=True)
class Promise:
    """A signal's value up to which an objective calls it good: seconds, or a share in [0, 1]."""

    signal: str
    value: float
    slo: str
    name: str


@dataclass(frozen=True, slots=True)
class Marks:
    """`maintenance` are stretches [from, to) in Unix ms, apart from each other and ascending."""

    promises: tuple[Promise, ...] = ()
    maintenance: tuple[tuple[int, int], ...] = ()

    def promise(self, signal: str) -> Promise | None:
        """The strictest of a signal."""
        return min((one for one in self.promises if one.signal == signal), key=lambda one: one.value, default=None)


NO_MARKS = Marks()


def of(board: SloBoard, service: str, *, start_ms: int, end_ms: int) -> Marks:
    """What a service's objectives lay over [start_ms, end_ms)."""
    mine = [slo for slo in board.slos() if slo.service == service]
    return Marks(
        promises=tuple(promises(mine)),
        maintenance=tuple(_joined(_left_out(board, mine, start_ms=start_ms, end_ms=end_ms))),
    )


def promises(slos: Iterable[Slo]) -> Iterator[Promise]:
    """What objectives allow of each signal, the strictest first, values that several promise once."""
    found: dict[tuple[str, float], Promise] = {}
    for slo in slos:
        one = promise(slo)
        if one is not None:
            found.setdefault((one.signal, one.value), one)
    for signal in ("latency", "errors", "saturation"):
        mine = sorted((one for one in found.values() if one.signal == signal), key=lambda one: one.value)
        yield from mine[:MOST_A_SIGNAL]


def promise(slo: Slo) -> Promise | None:
    """The line an objective draws; None of those that judge what no chart of a service shows."""
    of = slo.indicator
    if isinstance(of, Latency):
        return Promise("latency", of.threshold, slo.slug, slo.name)
    if isinstance(of, Ratio) and slo.budgeting.method is not Method.TIME_SLICES:
        return Promise("errors", float(slo.allowed), slo.slug, slo.name)
    if isinstance(of, Ratio) and slo.budgeting.slice_target is not None:
        return Promise("errors", float(1 - slo.budgeting.slice_target), slo.slug, slo.name)
    if isinstance(of, Saturation):
        return Promise("saturation", of.at_most, slo.slug, slo.name)
    return None


def _left_out(board: SloBoard, slos: Iterable[Slo], *, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    every = {(one.first * MINUTE_MS, one.end * MINUTE_MS) for slo in slos for one in board.effects(slo.id).exclusions}
    return sorted((max(first, start_ms), min(end, end_ms)) for first, end in every if first < end_ms and end > start_ms)


def _joined(stretches: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Stretches by their start, those that touch as one."""
    while stretches:
        first, end = stretches.pop(0)
        while stretches and stretches[0][0] <= end:
            end = max(end, stretches.pop(0)[1])
        yield first, end
