"""A clock that jumps is not trusted for an hour."""

import pytest

from app.domain.steadiness import JUMP_MS, SETTLED_MS, Steadiness

YEARS_MS = 10 * 365 * 86_400_000


def test_a_clock_that_drifts_and_is_corrected_a_little_is_steady() -> None:
    clock = Steadiness()
    assert all(clock.is_steady(wall_ms=10**12 + at + at // 100, counted_ms=at) for at in range(0, 10**7 + 1, 10**6))
    assert clock.is_steady(wall_ms=10**12 + 10**7 + 10**5 + JUMP_MS, counted_ms=10**7)


@pytest.mark.parametrize("jump_ms", [YEARS_MS, -2 * 3_600_000, JUMP_MS + 1])
def test_after_a_jump_it_is_not_steady_until_an_hour_has_passed(jump_ms: int) -> None:
    clock = Steadiness()
    assert clock.is_steady(wall_ms=10**12, counted_ms=0)
    assert not clock.is_steady(wall_ms=10**12 + jump_ms, counted_ms=0)
    assert not clock.is_steady(wall_ms=10**12 + jump_ms + SETTLED_MS - 1, counted_ms=SETTLED_MS - 1)
    assert clock.is_steady(wall_ms=10**12 + jump_ms + SETTLED_MS, counted_ms=SETTLED_MS)


def test_a_jump_back_is_a_jump_as_well() -> None:
    clock = Steadiness()
    clock.is_steady(wall_ms=10**12, counted_ms=0)
    clock.is_steady(wall_ms=10**12 + YEARS_MS, counted_ms=0)
    assert not clock.is_steady(wall_ms=10**12 + SETTLED_MS - 1, counted_ms=SETTLED_MS - 1)
    assert not clock.is_steady(wall_ms=10**12 + SETTLED_MS, counted_ms=SETTLED_MS)
    assert clock.is_steady(wall_ms=10**12 + 2 * SETTLED_MS, counted_ms=2 * SETTLED_MS)
