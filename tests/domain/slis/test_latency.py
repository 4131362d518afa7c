"""Requests within a threshold: at a bound, between two, and in the bins of histograms."""

from dataclasses import replace

import numpy as np
import pytest

from app.domain.assignments import Feed, Role
from app.domain.histograms import Buckets, ExplicitHistogram, ExponentialHistogram, Histogram
from app.domain.json_values import Fields, Value
from app.domain.slis import KINDS, Indicator
from tests.domain.slis.measuring import Told, counter, fed, gauge, histogram, in_unit, minutes

BUCKETS = "request_seconds_bucket"


def latency(threshold: Value, series: Value = BUCKETS, **more: Value) -> Indicator:
    return KINDS["latency"]({"series": series, "threshold": threshold, **more}, field="indicator")


def buckets(pod: str = "a", *, metric: str = BUCKETS, **counts: float) -> list[Told]:
    """A minute's cumulative counts by bound: b0_25=70 is le="0.25"; inf is +Inf."""
    bounds = {("+Inf" if name == "inf" else name[1:].replace("_", ".")): count for name, count in counts.items()}
    return [counter(metric, [(10, 0), (70, count)], le=le, pod=pod) for le, count in bounds.items()]


def settled(one: Indicator, told: list[Told], **others: list[Told]) -> Indicator:
    found = {name: [it.one for it in some] for name, some in {"series": told, **others}.items()}
    return one.settled(found)


def bad_of(one: Indicator, told: list[Told]) -> dict[int, tuple[float, float]]:
    return {minute: counts[:2] for minute, counts in minutes(settled(one, told), *told).items()}


# --- classic buckets


def test_at_a_bound_what_lies_beyond_it_is_bad() -> None:
    told = buckets(b0_1=40, b0_25=70, b0_5=90, inf=100)
    one = settled(latency(0.25), told)
    assert minutes(one, *told) == {1: (30, 100, 60)}
    assert one.fields()["bounds"] == [0.25]
    assert one.sentence() == "responses within 250 ms"


def test_between_two_bounds_the_one_below_counts_and_that_is_said() -> None:
    told = buckets(b0_1=40, b0_25=70, b0_5=90, inf=100)
    one = settled(latency(0.4), told)
    assert minutes(one, *told) == {1: (30, 100, 60)}
    assert one.sentence() == "responses within 250 ms (400 ms lies between two bounds: the one below counts)"
    (doubt,) = one.doubts({"series": [it.one for it in told]})
    assert (doubt.field, doubt.refuses) == ("threshold", False)
    assert "250 ms" in doubt.message


def test_between_two_bounds_requests_may_be_taken_to_lie_evenly_and_that_is_said() -> None:
    """0.4 is three fifths of the way from 0.25 to 0.5: 70 + 0.6 * 20."""
    told = buckets(b0_1=40, b0_25=70, b0_5=90, inf=100)
    one = settled(latency(0.4, between="interpolate"), told)
    assert minutes(one, *told) == {1: (18, 100, 60)}
    assert one.sentence() == "responses within 400 ms, interpolated between the bounds 250 ms and 500 ms"


def test_below_the_lowest_bound_requests_lie_evenly_from_0() -> None:
    told = buckets(b0_1=40, inf=100)
    assert bad_of(latency(0.025, between="interpolate"), told) == {1: (90, 100)}


def test_beyond_the_highest_bound_nothing_is_guessed() -> None:
    told = buckets(b0_1=40, b0_5=90, inf=100)
    for between in ("below", "interpolate"):
        assert bad_of(latency(3, between=between), told) == {1: (10, 100)}


def test_below_the_lowest_bound_nothing_can_be_measured_and_the_bounds_are_named() -> None:
    told = buckets(b0_1=40, b0_5=90, inf=100)
    one = settled(latency(0.05), told)
    (doubt,) = one.doubts({"series": [it.one for it in told]})
    assert (doubt.field, doubt.refuses) == ("threshold", True)
    assert "100 ms, 500 ms" in doubt.message


def test_a_bound_has_one_value_however_it_is_spelt() -> None:
    """Recipes and senders differ in "1", "1.0" and 1000 ms."""
    for le in ("1", "1.0", "1e0"):
        told = [counter(BUCKETS, [(10, 0), (70, count)], le=bound) for bound, count in ((le, 70), ("+Inf", 100))]
        assert bad_of(latency(1), told) == {1: (30, 100)}
        assert bad_of(latency("1.0"), told) == {1: (30, 100)}


