"""What a series' numbers are in: seconds where they are times."""

from math import inf

from app.domain.assignments import Role
from app.domain.recipe_units import PER_SECOND
from app.domain.selectors import Candidate

_TIMED = (Role.BUCKET, Role.DURATION, Role.DURATION_SUM)
# Longest first: _milliseconds ends in _seconds of no kind, but _ms in nothing else.
_SUFFIXES = {"_milliseconds": 1e3, "_microseconds": 1e6, "_nanoseconds": 1e9, "_seconds": 1.0, "_ms": 1e3, "_us": 1e6}
_PARTS = ("_bucket", "_sum", "_count", "_total")


def per_second(one: Candidate) -> float:
    """How many of the series' units make one second, by its unit, else by its name; 1 when neither tells."""
    if one.unit in PER_SECOND:
        return PER_SECOND[one.unit]
    for feed in one.feeds:
        if feed.role is Role.DURATION and feed.scale > 0:
            return 1 / feed.scale
    return next((found for suffix, found in _SUFFIXES.items() if _stem(one.metric).endswith(suffix)), 1.0)


def bound_of(one: Candidate) -> float | None:
    """The upper bound of a classic bucket, in seconds where it is a time; None of what is no bucket."""
    for feed in one.feeds:
        if feed.role is Role.BUCKET and feed.bound is not None:
            return feed.bound
    try:
        bound = float(one.labels["le"])
    except (KeyError, ValueError):
        return None
    return inf if bound == inf else bound / per_second(one)


def _stem(metric: str) -> str:
    for part in _PARTS:
        metric = metric.removesuffix(part)
    return metric
