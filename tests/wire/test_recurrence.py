"""Recurring spans stand on the wall's clock, whatever the clocks do meanwhile.

Berlin's clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October, both at 01:00 UTC.
"""

from datetime import UTC, datetime

import pytest

from app.domain.errors import Invalid
from app.wire import recurrence


def ms(text: str) -> int:
    """Of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def spans(rule: str, first: tuple[str, str], between: tuple[str, str], zone: str = "Europe/Berlin") -> list[str]:
    """In UTC, "day hour:minute-day hour:minute" of one month."""
    found = recurrence.occurrences(
        rule, zone=zone, first=(ms(first[0]), ms(first[1])), start_ms=ms(between[0]), end_ms=ms(between[1])
    )
    return ["-".join(datetime.fromtimestamp(at / 1000, UTC).strftime("%d %H:%M") for at in one) for one in found]


def test_a_weekly_window_keeps_its_times_on_the_wall_over_a_change_of_clocks() -> None:
    """01:00 to 05:00 in Berlin is 4 hours, on the day that has 23 it is 3, and on the one that has 25 it is 5."""
    night = ("2026-03-22T00:00", "2026-03-22T04:00")
    march = spans("FREQ=WEEKLY;BYDAY=SU", night, ("2026-03-15T00:00", "2026-04-06T00:00"))
    assert march == ["22 00:00-22 04:00", "29 00:00-29 03:00", "04 23:00-05 03:00"]
    october = spans("FREQ=WEEKLY;BYDAY=SU", night, ("2026-10-17T00:00", "2026-11-02T00:00"))
    assert october == ["17 23:00-18 03:00", "24 23:00-25 04:00", "01 00:00-01 04:00"]


@pytest.mark.parametrize(
    ("first", "day", "expected"),
    [
        (("2026-03-27T01:30", "2026-03-27T03:30"), "2026-03-29", ["29 01:00-29 02:30"]),
        (("2026-03-27T01:15", "2026-03-27T01:45"), "2026-03-29", []),
        (("2026-03-27T00:30", "2026-03-27T01:30"), "2026-03-29", ["29 00:30-29 01:00"]),
        (("2026-03-27T01:15", "2026-03-27T01:45"), "2026-10-25", ["25 00:15-25 00:45"]),
        (("2026-03-27T01:30", "2026-03-27T02:30"), "2026-10-25", ["25 00:30-25 02:30"]),
    ],
    ids=[
        "it begins in the gap: with the first minute after it",
        "it lies in the gap: it does not happen",
        "it ends in the gap: at once",
        "it lies in the hour that comes twice: in the first of the two",
        "it begins in the hour that comes twice: in the first, and ends after both",
    ],
)
def test_times_that_a_change_of_clocks_leaves_out_or_repeats(
    first: tuple[str, str], day: str, expected: list[str]
) -> None:
    assert spans("FREQ=DAILY", first, (f"{day}T00:00", f"{day}T04:00")) == expected


def test_half_an_hour_on_lord_howe() -> None:
    """Its clocks go from 02:00 (+10:30) to 02:30 (+11) on 4 October 2026, which is 15:30 UTC the day before."""
    first = ("2026-10-01T15:45", "2026-10-01T17:30")  # 02:15 to 04:00
    found = spans("FREQ=DAILY", first, ("2026-10-02T00:00", "2026-10-05T00:00"), "Australia/Lord_Howe")
    assert found == ["02 15:45-02 17:30", "03 15:30-03 17:00", "04 15:15-04 17:00"]


def test_the_given_span_is_the_first_one_to_the_instant() -> None:
    """The second 02:30 of the night, which no time on the wall can name."""
    first = ("2026-10-25T01:30", "2026-10-25T01:45")
    assert spans("FREQ=DAILY;COUNT=2", first, ("2026-10-25T00:00", "2026-10-27T00:00")) == [
        "25 01:30-25 01:45",
        "26 01:30-26 01:45",
    ]


@pytest.mark.parametrize(
    ("until", "days"),
    [("COUNT=2", 2), ("UNTIL=20260103", 3), ("UNTIL=20260102T233000Z", 3), ("UNTIL=20260102T232959Z", 2), ("X=", 0)],
    ids=[
        "a count",
        "a day counts to its end",
        "the very moment of the third, in UTC",
        "a second before it",
        "unknown",
    ],
)
def test_a_rule_ends(until: str, days: int) -> None:
    """From 1 January, 00:30 in Berlin, which is 23:30 UTC the day before."""
    first, all_of_it = ("2025-12-31T23:30", "2026-01-01T00:00"), ("2025-12-01T00:00", "2026-02-01T00:00")
    if days == 0:
        with pytest.raises(Invalid, match="X is none of"):
            spans(f"FREQ=DAILY;{until}", first, all_of_it)
    else:
        assert len(spans(f"FREQ=DAILY;{until}", first, all_of_it)) == days


def test_the_last_friday_of_a_month() -> None:
    first = ("2026-01-30T20:00", "2026-01-30T22:00")
    found = spans("RRULE:FREQ=MONTHLY;BYDAY=-1FR", first, ("2026-02-01T00:00", "2026-05-01T00:00"), "UTC")
    assert found == ["27 20:00-27 22:00", "27 20:00-27 22:00", "24 20:00-24 22:00"]


def test_a_span_that_has_begun_before_is_found() -> None:
    first = ("2026-01-01T22:00", "2026-01-02T06:00")
    assert spans("FREQ=DAILY", first, ("2026-01-05T05:00", "2026-01-05T06:00"), "UTC") == ["04 22:00-05 06:00"]
    assert spans("FREQ=DAILY", first, ("2026-01-05T06:00", "2026-01-05T07:00"), "UTC") == []


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("", "nothing is none of"),
        ("every sunday", "EVERY SUNDAY is none of"),
        ("INTERVAL=2", "FREQ is one of DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=SECONDLY", "FREQ is one of"),
        ("FREQ=DAILY;FREQ=DAILY", "a part stands there twice"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20260101", "exclude each other"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is a whole number above 0"),
        ("FREQ=DAILY;COUNT=-1", "COUNT is a whole number above 0"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL is a day"),
        ("FREQ=WEEKLY;BYDAY=SONNTAG", "cannot be read"),
        ("FREQ=MONTHLY;BYMONTHDAY=x", "cannot be read"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "This never happens"),
    ],
)
def test_what_is_no_rule_is_refused_at_its_field(rule: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence) as raised:
        recurrence.check(rule, zone="UTC")
    assert raised.value.field == "recurrence"
    assert raised.value.hint


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../../etc/passwd", "Europe"])
def test_what_is_no_zone_is_refused_at_its_field(zone: str) -> None:
    with pytest.raises(Invalid, match="no time zone") as raised:
        recurrence.check("FREQ=DAILY", zone=zone)
    assert raised.value.field == "zone"


def test_a_rule_that_happens_too_often_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurrence, "MOST_AT_ONCE", 30)
    with pytest.raises(Invalid, match="more than 30 times"):
        spans("FREQ=DAILY", ("2026-01-01T00:00", "2026-01-01T01:00"), ("2026-01-01T00:00", "2026-02-02T00:00"))
