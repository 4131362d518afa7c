"""Minutes in a ring, and one span from several sources."""

from math import inf, nan

import numpy as np
import pytest

from app.domain.minutes import SCALARS, SignalMinutes, SourceMinutes, empty_span
from app.domain.samples import Floats
from app.domain.signals import HOUR_MS, MINUTE_MS, SignalSpan

FIRST = 29_916_660  # a minute, divisible by 60


def source(name: str = "app", *, rank: int = 1, length: int = 1440) -> SourceMinutes:
    return SourceMinutes(name, rank=rank, length=length)


def put(
    of: SourceMinutes,
    minute: int,
    *,
    bounds: tuple[float, ...] = (),
    counts: tuple[float, ...] = (),
    exponential: bool = False,
    resources: dict[str, float] | None = None,
    **scalars: float,
) -> SourceMinutes:
    of.put(
        FIRST + minute,
        {name: scalars.get(name, nan) for name in SCALARS},
        bounds=np.array(bounds),
        counts=np.array(counts),
        exponential=exponential,
        resources=resources or {},
    )
    return of


def span(*sources: SourceMinutes, minutes: int, step: int = 1, first: int = 0) -> SignalSpan:
    start_ms = (FIRST + first) * MINUTE_MS
    return SignalMinutes(sources).span(
        start_ms=start_ms, end_ms=start_ms + minutes * MINUTE_MS, step_ms=step * MINUTE_MS
    )


def same(column: Floats, expected: list[float]) -> bool:
    return np.array_equal(column, np.array(expected), equal_nan=True)


# --- the ring


def test_columns_are_put_as_their_minutes_are_one_by_one() -> None:
    def before() -> SourceMinutes:
        one = put(put(source(length=8), 2, requests=9), 3, resources={"disk": 0.9})
        return put(one, 16, bounds=(0.1,), counts=(4.0,))

    alone, together, bounds = before(), before(), (0.5, 1.0)
    rows = {  # minute: requests, counts, a share
        0: (5.0, (1.0, 0.0), 0.25),
        1: (nan, (0.0, 0.0), nan),
        3: (0.0, (2.0, 7.0), 0.5),
        9: (2.0, (0.0, 3.0), nan),  # takes the place of minute 1 in a ring of eight
    }
    for minute, (requests, counts, share) in rows.items():
        shares = {} if np.isnan(share) else {"cpu": share}
        kept = bounds if any(counts) else ()
        put(alone, minute, requests=requests, bounds=kept, counts=counts if kept else (), resources=shares)
    columns = {name: np.full(len(rows), nan) for name in SCALARS}
    columns["requests"] = np.array([requests for requests, _, _ in rows.values()])
    together.put_all(
        FIRST + np.array([*rows]),
        columns,
        bounds=np.array(bounds),
        counts=np.array([counts for _, counts, _ in rows.values()]),
        exponential=False,
        resources={"cpu": np.array([share for _, _, share in rows.values()])},
    )
    assert together.minute.tolist() == alone.minute.tolist()
    assert together.bounds.tolist() == alone.bounds.tolist() == [0.1, 0.5, 1.0]
    assert together.buckets.tolist() == alone.buckets.tolist()
    for name in SCALARS:
        assert same(together.scalars[name], alone.scalars[name].tolist())
    assert together.resources.keys() == alone.resources.keys() == {"cpu", "disk"}
    for name, column in alone.resources.items():
        assert same(together.resources[name], column.tolist())


def test_what_is_put_again_stands_in_place_of_what_was_known() -> None:
    one = put(source(), 0, requests=5, errors=1, bounds=(0.1, inf), counts=(3, 2), resources={"cpu": 0.5})
    put(one, 0, requests=6)
    found = span(one, minutes=1)
    assert same(found.requests, [6])
    assert same(found.errors, [nan])
    assert found.bucket_counts.tolist() == [[0, 0]]
    assert found.resources == {}


