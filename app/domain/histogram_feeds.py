"""How histogram-shaped series (OpenTelemetry's, Prometheus' native ones) feed the lanes of their service."""

from collections.abc import Iterable

import numpy as np

from app.domain.assignments import Feed, Role
from app.domain.cells import MAX_GAP_MS
from app.domain.distributions import Bins, bins_of, counted, growth
from app.domain.histograms import Histogram
from app.domain.lanes import Lanes, Matrix, Row
from app.domain.live import Live
from app.domain.samples import Floats, HistogramSample, Ints
from app.domain.signals import MINUTE_MS

UNTOLD_DELTA_MS = 60_000  # what a delta without a start time is taken to cover


class Growing:
    """Follows the samples of a histogram-shaped series in their order of arrival."""

    def __init__(self, *, delta: bool) -> None:
        self._delta = delta
        self._last: tuple[int, Histogram] | None = None

    def resume(self, sample: HistogramSample) -> None:
        """The sample before what follows."""
        if sample.histogram is not None:
            self._last = (sample.at_ms, sample.histogram)

    def take(self, sample: HistogramSample) -> list[tuple[int, float, Bins]]:
        """What it grew by, by minute: (minute, seconds, bins). Late and repeated samples are left to sealing."""
        if sample.histogram is None or (self._last is not None and sample.at_ms <= self._last[0]):
            return []
        grown = grown_by(self._last, sample, delta=self._delta)
        self._last = (sample.at_ms, sample.histogram)
        return [] if grown is None else spread(sample.at_ms, *grown)


class HistogramSeries:
    """A histogram-shaped series: where its growth goes, and for the live view its newest sample."""

    def __init__(self, feeds: Iterable[Feed], row: Row, *, delta: bool) -> None:
        self.row = row
        self._roles = {feed.role: feed.scale for feed in feeds}
        self._growing = Growing(delta=delta)
        self._lanes: dict[bytes, Ints] = {}

    def resume(self, sample: HistogramSample) -> None:
        """The sample before what follows."""
        self._growing.resume(sample)

    def take(self, sample: HistogramSample, live: Live) -> None:
        """Add what it grew by to the live lanes."""
        for minute, seconds, bins in self._growing.take(sample):
            numbers, amounts = self.contributions(bins, live.lanes)
            live.fit()
            live.add(numbers, minute=minute, amounts=amounts, seconds=seconds)
        if sample.histogram is not None:
            live.row_newest[self.row.index] = max(live.row_newest[self.row.index], sample.at_ms)

    def contributions(self, bins: Bins, lanes: Lanes) -> tuple[Ints, Floats]:
        """The lanes that growth goes to, and how much to each."""
        total = np.array([np.nan if bins.total is None else bins.total])
        numbers = self.lanes_of(bins.bounds, lanes, exponential=bins.exponential)
        return numbers, self.amounts(bins.counts[None, :], total)[0]

    def amounts(self, counts: Matrix, total: Floats) -> Matrix:
        """How much growths of the same bins, a row each, add to each of their lanes; a total of NaN is not told."""
        number = counted(counts)[:, None]
        columns = [number] * sum(role in self._roles for role in (Role.REQUESTS, Role.ERRORS))
        if Role.DURATION in self._roles:
            # A sender that does not tell the sum adds nothing to it; the lane is then known to be incomplete by its 0.
            seconds = np.where(np.isnan(total), 0.0, total * self._roles[Role.DURATION])[:, None]
            columns += [number, seconds, counts]
        return np.hstack(columns)

    def lanes_of(self, bounds: Floats, lanes: Lanes, *, exponential: bool) -> Ints:
        """The lanes that growth in these bins goes to."""
        key = bounds.tobytes()
        if key not in self._lanes:
            self._lanes[key] = np.array(self._lane_numbers(bounds, lanes, exponential=exponential), dtype=np.int64)
        return self._lanes[key]

    def _lane_numbers(self, bounds: Floats, lanes: Lanes, *, exponential: bool) -> list[int]:
        found = [lanes.lane(self.row, role) for role in (Role.REQUESTS, Role.ERRORS) if role in self._roles]
        if Role.DURATION in self._roles:
            self.row.exponential = exponential
            found += [lanes.lane(self.row, Role.DURATION_COUNT), lanes.lane(self.row, Role.DURATION_SUM)]
            scaled = (bounds * self._roles[Role.DURATION]).tolist()
            found += [lanes.lane(self.row, Role.DURATION, bound=bound) for bound in scaled]
        return found


def grown_by(last: tuple[int, Histogram] | None, sample: HistogramSample, *, delta: bool) -> tuple[Bins, float] | None:
    """What a histogram sample tells of new observations and over how many seconds; None when it tells nothing."""
    if sample.histogram is None:
        return None
    at_ms, start_ms = sample.at_ms, sample.start_ms
    fresh = 0 < start_ms <= at_ms and at_ms - start_ms <= MAX_GAP_MS
    if delta:
        return bins_of(sample.histogram), (at_ms - start_ms if fresh else UNTOLD_DELTA_MS) / 1000
    if last is None or at_ms - last[0] > MAX_GAP_MS:
        return (bins_of(sample.histogram), (at_ms - start_ms) / 1000) if fresh else None
    seconds = (at_ms - last[0]) / 1000
    if start_ms > last[0]:
        return bins_of(sample.histogram), seconds
    return growth(last[1], sample.histogram), seconds


def spread(at_ms: int, bins: Bins, seconds: float) -> list[tuple[int, float, Bins]]:
    """Growth over these seconds up to at_ms, by minute: (minute, seconds, bins), by the rule that `cells` states."""
    minute, since = at_ms // MINUTE_MS, (at_ms - round(seconds * 1000)) // MINUTE_MS
    if minute - since <= 1:
        return [(minute, seconds, bins)]
    parts = minute - since
    total = None if bins.total is None else bins.total / parts
    part = Bins(bins.bounds, bins.counts / parts, total, bins.exponential)
    return [(one, seconds / parts, part) for one in range(since + 1, minute + 1)]
