"""Where a threshold lies among the bounds of buckets, and how many observations lie within it."""

from collections.abc import Sequence
from math import isclose, isfinite, log

import numpy as np

from app.domain.distributions import Bins, counted
from app.domain.selectors import Candidate
from app.domain.slis.kind_units import bound_of

NEAR = 1e-9  # bounds this much apart, as a share, are one: 250 ms is 0.25 s


def around(threshold: float, series: Sequence[Candidate]) -> tuple[float | None, float | None]:
    """The nearest finite bounds of classic buckets below the threshold and above it; None: there is none.

    A bound at the threshold itself is given alone, as the lower one. Bounds that every instance has come first: by one
    that a single pod has, all requests of the others would be slow.
    """
    groups = _by_instance(series)
    if not groups:
        return None, None
    shared, every = set.intersection(*groups), set.union(*groups)
    exact = [bound for bound in shared if isclose(bound, threshold, rel_tol=NEAR)]
    if exact:
        return exact[0], None
    near = threshold * (1 + NEAR)
    below = [[bound for bound in some if bound <= near] for some in (shared, every)]
    above = [[bound for bound in some if bound > near] for some in (shared, every)]
    return max(below[0] or below[1], default=None), min(above[0] or above[1], default=None)


def lacking(bounds: Sequence[float], series: Sequence[Candidate]) -> tuple[int, int]:
    """How many instances have not all of these bounds (0 is none), and how many there are."""
    groups = _by_instance(series)
    wanted = [bound for bound in bounds if bound > 0]
    short = [own for own in groups if not all(any(isclose(bound, at) for at in own) for bound in wanted)]
    return len(short), len(groups)


def _by_instance(series: Sequence[Candidate]) -> list[set[float]]:
    """The finite bounds of each classic histogram: of the buckets that differ in nothing else."""
    groups: dict[tuple[object, ...], set[float]] = {}
    for one in series:
        bound = bound_of(one)
        if bound is not None and isfinite(bound):
            rest = sorted((name, value) for name, value in one.labels.items() if name != "le")
            groups.setdefault((one.metric, *rest), set()).add(bound)
    return list(groups.values())


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
    good = float(counted(bins.counts[:whole]))
    if not interpolate or whole == len(bounds):
        return good
    lower = float(bounds[whole - 1]) if whole else 0.0
    if threshold <= lower:
        return good
    share = share_between(threshold, lower, float(bounds[whole]), geometric=bins.exponential)
    return good + share * float(bins.counts[whole])
