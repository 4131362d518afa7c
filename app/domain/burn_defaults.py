"""The burn policies an objective has unless it says otherwise: the Workbook's, scaled to its window.

https://sre.google/workbook/alerting-on-slos/ table 5-8, for 30 days: a page when 2 % of the budget went in an hour or
5 % in six, a ticket when 10 % went in a day or in three. What is kept is that share of the budget; the windows shrink
and grow with the objective's, and factors follow from the windows after they were rounded to minutes.
"""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.slos import Budgeting, BurnPair, Method, Severity
from app.domain.windows import Window, nominal_minutes

LEAST_LONG_MINUTES = 5
SHORT_OF_LONG = 12


@dataclass(frozen=True, slots=True)
class _Policy:
    name: str
    severity: Severity
    budget_share: Decimal
    windows: int  # how many of its long windows make up the objective's window


WORKBOOK = (
    _Policy("page-fast", Severity.PAGE, Decimal("0.02"), 720),
    _Policy("page-slow", Severity.PAGE, Decimal("0.05"), 120),
    _Policy("ticket-fast", Severity.TICKET, Decimal("0.1"), 30),
    _Policy("ticket-slow", Severity.TICKET, Decimal("0.1"), 10),
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A policy that was left out, and why in a sentence."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Defaults:
    pairs: tuple[BurnPair, ...]
    dropped: tuple[Dropped, ...]


def defaults(window: Window, target: Decimal, budgeting: Budgeting) -> Defaults:
    """The Workbook's policies for an objective; those that could not work are left out and said."""
    pairs: list[BurnPair] = []
    dropped: list[Dropped] = []
    for policy in WORKBOOK:
        pair = _scaled(policy, nominal_minutes(window))
        if pair.long_minutes < LEAST_LONG_MINUTES:
            reason = f"{policy.name} is left out: of this window it would look at {pair.long_minutes} min only."
        else:
            reason = unfit(pair, target=target, budgeting=budgeting) or ""
        if reason:
            dropped.append(Dropped(policy.name, reason))
        else:
            pairs.append(pair)
    return Defaults(tuple(pairs), tuple(dropped))


def unfit(pair: BurnPair, *, target: Decimal, budgeting: Budgeting) -> str | None:
    """Why a policy can never do its work, in a sentence; None when it can."""
    most = 1 / (1 - target)
    if pair.factor >= most:
        burns = f"{round(most, 1).normalize():f}x"
        return f"{pair.name} can never fire: at a target of {target} a total outage burns {burns}."
    if not 1 <= pair.short_minutes <= pair.long_minutes:
        return f"{pair.name} has a short window of {pair.short_minutes} min for a long one of {pair.long_minutes} min."
    if budgeting.method is not Method.OCCURRENCES and pair.short_minutes < budgeting.slice_minutes:
        return (
            f"{pair.name} looks at {pair.short_minutes} min, less than a slice of {budgeting.slice_minutes} min: "
            "most of the time it would see nothing."
        )
    return None


def _scaled(policy: _Policy, window_minutes: int) -> BurnPair:
    long = max(1, _rounded(window_minutes, policy.windows))
    return BurnPair(
        name=policy.name,
        severity=policy.severity,
        long_minutes=long,
        short_minutes=max(1, _rounded(long, SHORT_OF_LONG)),
        factor=policy.budget_share * window_minutes / long,
    )


def _rounded(minutes: int, parts: int) -> int:
    """Halves up."""
    return (2 * minutes + parts) // (2 * parts)
