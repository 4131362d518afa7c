"""Where a threshold lies among the bounds of buckets, and how many observations lie within it."""

from collections.abc import Sequence
from math import isclose, isfinite, log

import numpy as np

from app.domain.distributions import Bins
from app.domain.selectors import Candidate
from app.domain.slis.kind_units import bound_of

NEAR = 1e-9  # bounds this much apart, as a share, are one: 250 ms is 0.25 s


def around(threshold: float, series: Sequence[Candidate]) -> tuple[float | None, float | None]:
    """The nearest finite bounds of classic buckets at or below the threshold, and above it; None: there is none.

    Bounds that every instance has come first: one that a single pod has would count the others' requests as slow.
    """
    groups: dict[tuple[tuple[str, str], ...], set[float]] = {}
    for one in series:
        bound = bound_of(one)
        if bound is not None and isfinite(bound):
            rest = tuple(sorted((name, value) for name, value in one.labels.items() if name != "le"))
            groups.setdefault((("", one.metric), *rest), set()).add(bound)
    if not groups:
        return None, None
    shared = set.intersection(*groups.values()) or set.union(*groups.values())
    exact = [bound for bound in shared if isclose(bound, threshold, rel_tol=NEAR)]
    if exact:
        return max(exact[0], threshold), None
    below = [bound for bound in shared if bound < threshold]
    above = [bound for bound in shared if bound > threshold]
    return max(below, default=None), min(above, default=None)


def share_between(threshold: float, lower: float, upper: float, *, geometric: bool = False) -> float:
    """Which share of what lies in (lower, upper] lies within the threshold."""
    if geometric and lower > 0 and upper > lower:
        return log(threshold / lower) / log(upper / lower)
    return (threshold - lower) / (upper - lower)


def within(bins: Bins, threshold: float, *, interpolate: bool) -> float | None:
    """How many observations lie within the threshold: whole bins, and when asked the share of the one it cuts.

    None when the threshold lies below every bound that the sender chose: nothing tells then.

    Exponential bins are cut geometrically, others evenly; of a bin without an upper or a lower end nothing is taken.
    """
    bounds = bins.bounds
    whole = int(np.searchsorted(bounds, threshold * (1 + NEAR), side="right"))
    if not whole and not bins.exponential and (not interpolate or np.isinf(bounds[0])):
        return None
    good = float(bins.counts[:whole].sum())
    if not interpolate or whole == len(bounds):
        return good
    lower = float(bounds[whole - 1]) if whole else 0.0
    if threshold <= lower:
        return good
    share = share_between(threshold, lower, float(bounds[whole]), geometric=bins.exponential)
    return good + share * float(bins.counts[whole])
