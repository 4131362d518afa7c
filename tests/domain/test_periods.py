"""When periods begin and end, in wall-clock times written by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Invalid
from app.domain.periods import before, longest_minutes, period_at
from app.domain.windows import Calendar, Period, Rolling, Unit

HOUR_MS = 3_600_000


def ms(wall: str, zone: str = "UTC") -> int:
    """Of an ISO time, with its own offset or in a zone."""
    at = datetime.fromisoformat(wall)
    return int((at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).timestamp()) * 1000


def calendar(unit: Unit, anchor: str, zone: str = "UTC", count: int = 1) -> Calendar:
    return Calendar(unit, datetime.fromisoformat(anchor), zone, count)


def hours(window: Calendar, at: str) -> float:
    found = period_at(window, ms(at, window.zone))
    return (found.end_ms - found.start_ms) / HOUR_MS


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        pytest.param("Europe/Berlin", "2026-03-29", 23, id="Berlin in spring"),
        pytest.param("Europe/Berlin", "2026-10-25", 25, id="Berlin in autumn"),
        pytest.param("Europe/Berlin", "2026-10-26", 24, id="Berlin the day after"),
        pytest.param("Australia/Lord_Howe", "2026-04-05", 24.5, id="Lord Howe turns by half an hour, back in April"),
        pytest.param("Australia/Lord_Howe", "2026-10-04", 23.5, id="and forward in October"),
        pytest.param("America/Sao_Paulo", "2018-11-04", 23, id="Sao Paulo left out its midnight"),
        pytest.param("America/Sao_Paulo", "2018-02-17", 25, id="or had its last hour twice"),
        pytest.param("UTC", "2026-03-29", 24, id="Greenwich never changes"),
    ],
)
def test_a_day_has_as_many_hours_as_its_zone_gives_it(zone: str, day: str, length: float) -> None:
    assert hours(calendar(Unit.DAY, "2020-01-01", zone), f"{day}T12:00") == length


def test_a_midnight_that_is_left_out_begins_with_the_first_minute_there_is() -> None:
    found = period_at(calendar(Unit.DAY, "2018-01-01", "America/Sao_Paulo"), ms("2018-11-04T12:00-02:00"))
    assert found == Period(ms("2018-11-04T01:00-02:00"), ms("2018-11-05T00:00-02:00"))


def test_a_time_in_a_gap_begins_when_the_gap_ends() -> None:
    """Half past two does not exist on 29 March: the clock shows 3 after 1:59."""
    found = period_at(calendar(Unit.DAY, "2020-01-01T02:30", "Europe/Berlin"), ms("2026-03-29T12:00+02:00"))
    assert found == Period(ms("2026-03-29T03:00+02:00"), ms("2026-03-30T02:30+02:00"))


def test_a_time_that_comes_twice_begins_with_the_first() -> None:
    found = period_at(calendar(Unit.DAY, "2020-01-01T02:30", "Europe/Berlin"), ms("2026-10-25T12:00+01:00"))
    assert found.start_ms == ms("2026-10-25T02:30+02:00")


def test_a_day_that_a_country_left_out_is_no_period() -> None:
    """Samoa had no 30 December 2011."""
    days = calendar(Unit.DAY, "2011-01-01", "Pacific/Apia")
    found = before(days, ms("2012-01-01T12:00+14:00"), 3)
    assert [one.start_ms for one in found] == [
        ms("2011-12-31T00:00+14:00"),
        ms("2011-12-29T00:00-10:00"),
        ms("2011-12-28T00:00-10:00"),
    ]


@pytest.mark.parametrize(
    ("window", "at", "start", "end"),
    [
        pytest.param(
            calendar(Unit.MONTH, "2020-01-01"), "2024-02-29T23:59", "2024-02-01", "2024-03-01", id="a leap February"
        ),
        pytest.param(
            calendar(Unit.MONTH, "2020-01-28"), "2025-03-01", "2025-02-28", "2025-03-28", id="months from the 28th"
        ),
        pytest.param(
            calendar(Unit.YEAR, "2020-04-01"), "2024-03-31T23:59", "2023-04-01", "2024-04-01", id="a fiscal year"
        ),
        pytest.param(
            calendar(Unit.QUARTER, "2020-02-01"), "2026-01-31", "2025-11-01", "2026-02-01", id="a fiscal quarter"
        ),
        pytest.param(
            calendar(Unit.QUARTER, "2030-01-01"), "2026-02-28", "2026-01-01", "2026-04-01", id="an anchor to come"
        ),
        pytest.param(
            calendar(Unit.MONTH, "2020-01-01", count=2), "2026-04-30", "2026-03-01", "2026-05-01", id="two months"
        ),
        pytest.param(
            calendar(Unit.DAY, "2026-01-05", count=10), "2026-01-24T23:59", "2026-01-15", "2026-01-25", id="ten days"
        ),
        pytest.param(calendar(Unit.MONTH, "2026-01-01"), "2026-02-01", "2026-02-01", "2026-03-01", id="a start is in"),
    ],
)
def test_an_instant_is_in_the_period(window: Calendar, at: str, start: str, end: str) -> None:
    assert period_at(window, ms(at)) == Period(ms(start), ms(end))


def test_openslo_weeks_begin_at_noon_in_new_york_whatever_its_clocks_do() -> None:
    weeks = calendar(Unit.WEEK, "2022-01-01T12:00", "America/New_York")
    found = period_at(weeks, ms("2026-03-08T12:00-04:00"))
    assert found == Period(ms("2026-03-07T12:00-05:00"), ms("2026-03-14T12:00-04:00"))
    assert (found.end_ms - found.start_ms) / HOUR_MS == 7 * 24 - 1


def test_past_periods_come_newest_first_and_adjoin() -> None:
    found = before(calendar(Unit.MONTH, "2020-01-01", "Europe/Berlin"), ms("2024-04-15"), 3)
    assert [one.start_ms for one in found] == [ms(f"2024-0{month}-01", "Europe/Berlin") for month in (3, 2, 1)]
    assert found[0].end_ms == ms("2024-04-01", "Europe/Berlin")
    assert [one.end_ms for one in found[1:]] == [one.start_ms for one in found[:-1]]


def test_a_rolling_window_ends_with_the_last_whole_minute() -> None:
    end = ms("2026-01-01T12:34")
    assert period_at(Rolling(10), end + 59_999) == Period(end - 600_000, end)
    assert before(Rolling(10), end, 2) == (Period(end - 600_000, end), Period(end - 1_200_000, end - 600_000))


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_none_is_refused_at_its_field(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        period_at(calendar(Unit.DAY, "2020-01-01", name), 0)
    assert refused.value.field == "window.zone"


ZONES = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]
WINDOWS = st.builds(
    Calendar,
    unit=st.sampled_from(Unit),
    anchor=st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 - wall-clock times
        lambda at: at.replace(day=min(at.day, 28), second=0, microsecond=0)
    ),
    zone=st.sampled_from(ZONES),
)


@given(WINDOWS, st.datetimes(datetime(2000, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_periods_leave_no_instant_out_and_share_none(window: Calendar, at: datetime) -> None:
    at_ms = int(at.timestamp() * 1000)
    found = period_at(window, at_ms)
    assert found.start_ms <= at_ms < found.end_ms
    assert period_at(window, found.start_ms) == period_at(window, found.end_ms - 1) == found
    assert before(window, at_ms, 1)[0].end_ms == found.start_ms
    assert timedelta(milliseconds=found.end_ms - found.start_ms) <= timedelta(minutes=longest_minutes(window))
