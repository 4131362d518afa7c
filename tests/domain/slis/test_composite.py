"""Minutes of several SLIs as one."""

import numpy as np
import pytest

from app.domain.json_values import Value
from app.domain.sli_minutes import SliMinutes
from app.domain.slis import KINDS, Indicator

Minute = tuple[int, float, float, float]  # minute, bad, total, seconds known


def part(*rows: Minute) -> SliMinutes:
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4).T * np.array([[1], [1e6], [1e6], [1e3]])
    return SliMinutes(*columns.astype(np.int64))


def whole(one: Indicator, **parts: SliMinutes) -> list[Minute]:
    of = one.composed({int(name[1:]): minutes for name, minutes in parts.items()})
    columns = (of.minute.tolist(), of.bad.tolist(), of.total.tolist(), of.known_ms.tolist())
    return [(minute, bad / 1e6, total / 1e6, known / 1e3) for minute, bad, total, known in zip(*columns, strict=True)]


def composite(rule: str, *of: Value) -> Indicator:
    return KINDS["composite"]({"rule": rule, "of": list(of)}, field="indicator")


def test_members_are_told_with_weight_and_target() -> None:
    one = composite("weighted", {"sli": 4, "weight": 3}, {"sli": 9, "target": 0.95})
    assert [(it.sli_id, it.weight, it.target) for it in one.members] == [(4, 3.0, 1.0), (9, 1.0, 0.95)]


# --- all of

BUYING = composite("all_of", {"sli": 1, "target": 0.99}, {"sli": 2, "target": 0.9})


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ((5, 1, 100, 60), (5, 10, 100, 60), [(5, 0, 1, 60)]),
        ((5, 1.1, 100, 60), (5, 0, 100, 60), [(5, 1, 1, 60)]),
        ((5, 0, 100, 60), (5, 11, 100, 60), [(5, 1, 1, 60)]),
        ((5, 0, 0, 60), (5, 0, 100, 60), [(5, 0, 1, 60)]),
        ((5, 0, 0, 60), (5, 0, 0, 60), [(5, 0, 0, 60)]),
        ((5, 0, 100, 30), (5, 0, 100, 60), [(5, 0, 1, 30)]),
    ],
    ids=[
        "both at their targets",
        "one below",
        "the other below",
        "one idle",
        "both idle",
        "one watched for half of it",
    ],
)
def test_a_minute_is_good_while_every_part_meets_its_target(one: Minute, other: Minute, found: list[Minute]) -> None:
    assert whole(BUYING, p1=part(one), p2=part(other)) == found


def test_a_part_that_is_unknown_leaves_it_unknown_unless_another_one_is_bad() -> None:
    silent = part((9, 0, 100, 60))
    assert whole(BUYING, p1=part((5, 0, 100, 60)), p2=silent) == []
    assert whole(BUYING, p1=part((5, 50, 100, 60)), p2=silent) == [(5, 1, 1, 60)]
    assert whole(BUYING, p1=part((5, 50, 100, 60))) == [(5, 1, 1, 60)]
    assert whole(BUYING) == []


def test_a_target_is_met_by_the_very_share() -> None:
    """533 good of 1 000: in floating point 1 - 0.467 is 0.5329999999999999."""
    one = composite("all_of", {"sli": 1, "target": 0.533}, {"sli": 2, "target": 0.533})
    parts = part((1, 467, 1_000, 60))
    assert whole(one, p1=parts, p2=parts) == [(1, 0, 1, 60)]


# --- weighted

WEIGHED = composite("weighted", {"sli": 1, "weight": 3}, {"sli": 2, "weight": 1})


def test_shares_are_weighed_whatever_the_traffic() -> None:
    """3/4 of 0.1 and 1/4 of 0.5."""
    assert whole(WEIGHED, p1=part((5, 1, 10, 60)), p2=part((5, 5_000, 10_000, 60))) == [(5, 0.2, 1, 60)]


def test_a_part_without_traffic_or_data_weighs_nothing() -> None:
    for other in (part((5, 0, 0, 60)), part()):
        (found,) = whole(WEIGHED, p1=part((5, 1, 10, 60)), p2=other)
        assert found[:3] == (5, 0.1, 1)


def test_what_is_known_is_known_by_weight() -> None:
    assert whole(WEIGHED, p1=part((5, 0, 10, 60)))[0][3] == 45
    assert whole(WEIGHED, p2=part((5, 0, 10, 60)))[0][3] == 15


def test_no_traffic_anywhere_is_no_traffic() -> None:
    assert whole(WEIGHED, p1=part((5, 0, 0, 60)), p2=part((5, 0, 0, 60))) == [(5, 0, 0, 60)]


def test_each_minute_stands_by_itself() -> None:
    found = whole(WEIGHED, p1=part((5, 1, 10, 60), (7, 0, 4, 60)), p2=part((6, 2, 4, 60), (7, 4, 4, 60)))
    assert [(minute, bad) for minute, bad, _, _ in found] == [(5, 0.1), (6, 0.5), (7, 0.25)]
