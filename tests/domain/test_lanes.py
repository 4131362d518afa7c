"""What lanes add up to: each signal from totals, weights and numbers of series chosen by hand."""

from dataclasses import dataclass
from math import inf, nan

import numpy as np
import pytest

from app.domain.assignments import Assignment, Feed, Role
from app.domain.lanes import HIGHEST, INCREASE, MEAN, NO_BOUND, Lanes, Signals, assemble
from app.domain.samples import Floats


@dataclass(frozen=True)
class Lane:
    """A lane in one or more minutes. A weight of 0: nothing came in that minute."""

    role: Role
    total: list[float]
    weight: list[float] | None = None
    series: list[float] | None = None
    bound: float = NO_BOUND
    resource: str = ""
    instance: str = ""


def signals(*found: Lane) -> Signals:
    lanes = Lanes()
    row = lanes.row(1, "test", rank=1)
    for one in found:
        lanes.lane(row, one.role, bound=one.bound, resource=one.resource, instance=one.instance)
    total = np.array([one.total for one in found], dtype=np.float64)
    weight = np.array([one.weight or [60.0] * total.shape[1] for one in found])
    series = np.array([one.series or [1.0] * total.shape[1] for one in found])
    return assemble(row, total=total, weight=weight, series=series)


def used(share: dict[str, Floats]) -> dict[str, list[float]]:
    return {name: column.tolist() for name, column in share.items()}


def same(column: Floats, expected: list[float]) -> bool:
    return np.array_equal(column, np.array(expected), equal_nan=True)


# --- requests, errors, durations


def test_what_nobody_spoke_of_in_a_minute_is_unknown_and_what_stood_still_is_nothing() -> None:
    found = signals(Lane(Role.REQUESTS, [5, 0, 0], weight=[60, 60, 0]))
    assert same(found.requests, [5, 0, nan])


def test_errors_are_none_where_requests_are_known_and_unknown_where_they_are_not() -> None:
    assert same(signals(Lane(Role.REQUESTS, [5, 0], weight=[60, 0])).errors, [0, nan])
    found = signals(
        Lane(Role.REQUESTS, [5, 8, 3], weight=[60, 60, 0]), Lane(Role.ERRORS, [2, 9, 1], weight=[60, 0, 60])
    )
    assert same(found.errors, [2, 0, nan])


def test_errors_without_requests_say_nothing() -> None:
    found = signals(Lane(Role.ERRORS, [2]))
    assert same(found.requests, [nan])
    assert same(found.errors, [nan])


def test_durations_have_their_sum_and_their_count() -> None:
    found = signals(
        Lane(Role.DURATION_SUM, [12.5, 0], weight=[60, 0]), Lane(Role.DURATION_COUNT, [50, 0], weight=[60, 0])
    )
    assert same(found.duration_sum, [12.5, nan])
    assert same(found.duration_count, [50, nan])


def test_a_mean_that_senders_tell_is_the_mean_over_them() -> None:
    """A MEAN lane holds the sum of its series' means: 0.25 s here, 0.5 s there."""
    found = signals(Lane(Role.DURATION_MEAN, [0.75, 0.25, 0], series=[2, 1, 0], weight=[2, 1, 0]))
    assert same(found.duration_mean, [0.375, 0.25, nan])


def test_nothing_is_known_of_what_has_no_lane() -> None:
    found = signals(Lane(Role.REQUESTS, [5]))
    for column in (found.duration_sum, found.duration_count, found.duration_mean):
        assert same(column, [nan])
    assert (len(found.bounds), found.bucket_counts.shape, found.resources) == (0, (1, 0), {})


# --- distributions


def buckets(*columns: tuple[float, list[float]], weight: list[float] | None = None) -> list[Lane]:
    return [Lane(Role.BUCKET, total, weight, bound=bound) for bound, total in columns]


def test_cumulative_buckets_become_counts_between_bounds() -> None:
    found = signals(*buckets((inf, [10, 4]), (0.1, [3, 4]), (1.0, [9, 4])))
    assert found.bounds.tolist() == [0.1, 1.0, inf]
    assert found.bucket_counts.tolist() == [[3, 6, 1], [4, 0, 0]]


