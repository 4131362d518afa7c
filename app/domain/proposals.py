"""Objectives proposed for a service from what it has sent: availability and latency, with targets it could have kept.

Nothing is stored: proposals are computed when they are looked at, and become objectives when somebody adopts them.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from app.domain.assignments import Role
from app.domain.distributions import Bins
from app.domain.samples import Floats
from app.domain.selectors import SignalSelector
from app.domain.signals import SignalSpan
from app.domain.slis import Indicator
from app.domain.slis.latency import Latency
from app.domain.slis.latency_bounds import within
from app.domain.slis.ratio import Ratio

TARGETS = tuple(Decimal(f"0.{digits}") for digits in ("9999", "9995", "999", "998", "995", "99", "98", "95", "9"))
MOST_SPENT = Decimal("0.8")
"""The share of its budget that history may have used: a target that was just kept is not kept next month."""

LATENCY_TARGET = Decimal("0.99")
THRESHOLDS = tuple(step * 10.0**power for power in range(-3, 3) for step in (1.0, 2.0, 2.5, 5.0))
"""Seconds proposed where a histogram's own bounds are powers nobody would name."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`spent` is the share of the budget that history would have used, `total` the events in it."""

    key: str
    service: str
    name: str
    indicator: Indicator
    target: Decimal
    spent: float
    total: float

    @property
    def why(self) -> str:
        """What the target is taken from."""
        total = f"{self.total:,.0f}".replace(",", "\N{THIN SPACE}")
        kept = f"{total} events of history would have used {self.spent * 100:.0f} % of this budget"
        return kept if round(self.spent, 9) <= float(MOST_SPENT) else f"{kept}: no looser target is proposed"


def proposed(service: str, source: str, roles: frozenset[Role], span: SignalSpan) -> tuple[Proposal, ...]:
    """For one source of a service: what its history, as hours or minutes, and the roles of its series allow."""
    found = (_availability(service, source, roles, span), _latency(service, source, roles, span))
    return tuple(one for one in found if one is not None)


def target_kept(bad: float, total: float) -> Decimal | None:
    """The strictest target that used at most MOST_SPENT of its budget, and allowed an event at all; else the loosest.

    None when there were too few events for any.
    """
    allowing = [target for target in TARGETS if total * float(1 - target) >= 1]
    kept = [target for target in allowing if bad <= total * float(MOST_SPENT * (1 - target))]
    return kept[0] if kept else allowing[-1] if allowing else None


def _availability(service: str, source: str, roles: frozenset[Role], span: SignalSpan) -> Proposal | None:
    known = ~np.isnan(span.requests)
    total, bad = float(span.requests[known].sum()), float(np.nan_to_num(span.errors[known]).sum())
    target = target_kept(bad, total)
    if target is None or Role.REQUESTS not in roles:
        return None
    indicator = Ratio(
        bad=SignalSelector(service, source, frozenset({Role.ERRORS})),
        total=SignalSelector(service, source, frozenset({Role.REQUESTS})),
    )
    return _proposal(service, "availability", indicator, target, bad=bad, total=total)


def _latency(service: str, source: str, roles: frozenset[Role], span: SignalSpan) -> Proposal | None:
    """The least bound that enough requests lay within. Classic buckets come first where a source sends both."""
    role = Role.BUCKET if Role.BUCKET in roles else Role.DURATION
    counts: Floats = span.bucket_counts.sum(axis=0)
    total = float(counts.sum())
    if role not in roles or total * float(1 - LATENCY_TARGET) < 1:
        return None
    bins = Bins(span.bounds, counts, None, span.exponential)
    finite = span.bounds[np.isfinite(span.bounds) & (span.bounds > 0)].tolist()
    least = float(1 - MOST_SPENT * (1 - LATENCY_TARGET)) * total
    for threshold in THRESHOLDS if span.exponential else finite:
        good = within(bins, threshold, interpolate=False)
        if good is not None and good >= least:
            series = SignalSelector(service, source, frozenset({role}))
            bounds = (threshold,) if role is Role.BUCKET else ()
            indicator = Latency(series, threshold, bounds=bounds)
            return _proposal(service, "latency", indicator, LATENCY_TARGET, bad=total - good, total=total)
    return None


def _proposal(service: str, name: str, indicator: Indicator, target: Decimal, *, bad: float, total: float) -> Proposal:
    key = f"{re.sub('[^a-z0-9]+', '-', service.lower()).strip('-')[:48].strip('-')}-{name}"
    spent = bad / (total * float(1 - target))
    return Proposal(key, service, f"{service} {name}", indicator, target, spent, total)
