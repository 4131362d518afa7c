"""Compliance windows: rolling minutes, or calendar periods in a zone. A period of a DST day has 23 or 25 hours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.errors import Invalid

LONGEST_MINUTES = 400 * 1_440


class Unit(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


NOMINAL_DAYS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 30, Unit.QUARTER: 91, Unit.YEAR: 365}


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last so many whole minutes. Raises Invalid outside 1 minute to 400 days."""

    minutes: int

    def __post_init__(self) -> None:
        if not 1 <= self.minutes <= LONGEST_MINUTES:
            raise Invalid("A rolling window is 1 minute to 400 days long.", code="window_invalid", field="window")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Consecutive periods of `count` units; one began at `anchor`, a wall-clock time of `zone` without tzinfo.

    A fiscal year from 1 April is a YEAR anchored there; its quarters are QUARTERs anchored there. Raises Invalid.
    """

    unit: Unit
    anchor: datetime
    zone: str = "UTC"
    count: int = 1

    def __post_init__(self) -> None:
        if self.anchor.tzinfo is not None or self.anchor.second or self.anchor.microsecond:
            raise Invalid("The anchor is a wall-clock minute.", code="window_invalid", field="window.anchor")
        if self.unit in (Unit.MONTH, Unit.QUARTER, Unit.YEAR) and self.anchor.day > 28:
            raise Invalid("A period starts on day 1 to 28 of a month.", code="window_invalid", field="window.anchor")
        if not 1 <= self.count * NOMINAL_DAYS[self.unit] <= 400:
            raise Invalid("A calendar window is at most 400 days long.", code="window_invalid", field="window")


Window = Rolling | Calendar


@dataclass(frozen=True, slots=True)
class Period:
    """[start_ms, end_ms), whole minutes; of a rolling window it ends now."""

    start_ms: int
    end_ms: int


def nominal_minutes(window: Window) -> int:
    """The length that burn policies are scaled to: it does not change from month to month."""
    return window.minutes if isinstance(window, Rolling) else window.count * NOMINAL_DAYS[window.unit] * 1_440
