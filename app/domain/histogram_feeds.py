"""How histogram-shaped series (OpenTelemetry's, Prometheus' native ones) feed the lanes of their service."""

from collections.abc import Iterable

from app.domain.cells import MAX_GAP_MS
from app.domain.distributions import Bins, bins_of, growth
from app.domain.histograms import Histogram
from app.domain.lanes import Lanes, Row
from app.domain.live import Live
from app.domain.assignments import Feed, Role
from app.domain.samples import HistogramSample
from app.domain.signals import MINUTE_MS


class HistogramSeries:
    """A histogram-shaped series: its newest sample, and where its growth goes."""

    def __init__(self, feeds: Iterable[Feed], row: Row, *, delta: bool) -> None:
        self._delta = delta
        self.row = row
        self.roles = {feed.role: feed.scale for feed in feeds}
        self._last: tuple[int, Histogram] | None = None

    def take(self, sample: HistogramSample, live: Live) -> None:
        """Add what it grew by to the live lanes."""
        if sample.histogram is None or (self._last is not None and sample.at_ms <= self._last[0]):
            return
        grown = grown_by(self._last, sample, delta=self._delta)
        self._last = (sample.at_ms, sample.histogram)
        if grown is None:
            return
        bins, seconds = grown
        minute = sample.at_ms // MINUTE_MS
        for lane, total in self._contributions(bins, live.lanes):
            live.fit()
            live.add(lane, minute=minute, total=total, seconds=seconds)
        live.row_newest[self.row.index] = max(live.row_newest[self.row.index], sample.at_ms)


def grown_by(
    last: tuple[int, Histogram] | None, sample: HistogramSample, *, delta: bool
) -> tuple[Bins, float] | None:
    """What a histogram sample tells of new observations and over how many seconds; None when it tells nothing."""
    assert sample.histogram is not None
    at_ms, start_ms = sample.at_ms, sample.start_ms
    fresh = 0 < start_ms <= at_ms and at_ms - start_ms <= MAX_GAP_MS
    if delta:
        return bins_of(sample.histogram), (at_ms - start_ms) / 1000 if fresh else 60.0
    if last is None or at_ms - last[0] > MAX_GAP_MS:
        return (bins_of(sample.histogram), (at_ms - start_ms) / 1000) if fresh else None
    seconds = (at_ms - last[0]) / 1000
    if start_ms > last[0]:
        return bins_of(sample.histogram), seconds
    return growth(last[1], sample.histogram), seconds


def contributions(bins: Bins, roles: dict[Role, float], row: Row, lanes: Lanes) -> list[tuple[int, float]]:
    """(lane, amount) of every part of a histogram's growth."""
    found = []
    for role in (Role.REQUESTS, Role.ERRORS):
        if role in roles:
            found.append((lanes.lane(row, role), bins.count))
    if Role.DURATION in roles:
        scale = roles[Role.DURATION]
        row.exponential = bins.exponential
        found.append((lanes.lane(row, Role.DURATION_COUNT), bins.count))
        if bins.total is not None:
            found.append((lanes.lane(row, Role.DURATION_SUM), bins.total * scale))
        for bound, count in zip((bins.bounds * scale).tolist(), bins.counts.tolist(), strict=True):
            found.append((lanes.lane(row, Role.DURATION, bound=bound), count))
    return found
