"""Kinds that judge minutes by gauges: thresholds, fullness, probes."""

from math import nan

import pytest

from app.domain.assignments import Feed, Role
from app.domain.json_values import Fields, Value
from app.domain.slis import KINDS, Indicator
from tests.domain.slis.measuring import Told, counter, fed, gauge, in_unit, minutes

GOOD, BAD = (0, 1, 60), (1, 1, 60)


def indicator(kind: str, **fields: Value) -> Indicator:
    return KINDS[kind](fields, field="indicator")


def doubted(one: Indicator, **found: list[Told]) -> list[tuple[str, bool]]:
    series = {name: [told.one for told in some] for name, some in found.items()}
    return [(doubt.field, doubt.refuses) for doubt in one.doubts(series)]


# --- thresholds


@pytest.mark.parametrize(
    ("side", "good"),
    [
        ("lt", [True, False, False]),
        ("lte", [True, True, False]),
        ("gt", [False, False, True]),
        ("gte", [False, True, True]),
    ],
)
def test_a_value_is_judged_by_its_side_of_the_number(side: str, good: list[bool]) -> None:
    told = gauge("queue", [(10, 4.5), (70, 5), (130, 5.5)])
    found = minutes(indicator("threshold", series="queue", side=side, value=5), told)
    assert found == {minute: GOOD if is_good else BAD for minute, is_good in enumerate(good)}


@pytest.mark.parametrize(
    ("across", "side", "bad"),
    [
        ("worst", "lte", 1),
        ("best", "lte", 0),
        ("worst", "gte", 1),
        ("best", "gte", 0),
        ("mean", "lte", 0),
        ("sum", "lte", 1),
    ],
)
def test_of_several_series_the_worst_the_best_the_mean_or_the_sum_is_judged(across: str, side: str, bad: float) -> None:
    """Samples 2 and 8 here, 4 there; by the minute 5 and 4: the mean is 4.5, the sum 9. Judged against 5."""
    told = (gauge("queue", [(10, 2), (40, 8)], pod="a"), gauge("queue", [(20, 4)], pod="b"))
    assert minutes(indicator("threshold", series="queue", side=side, value=5, across=across), *told) == {
        0: (bad, 1, 60)
    }


def test_negative_values_are_values() -> None:
    told = (gauge("cold", [(10, -20), (70, -15)]),)
    assert minutes(indicator("threshold", series="cold", side="lte", value=-18), *told) == {0: GOOD, 1: BAD}
    assert minutes(indicator("threshold", series="cold", side="gte", value=-18), *told) == {0: BAD, 1: GOOD}


def test_a_minute_without_a_value_is_unknown() -> None:
    told = gauge("queue", [(10, 1), (70, nan), (130, 9)])
    assert minutes(indicator("threshold", series="queue", side="lt", value=5), told) == {0: GOOD, 2: BAD}


def test_counters_have_no_side() -> None:
    one = indicator("threshold", series="queue_total", side="lt", value=5)
    told = counter("queue_total", [(10, 1), (70, 2)])
    assert minutes(one, told) == {}
    assert doubted(one, series=[told]) == [("series", True)]


def test_one_number_cannot_judge_two_units() -> None:
    one = indicator("threshold", series="age", side="lt", value=5)
    told = [in_unit(gauge("age", [], pod=unit), unit) for unit in ("s", "ms")]
    assert doubted(one, series=told) == [("series", True)]
    assert doubted(one, series=told[:1]) == []


# --- fullness


def full(tells: str, at_most: float = 0.8, **more: Value) -> Indicator:
    return indicator("saturation", series="it", tells=tells, at_most=at_most, **more)


@pytest.mark.parametrize(
    ("tells", "value", "bad"),
    [("used", 80, 0), ("used", 81, 1), ("used", 130, 1), ("free", 20, 0), ("free", 19, 1)],
    ids=["used to the brim", "used beyond it", "used beyond the limit", "left enough", "left too little"],
)
def test_the_share_of_a_limit_is_judged(tells: str, value: float, bad: float) -> None:
    told = (gauge("it", [(10, value)]), gauge("most", [(20, 100)]))
    assert minutes(full(tells, limit="most"), *told) == {0: (bad, 1, 60)}


def test_the_fullest_instance_speaks_for_all() -> None:
    """On average the two disks are 65 % full."""
    told = [
        told
        for pod, used, most in (("a", 90, 100), ("b", 40, 100))
        for told in (gauge("it", [(10, used)], pod=pod), gauge("most", [(20, most)], pod=pod))
    ]
    assert minutes(full("used", limit="most", per=["pod"]), *told) == {0: BAD}
    assert minutes(full("used", limit="most"), *told) == {0: GOOD}
    assert minutes(full("used", at_most=0.9, limit="most", per=["pod"]), *told) == {0: GOOD}


