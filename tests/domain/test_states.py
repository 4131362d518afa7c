"""A service is judged by its signals, with a reason and a beginning for everything found wrong."""

import numpy as np
import pytest

from app.domain import states
from app.domain.minutes import empty_span
from app.domain.signals import MINUTE_MS, SignalSpan
from app.domain.states import Concern, Judgement, State, Usual
from app.domain.trailing import trailing

NOW_MS = 60 * MINUTE_MS + 20_000
AGE = np.arange(59, -1, -1)


def hour(**columns: object) -> SignalSpan:
    """The last hour: 6 000 requests a minute, no failure, 50 ms, unless said otherwise."""
    plain = empty_span(start_ms=0, step_ms=MINUTE_MS, buckets=60)
    values: dict[str, object] = {name: getattr(plain, name) for name in plain.__slots__}
    values |= {"requests": np.full(60, 6_000.0), "errors": np.zeros(60), "duration_mean": np.full(60, 0.05)}
    return SignalSpan(**{**values, **columns})  # type: ignore[arg-type]


def judged(span: SignalSpan, normal: Usual | None = None, *, newest_ms: int | None = NOW_MS - 5_000) -> Judgement:
    window = trailing(span)
    full_in = states.filling(span, window)
    return states.judge(span, window, normal or Usual(), full_in, newest_ms=newest_ms, now_ms=NOW_MS)


def test_a_quiet_service_is_well() -> None:
    found = judged(hour(), Usual(latency=0.05, traffic=100.0))
    assert found.state is State.OK
    assert found.worst is None
    assert found.severity == 0


@pytest.mark.parametrize(
    ("ratio", "state"),
    [(0.0099, State.OK), (0.01, State.WARN), (0.0499, State.WARN), (0.05, State.CRIT), (1, State.CRIT)],
)
def test_errors_are_judged_by_their_share(ratio: float, state: State) -> None:
    assert judged(hour(errors=np.full(60, 6_000 * ratio))).state is state


def test_a_single_failure_at_night_pages_nobody() -> None:
    found = judged(hour(requests=np.full(60, 1.0), errors=np.where(AGE == 2, 1.0, 0.0)))
    assert found.state is State.OK


def test_errors_began_in_the_first_minute_that_failed() -> None:
    found = judged(hour(errors=np.where(AGE < 18, 600.0, 0.0)))
    assert found.worst is not None
    assert found.worst.since_ms == 42 * MINUTE_MS
    assert found.worst.value == pytest.approx(0.1)
    assert found.worst.limit == states.ERRORS_CRIT
    assert found.severity == pytest.approx(2.0)


def test_trouble_as_old_as_what_is_looked_at_has_no_beginning() -> None:
    found = judged(hour(errors=np.full(60, 600.0)))
    assert found.worst is not None
    assert found.worst.since_ms is None


def test_a_gap_in_the_data_does_not_begin_trouble_anew() -> None:
    gap = (AGE > 20) & (AGE < 30)
    found = judged(
        hour(
            requests=np.where(gap, np.nan, 6_000.0),
            errors=np.where(gap, np.nan, np.where(AGE < 40, 600.0, 0.0)),
        )
    )
    assert found.worst is not None
    assert found.worst.since_ms == 20 * MINUTE_MS


@pytest.mark.parametrize(("mean", "state"), [(0.14, State.OK), (0.16, State.WARN), (0.31, State.CRIT)])
def test_latency_is_judged_by_what_is_usual(mean: float, state: State) -> None:
    assert judged(hour(duration_mean=np.full(60, mean)), Usual(latency=0.05)).state is state


def test_a_tenth_of_a_second_more_is_the_least_that_is_slow() -> None:
    assert judged(hour(duration_mean=np.full(60, 0.012)), Usual(latency=0.001)).state is State.OK


def test_latency_of_a_handful_of_requests_is_not_judged() -> None:
    slow = hour(requests=np.full(60, 2.0), duration_mean=np.full(60, 9.0))
    assert judged(slow, Usual(latency=0.05)).state is State.OK


