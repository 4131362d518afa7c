"""The state of a service by what was lost of what its objective promises."""

import pytest

from app.domain import status
from app.domain.sli_minutes import EVENT
from app.domain.status import LEVELS, Level


def judged(bad: float, total: float, *, allowed: float = 0.001, known_ms: int = 60_000, kind: str = "ratio") -> Level:
    most = status.most_of(kind)
    found = status.ranks(round(bad * EVENT), round(total * EVENT), known_ms, allowed=allowed, most=most)
    return LEVELS[int(found)]


@pytest.mark.parametrize(
    ("bad", "level"),
    [
        (0, Level.OPERATIONAL),
        (109, Level.OPERATIONAL),  # (1.09 % - 0.1 %) / 99.9 % = 0.991 %
        (110, Level.DEGRADED),  # 1.001 %
        (1_008, Level.DEGRADED),  # 9.99 %
        (1_010, Level.PARTIAL_OUTAGE),  # 10.01 %
        (5_004, Level.PARTIAL_OUTAGE),  # 49.99 %
        (5_006, Level.MAJOR_OUTAGE),  # 50.01 %
        (10_000, Level.MAJOR_OUTAGE),
    ],
)
def test_of_ten_thousand_events_the_lost_part_of_what_is_promised_decides(bad: int, level: Level) -> None:
    assert judged(bad, 10_000) is level


def test_a_loose_objective_has_promised_less() -> None:
    assert judged(58, 1_000, allowed=0.05) is Level.OPERATIONAL  # (5.8 - 5) / 95 = 0.84 %
    assert judged(60, 1_000, allowed=0.05) is Level.DEGRADED  # 1.05 %


@pytest.mark.parametrize(("bad", "total", "level"), [(2, 20, Level.OPERATIONAL), (3, 20, Level.PARTIAL_OUTAGE)])
def test_two_bad_events_are_chance(bad: int, total: int, level: Level) -> None:
    assert judged(bad, total) is level


def test_one_bad_event_is_no_chance_when_nothing_else_happened() -> None:
    assert judged(1, 1) is Level.MAJOR_OUTAGE


@pytest.mark.parametrize("kind", ["latency", "saturation", "freshness", "threshold", "composite"])
def test_what_is_slow_or_judged_by_the_minute_is_degraded_at_most(kind: str) -> None:
    assert judged(10_000, 10_000, kind=kind) is Level.DEGRADED
    assert judged(10_000, 10_000, kind="synthetic") is Level.MAJOR_OUTAGE


def test_silence_is_unknown_and_no_traffic_is_no_failure() -> None:
    assert judged(0, 0, known_ms=0) is Level.UNKNOWN
    assert judged(0, 0, known_ms=60_000) is Level.OPERATIONAL


def test_the_worst_of_levels_and_unknown_is_worse_than_operational() -> None:
    assert status.worst([Level.OPERATIONAL, Level.UNKNOWN]) is Level.UNKNOWN
    assert status.worst([Level.MAINTENANCE, Level.DEGRADED, Level.MAJOR_OUTAGE]) is Level.MAJOR_OUTAGE
    assert status.worst([]) is Level.UNKNOWN
