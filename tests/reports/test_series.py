"""The numbers under the signals: the same before, during and after sealing."""

from collections.abc import Iterator

import numpy as np
import pytest

from app.domain.errors import Invalid, Missing
from app.domain.histograms import ExplicitHistogram
from app.domain.series import SeriesKey, Shape, series_key
from app.reports import series
from app.reports.series import SampleRow
from tests.databases import Databases
from tests.pipeline import NOW_MS, One, Pipeline, counter, gauge, histogram_series

MINUTE_MS = 60_000
T0 = NOW_MS - 67 * MINUTE_MS  # a whole hour
A, B = counter(instance="a"), counter(instance="b")
LEVEL = gauge("pool_ratio")


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty(str(request.param)))
    yield made
    made.close()


@pytest.fixture
def one(databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty("sqlite"))
    yield made
    made.close()


def at(minutes: float) -> int:
    return T0 + round(minutes * MINUTE_MS)


def climbing(key: SeriesKey, *, first: float = 0, last: float = 30, each: float = 1.0) -> list[One]:
    """A counter that grows by `each` every half minute."""
    halves = range(round(2 * first), round(2 * last) + 1)
    return [One(key, at(half / 2), 100.0 + each * half) for half in halves]


def histogram(count: float) -> ExplicitHistogram:
    return ExplicitHistogram(np.array([0.1, 1.0]), np.array([count, 0.0, 0.0]), count / 8)


def samples(of: Pipeline, metric: str, start: float = 0, end: float = 60) -> list[tuple[float, object]]:
    """(minute, value) of each."""
    return _short(series.samples(of.store, metric, start_ms=at(start), end_ms=at(end)))


def steps(
    of: Pipeline, metric: str, *, minutes: int = 1, start: float = 0, end: float = 60
) -> list[tuple[float, object]]:
    found = series.steps(of.store, metric, start_ms=at(start), end_ms=at(end), step_ms=minutes * MINUTE_MS)
    return _short(found)


def _short(rows: list[SampleRow]) -> list[tuple[float, object]]:
    times = np.array([row.time.removesuffix("Z") for row in rows], dtype="datetime64[ms]").astype(np.int64)
    return [((at_ms - T0) / MINUTE_MS, row.value) for at_ms, row in zip(times.tolist(), rows, strict=True)]


def test_samples_are_the_same_before_between_and_after_seals(pipeline: Pipeline) -> None:
    sent = climbing(A)
    expected = [(half / 2, 100.0 + half) for half in range(61)]
    pipeline.send(sent[:40])
    pipeline.send(sent[30:])  # some of it once more
    assert samples(pipeline, A.metric) == expected
    pipeline.sealer.seal(now_ms=at(15), lag_ms=0)
    assert samples(pipeline, A.metric) == expected
    pipeline.send(sent[:10])
    assert samples(pipeline, A.metric) == expected
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    assert samples(pipeline, A.metric) == expected


def test_steps_are_the_same_before_between_and_after_seals(pipeline: Pipeline) -> None:
    pipeline.send(climbing(A))
    # The first sample tells no increase, and the last minute has but one.
    expected = [(0.0, 1.0), *((float(minute), 2.0) for minute in range(1, 30)), (30.0, 1.0)]
    assert steps(pipeline, A.metric) == expected
    pipeline.sealer.seal(now_ms=at(15), lag_ms=0)
    assert steps(pipeline, A.metric) == expected
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    assert steps(pipeline, A.metric) == expected


def test_a_step_of_a_counter_is_its_increase_and_the_whole_range_their_sum(one: Pipeline) -> None:
    one.send(climbing(A))
    assert steps(one, A.metric, minutes=10) == [(0.0, 19.0), (10.0, 20.0), (20.0, 20.0), (30.0, 1.0)]
    assert steps(one, A.metric, minutes=60) == [(0.0, 60.0)]


def test_a_step_of_a_gauge_is_the_mean_of_its_samples(one: Pipeline) -> None:
    values = [1.0, 2.0, 6.0, 5.0]
    one.send([One(LEVEL, at(half / 2), value) for half, value in enumerate(values)])
    assert steps(one, LEVEL.metric) == [(0.0, 1.5), (1.0, 5.5)]
    assert steps(one, LEVEL.metric, minutes=2) == [(0.0, 3.5)]
    one.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    assert steps(one, LEVEL.metric, minutes=2) == [(0.0, 3.5)]


def test_a_new_series_that_tells_when_it_began_counts_from_there_sealed_or_not(one: Pipeline) -> None:
    one.send([One(A, at(20), 3.0, at(19.5)), One(B, at(20), 5.0)])
    assert steps(one, A.metric) == [(20.0, 3.0)]
    one.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    assert steps(one, A.metric) == [(20.0, 3.0)]


def test_a_histogram_counts_its_observations(pipeline: Pipeline) -> None:
    key = histogram_series()
    pipeline.send([], [(key, at(half / 2), histogram(4.0 * half)) for half in range(11)])
    expected_samples = [(half / 2, 4.0 * half) for half in range(11)]
    expected_steps = [(0.0, 4.0), *((float(minute), 8.0) for minute in range(1, 5)), (5.0, 4.0)]
    for seal_at in (None, at(3), NOW_MS):
        if seal_at is not None:
            pipeline.sealer.seal(now_ms=seal_at, lag_ms=0)
        assert samples(pipeline, key.metric) == expected_samples
        assert steps(pipeline, key.metric) == expected_steps


def test_a_histogram_that_nothing_knows_counts_too(one: Pipeline) -> None:
    key = series_key("sizes", {"job": "shop"}, shape=Shape.HISTOGRAM)
    one.send([], [(key, at(half / 2), histogram(4.0 * half)) for half in range(4)])
    assert steps(one, key.metric) == [(0.0, 4.0), (1.0, 8.0)]


