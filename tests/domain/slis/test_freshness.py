"""How old the newest success is at the end of each minute."""

import pytest

from app.domain.json_values import Value
from app.domain.slis import KINDS, Indicator
from tests.domain.slis.measuring import BASE, Told, counter, gauge, in_unit, minutes

GOOD, BAD = (0, 1, 60), (1, 1, 60)
NOW = BASE * 60


def fresh(tells: str, within: int = 120, **more: Value) -> Indicator:
    return KINDS["freshness"]({"series": "it", "tells": tells, "within": within, **more}, field="indicator")


def test_age_is_taken_at_the_end_of_the_minute() -> None:
    """Done at second 0: 120 s old at the end of minute 1, and no longer fresh at the end of minute 2."""
    told = gauge("it", [(10, NOW), (70, NOW), (130, NOW), (190, NOW + 185)])
    assert minutes(fresh("time"), told) == {0: GOOD, 1: GOOD, 2: BAD, 3: GOOD}


def test_a_job_that_never_succeeded_is_too_old() -> None:
    assert minutes(fresh("time"), gauge("it", [(10, 0)])) == {0: BAD}


def test_times_in_milliseconds_are_times() -> None:
    told = in_unit(gauge("it", [(10, NOW * 1000)]), "ms")
    assert minutes(fresh("time"), told) == {0: GOOD}
    assert minutes(fresh("time", within=60 * 24 * 60), gauge("it", [(10, NOW)])) == {0: GOOD}


@pytest.mark.parametrize(("every", "found"), [(False, GOOD), (True, BAD)])
@pytest.mark.parametrize("tells", ["time", "age"])
def test_of_several_the_newest_counts_or_every_one_has_to_be_fresh(
    tells: str, every: bool, found: tuple[float, float, float]
) -> None:
    values = (NOW + 1, NOW - 500) if tells == "time" else (59, 560)
    told = [gauge("it", [(30, value)], job=str(value)) for value in values]
    assert minutes(fresh(tells, every=every), *told) == {0: found}


def test_an_age_is_judged_as_it_is_told() -> None:
    told = gauge("it", [(10, 120), (70, 121), (100, 4), (130, 300)])
    assert minutes(fresh("age"), told) == {0: GOOD, 1: GOOD, 2: BAD}
    assert minutes(fresh("age", every=True), told) == {0: GOOD, 1: BAD, 2: BAD}


def test_counted_successes_are_good_in_their_own_minute_and_hold_for_others() -> None:
    one = fresh("count", within=600)
    assert one.hold_minutes == 10
    assert fresh("time", within=600).hold_minutes == 0
    told = counter("it", [(10, 3), (70, 3), (130, 5), (190, 5)])
    assert minutes(one, told) == {1: BAD, 2: GOOD, 3: BAD}


def test_silence_is_unknown_and_not_old() -> None:
    told = gauge("it", [(10, NOW), (310, NOW + 300)])
    assert minutes(fresh("time"), told) == {0: GOOD, 5: GOOD}


@pytest.mark.parametrize(
    ("tells", "wrong"), [("time", counter("it", [])), ("age", counter("it", [])), ("count", gauge("it", []))]
)
def test_what_cannot_tell_that_is_refused(tells: str, wrong: Told) -> None:
    one = wrong.one
    assert [(doubt.field, doubt.refuses) for doubt in fresh(tells).doubts({"series": [one]})] == [("series", True)]
    assert fresh(tells).taps(one) == ()