def test_a_bound_missing_in_a_minute_holds_what_the_bound_below_holds() -> None:
    """A sender that changed its bounds: 0.5 came in the first minute only, 1.0 in the second only."""
    lanes = [
        Lane(Role.BUCKET, [3, 2], bound=0.1),
        Lane(Role.BUCKET, [7, 0], weight=[60, 0], bound=0.5),
        Lane(Role.BUCKET, [0, 6], weight=[0, 60], bound=1.0),
        Lane(Role.BUCKET, [8, 9], bound=inf),
    ]
    found = signals(*lanes)
    assert found.bucket_counts.tolist() == [[3, 4, 0, 1], [2, 0, 4, 3]]


def test_distributions_of_histogram_shaped_series_are_counts_already() -> None:
    found = signals(Lane(Role.DURATION, [5, 0], bound=inf), Lane(Role.DURATION, [1, 2], bound=0.1))
    assert found.bounds.tolist() == [0.1, inf]
    assert found.bucket_counts.tolist() == [[1, 5], [2, 0]]


def test_classic_buckets_come_before_others_where_they_spoke() -> None:
    both = [*buckets((0.1, [3]), (inf, [4])), Lane(Role.DURATION, [7], bound=0.2)]
    assert signals(*both).bounds.tolist() == [0.1, inf]
    silent = [*buckets((0.1, [0]), (inf, [0]), weight=[0.0]), Lane(Role.DURATION, [7], bound=0.2)]
    assert signals(*silent).bounds.tolist() == [0.2]


# --- resources


def amount(role: Role, total: float, instance: str = "a", *, known: bool = True) -> Lane:
    return Lane(role, [total], weight=[1.0 if known else 0.0], resource="memory", instance=instance)


@pytest.mark.parametrize(
    ("lanes", "share"),
    [
        ([amount(Role.USED, 30), amount(Role.LIMIT, 40)], 0.75),
        ([amount(Role.USED, 30), amount(Role.FREE, 10)], 0.75),
        ([amount(Role.FREE, 10), amount(Role.LIMIT, 40)], 0.75),
        ([amount(Role.USED, 50), amount(Role.LIMIT, 40)], 1.25),
        ([amount(Role.USED, 30), amount(Role.LIMIT, 40), amount(Role.FREE, 999)], 0.75),
        ([amount(Role.RATIO, 0.4)], 0.4),
        ([amount(Role.RATIO, 0.4), amount(Role.USED, 30), amount(Role.LIMIT, 40)], 0.4),
        ([amount(Role.USED, 30), amount(Role.LIMIT, 0)], nan),
        ([amount(Role.USED, 30), amount(Role.LIMIT, -1)], nan),
        ([amount(Role.USED, 0), amount(Role.FREE, 0)], nan),
        ([amount(Role.USED, 30), amount(Role.LIMIT, 40, known=False)], nan),
        ([amount(Role.USED, 30, known=False), amount(Role.LIMIT, 40)], nan),
    ],
    ids=[
        "used of a limit",
        "used beside what is free",
        "what is free of a limit",
        "more than the limit",
        "a limit comes before what is free",
        "a ratio is the share",
        "a ratio comes before amounts",
        "a limit of 0 is none",
        "a limit below 0 is none",
        "nothing used of nothing",
        "a limit not told in this minute",
        "a use not told in this minute",
    ],
)
def test_the_share_taken_of_a_resource(lanes: list[Lane], share: float) -> None:
    assert same(signals(*lanes).resources["memory"], [share])


@pytest.mark.parametrize("role", [Role.USED, Role.LIMIT, Role.FREE])
def test_one_half_of_a_share_is_no_share(role: Role) -> None:
    assert signals(amount(role, 5)).resources == {}


def test_the_most_loaded_instance_speaks_for_the_resource() -> None:
    lanes = [
        amount(Role.USED, 10, "a"),
        amount(Role.LIMIT, 40, "a"),
        amount(Role.USED, 6, "b"),
        amount(Role.LIMIT, 8, "b"),
        amount(Role.USED, 100, "c"),
        amount(Role.LIMIT, 0, "c"),
    ]
    assert used(signals(*lanes).resources) == {"memory": [0.75]}


