"""The figures of now are of the last five complete minutes."""

import numpy as np
import pytest

from app.domain.minutes import empty_span
from app.domain.signals import MINUTE_MS, SignalSpan
from app.domain.trailing import complete_until, last, trailing

NAN = float("nan")


def minutes(requests: list[float], errors: list[float] | None = None, **columns: object) -> SignalSpan:
    count = len(requests)
    known = {"requests": np.array(requests), "errors": np.array(errors or [0.0] * count)}
    nothing = empty_span(start_ms=0, step_ms=MINUTE_MS, buckets=count)
    values: dict[str, object] = {name: getattr(nothing, name) for name in nothing.__slots__}
    return SignalSpan(**{**values, **known, **columns})  # type: ignore[arg-type]


def test_requests_are_summed_over_five_minutes() -> None:
    assert trailing(minutes([1, 2, 3, 4, 5, 6])).requests.tolist() == [1, 3, 6, 10, 15, 20]


def test_the_ratio_is_weighted_by_requests_and_not_the_mean_of_ratios() -> None:
    found = trailing(minutes([1, 99, 0, 0, 0], [1, 0, 0, 0, 0]))
    assert last(found.error_ratio) == pytest.approx(0.01)


def test_traffic_is_over_the_minutes_that_have_data() -> None:
    assert last(trailing(minutes([60, NAN, 60, NAN, NAN])).traffic) == pytest.approx(1.0)


def test_five_minutes_without_data_have_no_figures() -> None:
    found = trailing(minutes([60, 60, NAN, NAN, NAN, NAN, NAN]))
    assert last(found.traffic) is None
    assert last(found.error_ratio) is None
    assert last(found.requests) is None


def test_no_requests_have_no_error_ratio() -> None:
    found = trailing(minutes([0.0] * 6))
    assert last(found.error_ratio) is None
    assert last(found.traffic) == 0


def test_latency_is_the_percentile_of_the_merged_histogram() -> None:
    bounds = np.array([0.1, 1.0, np.inf])
    counts = np.array([[100.0, 0, 0]] * 4 + [[0, 100.0, 0]])
    found = trailing(minutes([100] * 5, bounds=bounds, bucket_counts=counts))
    assert not found.latency_is_mean
    assert 0.9 < (last(found.latency) or 0) < 1.0
    assert last(found.timed) == 500


def test_without_a_histogram_latency_is_the_mean_of_all_requests() -> None:
    found = trailing(minutes([10, 30], duration_sum=np.array([1.0, 9.0]), duration_count=np.array([10.0, 30.0])))
    assert found.latency_is_mean
    assert last(found.latency) == pytest.approx(0.25)


def test_a_mean_the_sender_tells_is_taken_when_there_is_nothing_better() -> None:
    found = trailing(minutes([10, 10], duration_mean=np.array([0.2, 0.4])))
    assert found.latency_is_mean
    assert last(found.latency) == pytest.approx(0.3)


def test_resources_are_means_of_their_minutes() -> None:
    found = trailing(minutes([NAN] * 3, resources={"cpu": np.array([0.5, NAN, 0.7])}))
    assert last(found.resources["cpu"]) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("newest", "now", "until"),
    [
        pytest.param(119_999, 600_000, 60_000, id="the minute of the newest sample is not over"),
        pytest.param(120_000, 600_000, 120_000, id="a sample at its end completes a minute"),
        pytest.param(125_000, 130_000, 60_000, id="other senders get fifteen seconds more"),
        pytest.param(700_000, 615_000, 600_000, id="a sample from the future completes nothing"),
    ],
)
def test_a_minute_is_complete(newest: int, now: int, until: int) -> None:
    assert complete_until(newest, now_ms=now) == until
