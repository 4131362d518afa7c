"""The Workbook's policies for windows it does not speak of."""

from datetime import datetime
from decimal import Decimal

import pytest

from app.domain.burn_defaults import defaults, unfit
from app.domain.slos import Budgeting, BurnPair, Method, Severity
from app.domain.windows import Calendar, Rolling, Unit, Window

DAY = 1_440
OCCURRENCES = Budgeting()
ROWS = list[tuple[str, str, int, int, str]]


def scaled(window: Window, target: str = "0.999") -> ROWS:
    pairs = defaults(window, Decimal(target), OCCURRENCES).pairs
    return [
        (one.name, one.severity, one.long_minutes, one.short_minutes, f"{one.factor.normalize():f}") for one in pairs
    ]


MONTH: ROWS = [
    ("page-fast", "page", 60, 5, "14.4"),
    ("page-slow", "page", 360, 30, "6"),
    ("ticket-fast", "ticket", 1_440, 120, "3"),
    ("ticket-slow", "ticket", 4_320, 360, "1"),
]


def test_thirty_days_have_table_5_8() -> None:
    assert scaled(Rolling(30 * DAY)) == MONTH


@pytest.mark.parametrize("start", [datetime(2026, 2, 1), datetime(2026, 3, 1)])  # noqa: DTZ001 - wall-clock times
def test_months_of_a_calendar_all_have_those_of_thirty_days(start: datetime) -> None:
    assert scaled(Calendar(Unit.MONTH, start)) == MONTH


def test_four_weeks_scale_the_windows_and_keep_the_shares() -> None:
    """40 320 minutes: 56, 336, 1 344 and 4 032; a twelfth of 56 is 4.67."""
    assert [row[2:] for row in scaled(Rolling(28 * DAY))] == [
        (56, 5, "14.4"),
        (336, 28, "6"),
        (1_344, 112, "3"),
        (4_032, 336, "1"),
    ]


@pytest.mark.parametrize("days", [2, 5, 7, 13, 28, 30, 31, 90, 91, 365, 399])
def test_rounding_to_minutes_moves_the_factor_and_not_the_budget_that_is_gone_at_firing(days: int) -> None:
    """What is gone is the factor's share of the long window in the whole."""
    length = days * DAY + 17
    found = {
        one.name: float(one.factor * one.long_minutes / length)
        for one in defaults(Rolling(length), Decimal("0.9999"), OCCURRENCES).pairs
    }
    book = {"page-fast": 0.02, "page-slow": 0.05, "ticket-fast": 0.1, "ticket-slow": 0.1}
    assert found == pytest.approx({name: book[name] for name in found}, abs=1e-15)


def test_a_policy_that_would_look_at_minutes_only_is_left_out_and_said() -> None:
    found = defaults(Rolling(2 * DAY), Decimal("0.999"), OCCURRENCES)
    assert [one.name for one in found.pairs] == ["page-slow", "ticket-fast", "ticket-slow"]
    assert [one.reason for one in found.dropped] == [
        "page-fast is left out: of this window it would look at 4 min only."
    ]


def test_ninety_percent_cannot_burn_fourteen_times() -> None:
    found = defaults(Rolling(30 * DAY), Decimal("0.9"), OCCURRENCES)
    assert [one.name for one in found.pairs] == ["page-slow", "ticket-fast", "ticket-slow"]
    assert "can never fire: at a target of 0.9 a total outage burns 10x" in found.dropped[0].reason


@pytest.mark.parametrize(
    ("factor", "long", "short", "fits"),
    [
        pytest.param("9.99", 60, 10, True, id="just below what a total outage burns"),
        pytest.param("10", 60, 10, False, id="what a total outage burns"),
        pytest.param("2", 60, 9, False, id="a short window below a slice"),
        pytest.param("2", 60, 61, False, id="a short window that is the longer one"),
        pytest.param("2", 60, 60, True, id="a single window"),
    ],
)
def test_a_policy_over_slices_of_ten_minutes(factor: str, long: int, short: int, *, fits: bool) -> None:
    pair = BurnPair("odd", Severity.PAGE, long, short, Decimal(factor))
    slices = Budgeting(Method.TIME_SLICES, 10, Decimal("0.9"))
    reason = unfit(pair, target=Decimal("0.9"), budgeting=slices)
    assert (reason is None) is fits
