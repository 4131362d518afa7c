"""Which series each SLI is measured by, as lanes: one row an SLI, one lane an operand.

The live meter, sealing and backfill each keep one, fill its lanes as those of golden signals are filled, and ask it
what they mean: a live minute and a stored one come from the same rule.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from app.domain.distributions import Bins
from app.domain.feeds import Feeds
from app.domain.histogram_feeds import Growing
from app.domain.lanes import Lanes, Matrix, Row
from app.domain.live import Live
from app.domain.samples import Floats, HistogramSample, Ints
from app.domain.selectors import Candidate, Match, MetricSelector, Selector
from app.domain.series import Shape
from app.domain.sli_minutes import SliMinutes
from app.domain.slis import Indicator
from app.domain.slis.kind import Lane, LaneMinutes, Operand

NO_GROWTH = Bins(np.array([np.inf]), np.zeros(1), 0.0, exponential=True)
Key = tuple[str, ...]
HISTOGRAMS = (Shape.HISTOGRAM, Shape.DELTA_HISTOGRAM)


class HistogramTaps:
    """A histogram-shaped series that SLIs are measured by: where its growth goes, and what it last said."""

    def __init__(self, one: Candidate, indicators: Mapping[int, Indicator], rows: Mapping[int, Row]) -> None:
        self._one = one
        self._taps = [(indicators[sli_id], rows[sli_id]) for sli_id in sorted(indicators)]
        self._growing = Growing(delta=one.shape is Shape.DELTA_HISTOGRAM)
        self._counted = -1  # the newest minute that the series was counted in

    def resume(self, sample: HistogramSample) -> None:
        """The sample before what follows."""
        self._growing.resume(sample)

    def take(self, sample: HistogramSample, live: Live) -> None:
        """Add what it grew by to the live lanes. A minute counts the series once, as sealing does."""
        for minute, seconds, bins in self._growing.take(sample):
            numbers, amounts = self.contributions(bins, live.lanes)
            live.fit()
            live.add(numbers, minute=minute, amounts=amounts, seconds=seconds, series=float(minute > self._counted))
            self._counted = max(self._counted, minute)

    def contributions(self, bins: Bins, lanes: Lanes) -> tuple[Ints, Floats]:
        """The lanes that growth goes to, and how much to each."""
        numbers, amounts = [], []
        for indicator, row in self._taps:
            for operand, amount in indicator.amounts(self._one, bins).items():
                numbers.append(lanes.lane(row, operand))
                amounts.append(amount)
        return np.array(numbers, dtype=np.int64), np.array(amounts, dtype=np.float64)


class Bound:
    """SLIs by number, and the series they are measured by.

    indicators    as given
    composites    numbers of those made of others, members before what is made of them
    rows          of all others: the row of lanes; `rows[sli_id].numbers` are its lanes among those of `lanes`
    feeds         of scalar series, as `Live.advance` and `sealing.add_cells` read them (first choose by `taps`)
    histograms    by series id, as `Live` and sealing ask: `take`, `resume`, `contributions`
    series        the series of each SLI, as they were learned
    """

    def __init__(self, indicators: Mapping[int, Indicator]) -> None:
        self.indicators = dict(sorted(indicators.items()))
        self.lanes = Lanes()
        self.feeds = Feeds(self.lanes)
        self.histograms: dict[int, HistogramTaps] = {}
        self.composites = tuple(sli_id for sli_id, one in self.indicators.items() if one.members)
        plain = {sli_id: one for sli_id, one in self.indicators.items() if not one.members}
        self.rows = {sli_id: self.lanes.row(sli_id, one.kind, rank=0) for sli_id, one in plain.items()}
        self.series: dict[int, list[Candidate]] = {sli_id: [] for sli_id in plain}
        self._by_key = _by_key(plain)
        self._known: set[int] = set()

    def learn(self, candidates: Iterable[Candidate]) -> list[int]:
        """Bind the series that an SLI selects; gives the SLIs that have a new one. Those known already are left."""
        moved: set[int] = set()
        for one in candidates:
            if one.id in self._known:
                continue
            self._known.add(one.id)
            asked = {sli_id for key in _keys_of(one) for sli_id in self._by_key.get(key, ())}
            moved.update(self._bind(one, sorted(asked)))
        return sorted(moved)

    def _bind(self, one: Candidate, asked: list[int]) -> list[int]:
        if one.shape in HISTOGRAMS:
            bound = [sli_id for sli_id in asked if _selects(self.indicators[sli_id], one)]
            feeds: list[tuple[int, int, float]] = []
            if bound:
                chosen = {sli_id: self.indicators[sli_id] for sli_id in bound}
                self.histograms[one.id] = HistogramTaps(one, chosen, self.rows)
                self.histograms[one.id].contributions(NO_GROWTH, self.lanes)  # makes its lanes: none come later
        else:
            taps = [(sli_id, tap) for sli_id in asked for tap in self.indicators[sli_id].taps(one)]
            bound = sorted({sli_id for sli_id, _ in taps})
            feeds = [
                (self.lanes.lane(self.rows[sli_id], tap.operand, instance=tap.part), tap.operation, tap.scale)
                for sli_id, tap in taps
            ]
        if bound:
            self.feeds.learn(one.id, kind=one.kind, service_id=one.service_id, order=one.order, feeds=feeds)
        for sli_id in bound:
            self.series[sli_id].append(one)
        return bound

    def taps(self, series: Ints) -> NDArray[np.bool_]:
        """Which of these (scalar) series any SLI is measured by."""
        inside = np.minimum(series, len(self.feeds.kind) - 1)
        found: NDArray[np.bool_] = (series == inside) & (self.feeds.begin[inside] < self.feeds.end[inside])
        return found

    def minutes(self, row: Row, *, total: Matrix, weight: Matrix, series: Matrix, minute: Ints) -> SliMinutes:
        """What an SLI's lanes mean. The matrices are as `lanes.assemble` takes them: a line a lane, a column a minute.

        Minutes in which nothing is known are not in the answer.
        """
        parts: dict[str, dict[Operand, Lane]] = {}
        for (operand, _, _, part), position in row.lanes.items():
            lane = Lane(total[position], weight[position], series[position])
            parts.setdefault(part, {})[Operand(operand)] = lane
        return self.indicators[row.service_id].minutes(LaneMinutes(minute, parts.get("", {}), parts))

    def composed(self, sli_id: int, of: Mapping[int, SliMinutes]) -> SliMinutes:
        """Minutes of a composite, from those of its members."""
        return self.indicators[sli_id].composed(of)


def _by_key(indicators: Mapping[int, Indicator]) -> dict[Key, list[int]]:
    """SLIs by what a series must have to be one of theirs: of all labels that a selector names the rarest one.

    A thousand SLIs of one metric, each of its own job, would else be asked about every series of that metric.
    """
    selectors = [(sli_id, one) for sli_id, it in indicators.items() for one in it.selectors().values()]
    common = Counter(key for _, selector in selectors for key in _keys(selector))
    found: dict[Key, list[int]] = {}
    for sli_id, selector in selectors:
        among = found.setdefault(min(_keys(selector), key=lambda key: (common[key], key)), [])
        if sli_id not in among:
            among.append(sli_id)
    return found


def _keys(selector: Selector) -> list[Key]:
    """What each of its series has, one suffices to find it by."""
    if not isinstance(selector, MetricSelector):
        return [(selector.service, selector.source)]
    named = [it for it in selector.matchers if it.match is Match.IS and it.expected]
    return [(selector.metric,), *((selector.metric, it.label, it.expected) for it in named)]


def _keys_of(one: Candidate) -> list[Key]:
    return [
        (one.metric,),
        (one.service, one.source),
        *((one.metric, label, value) for label, value in one.labels.items()),
    ]


def _selects(indicator: Indicator, one: Candidate) -> bool:
    return any(selector.selects(one) for selector in indicator.selectors().values())
