"""Objectives proposed from history: targets that were kept with room to spare, bounds that requests lay within."""

from decimal import Decimal
from math import inf, nan

import numpy as np
import pytest

from app.domain.assignments import Role
from app.domain.proposals import Proposal, proposed, target_kept
from app.domain.signals import HOUR_MS, SignalSpan
from app.domain.slis import KINDS

ROLES = frozenset({Role.REQUESTS, Role.ERRORS, Role.BUCKET})


@pytest.mark.parametrize(
    ("bad", "total", "target"),
    [
        (0, 1_000_000, "0.9999"),
        (80, 1_000_000, "0.9999"),
        (81, 1_000_000, "0.9995"),
        (800, 1_000_000, "0.999"),
        (801, 1_000_000, "0.998"),
        (4_000, 1_000_000, "0.995"),
        (79_999, 1_000_000, "0.9"),
        (500_000, 1_000_000, "0.9"),
        (0, 1_000, "0.999"),
        (0, 999, "0.998"),
        (1, 10, "0.9"),
    ],
    ids=[
        "never failed",
        "80 % of the strictest budget",
        "just over it",
        "80 % of three nines",
        "just over them",
        "a round one",
        "the loosest",
        "worse than the loosest",
        "too few for a stricter one",
        "an event too few",
        "ten events",
    ],
)
def test_the_target_is_the_strictest_that_history_kept_with_room_to_spare(
    bad: float, total: float, target: str
) -> None:
    assert target_kept(bad, total) == Decimal(target)


def test_too_few_events_have_no_target() -> None:
    assert target_kept(0, 9) is None
    assert target_kept(0, 0) is None


def span(
    requests: list[float],
    errors: list[float],
    *,
    bounds: list[float] | None = None,
    counts: list[list[float]] | None = None,
    exponential: bool = False,
) -> SignalSpan:
    none = np.full(len(requests), nan)
    rows = np.zeros((len(requests), 0)) if counts is None else np.array(counts)
    return SignalSpan(
        0,
        HOUR_MS,
        requests=np.array(requests),
        errors=np.array(errors),
        duration_sum=none,
        duration_count=none,
        duration_mean=none,
        bounds=np.array(bounds or []),
        bucket_counts=rows,
        exponential=exponential,
    )


def offered(found: SignalSpan, roles: frozenset[Role] = ROLES) -> dict[str, Proposal]:
    return {one.name: one for one in proposed("shop", "http", roles, found)}


def test_availability_is_proposed_from_the_hours_that_are_known() -> None:
    one = offered(span([600_000, nan, 400_000], [100, nan, 700]))["shop availability"]
    assert (one.key, one.target, one.total) == ("shop-availability", Decimal("0.999"), 1_000_000)
    assert one.spent == pytest.approx(0.8)
    assert one.indicator.fields() == {
        "bad": {"service": "shop", "source": "http", "roles": ["errors"]},
        "total": {"service": "shop", "source": "http", "roles": ["requests"]},
    }
    assert one.why == "1\u2009000\u2009000 events of history would have used 80 % of this budget"


def test_a_service_worse_than_the_loosest_target_is_told_so() -> None:
    one = offered(span([1_000], [200]))["shop availability"]
    assert one.target == Decimal("0.9")
    assert one.spent == pytest.approx(2)
    assert one.why.endswith("no looser target is proposed")


def test_latency_is_proposed_at_the_least_bound_that_enough_requests_lay_within() -> None:
    """Within 0.5 s lay 9 920 of 10 000, within 0.25 s one less than enough."""
    bounds = [0.1, 0.25, 0.5, 1, inf]
    counts: list[list[float]] = [[5_000, 4_000, 10, 10, 40], [500, 400, 10, 10, 20]]
    assert "shop latency" in offered(span([10_000], [0], bounds=bounds, counts=[[9_000, 919, 1, 70, 10]]))
    one = offered(span([10_000], [0], bounds=bounds, counts=[[9_000, 919, 1, 70, 10]]))["shop latency"]
    assert (one.indicator.fields()["threshold"], one.target) == (0.5, Decimal("0.99"))
    assert one.spent == pytest.approx(0.8)
    one = offered(span([1, 1], [0, 0], bounds=bounds, counts=counts))["shop latency"]
    assert (one.indicator.fields()["threshold"], one.total) == (0.5, 10_000)


def test_no_latency_is_proposed_where_most_requests_are_beyond_every_bound() -> None:
    assert "shop latency" not in offered(span([1_000], [0], bounds=[0.1, inf], counts=[[900, 100]]))
    assert "shop latency" not in offered(span([1_000], [0]))


def test_exponential_histograms_get_a_threshold_that_people_would_name() -> None:
    """All lie within 2**-2 to 2**-1.875: the least of 100, 200, 250, 500 ms that holds the whole bin."""
    found = span([1_000], [0], bounds=[2**-2.0, 2**-1.875], counts=[[0, 1_000]], exponential=True)
    one = offered(found, frozenset({Role.REQUESTS, Role.DURATION}))["shop latency"]
    assert one.indicator.fields()["threshold"] == 0.5
    assert one.indicator.fields()["series"] == {"service": "shop", "source": "http", "roles": ["duration"]}


def test_a_source_that_counts_no_requests_gets_no_availability() -> None:
    assert offered(span([nan], [nan])) == {}
    assert offered(span([1_000], [0]), frozenset({Role.USED})) == {}


def test_what_is_proposed_can_be_adopted_as_it_is() -> None:
    bounds = [0.1, 0.25, inf]
    for one in offered(span([1_000], [0], bounds=bounds, counts=[[990, 9, 1]])).values():
        assert KINDS[one.indicator.kind](one.indicator.fields(), field="indicator") == one.indicator


def test_keys_are_names_that_an_objective_may_have() -> None:
    (one,) = proposed("Shop/Web@staging.eu " + "x" * 60, "http", frozenset({Role.REQUESTS}), span([1_000], [0]))
    assert one.key == "shop-web-staging-eu-" + "x" * 28 + "-availability"
    assert len(one.key) <= 63
