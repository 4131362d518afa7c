"""What the demo company promises: every kind of indicator, and targets that leave the budget they are to leave."""

from decimal import Decimal

import pytest

from app.demo.objectives import OBJECTIVES, target_for
from app.domain import slo_fields
from app.domain.slis import KINDS


@pytest.mark.parametrize(
    ("bad", "left", "target"),
    [
        (0.0011, "0.12", "0.9987"),  # 0.0011 / 0.88 = 0.00125: two digits
        (0.0054, "-0.08", "0.9950"),  # 0.0054 / 1.08 = 0.0050
        (0.9, "0.5", "0.5"),  # nobody promises less than every second one
    ],
)
def test_the_target_leaves_just_about_so_much(bad: float, left: str, target: str) -> None:
    assert Decimal(target_for(bad, Decimal(left))) == Decimal(target)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda one: one.slug)
def test_every_objective_can_be_asked_for(objective: object) -> None:
    one = next(other for other in OBJECTIVES if other is objective)
    fields = one.fields(one.target)
    if one.indicator["kind"] == "composite":
        parts = [{**part, "sli": number} for number, part in enumerate(one.indicator["fields"]["of"], start=1)]
        told = [{name: value for name, value in part.items() if name != "slo"} for part in parts]
        fields["indicator"] = {"kind": "composite", "fields": {**one.indicator["fields"], "of": told}}
    draft = slo_fields.read(fields)
    assert (draft.slug, draft.service) == (one.slug, one.service)


def test_all_kinds_but_the_rarest_are_promised() -> None:
    promised = {one.indicator["kind"] for one in OBJECTIVES}
    assert set(KINDS) - promised == {"threshold", "synthetic"}


def test_parts_are_defined_before_the_whole() -> None:
    for at, one in enumerate(OBJECTIVES):
        assert {*one.needs} <= {before.slug for before in OBJECTIVES[:at]}
