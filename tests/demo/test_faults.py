import numpy as np
import pytest

from app.demo import faults
from app.demo.cast import COMPANY
from app.demo.faults import Fault, Trouble

SEED = 11
DAY = 1_440
MONTH = (29_500_000, 29_500_000 + 30 * DAY)


@pytest.fixture(scope="module")
def month() -> tuple[Fault, ...]:
    return faults.between(SEED, *MONTH)


def test_a_screen_never_waits_more_than_two_minutes_for_something_to_see(month: tuple[Fault, ...]) -> None:
    calm = np.ones(MONTH[1] - MONTH[0], dtype=np.bool_)
    for fault in month:
        calm[max(fault.start - MONTH[0], 0) : max(fault.end - MONTH[0], 0)] = False
    longest = max(len(run) for run in "".join("c" if minute else " " for minute in calm).split())
    assert longest <= 3  # a whole calm minute, and what is left of the one before it and after it


def test_most_services_are_well_most_of_the_time(month: tuple[Fault, ...]) -> None:
    ill = np.zeros((len(COMPANY), MONTH[1] - MONTH[0]))
    for fault in month:
        ill[COMPANY.index(fault.service), max(fault.start - MONTH[0], 0) : max(fault.end - MONTH[0], 0)] = 1
    assert ill.mean(axis=1).max() < 0.12
    assert (ill.sum(axis=0) > len(COMPANY) / 2).mean() < 0.001


def test_a_month_has_a_handful_of_named_incidents(month: tuple[Fault, ...]) -> None:
    names = {(one.title, one.start) for one in month if one.minutes >= 30 and not one.title.startswith("Deploy")}
    origins = [name for name in names if "(" not in name[0]]
    assert 6 <= len(origins) <= 9
    assert all(title for title, _ in origins)


def test_there_was_trouble_within_the_last_five_hours_of_any_moment() -> None:
    for moment in range(MONTH[0], MONTH[1], 61):
        assert any(one.title for one in faults.between(SEED, moment - 5 * 60, moment))


def test_every_kind_of_trouble_happens(month: tuple[Fault, ...]) -> None:
    assert {one.trouble for one in month} == set(Trouble)


def test_an_incident_reaches_those_who_depend_on_its_service(month: tuple[Fault, ...]) -> None:
    for echo in [one for one in month if "(" in one.title]:
        origin = next(one for one in month if one.start == echo.start - 1 and one.title and one.title in echo.title)
        assert origin.service.name in echo.service.depends_on
        assert echo.size < origin.size


def test_a_span_has_the_faults_of_its_parts(month: tuple[Fault, ...]) -> None:
    middle = MONTH[0] + 20_003
    assert set(month) == {*faults.between(SEED, MONTH[0], middle), *faults.between(SEED, middle, MONTH[1])}


def test_the_dependencies_named_exist() -> None:
    assert {name for one in COMPANY for name in one.depends_on} <= {one.name for one in COMPANY}