def test_a_newer_minute_takes_the_place_of_the_one_a_round_before() -> None:
    one = put(source(length=10), 0, requests=5, errors=1, resources={"cpu": 0.5})
    put(one, 10, requests=7)
    assert same(span(one, minutes=11).requests, [nan] * 10 + [7])
    assert same(span(one, minutes=1, first=10).errors, [nan])


def test_a_minute_that_never_came_holds_nothing_of_the_one_a_round_before() -> None:
    one = put(source(length=10), 0, requests=5, duration_count=5, bounds=(inf,), counts=(5,))
    put(one, 9, requests=1, duration_count=1, bounds=(inf,), counts=(1,))
    assert span(one, minutes=2, first=9).bucket_counts.tolist() == [[1], [0]]


def test_a_minute_older_than_what_stands_there_is_left_out() -> None:
    one = put(source(length=10), 10, requests=7)
    put(one, 0, requests=5)
    assert same(span(one, minutes=1, first=10).requests, [7])
    assert same(span(one, minutes=1).requests, [nan])


def test_bounds_not_seen_before_widen_the_layout_and_keep_what_was_counted() -> None:
    one = put(source(), 0, bounds=(0.1, inf), counts=(3, 2), duration_count=5)
    put(one, 1, bounds=(0.1, 1.0, inf), counts=(1, 2, 3), duration_count=6)
    put(one, 2, bounds=(1.0,), counts=(9,), duration_count=9)
    found = span(one, minutes=3)
    assert found.bounds.tolist() == [0.1, 1.0, inf]
    assert found.bucket_counts.tolist() == [[3, 0, 2], [1, 2, 3], [0, 9, 0]]


# --- steps


def test_minutes_add_up_to_steps_and_a_step_without_data_is_unknown() -> None:
    one = source()
    for minute, requests in ((0, 1), (1, 2), (2, 4), (3, 8), (8, 16)):
        put(one, minute, requests=requests, errors=0)
    assert same(span(one, minutes=9, step=3).requests, [7, 8, 16])
    assert same(span(one, minutes=9, step=3, first=-3).requests, [nan, 7, 8])
    assert same(span(one, minutes=6, step=3, first=4).requests, [nan, 16])


def test_a_part_of_a_step_at_the_end_is_a_whole_step() -> None:
    one = put(source(), 0, requests=1)
    put(one, 5, requests=2)
    found = span(one, minutes=4, step=3)
    assert (len(found), found.end_ms - found.start_ms) == (2, 6 * MINUTE_MS)
    assert same(found.requests, [1, 2])


def test_nothing_asked_is_nothing_answered() -> None:
    assert len(span(put(source(), 0, requests=1), minutes=0)) == 0


def test_buckets_add_up_and_a_mean_that_senders_tell_is_averaged_over_minutes() -> None:
    one = put(source(), 0, bounds=(0.1, inf), counts=(3, 2), duration_sum=1.5, duration_count=5, duration_mean=0.2)
    put(one, 1, bounds=(0.1, inf), counts=(1, 1), duration_sum=0.5, duration_count=2, duration_mean=0.4)
    found = span(one, minutes=3, step=3)
    assert found.bucket_counts.tolist() == [[4, 3]]
    assert same(found.duration_sum, [2.0])
    assert same(found.duration_count, [7.0])
    assert found.duration_mean.tolist() == pytest.approx([0.3])


def test_a_resource_is_as_full_as_in_its_fullest_minute() -> None:
    one = source()
    for minute, share in ((0, 0.2), (1, 0.9), (2, 0.1), (3, 0.3)):
        put(one, minute, resources={"cpu": share})
    assert span(one, minutes=6, step=3).resources["cpu"].tolist() == [0.9, 0.3]


