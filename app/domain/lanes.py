"""From cells of many series to the golden signals of one source of one service.

Every contribution of a series (a Feed) goes to a lane: the sum of all that feeds the same part of the same service.
The live follower adds samples to lanes as they come; sealing adds cells to lanes. Both then read lanes with
`assemble`, so a live number and a stored one come from the same rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.domain.assignments import Assignment, Feed, Role
from app.domain.samples import Floats

INCREASE, MEAN, HIGHEST = 0, 1, 2  # how a lane adds up

OPERATION = {
    Role.REQUESTS: INCREASE,
    Role.ERRORS: INCREASE,
    Role.BUCKET: INCREASE,
    Role.DURATION: INCREASE,
    Role.DURATION_SUM: INCREASE,
    Role.DURATION_COUNT: INCREASE,
    Role.BUSY: INCREASE,
    Role.IDLE: INCREASE,
    Role.DURATION_MEAN: MEAN,
    Role.USED: MEAN,
    Role.LIMIT: MEAN,
    Role.FREE: MEAN,
    Role.RATIO: HIGHEST,
}
# Roles that count requests: what their series' unit is scaled by concerns bounds, never counts.
UNSCALED = {Role.REQUESTS, Role.ERRORS, Role.BUCKET, Role.DURATION, Role.DURATION_COUNT}
NO_BOUND = float("-inf")

Part = tuple[str, float, str, str]  # role (of an SLI: operand), bound, resource, instance
Matrix = NDArray[np.float64]


@dataclass(slots=True)
class Row:
    """One source of one service: its parts by their position among the row's lanes.

    `numbers[position]` is the lane's number among all lanes of all rows. A row may be an SLI too (see `bindings`):
    `service_id` is then its number, `source` its kind, and operands stand in the place of roles.
    """

    index: int
    service_id: int
    source: str
    rank: int
    lanes: dict[Part, int] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    exponential: bool = False

    def of(self, role: str) -> list[tuple[Part, int]]:
        """The parts of a role with their positions, by bound, resource and instance."""
        return sorted((part, lane) for part, lane in self.lanes.items() if part[0] == role)


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Signals of one row in k minutes: see SignalSpan for the columns; NaN is "no data"."""

    requests: Floats
    errors: Floats
    duration_sum: Floats
    duration_count: Floats
    duration_mean: Floats
    bounds: Floats
    bucket_counts: Matrix
    resources: dict[str, Floats]


