"""Good, bad and all: which events count, and what silence of one side means."""

import numpy as np
import pytest

from app.domain.assignments import Feed, Role
from app.domain.histograms import ExplicitHistogram
from app.domain.json_values import Fields
from app.domain.slis import KINDS, Indicator
from tests.domain.slis.measuring import Told, counter, delta, fed, gauge, histogram, in_unit, minutes

ALL = "requests_total"
FAILED = 'requests_total{code=~"5.."}'
WORKED = 'requests_total{code!~"5.."}'


def ratio(**sides: str | Fields) -> Indicator:
    return KINDS["ratio"](sides, field="indicator")


def requests(code: str, *values: float, every: float = 60, first: float = 10) -> Told:
    return counter(ALL, [(first + every * k, value) for k, value in enumerate(values)], code=code)


@pytest.mark.parametrize(
    "sides",
    [{"bad": FAILED, "total": ALL}, {"good": WORKED, "total": ALL}, {"good": WORKED, "bad": FAILED}],
    ids=["bad of total", "good of total", "good and bad"],
)
def test_events_of_a_minute_are_what_counters_grew_by_in_it(sides: dict[str, str]) -> None:
    found = minutes(
        ratio(**sides), requests("200", 100, 190, 200), requests("404", 0, 5, 5), requests("500", 7, 10, 17)
    )
    assert found == {1: (3, 98, 60), 2: (7, 17, 60)}


def test_failures_that_were_never_heard_of_did_not_happen() -> None:
    assert minutes(ratio(bad=FAILED, total=ALL), requests("200", 0, 50)) == {1: (0, 50, 60)}
    assert minutes(ratio(good=WORKED, bad=FAILED), requests("200", 0, 50)) == {1: (0, 50, 60)}


def test_failures_that_are_heard_of_later_did_not_happen_before() -> None:
    found = minutes(ratio(bad=FAILED, total=ALL), requests("200", 0, 50, 90), requests("500", 4, 5, first=70))
    assert found == {1: (0, 50, 60), 2: (1, 41, 60)}


def test_gauges_are_not_added_up() -> None:
    told = (gauge(ALL, [(10, 5), (40, 6), (70, 9)], code="500"),)
    assert minutes(ratio(bad=FAILED, total=ALL), *told) == {}


def test_successes_that_were_never_heard_of_are_unknown_and_not_failures() -> None:
    assert minutes(ratio(good="answers_total", total=ALL), requests("200", 0, 50)) == {}
    assert minutes(ratio(good=WORKED, total=ALL), requests("500", 0, 50)) == {}
    assert minutes(ratio(good=WORKED, bad=FAILED), requests("500", 0, 50)) == {}


def test_failures_alone_are_no_ratio() -> None:
    assert minutes(ratio(bad="errors_total", total=ALL), counter("errors_total", [(0, 0), (60, 5)])) == {}


def test_standing_still_is_no_traffic_and_saying_nothing_is_no_data() -> None:
    found = minutes(
        ratio(bad=FAILED, total=ALL), counter(ALL, [(10, 5), (70, 5), (130, 9), (970, 20), (1_030, 21)], code="200")
    )
    assert found == {1: (0, 0, 60), 2: (0, 4, 60), 17: (0, 1, 60)}


def test_no_traffic_needs_no_good_events_to_be_known() -> None:
    told = (requests("500", 5, 5), counter("answers_total", [(70, 3)]))
    assert minutes(ratio(good="answers_total", total=ALL), *told) == {1: (0, 0, 60)}


def test_a_restart_counts_from_zero() -> None:
    assert minutes(ratio(bad=FAILED, total=ALL), requests("200", 1_000, 30)) == {1: (0, 30, 60)}


def test_a_first_value_counts_when_it_is_told_since_when_and_else_not() -> None:
    """ADR 0004: without a start time nothing tells a series that was born from one that was renamed."""
    born = counter(ALL, [(70, 5), (130, 9)], code="500")
    assert minutes(ratio(bad=FAILED, total=ALL), born) == {2: (4, 4, 60)}
    told = counter(ALL, [(70, 5), (130, 9)], start=40, code="500")
    assert minutes(ratio(bad=FAILED, total=ALL), told) == {1: (5, 5, 30), 2: (4, 4, 60)}


def test_an_increase_over_several_minutes_is_shared_in_millionths() -> None:
    """Ten events, one of them bad, over the three minutes after the first sample's."""
    found = minutes(ratio(bad=FAILED, total=ALL), requests("200", 0, 9, every=180), requests("500", 0, 1, every=180))
    third = (0.333333, 3.333333, 60)
    assert found == {1: third, 2: third, 3: third}