@pytest.mark.parametrize("metric", ["latency_milliseconds_bucket", "latency_ms_bucket"])
def test_a_threshold_is_in_seconds_whatever_the_name_says_buckets_are_in(metric: str) -> None:
    told = buckets(metric=metric, b35=60, b250=70, inf=100)
    assert bad_of(latency(0.25, metric), told) == {1: (30, 100)}
    assert bad_of(latency(0.035, metric), told) == {1: (40, 100)}


def test_a_unit_that_is_told_comes_before_the_name() -> None:
    told = [in_unit(one, "ms") for one in buckets(metric="latency_bucket", b250=70, inf=100)]
    assert bad_of(latency(0.25, "latency_bucket"), told) == {1: (30, 100)}


def test_units_that_differ_are_refused() -> None:
    told = [in_unit(one, unit) for one, unit in zip(buckets(b250=70, inf=100), ("ms", "s"), strict=True)]
    found = {"series": [it.one for it in told]}
    assert ("series", True) in [(doubt.field, doubt.refuses) for doubt in latency(250).doubts(found)]


def test_signals_bring_their_bounds_in_seconds() -> None:
    told = [
        fed(counter("web_latency", [(10, 0), (70, count)], le=le), Feed(Role.BUCKET, bound=bound))
        for le, bound, count in (("250", 0.25, 70), ("+Inf", float("inf"), 100))
    ]
    signal: Fields = {"service": "shop", "source": "test", "roles": ["bucket"]}
    assert bad_of(latency(0.25, signal), told) == {1: (30, 100)}


def test_a_bound_that_all_instances_have_comes_before_a_nearer_one_of_some() -> None:
    """By 0.3, which pod b does not have, all of its requests would be slow."""
    told = [*buckets("a", b0_25=70, b0_3=80, inf=100), *buckets("b", b0_25=60, b0_5=90, inf=100)]
    assert bad_of(latency(0.4), told) == {1: (70, 200)}


def test_instances_that_lack_the_bound_are_told() -> None:
    told = [*buckets("a", b0_25=70, inf=100), *buckets("b", b0_3=60, inf=100), *buckets("c", b0_25=50, inf=100)]
    one = settled(latency(0.25), told)
    assert minutes(one, *told) == {1: (180, 300, 60)}
    (doubt,) = one.doubts({"series": [it.one for it in told]})
    assert (doubt.field, doubt.refuses) == ("series", False)
    assert doubt.message == "1 of 3 histograms lack that bound: all of their requests count as slow."


def test_buckets_without_the_one_of_all_need_a_total() -> None:
    told = buckets(b0_25=70, b0_5=90)
    alone = settled(latency(0.25), told)
    assert [(doubt.field, doubt.refuses) for doubt in alone.doubts({"series": [it.one for it in told]})] == [
        ("total", True)
    ]
    count = counter("request_seconds_count", [(10, 0), (70, 100)], pod="a")
    whole = settled(latency(0.25, total="request_seconds_count"), told, total=[count])
    assert minutes(whole, *told, count) == {1: (30, 100, 60)}
    assert whole.doubts({"series": [it.one for it in told], "total": [count.one]}) == ()


def test_a_total_comes_before_the_bucket_of_all() -> None:
    told = buckets(b0_25=70, inf=100)
    count = counter("request_seconds_count", [(10, 0), (70, 100)], pod="a")
    whole = settled(latency(0.25, total="request_seconds_count"), told, total=[count])
    assert minutes(whole, *told, count) == {1: (30, 100, 60)}


def test_bounds_follow_the_series_when_it_is_saved_again() -> None:
    before, after = buckets(b0_25=70, inf=100), buckets(b0_25=70, b0_4=80, inf=100)
    one = settled(latency(0.4), before)
    assert one.fields()["bounds"] == [0.25]
    assert settled(one, after).fields()["bounds"] == [0.4]


def test_a_series_yet_to_come_is_measured_at_the_threshold_itself() -> None:
    assert minutes(latency(0.25), *buckets(b0_1=40, b0_25=70, inf=100)) == {1: (30, 100, 60)}


def test_what_is_no_bucket_is_refused() -> None:
    for told in (counter("request_seconds_sum", []), gauge(BUCKETS, [], le="1")):
        doubts = latency(0.25, told.one.metric).doubts({"series": [told.one]})
        assert any(doubt.refuses and doubt.field == "series" for doubt in doubts)


