"""What an objective's numbers call for: its health by the error-budget policy, and whether to deploy.

In this order: nothing left is exhausted, whatever else; a page that fires is at risk; silence is "no data", for it is
neither good nor bad; then what is left of the budget, tickets and the rate decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from app.domain.samples import Floats, Ints
from app.domain.slos import Deploys, Health, Rule, Severity, Slo

SILENT_MS = 10 * 60_000
SOON_SECONDS = 3 * 86_400.0
ORDER = tuple(Health)  # positions in what `all_judged` gives

Policy = Mapping[Health, Rule]
Flags = NDArray[np.bool_]

USUAL: Policy = {
    Health.EXHAUSTED: Rule(Decimal(0), ("Stop risky changes until the budget is back",), Deploys.BLOCK),
    Health.AT_RISK: Rule(Decimal("0.25"), ("Deploy with care, reliability work first",), Deploys.WARN),
    Health.WATCH: Rule(Decimal("0.5"), (), Deploys.ALLOW),
    Health.NO_DATA: Rule(None, ("Find out why nothing is heard",), Deploys.WARN),
    Health.HEALTHY: Rule(None, (), Deploys.ALLOW),
}


@dataclass(frozen=True, slots=True)
class Gate:
    """What a deploy pipeline is told."""

    deploys: Deploys
    actions: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        return self.deploys is not Deploys.BLOCK


def rule(health: Health, policy: Policy) -> Rule:
    """A policy says what it says, and the usual where it says nothing."""
    return policy.get(health, USUAL[health])


def gate(health: Health, policy: Policy) -> Gate:
    found = rule(health, policy)
    return Gate(found.deploys, found.actions)


def judged(
    left: float | None,
    firing: frozenset[Severity],
    out_seconds: float | None,
    newest_known_ms: int | None,
    now_ms: int,
    policy: Policy,
) -> tuple[Health, str]:
    """The health and why, in a sentence. `out_seconds`: until nothing is left, None when that is not to come."""
    spent, risk, watch = limits(policy)
    if left is not None and left <= spent:
        return Health.EXHAUSTED, "The budget is spent." if spent == 0 else _below(spent)
    if Severity.PAGE in firing:
        return Health.AT_RISK, "A page is firing."
    if newest_known_ms is None:
        return Health.NO_DATA, "Nothing has been heard of it yet."
    if now_ms - newest_known_ms >= SILENT_MS:
        return Health.NO_DATA, "Nothing has been heard of it for 10 minutes or longer."
    if left is None:
        return Health.NO_DATA, "There was no event in the window."
    if left < risk:
        return Health.AT_RISK, _below(risk)
    if Severity.TICKET in firing:
        return Health.WATCH, "A ticket is firing."
    if left < watch:
        return Health.WATCH, _below(watch)
    if out_seconds is not None and out_seconds < SOON_SECONDS:
        return Health.WATCH, "At the present rate the budget is gone in less than 3 days."
    return Health.HEALTHY, ""


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What `judged` is told, of n objectives; NaN for None, and `newest_known_ms` below 0."""

    left: Floats
    page: Flags
    ticket: Flags
    out_seconds: Floats
    newest_known_ms: Ints


def all_judged(of: Standing, limits: Floats, *, now_ms: int) -> NDArray[np.int8]:
    """`judged` of n objectives at once, without the words: positions in ORDER. `limits` is (n, 3), see `limits`."""
    spent, risk, watch = limits.T
    silent = (of.newest_known_ms < 0) | (now_ms - of.newest_known_ms >= SILENT_MS) | np.isnan(of.left)
    watched = of.ticket | (of.left < watch) | (of.out_seconds < SOON_SECONDS)
    cases = [of.left <= spent, of.page, silent, of.left < risk, watched]
    found = [Health.EXHAUSTED, Health.AT_RISK, Health.NO_DATA, Health.AT_RISK, Health.WATCH]
    places = [ORDER.index(one) for one in found]
    return np.select(cases, places, ORDER.index(Health.HEALTHY)).astype(np.int8)


def limits(policy: Policy) -> tuple[float, float, float]:
    """At or below what share of the budget it is exhausted, and below what at risk and to be watched; NaN: by none."""
    spent, risk, watch = (
        float("nan") if below is None else float(below)
        for below in (rule(one, policy).below for one in (Health.EXHAUSTED, Health.AT_RISK, Health.WATCH))
    )
    return spent, risk, watch


def all_limits(slos: Sequence[Slo]) -> Floats:
    return np.array([limits(slo.policy) for slo in slos], dtype=np.float64).reshape(len(slos), 3)


def _below(share: float) -> str:
    return f"Less than {share * 100:.3g} % of the budget is left."