def test_deltas_add_up() -> None:
    told = delta(ALL, [(10, 4), (40, 5), (100, 6)], code="500")
    found = minutes(ratio(bad=FAILED, total=ALL), told)
    assert {minute: counts[:2] for minute, counts in found.items()} == {0: (9, 9), 1: (6, 6)}


def test_more_failures_than_events_are_all_of_them() -> None:
    """Two programs that count the same requests, a little apart."""
    told = (requests("200", 0, 10), counter("errors_total", [(10, 0), (70, 12)]))
    assert minutes(ratio(bad="errors_total", total=ALL), *told) == {1: (10, 10, 60)}


def test_observations_of_a_histogram_are_events() -> None:
    def held(count: float) -> ExplicitHistogram:
        return ExplicitHistogram(np.array([1.0]), np.array([count, 1.0]), None)

    every = histogram("duration", [(10, held(0)), (70, held(30)), (100, held(40))])
    failed = histogram("duration_failed", [(10, held(0)), (70, held(2)), (100, held(4))])
    assert minutes(ratio(bad="duration_failed", total="duration"), every, failed) == {1: (4, 40, 60)}


def test_signals_are_selected_by_what_a_recipe_takes_series_for() -> None:
    told = (
        fed(requests("200", 0, 50), Feed(Role.REQUESTS)),
        fed(requests("500", 0, 5), Feed(Role.REQUESTS), Feed(Role.ERRORS)),
        fed(requests("500", 0, 70), Feed(Role.REQUESTS), Feed(Role.ERRORS), source="mesh"),
        fed(requests("500", 0, 90), Feed(Role.REQUESTS), Feed(Role.ERRORS), service="cart"),
        requests("500", 0, 900),
    )
    signal: Fields = {"service": "shop", "source": "test", "roles": ["requests"]}
    assert minutes(ratio(bad={**signal, "roles": ["errors"]}, total=signal), *told) == {1: (5, 55, 60)}


# --- doubts


def doubts(one: Indicator, **found: list[Told]) -> list[tuple[str, bool]]:
    series = {name: [told.one for told in some] for name, some in found.items()}
    return [(doubt.field, doubt.refuses) for doubt in one.doubts(series)]


def test_a_ratio_of_counters_is_not_doubted() -> None:
    assert doubts(ratio(bad=FAILED, total=ALL), bad=[requests("500")], total=[requests("200"), requests("500")]) == []


def test_gauges_count_nothing() -> None:
    assert doubts(ratio(bad=FAILED, total="up"), bad=[requests("500")], total=[gauge("up", [])]) == [("total", True)]


def test_all_buckets_of_a_histogram_would_count_events_once_a_bound() -> None:
    buckets = [counter("seconds_bucket", [], le=le) for le in ("1", "+Inf")]
    assert doubts(ratio(bad=FAILED, total="seconds_bucket"), bad=[requests("500")], total=buckets) == [("total", True)]
    assert doubts(ratio(bad=FAILED, total="seconds_bucket"), bad=[requests("500")], total=buckets[1:]) == []


def test_histograms_beside_counters_may_hold_the_same_events() -> None:
    both = [counter("seconds", []), histogram("seconds", [])]
    assert doubts(ratio(bad=FAILED, total="seconds"), bad=[requests("500")], total=both) == [("total", False)]


def in_units(*units: str, metric: str = ALL) -> list[Told]:
    return [in_unit(counter(metric, [], pod=str(at)), unit) for at, unit in enumerate(units)]


@pytest.mark.parametrize(
    ("bad", "total", "refused"),
    [
        (in_units("By"), in_units("By", "By"), False),
        (in_units("By"), in_units("s"), True),
        (in_units("s"), in_units("s", "ms"), True),
        (in_units(""), in_units("s"), False),
        (in_units("1"), in_units("{request}", "{call}"), False),
        (in_units("s", metric="a_count"), in_units("By", metric="b_count"), False),
        ([histogram("a", [], unit="s")], [histogram("b", [], unit="By")], False),
    ],
    ids=["one unit", "two sides", "one side", "one that is not told", "counts", "counts of measures", "histograms"],
)
def test_what_is_added_up_is_of_one_unit(bad: list[Told], total: list[Told], refused: bool) -> None:
    found = doubts(ratio(bad=FAILED, total=ALL), bad=bad, total=total)
    assert found == ([("total", True)] if refused else [])