def test_hours_are_read_by_the_hour() -> None:
    one = source(length=48)
    for hour in range(3):
        one.put(
            FIRST // 60 + hour,
            dict.fromkeys(SCALARS, 10.0 * (hour + 1)),
            bounds=np.empty(0),
            counts=np.empty(0),
            exponential=False,
            resources={},
        )
    found = SignalMinutes([one], unit_ms=HOUR_MS).span(
        start_ms=FIRST * MINUTE_MS, end_ms=FIRST * MINUTE_MS + 4 * HOUR_MS, step_ms=2 * HOUR_MS
    )
    assert same(found.requests, [30, 30])
    assert same(found.duration_mean, [15, 30])


# --- several sources


def test_the_best_ranked_source_that_saw_requests_tells_of_them_and_none_are_added_up() -> None:
    web = put(source("web", rank=10), 0, requests=5, errors=1)
    mesh = put(source("mesh", rank=30), 0, requests=7, errors=2)
    found = span(mesh, web, minutes=1)
    assert (found.requests.tolist(), found.source, found.others) == ([5.0], "web", ("mesh",))


def test_a_source_that_is_silent_in_the_span_gives_way() -> None:
    app = put(source("app", rank=10), 0, requests=5, errors=1)
    mesh = put(put(source("mesh", rank=30), 0, requests=7, errors=2), 5, requests=9, errors=3)
    found = span(app, mesh, minutes=2, first=5)
    assert found.source == "mesh"
    assert same(found.requests, [9, nan])
    assert found.others == ()


def test_of_equal_rank_the_first_by_name_speaks() -> None:
    one = put(source("b", rank=10), 0, requests=5)
    assert span(one, put(source("a", rank=10), 0, requests=7), minutes=1).source == "a"


def test_a_source_without_durations_lets_the_next_tell_of_them() -> None:
    app = put(source("app", rank=10), 0, requests=5, errors=1)
    mesh = put(
        source("mesh", rank=30), 0, requests=7, errors=2, duration_sum=1.0, duration_count=7, bounds=(inf,), counts=(7,)
    )
    found = span(app, mesh, minutes=1)
    assert (found.source, found.requests.tolist(), found.errors.tolist()) == ("app", [5.0], [1.0])
    assert (found.duration_count.tolist(), found.bucket_counts.tolist()) == ([7.0], [[7.0]])


def test_durations_without_requests_do_not_hide_requests_of_a_lower_rank() -> None:
    timer = put(source("timer", rank=10), 0, duration_mean=0.25)
    app = put(source("app", rank=20), 0, requests=5, errors=1, duration_sum=1.0, duration_count=5)
    found = span(timer, app, minutes=1)
    assert (found.source, found.requests.tolist()) == ("app", [5.0])
    assert found.duration_count.tolist() == [5.0]
    assert found.others == ("timer",)


def test_every_source_tells_of_resources_and_the_highest_counts() -> None:
    one = put(source("app", rank=10), 0, resources={"cpu": 0.2, "pool": 0.4})
    other = put(source("node", rank=54), 0, resources={"cpu": 0.7})
    put(other, 1, resources={"cpu": 0.1})
    put(one, 2, resources={"cpu": 0.9})
    put(other, 2, resources={"cpu": 0.8})
    found = span(one, other, minutes=3)
    assert list(found.resources) == ["cpu", "pool"]
    assert same(found.resources["cpu"], [0.7, 0.1, 0.9])
    assert same(found.resources["pool"], [0.4, nan, nan])
    assert found.source == "", "nobody told of requests"


def test_a_resource_unknown_in_the_whole_span_is_left_out() -> None:
    one = put(source(), 0, requests=5, resources={"cpu": 0.2})
    put(one, 5, requests=5)
    assert span(one, minutes=1, first=5).resources == {}


def test_no_source_makes_an_empty_span() -> None:
    found = span(minutes=2)
    assert same(found.requests, [nan, nan])
    assert (found.source, found.has_histogram, len(found.bounds)) == ("", False, 0)
    nothing = empty_span(start_ms=0, step_ms=MINUTE_MS, buckets=3)
    assert (len(nothing), nothing.end_ms, nothing.bucket_counts.shape) == (3, 180_000, (3, 0))