def test_resources_stand_by_name() -> None:
    lanes = [Lane(Role.RATIO, [0.5], resource=name) for name in ("pool", "disk /data", "cpu")]
    assert list(signals(*lanes).resources) == ["cpu", "disk /data", "pool"]


def cpu(role: Role, total: float, weight: float, series: float, instance: str = "a") -> Lane:
    return Lane(role, [total], [weight], [series], resource="cpu", instance=instance)


def test_busy_time_is_a_share_of_the_time_it_was_watched_for() -> None:
    assert used(signals(cpu(Role.BUSY, 15, weight=60, series=1)).resources) == {"cpu": [0.25]}


def test_busy_times_of_several_series_of_an_instance_add_up() -> None:
    """Two modes of a processor, 15 s and 30 s of 60 s each: 0.75."""
    assert used(signals(cpu(Role.BUSY, 45, weight=120, series=2)).resources) == {"cpu": [0.75]}


def test_busy_time_of_a_limited_container_is_a_share_of_its_limit() -> None:
    """90 s of processor in 60 s are 1.5 processors, of 2."""
    lanes = [cpu(Role.BUSY, 90, weight=60, series=1), cpu(Role.LIMIT, 2, weight=1, series=1)]
    assert used(signals(*lanes).resources) == {"cpu": [0.75]}


def test_what_is_not_idle_is_taken_on_average_over_processors() -> None:
    """Two processors, idle for 30 s and 15 s of 60 s each."""
    assert used(signals(cpu(Role.IDLE, 45, weight=120, series=2)).resources) == {"cpu": [0.625]}


def test_a_processor_that_nobody_spoke_of_is_unknown() -> None:
    for role in (Role.BUSY, Role.IDLE):
        assert same(signals(cpu(role, 0, weight=0, series=0)).resources["cpu"], [nan])


# --- lanes by number


def test_the_same_part_of_a_row_is_the_same_lane_and_rows_are_told_apart() -> None:
    lanes = Lanes()
    shop, mesh, other = lanes.row(1, "app", rank=1), lanes.row(1, "mesh", rank=2), lanes.row(2, "app", rank=1)
    assert lanes.row(1, "app", rank=1) is shop
    numbers = [
        lanes.lane(shop, Role.REQUESTS),
        lanes.lane(mesh, Role.REQUESTS),
        lanes.lane(other, Role.REQUESTS),
        lanes.lane(shop, Role.BUCKET, bound=1.0),
        lanes.lane(shop, Role.BUCKET, bound=2.0),
        lanes.lane(shop, Role.USED, resource="memory", instance="a"),
        lanes.lane(shop, Role.USED, resource="memory", instance="b"),
    ]
    assert numbers == list(range(7))
    assert lanes.lane(shop, Role.BUCKET, bound=2.0) == 4
    assert lanes.row_of_lane == [0, 1, 2, 0, 0, 0, 0]
    assert shop.numbers == [0, 3, 4, 5, 6]


def test_what_a_series_feeds_says_how_it_adds_up_and_its_scale() -> None:
    """Milliseconds make durations a thousandth, and leave counts alone."""
    lanes = Lanes()
    feeds = (
        Feed(Role.REQUESTS, scale=0.001),
        Feed(Role.BUCKET, scale=0.001, bound=0.25),
        Feed(Role.DURATION_SUM, scale=0.001),
        Feed(Role.DURATION_MEAN, scale=0.001),
        Feed(Role.RATIO, scale=0.01, resource="cpu"),
    )
    found = lanes.feeds_of(7, Assignment("shop", "", "app", 1, feeds))
    assert found == [
        (0, INCREASE, 1.0),
        (1, INCREASE, 1.0),
        (2, INCREASE, 0.001),
        (3, MEAN, 0.001),
        (4, HIGHEST, 0.01),
    ]
    assert lanes.rows[0].service_id == 7


def test_a_series_that_feeds_nothing_makes_no_row() -> None:
    lanes = Lanes()
    assert lanes.feeds_of(7, Assignment("", "", "app", 1, ())) == []
    assert lanes.rows == []
