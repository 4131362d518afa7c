"""One step of an alert's state, and a run of steps that must be the same as taking them singly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.burn_states import BREACHED, QUIET, STATES, UNKNOWN, AlertState, run, step

MINUTE_MS = 60_000
INACTIVE, PENDING, FIRING = AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING


@pytest.mark.parametrize("before", AlertState)
def test_unknown_changes_nothing(before: AlertState) -> None:
    assert step(before, UNKNOWN, since_ms=0, hold_ms=0, now_ms=10**9) is before


@pytest.mark.parametrize("before", AlertState)
def test_quiet_ends_everything(before: AlertState) -> None:
    assert step(before, QUIET, since_ms=0, hold_ms=0, now_ms=0) is INACTIVE


@pytest.mark.parametrize(
    ("before", "since_ms", "hold_ms", "after"),
    [
        pytest.param(INACTIVE, None, 0, FIRING, id="a policy without waiting time fires at once"),
        pytest.param(INACTIVE, None, 60_000, PENDING, id="one with waiting time waits"),
        pytest.param(PENDING, 540_001, 60_000, PENDING, id="for all of it"),
        pytest.param(PENDING, 540_000, 60_000, FIRING, id="and then fires"),
        pytest.param(FIRING, 600_000, 60_000, FIRING, id="what fires goes on"),
    ],
)
def test_a_breach_makes(before: AlertState, since_ms: int | None, hold_ms: int, after: AlertState) -> None:
    assert step(before, BREACHED, since_ms=since_ms, hold_ms=hold_ms, now_ms=600_000) is after


@given(st.lists(st.sampled_from([UNKNOWN, QUIET, BREACHED]), max_size=60), st.integers(0, 6))
def test_a_run_is_the_steps_one_by_one(breaches: list[int], hold: int) -> None:
    state, since_ms, expected = INACTIVE, None, []
    for minute, breach in enumerate(breaches):
        now_ms = minute * MINUTE_MS
        after = step(state, breach, since_ms=since_ms, hold_ms=hold * MINUTE_MS, now_ms=now_ms)
        since_ms = None if after is INACTIVE else now_ms if state is INACTIVE else since_ms
        state = after
        expected.append(state)
    found = run(np.array(breaches, dtype=np.int8), hold_minutes=hold)
    assert [STATES[at] for at in found.tolist()] == expected