class Lanes:
    """All rows and lanes, by number. Numbers are given in the order of asking and never change."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.row_of_lane: list[int] = []
        self._rows: dict[tuple[int, str], Row] = {}

    def row(self, service_id: int, source: str, *, rank: int) -> Row:
        key = (service_id, source)
        if key not in self._rows:
            self._rows[key] = Row(len(self.rows), service_id, source, rank)
            self.rows.append(self._rows[key])
        return self._rows[key]

    def lane(self, row: Row, role: str, *, bound: float = NO_BOUND, resource: str = "", instance: str = "") -> int:
        """The number of the lane of a part of a row."""
        part = (role, bound, resource, instance)
        if part not in row.lanes:
            row.lanes[part] = len(row.numbers)
            row.numbers.append(len(self.row_of_lane))
            self.row_of_lane.append(row.index)
        return row.numbers[row.lanes[part]]

    def feeds_of(self, service_id: int, assignment: Assignment) -> list[tuple[int, int, float]]:
        """(lane, operation, scale) of every feed of a series."""
        if not assignment.feeds:
            return []
        row = self.row(service_id, assignment.source, rank=assignment.rank)
        return [
            (self._lane_of(row, feed), OPERATION[feed.role], 1.0 if feed.role in UNSCALED else feed.scale)
            for feed in assignment.feeds
        ]

    def _lane_of(self, row: Row, feed: Feed) -> int:
        bound = NO_BOUND if feed.bound is None else feed.bound
        return self.lane(row, feed.role, bound=bound, resource=feed.resource, instance=feed.instance)


def assemble(row: Row, *, total: Matrix, weight: Matrix, series: Matrix) -> Signals:
    """The signals of a row.

    The matrices have one line a lane of the row and k columns (minutes): the lane's total; the seconds its increases
    were observed for (INCREASE) or the number of values (MEAN, HIGHEST); how many series contributed.
    """
    k = total.shape[1]

    def add(role: Role) -> Floats:
        return _sum([lane for _, lane in row.of(role)], total, weight, k)

    requests = add(Role.REQUESTS)
    errors = np.where(np.isnan(requests), np.nan, np.nan_to_num(add(Role.ERRORS)))
    bounds, counts = _distribution(row, total, weight, k)
    means = [lane for _, lane in row.of(Role.DURATION_MEAN)]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total[means].sum(axis=0) / series[means].sum(axis=0) if means else np.full(k, np.nan)
    return Signals(
        requests=requests,
        errors=errors,
        duration_sum=add(Role.DURATION_SUM),
        duration_count=add(Role.DURATION_COUNT),
        duration_mean=mean,
        bounds=bounds,
        bucket_counts=counts,
        resources=_resources(row, total, weight, series),
    )


def _sum(lanes: list[int], total: Matrix, weight: Matrix, k: int) -> Floats:
    if not lanes:
        return np.full(k, np.nan)
    known = weight[lanes].sum(axis=0) > 0
    return np.where(known, total[lanes].sum(axis=0), np.nan)


def _distribution(row: Row, total: Matrix, weight: Matrix, k: int) -> tuple[Floats, Matrix]:
    """Bounds and counts between them, from classic cumulative buckets, else from histogram-shaped series."""
    cumulative = row.of(Role.BUCKET)
    if cumulative and weight[[lane for _, lane in cumulative]].any():
        bounds = np.array([part[1] for part, _ in cumulative])
        # A bound that no series spoke of in a minute holds what the bound below it holds.
        reached = np.maximum.accumulate(total[[lane for _, lane in cumulative]], axis=0)
        return bounds, np.diff(reached, axis=0, prepend=0.0).T
    separate = [(part, lane) for part, lane in row.of(Role.DURATION) if part[1] != NO_BOUND]
    if separate:
        return np.array([part[1] for part, _ in separate]), total[[lane for _, lane in separate]].T.copy()
    return np.empty(0), np.zeros((k, 0))


def _resources(row: Row, total: Matrix, weight: Matrix, series: Matrix) -> dict[str, Floats]:
    """The share taken of each resource: that of its most loaded instance."""
    shares: dict[str, list[Floats]] = {}
    with np.errstate(invalid="ignore", divide="ignore"):
        for resource, instance in _places(row):
            share = _share(row, resource, instance, total, weight, series)
            if share is not None:
                shares.setdefault(resource, []).append(share)
        return {name: np.fmax.reduce(columns) for name, columns in sorted(shares.items())}


def _places(row: Row) -> Iterable[tuple[str, str]]:
    return sorted({(part[2], part[3]) for part in row.lanes if part[2]})


def _share(row: Row, resource: str, instance: str, total: Matrix, weight: Matrix, series: Matrix) -> Floats | None:
    """The share taken of one instance's resource; None when its lanes do not tell a share."""

    def known(role: Role) -> Floats | None:
        lane = row.lanes.get((role, NO_BOUND, resource, instance))
        return None if lane is None else np.where(weight[lane] > 0, total[lane], np.nan)

    ratio, used, limit, free = known(Role.RATIO), known(Role.USED), known(Role.LIMIT), known(Role.FREE)
    busy, idle = known(Role.BUSY), known(Role.IDLE)
    if ratio is not None:
        return ratio
    if busy is not None:
        lane = row.lanes[(Role.BUSY, NO_BOUND, resource, instance)]
        rate = busy / weight[lane] * series[lane]
        return np.asarray(rate if limit is None else rate / _positive(limit))
    if idle is not None:
        return np.asarray(1.0 - idle / weight[row.lanes[(Role.IDLE, NO_BOUND, resource, instance)]])
    if used is not None and limit is not None:
        return np.asarray(used / _positive(limit))
    if used is not None and free is not None:
        return np.asarray(used / _positive(used + free))
    if free is not None and limit is not None:
        return np.asarray(1.0 - free / _positive(limit))
    return None


def _positive(limit: Floats) -> Floats:
    """A limit of 0 or below means "no limit set": nothing can be said of the share."""
    return np.where(limit > 0, limit, np.nan)
