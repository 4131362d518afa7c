"""Numbers as people read them: three significant digits, a unit, a dash for what is not known."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from app.reports import formats

NAN = float("nan")
BERLIN = ZoneInfo("Europe/Berlin")
NOW_MS = 1_795_444_325_000  # 2026-11-23 14:32:05 UTC


@pytest.mark.parametrize(
    "text",
    [
        formats.percent,
        formats.per_second,
        formats.seconds,
        formats.duration,
        formats.minutes,
        formats.size,
        formats.number,
    ],
)
@pytest.mark.parametrize("value", [None, NAN])
def test_what_is_not_known_is_a_dash_and_never_zero(text: Callable[[float | None], str], value: float | None) -> None:
    assert text(value) == "–"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.0, "0 %"),
        (0.00001, "< 0.01 %"),
        (0.00042, "0.04 %"),
        (0.0421, "4.21 %"),
        (0.61345, "61.3 %"),
        (1.0, "100 %"),
        (1.2, "120 %"),
    ],
)
def test_percent(ratio: float, text: str) -> None:
    assert formats.percent(ratio).replace("\u2009", " ") == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.0, "0/s"),
        (0.0001, "< 0.001/s"),
        (0.05, "0.05/s"),
        (310, "310/s"),
        (999.6, "1k/s"),
        (1_240, "1.24k/s"),
        (3.1e6, "3.1M/s"),
    ],
)
def test_per_second(rate: float, text: str) -> None:
    assert formats.per_second(rate).replace("\u2009", " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 ms"), (0.00025, "250 µs"), (0.3804, "380 ms"), (0.9996, "1 s"), (2.8, "2.8 s"), (90, "1 min 30 s")],
)
def test_seconds(value: float, text: str) -> None:
    assert formats.seconds(value).replace("\u2009", " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(8, "8 s"), (310, "5 min 10 s"), (2_053, "34 min"), (19_200, "5 h 20 min"), (183_600, "2 d 3 h")],
)
def test_duration_has_two_units_at_most(value: float, text: str) -> None:
    assert formats.duration(value).replace("\u2009", " ") == text


def test_minutes_are_not_told_to_the_second() -> None:
    assert formats.minutes(175).replace("\u2009", " ") == "3 min"
    assert formats.minutes(20) == "less than a minute"


def test_sizes_are_powers_of_a_thousand() -> None:
    assert formats.size(1_240_000_000).replace("\u2009", " ") == "1.24 GB"


@pytest.mark.parametrize(
    ("at_ms", "text"),
    [
        (NOW_MS, "15:32"),
        (NOW_MS - 24 * 3_600_000, "22 Nov 15:32"),
        (NOW_MS - 365 * 24 * 3_600_000, "23 Nov 2025 15:32"),
        (None, "–"),
    ],
)
def test_the_clock_tells_the_day_when_it_is_another_one(at_ms: int | None, text: str) -> None:
    assert formats.clock(at_ms, zone=BERLIN, now_ms=NOW_MS) == text


def test_ago_and_since() -> None:
    assert formats.ago(NOW_MS - 8_000, now_ms=NOW_MS).replace("\u2009", " ") == "8 s ago"
    assert formats.ago(NOW_MS - 300, now_ms=NOW_MS) == "just now"
    assert formats.ago(None, now_ms=NOW_MS) == "–"
    began = formats.since(NOW_MS - 18 * 60_000, zone=BERLIN, now_ms=NOW_MS)
    assert began.replace("\u2009", " ") == "since 15:14 (18 min)"
    assert formats.since(None, zone=BERLIN, now_ms=NOW_MS) == ""


def test_a_zone_is_named_with_its_offset() -> None:
    assert formats.zone_name(NOW_MS, zone=BERLIN) == "Europe/Berlin (UTC+1)"
    assert formats.zone_name(NOW_MS, zone=ZoneInfo("Asia/Kolkata")) == "Asia/Kolkata (UTC+5:30)"
    assert formats.zone_name(NOW_MS, zone=ZoneInfo("America/St_Johns")) == "America/St_Johns (UTC-3:30)"
    assert formats.zone_name(NOW_MS, zone=ZoneInfo("UTC")) == "UTC"


def test_machines_get_rfc_3339() -> None:
    assert formats.iso(NOW_MS) == "2026-11-23T14:32:05Z"
    assert formats.iso(NOW_MS + 7) == "2026-11-23T14:32:05.007Z"
