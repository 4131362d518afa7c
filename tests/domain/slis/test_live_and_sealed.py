"""Live minutes are those that sealing makes, whatever comes in whatever rhythm."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.json_values import Fields
from app.domain.slis import KINDS
from tests.domain.slis.measuring import BASE, Told, counter, gauge, minutes

KINDS_OF: dict[str, Fields] = {
    "ratio": {"bad": 'requests_total{code="500"}', "total": "requests_total"},
    "latency": {"series": "seconds_bucket", "threshold": 0.3, "between": "interpolate", "bounds": [0.25, 0.5]},
    "threshold": {"series": "age", "side": "gte", "value": 20, "across": "worst"},
    "freshness": {"series": "age", "tells": "age", "within": 60},
    "saturation": {"series": "age", "tells": "used", "limit": "most", "at_most": 0.5, "per": ["pod"]},
    "synthetic": {"series": "up", "quorum": 0.5},
}
# (seconds since the one before, what it grew by or is): gaps within a scrape, over minutes, and beyond what is bridged
points = st.lists(st.tuples(st.sampled_from([7, 15, 31, 60, 130, 590, 700]), st.integers(0, 40)), max_size=14)


def grown(told: list[tuple[int, int]]) -> list[tuple[float, float]]:
    """A counter that starts over when it would grow by 40."""
    at, value, found = 0, 0, []
    for wait, more in told:
        at, value = at + wait, 0 if more == 40 else value + more
        found.append((float(at), float(value)))
    return found


def stood(told: list[tuple[int, int]]) -> list[tuple[float, float]]:
    at, found = 0, []
    for wait, value in told:
        at += wait
        found.append((float(at), float(value)))
    return found


def series(told: list[list[tuple[int, int]]]) -> list[Told]:
    one, other, third = told
    return [
        counter("requests_total", grown(one), code="200"),
        counter("requests_total", grown(other), code="500"),
        counter("seconds_bucket", grown(one), le="0.25"),
        counter("seconds_bucket", grown(other), le="0.5"),
        counter("seconds_bucket", grown(third), le="+Inf"),
        gauge("age", stood(one), pod="a"),
        gauge("age", stood(other), pod="b"),
        gauge("most", stood(third), pod="a"),
        gauge("up", [(at, value % 2) for at, value in stood(third)]),
    ]


@pytest.mark.parametrize("kind", KINDS_OF)
@settings(max_examples=25)
@given(told=st.lists(points, min_size=3, max_size=3))
def test_every_minute_is_the_same(kind: str, told: list[list[tuple[int, int]]]) -> None:
    found = minutes(KINDS[kind](KINDS_OF[kind], field="indicator"), *series(told))
    assert all(0 <= bad <= total and 0 < known <= 60 for bad, total, known in found.values())
    assert all(0 <= minute < 14 * 700 // 60 + 1 for minute in found), BASE