# --- histograms


def explicit(*counts: float) -> ExplicitHistogram:
    return ExplicitHistogram(np.array([0.1, 0.25, 0.5]), np.array(counts), None)


def of_histogram(before: Histogram, after: Histogram, one: Indicator) -> tuple[float, float]:
    told = histogram("request_seconds", [(10, before), (70, after)])
    return minutes(settled(one, [told]), told)[1][:2]


@pytest.mark.parametrize(
    ("threshold", "between", "bad"),
    [
        (0.25, "below", 30),
        (0.4, "below", 30),
        (0.4, "interpolate", 18),
        (0.05, "interpolate", 80),
        (9, "interpolate", 10),
    ],
    ids=[
        "at a bound",
        "between bounds",
        "between bounds, evenly",
        "in the lowest bin",
        "in the bin without an end",
    ],
)
def test_explicit_bins_are_cut_as_buckets_are(threshold: float, between: str, bad: float) -> None:
    one = latency(threshold, "request_seconds", between=between)
    assert of_histogram(explicit(1, 1, 1, 1), explicit(41, 31, 21, 11), one) == (bad, 100)


@pytest.mark.parametrize("between", ["below", "interpolate"])
def test_below_every_bound_a_sender_chose_nothing_tells_and_nothing_is_said(between: str) -> None:
    """All slow would be a guess. So it is where there is no bound at all."""
    unbounded = [ExplicitHistogram(np.empty(0), np.array([count]), None) for count in (0.0, 9.0)]
    told = histogram("request_seconds", list(zip((10.0, 70.0), unbounded, strict=True)))
    assert minutes(latency(0.05, "request_seconds", between=between), told) == {}
    told = histogram("request_seconds", [(10, explicit(1, 1, 1, 1)), (70, explicit(41, 31, 21, 11))])
    assert (minutes(latency(0.05, "request_seconds", between=between), told) == {}) is (between == "below")


def exponential(*counts: float, scale: int = 0, below: float = 0, width: float = 0.0) -> ExponentialHistogram:
    """Counts in (0.25, 0.5], (0.5, 1], (1, 2] ... at scale 0."""
    return ExponentialHistogram(scale, width, below, Buckets(-2, np.array(counts)), total=None)


@pytest.mark.parametrize(
    ("threshold", "between", "good"),
    [
        (1.0, "below", 60),
        (1.9, "below", 60),
        (2.0, "below", 100),
        (2**0.5, "interpolate", 80),
        (0.25, "below", 0),
        (100, "below", 100),
    ],
    ids=["at a bound", "within a bin", "at the last bound", "half a bin by its powers", "below all", "beyond all"],
)
def test_exponential_bins_are_cut_by_their_powers(threshold: float, between: str, good: float) -> None:
    before, after = exponential(0, 0, 0), exponential(20, 40, 40)
    one = latency(threshold, "request_seconds", between=between)
    assert of_histogram(before, after, one) == pytest.approx((100 - good, 100), abs=1e-6)


def test_observations_of_about_zero_are_within_any_threshold_beyond_their_width() -> None:
    before, after = exponential(0, width=0.001), exponential(30, below=70, width=0.001)
    assert of_histogram(before, after, latency(0.1, "request_seconds")) == (30, 100)


def test_a_histogram_in_milliseconds_is_measured_in_seconds() -> None:
    def held(*counts: float) -> ExplicitHistogram:
        return replace(explicit(*counts), bounds=np.array([100.0, 250.0, 500.0]))

    told = histogram("latency", [(10, held(0, 0, 0, 0)), (70, held(40, 30, 20, 10))], unit="ms")
    one = settled(latency(0.25, "latency"), [told])
    assert minutes(one, told) == {1: (30, 100, 60)}
    assert one.doubts({"series": [told.one]}) == ()


def test_a_histogram_that_speaks_often_is_observed_all_the_time() -> None:
    """Four samples a minute are one series that was observed for 60 s, live as sealed."""
    points = [(15.0 * k, explicit(k, 0, 0, k)) for k in range(1, 14)]
    told = histogram("request_seconds", points)
    found = minutes(latency(0.5, "request_seconds"), told)
    assert [found[minute] for minute in (1, 2)] == [(4, 8, 60), (4, 8, 60)]