@pytest.mark.parametrize("most", [0, -1])
def test_a_limit_of_nothing_is_no_limit(most: float) -> None:
    assert minutes(full("used", limit="most"), gauge("it", [(10, 50)]), gauge("most", [(20, most)])) == {}


def test_a_limit_that_is_not_told_in_a_minute_leaves_it_unknown() -> None:
    told = (gauge("it", [(10, 50), (70, 90), (130, 90)]), gauge("most", [(20, 100), (140, 100)]))
    assert minutes(full("used", limit="most"), *told) == {0: GOOD, 2: BAD}


def test_a_ratio_is_judged_by_its_highest_sample() -> None:
    assert minutes(full("ratio"), gauge("it", [(10, 0.2), (40, 0.81)], pod="a"), gauge("it", [(10, 0.5)], pod="b")) == {
        0: BAD
    }


@pytest.mark.parametrize(
    ("tells", "grown", "bad"), [("busy", 48, 0), ("busy", 49, 1), ("idle", 12, 0), ("idle", 11, 1)]
)
def test_busy_seconds_are_a_share_of_those_that_passed(tells: str, grown: float, bad: float) -> None:
    assert minutes(full(tells), counter("it", [(10, 0), (70, grown)])) == {1: (bad, 1, 60)}


def test_busy_seconds_of_several_modes_add_up_and_may_have_a_limit() -> None:
    """40 s and 50 s of 60 s are one and a half processors, of two."""
    told = (
        counter("it", [(10, 0), (70, 40)], mode="user"),
        counter("it", [(10, 0), (70, 50)], mode="system"),
        gauge("most", [(20, 2), (80, 2)]),
    )
    assert minutes(full("busy", at_most=0.75, limit="most"), *told) == {1: GOOD}
    assert minutes(full("busy", at_most=0.74, limit="most"), *told) == {1: BAD}


def test_signals_bring_their_scale_and_their_instances() -> None:
    """A percentage here, a share there, both told as a ratio by their recipe."""
    pool = Feed(Role.RATIO, 0.01, resource="pool", instance="a")
    other = Feed(Role.RATIO, resource="cpu", instance="a")
    told = (fed(gauge("pool_percent", [(10, 81)]), pool), fed(gauge("cpu_ratio", [(10, 0.99)]), other))
    signal: Fields = {"service": "shop", "source": "test", "roles": ["ratio"], "resource": "pool"}
    for at_most, found in ((0.8, BAD), (0.82, GOOD)):
        one = indicator("saturation", series=signal, tells="ratio", at_most=at_most)
        assert minutes(one, *told) == {0: found}


def test_instances_without_a_limit_are_told_and_refused_when_there_is_no_other() -> None:
    one = full("used", limit="most", per=["pod"])
    limit = [gauge("most", [], pod="a")]
    assert doubted(one, series=[gauge("it", [], pod="a")], limit=limit) == []
    assert doubted(one, series=[gauge("it", [], pod="a"), gauge("it", [], pod="b")], limit=limit) == [("per", False)]
    assert doubted(one, series=[gauge("it", [], pod="b")], limit=limit) == [("per", True)]


# --- probes


def test_a_minute_counts_by_the_share_of_what_probes_said() -> None:
    """One probe up in three of four samples, one always: 0.875."""
    told = (
        gauge("up", [(5, 1), (20, 0), (35, 1), (50, 1)], probe="a"),
        gauge("up", [(30, 1)], probe="b"),
    )
    assert minutes(indicator("synthetic", series="up"), *told) == {0: (0.125, 1, 60)}


@pytest.mark.parametrize(("quorum", "bad"), [(0.5, 0), (0.51, 1), (1, 1)])
def test_with_a_quorum_a_minute_is_up_or_down(quorum: float, bad: float) -> None:
    told = (gauge("up", [(5, 1)], probe="a"), gauge("up", [(30, 0)], probe="b"))
    assert minutes(indicator("synthetic", series="up", quorum=quorum), *told) == {0: (bad, 1, 60)}


def test_a_probe_that_says_nothing_is_not_down() -> None:
    told = (gauge("up", [(5, 1), (65, 1)], probe="a"), gauge("up", [(30, 1), (190, 0)], probe="b"))
    assert minutes(indicator("synthetic", series="up", quorum=1), *told) == {0: GOOD, 1: GOOD, 3: BAD}
