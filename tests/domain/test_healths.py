"""Health by what is left, what fires, what is heard and the rate; the gate by health."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import healths
from app.domain.healths import ORDER, USUAL, Standing, gate, judged
from app.domain.slos import Deploys, Health, Rule, Severity

NOW_MS = 1_795_000_020_000
MINUTE_MS = 60_000
NOTHING: frozenset[Severity] = frozenset()
PAGE = frozenset({Severity.PAGE})
TICKET = frozenset({Severity.TICKET})
DAY = 86_400.0


@pytest.mark.parametrize(
    ("left", "firing", "out_seconds", "silent_minutes", "health", "reason"),
    [
        (1.0, NOTHING, None, 0, Health.HEALTHY, ""),
        (0.5, NOTHING, 3 * DAY, 9, Health.HEALTHY, ""),
        (0.49, NOTHING, None, 0, Health.WATCH, "Less than 50 % of the budget is left."),
        (0.9, TICKET, None, 0, Health.WATCH, "A ticket is firing."),
        (0.9, NOTHING, 3 * DAY - 1, 0, Health.WATCH, "At the present rate the budget is gone in less than 3 days."),
        (0.25, NOTHING, None, 0, Health.WATCH, "Less than 50 % of the budget is left."),
        (0.24, TICKET, 1.0, 0, Health.AT_RISK, "Less than 25 % of the budget is left."),
        (0.99, PAGE | TICKET, None, 0, Health.AT_RISK, "A page is firing."),
        (0.0, PAGE, 0.0, 0, Health.EXHAUSTED, "The budget is spent."),
        (-0.08, NOTHING, 0.0, 0, Health.EXHAUSTED, "The budget is spent."),
        (1.0, NOTHING, None, 10, Health.NO_DATA, "Nothing has been heard of it for 10 minutes or longer."),
        (0.12, TICKET, 1.0, 10, Health.NO_DATA, "Nothing has been heard of it for 10 minutes or longer."),
        (1.0, PAGE, None, 4_000, Health.AT_RISK, "A page is firing."),
        (-0.1, NOTHING, None, 4_000, Health.EXHAUSTED, "The budget is spent."),
        (None, NOTHING, None, 0, Health.NO_DATA, "There was no event in the window."),
        (None, NOTHING, None, None, Health.NO_DATA, "Nothing has been heard of it yet."),
    ],
)
def test_the_policy_as_a_table(
    left: float | None,
    firing: frozenset[Severity],
    out_seconds: float | None,
    silent_minutes: int | None,
    health: Health,
    reason: str,
) -> None:
    newest_ms = None if silent_minutes is None else NOW_MS - silent_minutes * MINUTE_MS
    assert judged(left, firing, out_seconds, newest_ms, NOW_MS, USUAL) == (health, reason)


def test_silence_is_never_healthy() -> None:
    for left in (1.0, 0.7, None):
        assert judged(left, NOTHING, None, NOW_MS - 10 * MINUTE_MS, NOW_MS, USUAL)[0] is Health.NO_DATA


def test_a_policy_of_its_own_is_followed_and_the_usual_where_it_says_nothing() -> None:
    mine = {
        Health.EXHAUSTED: Rule(Decimal("0.1"), ("Freeze",), Deploys.BLOCK),
        Health.WATCH: Rule(None, (), Deploys.WARN),
    }
    assert judged(0.1, NOTHING, None, NOW_MS, NOW_MS, mine) == (
        Health.EXHAUSTED,
        "Less than 10 % of the budget is left.",
    )
    assert judged(0.2, NOTHING, None, NOW_MS, NOW_MS, mine)[0] is Health.AT_RISK
    assert judged(0.3, NOTHING, None, NOW_MS, NOW_MS, mine)[0] is Health.HEALTHY
    assert gate(Health.WATCH, mine).deploys is Deploys.WARN
    assert gate(Health.NO_DATA, mine).deploys is Deploys.WARN


@pytest.mark.parametrize(
    ("health", "deploys", "allowed"),
    [
        (Health.EXHAUSTED, Deploys.BLOCK, False),
        (Health.AT_RISK, Deploys.WARN, True),
        (Health.WATCH, Deploys.ALLOW, True),
        (Health.NO_DATA, Deploys.WARN, True),
        (Health.HEALTHY, Deploys.ALLOW, True),
    ],
)
def test_the_gate_as_a_table(health: Health, deploys: Deploys, allowed: bool) -> None:
    found = gate(health, USUAL)
    assert (found.deploys, found.allowed) == (deploys, allowed)
    assert gate(health, {health: replace(USUAL[health], deploys=Deploys.BLOCK)}).allowed is False


shares = st.sampled_from([None, -1.0, 0.0, 0.1, 0.24, 0.25, 0.3, 0.49, 0.5, 0.9, 1.0])
policies = st.sampled_from(
    [USUAL, {Health.EXHAUSTED: Rule(None, (), Deploys.BLOCK)}, {Health.AT_RISK: Rule(Decimal("0.3"), (), Deploys.WARN)}]
)


@given(
    shares,
    st.frozensets(st.sampled_from(Severity)),
    st.sampled_from([None, 0.0, 3 * DAY - 1, 3 * DAY]),
    st.sampled_from([None, 0, 9, 10, 11]),
    policies,
)
def test_all_at_once_are_judged_as_one_by_one(
    left: float | None,
    firing: frozenset[Severity],
    out_seconds: float | None,
    silent_minutes: int | None,
    policy: healths.Policy,
) -> None:
    newest_ms = None if silent_minutes is None else NOW_MS - silent_minutes * MINUTE_MS
    standing = Standing(
        left=np.array([np.nan if left is None else left]),
        page=np.array([Severity.PAGE in firing]),
        ticket=np.array([Severity.TICKET in firing]),
        out_seconds=np.array([np.nan if out_seconds is None else out_seconds]),
        newest_known_ms=np.array([-1 if newest_ms is None else newest_ms]),
    )
    (found,) = healths.all_judged(standing, np.array([healths.limits(policy)]), now_ms=NOW_MS).tolist()
    assert ORDER[found] is judged(left, firing, out_seconds, newest_ms, NOW_MS, policy)[0]
