"""What stands in the demo company's ledger."""

from datetime import UTC, datetime

from app.demo import corrections
from app.demo.objectives import OBJECTIVES

NOW = datetime(2026, 11, 23, 14, 32, tzinfo=UTC)


def test_there_is_an_entry_of_every_kind_about_objectives_that_are_there() -> None:
    found = corrections.entries(NOW)
    assert {fields["kind"] for _, fields in found} == {"exclusion", "debit", "credit"}
    assert [fields["recurrence"] for _, fields in found if "recurrence" in fields] == ["FREQ=WEEKLY"]
    assert {slug for slug, _ in found} == corrections.NEEDS
    assert {one.slug for one in OBJECTIVES} >= corrections.NEEDS


def test_all_of_it_is_of_the_night_before() -> None:
    starts = [datetime.fromisoformat(fields["start"]) for _, fields in corrections.entries(NOW)]
    assert {at.date().isoformat() for at in starts} == {"2026-11-22"}