def test_latency_is_not_judged_while_nothing_is_known_of_the_usual() -> None:
    assert judged(hour(duration_mean=np.full(60, 9.0))).state is State.OK


def test_a_fifth_of_yesterdays_traffic_is_a_warning() -> None:
    found = judged(hour(requests=np.where(AGE < 10, 60.0, 6_000.0)), Usual(traffic=100.0))
    assert [(one.state, one.concern) for one in found.findings] == [(State.WARN, Concern.TRAFFIC)]
    assert found.findings[0].since_ms == 50 * MINUTE_MS


def test_little_traffic_is_normal_where_there_never_was_much() -> None:
    assert judged(hour(requests=np.zeros(60)), Usual(traffic=0.4)).state is State.OK


@pytest.mark.parametrize(
    ("share", "state"), [(0.84, State.OK), (0.85, State.WARN), (0.95, State.CRIT), (1.2, State.CRIT)]
)
def test_saturation_is_judged_by_the_share_taken(share: float, state: State) -> None:
    found = judged(hour(resources={"pool": np.full(60, share)}))
    assert found.state is state
    assert [one.resource for one in found.findings] == ([] if state is State.OK else ["pool"])


def test_a_disk_that_will_be_full_soon_is_a_warning() -> None:
    found = judged(hour(resources={"disk /data": 0.7 - AGE * 0.002}))
    assert found.worst is not None
    assert found.worst.concern is Concern.FILLING
    assert found.worst.value == pytest.approx(150 * 60)


@pytest.mark.parametrize(
    "shares",
    [
        pytest.param(0.3 - AGE * 0.002, id="little taken"),
        pytest.param(0.7 + AGE * 0.002, id="falling"),
        pytest.param(0.7 + 0.1 * np.sin(AGE), id="swinging"),
        pytest.param(np.full(60, 0.7), id="level"),
        pytest.param(np.where(AGE < 12, 0.7 - AGE * 0.005, np.nan), id="known for a few minutes only"),
    ],
)
def test_a_resource_that_does_not_clearly_rise_is_not_filling(shares: np.ndarray) -> None:
    assert judged(hour(resources={"memory": shares})).state is State.OK


def test_silence_is_no_data_and_not_judged_further() -> None:
    found = judged(hour(errors=np.full(60, 6_000.0)), newest_ms=NOW_MS - states.SILENT_AFTER_MS - 1)
    assert [one.concern for one in found.findings] == [Concern.SILENCE]
    assert found.state is State.NO_DATA
    assert found.findings[0].since_ms == NOW_MS - states.SILENT_AFTER_MS - 1


def test_a_service_that_never_spoke_has_no_data() -> None:
    assert judged(hour(), newest_ms=None).state is State.NO_DATA


def test_the_worst_stands_first() -> None:
    found = judged(
        hour(errors=np.full(60, 120.0), resources={"cpu": np.full(60, 0.99), "disk": np.full(60, 0.96)}),
        Usual(latency=0.01),
    )
    assert [(one.state, one.resource or one.concern) for one in found.findings] == [
        (State.CRIT, "cpu"),
        (State.CRIT, "disk"),
        (State.WARN, "errors"),
    ]


def test_the_usual_is_the_median_of_the_day_and_yesterdays_traffic() -> None:
    latency = np.full(144, 0.1)
    latency[:40] = 9.0
    day = empty_span(start_ms=0, step_ms=states.USUAL_STEP_MS, buckets=144)
    values: dict[str, object] = {name: getattr(day, name) for name in day.__slots__}
    values |= {"requests": np.full(144, 600.0), "duration_mean": latency}
    assert states.usual(SignalSpan(**values)) == Usual(latency=0.1, traffic=1.0)  # type: ignore[arg-type]


def test_an_hour_is_too_little_to_call_anything_usual() -> None:
    day = empty_span(start_ms=0, step_ms=states.USUAL_STEP_MS, buckets=144)
    assert states.usual(day) == Usual()
