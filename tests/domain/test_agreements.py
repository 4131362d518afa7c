"""Credits below steps of compliance, and how many bad events away the next step is."""

from decimal import Decimal

import pytest

from app.domain.agreements import standing
from app.domain.slos import CreditStep

HIGH = CreditStep(Decimal("0.999"), Decimal("0.1"))
LOW = CreditStep(Decimal("0.99"), Decimal("0.25"))


@pytest.mark.parametrize(
    ("bad", "credit", "next_step", "headroom"),
    [
        (0, "0", HIGH, 10.0),
        (4, "0", HIGH, 6.0),
        (10, "0", HIGH, 0.0),
        (11, "0.1", LOW, 89.0),
        (100, "0.1", LOW, 0.0),
        (101, "0.25", None, None),
        (-3, "0", HIGH, 10.0),
    ],
    ids=[
        "clean",
        "part of the way",
        "at 99.9 % it is not below it",
        "one more gives 10 % back",
        "at 99 %",
        "below all",
        "credited",
    ],
)
def test_of_10_000_requests_10_may_fail_before_the_first_step_and_100_before_the_second(
    bad: float, credit: str, next_step: CreditStep | None, headroom: float | None
) -> None:
    found = standing(bad, 10_000, [LOW, HIGH])
    assert (found.credit, found.next, found.headroom) == (Decimal(credit), next_step, headroom)


def test_without_an_event_or_a_step_nothing_is_owed() -> None:
    assert standing(0, 0, [HIGH]).credit == 0
    assert standing(0, 0, [HIGH]).headroom is None
    assert standing(5, 10, []).credit == 0