def test_a_late_sample_counts_in_steps_once_it_is_sealed(one: Pipeline) -> None:
    one.send([One(A, at(0), 100.0), One(A, at(1), 110.0), One(A, at(20), 190.0), One(A, at(21), 200.0)])
    one.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    one.send([One(A, at(10.5), 150.0)])
    assert samples(one, A.metric)[2] == (10.5, 150.0)
    assert steps(one, A.metric) == [(1.0, 10.0), (21.0, 10.0)], "19 minutes are too long a gap to fill"
    one.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    assert sum(float(str(value)) for _, value in steps(one, A.metric)) == pytest.approx(200.0 - 100.0)


def test_series_come_one_after_the_other_with_their_labels(one: Pipeline) -> None:
    one.send([One(B, at(1), 5.0), One(A, at(0), 7.0), One(A, at(2), 8.0)])
    rows = series.samples(one.store, A.metric, start_ms=T0, end_ms=NOW_MS)
    assert [(row.labels["instance"], row.value) for row in rows] == [("b", 5.0), ("a", 7.0), ("a", 8.0)]
    assert rows[0] == SampleRow("2026-11-18T10:01:00Z", "requests_total", dict(B.labels), 5.0)


def test_a_range_holds_its_start_and_not_its_end(one: Pipeline) -> None:
    one.send(climbing(A, last=5))
    assert samples(one, A.metric, start=1, end=2) == [(1.0, 102.0), (1.5, 103.0)]
    one.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    assert samples(one, A.metric, start=1, end=2) == [(1.0, 102.0), (1.5, 103.0)]
    assert steps(one, A.metric, start=1, end=2) == [(1.0, 2.0)]


def test_a_step_begins_at_a_multiple_of_itself(one: Pipeline) -> None:
    one.send(climbing(A, last=30))
    assert steps(one, A.metric, minutes=10, start=13, end=14) == [(10.0, 20.0)]


def test_no_number_is_null_and_a_marker_is_no_sample(one: Pipeline) -> None:
    one.send([One(LEVEL, at(0), float("nan")), One(LEVEL, at(1), float("-inf")), One(LEVEL, at(2), 1.0)])
    assert samples(one, LEVEL.metric) == [(0.0, None), (1.0, None), (2.0, 1.0)]
    assert steps(one, LEVEL.metric) == [(2.0, 1.0)]


def test_an_unknown_metric_is_missing_and_a_quiet_one_is_empty(one: Pipeline) -> None:
    one.send(climbing(A))
    assert samples(one, A.metric, start=-60, end=-30) == []
    assert steps(one, A.metric, start=-60, end=-30) == []
    with pytest.raises(Missing, match="no metric named requests"):
        samples(one, "requests")


def test_other_metrics_are_left_alone(one: Pipeline) -> None:
    one.send([*climbing(A), One(series_key("requests_total2", {"job": "x"}), at(1), 9.0)])
    assert {row.metric for row in series.samples(one.store, A.metric, start_ms=T0, end_ms=NOW_MS)} == {A.metric}


# --- limits


def test_more_samples_of_a_series_than_are_answered_name_a_step_that_would_do(
    one: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "MOST_ROWS_A_SERIES", 10)
    one.send(climbing(A, last=4.5))
    assert len(samples(one, A.metric)) == 10
    one.send([One(A, at(5), 111.0)])
    for _ in ("waiting", "sealed"):
        with pytest.raises(Invalid) as raised:
            samples(one, A.metric, end=60)
        assert (raised.value.code, raised.value.field) == ("query_too_large", "step")
        assert raised.value.hint == "Use step=900, or a shorter range."
        assert len(steps(one, A.metric, minutes=15, end=60)) == 1
        one.sealer.seal(now_ms=NOW_MS, lag_ms=0)


def test_more_samples_in_all_than_are_answered_are_refused(one: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    one.send([*climbing(A, last=4.5), *climbing(B, last=4.5)])
    monkeypatch.setattr(series, "MOST_ROWS", 20)
    assert len(samples(one, A.metric)) == 20
    monkeypatch.setattr(series, "MOST_ROWS", 19)
    for _ in ("waiting", "sealed"):
        with pytest.raises(Invalid, match="more than 11000 values a series or 19 in all"):
            samples(one, A.metric)
        one.sealer.seal(now_ms=NOW_MS, lag_ms=0)


@pytest.mark.parametrize(
    ("days", "step_minutes", "hint"),
    [
        (8, 1, "Use step=300, or a shorter range."),
        (400, 15, "Use step=3600, or a shorter range."),
        (400_000, 1440, "Ask for a shorter range."),
    ],
    ids=["a week in minutes", "a year in quarters of an hour", "a thousand years"],
)
def test_too_many_steps_are_refused_with_one_that_would_do(
    one: Pipeline, days: int, step_minutes: int, hint: str
) -> None:
    one.send(climbing(A))
    with pytest.raises(Invalid) as raised:
        steps(one, A.metric, minutes=step_minutes, start=-days * 1440, end=0)
    assert (raised.value.code, raised.value.hint) == ("query_too_large", hint)


def test_a_metric_of_too_many_series_is_refused(one: Pipeline) -> None:
    one.send([One(gauge("pool_ratio", f"i{number}"), at(0), 1.0) for number in range(500)])
    assert len(samples(one, "pool_ratio")) == 500
    one.send([One(gauge("pool_ratio", "one more"), at(0), 1.0)])
    with pytest.raises(Invalid, match="pool_ratio has more than 500 series"):
        samples(one, "pool_ratio")
