"""The ledger: what is entered takes effect, what is reversed has none, and nothing is refused without saying why."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.actions import effects, ledger
from app.domain import budgets, counting
from app.domain.errors import Invalid, Missing
from app.domain.ledger import Effects, Entry, EntryKind, Scope, Treatment
from app.domain.slos import Slo
from app.store import ledger as entries
from app.store import slos
from app.store.engine import Store
from tests.domain.slo_values import minutes
from tests.objectives import failures, objective, stored

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NOW_MS = ms("2026-11-23T12:00")


def exclusion(first: str, end: str, **more: Any) -> Entry:
    usual = Entry(
        id=0,
        kind=EntryKind.EXCLUSION,
        scope=Scope(),
        start_ms=ms(first),
        end_ms=ms(end),
        author="ada",
        reason="New disks",
        recorded_ms=0,
    )
    return replace(usual, **more)


def correction(kind: EntryKind, events: float, at: str = "2026-11-22T10:00") -> Entry:
    return replace(exclusion(at, "2026-11-22T11:00"), kind=kind, events=events)


@pytest.fixture
def slo(store: Store) -> Slo:
    with store.writing() as db:
        return stored(db, objective(failures()), now_ms=NOW_MS)


@pytest.fixture
def other(store: Store) -> Slo:
    with store.writing() as db:
        return stored(db, objective(failures(job="mail"), slug="mail", service="mail"), now_ms=NOW_MS)


def enter(store: Store, entry: Entry) -> Entry:
    with store.writing() as db:
        return ledger.enter(db, entry, now_ms=NOW_MS)


def reverse(store: Store, entry_id: int, reason: str = "Wrong day") -> Entry:
    with store.writing() as db:
        return ledger.reverse(db, entry_id, author="bob", reason=reason, now_ms=NOW_MS + 1)


def effect(store: Store, slo: Slo, first_ms: int = NOW_MS - 40 * DAY_MS, end_ms: int = NOW_MS + 40 * DAY_MS) -> Effects:
    with store.reading() as db:
        found = entries.of_slo(db, slo.id, service_id=slo.service_id)
        assert effects.of(entries.every(db), slo, first_ms=first_ms, end_ms=end_ms) == effects.of(
            found, slo, first_ms=first_ms, end_ms=end_ms
        )
    return effects.of(found, slo, first_ms=first_ms, end_ms=end_ms)


def test_what_is_entered_is_kept_as_it_was_with_a_number_and_a_time(store: Store, slo: Slo) -> None:
    wanted = exclusion(
        "2026-11-22T01:00",
        "2026-11-22T05:00",
        scope=Scope(slo_id=slo.id),
        recurrence="FREQ=WEEKLY;BYDAY=SU",
        zone="Europe/Berlin",
        treatment=Treatment.GOOD,
    )
    made = enter(store, wanted)
    with store.reading() as db:
        assert entries.every(db) == [made]
        assert entries.by_id(db, made.id) == made
        assert entries.by_id(db, made.id + 1) is None
    assert made == replace(wanted, id=made.id, recorded_ms=NOW_MS)


def test_an_entry_concerns_its_objective_its_service_or_all(store: Store, slo: Slo, other: Slo) -> None:
    scopes = (Scope(slo_id=slo.id), Scope(service_id=slo.service_id), Scope(service_id=other.service_id), Scope())
    made = [
        enter(store, exclusion(f"2026-11-{day}T01:00", f"2026-11-{day}T02:00", scope=scope))
        for day, scope in enumerate(scopes, start=10)
    ]
    ids = [one.id for one in made]
    assert [one.entry_id for one in effect(store, slo).exclusions] == [ids[0], ids[1], ids[3]]
    assert [one.entry_id for one in effect(store, other).exclusions] == ids[2:]
    with store.reading() as db:
        assert [one.id for one in entries.of_service(db, slo.service_id)] == [ids[1], ids[3]]


def test_a_recurring_exclusion_is_one_for_each_time_over_a_change_of_clocks(store: Store, slo: Slo) -> None:
    """01:00 to 05:00 in Berlin on Sundays: of 25 October 2026, the day of 25 hours, that is 5 hours."""
    first = exclusion("2026-10-17T23:00", "2026-10-18T03:00", recurrence="FREQ=WEEKLY;BYDAY=SU", zone="Europe/Berlin")
    enter(store, first)
    found = effect(store, slo, ms("2026-10-18T00:00"), ms("2026-11-02T00:00")).exclusions
    assert [(one.first * MINUTE_MS, (one.end - one.first) // 60) for one in found] == [
        (ms("2026-10-17T23:00"), 4),
        (ms("2026-10-24T23:00"), 5),
        (ms("2026-11-01T00:00"), 4),
    ]


def test_an_exclusion_takes_out_whole_minutes(store: Store, slo: Slo) -> None:
    entry = exclusion("2026-11-22T10:00:30", "2026-11-22T10:02:01")
    enter(store, entry)
    (found,) = effect(store, slo).exclusions
    assert (found.first, found.end) == (ms("2026-11-22T10:00") // MINUTE_MS, ms("2026-11-22T10:03") // MINUTE_MS)


def test_reversing_restores_the_budget(store: Store, slo: Slo) -> None:
    """10 of 1 000 events fail for an hour of ten: 600 of 600 000; without that hour none of 540 000 does."""
    first = ms("2026-11-22T00:00") // MINUTE_MS
    raw = minutes(first, [10.0] * 60 + [0.0] * 540)

    def left() -> float:
        told = effect(store, slo)
        found = counting.counted(raw, slo.budgeting, told, hold=0, first=first, end=first + 600)
        return float(budgets.left(int(found.bad.sum()), int(found.total.sum()), 0.001))

    assert left() == pytest.approx(0.0)
    made = enter(store, exclusion("2026-11-22T00:00", "2026-11-22T01:00"))
    assert left() == 1.0
    reverse(store, made.id)
    assert left() == pytest.approx(0.0)
    again = enter(store, exclusion("2026-11-22T00:00", "2026-11-22T01:00", treatment=Treatment.GOOD))
    assert again.id > made.id
    assert left() == 1.0


def test_a_debit_adds_failures_and_a_credit_takes_them(store: Store, slo: Slo) -> None:
    debit, credit = (enter(store, correction(kind, 12.5)) for kind in (EntryKind.DEBIT, EntryKind.CREDIT))
    found = {one.entry_id: (one.bad, one.total) for one in effect(store, slo).corrections}
    assert found == {debit.id: (12_500_000, 12_500_000), credit.id: (-12_500_000, 0)}
    assert {one.minute for one in effect(store, slo).corrections} == {ms("2026-11-22T10:00") // MINUTE_MS}
    reverse(store, debit.id)
    assert [one.entry_id for one in effect(store, slo).corrections] == [credit.id]
    assert effect(store, slo, NOW_MS, NOW_MS + DAY_MS).corrections == ()


def test_everybody_sees_that_the_ledger_has_changed(store: Store, slo: Slo) -> None:
    def revision() -> int:
        with store.reading() as db:
            return slos.revision(db)

    assert revision() == 1  # the objective's
    made = enter(store, correction(EntryKind.DEBIT, 1))
    assert revision() == 2
    reverse(store, made.id)
    assert revision() == 3


# --- what cannot be


def test_exclusions_that_would_overlap_are_refused_and_the_other_one_is_named(
    store: Store, slo: Slo, other: Slo
) -> None:
    made = enter(store, exclusion("2026-11-22T10:00", "2026-11-22T12:00", scope=Scope(slo_id=slo.id)))
    for scope in (Scope(slo_id=slo.id), Scope(service_id=slo.service_id), Scope()):
        with pytest.raises(
            Invalid, match=f"At 2026-11-22 11:00 UTC it overlaps entry {made.id} of ada: New disks"
        ) as no:
            enter(store, exclusion("2026-11-22T11:00", "2026-11-22T13:00", scope=scope))
        assert (no.value.field, no.value.code) == ("start", "exclusion_overlaps")
    enter(store, exclusion("2026-11-22T12:00", "2026-11-22T13:00", scope=Scope(slo_id=slo.id)))
    enter(store, exclusion("2026-11-22T11:00", "2026-11-22T13:00", scope=Scope(slo_id=other.id)))
    reverse(store, made.id)
    enter(store, exclusion("2026-11-22T10:30", "2026-11-22T11:00", scope=Scope(slo_id=slo.id)))


def test_a_recurring_exclusion_must_not_meet_another_one_later(store: Store, slo: Slo) -> None:
    made = enter(store, exclusion("2027-02-07T02:00", "2027-02-07T03:00"))  # a Sunday in eleven weeks
    weekly = exclusion("2026-11-22T01:00", "2026-11-22T02:30", recurrence="FREQ=WEEKLY", zone="UTC")
    with pytest.raises(Invalid, match=f"At 2027-02-07 02:00 UTC it overlaps entry {made.id}"):
        enter(store, weekly)
    enter(store, replace(weekly, end_ms=ms("2026-11-22T02:00")))
    with pytest.raises(Invalid, match="At 2027-03-14 01:30 UTC"):
        enter(store, exclusion("2027-03-14T01:30", "2027-03-14T01:31"))


def test_a_recurring_exclusion_must_not_meet_itself(store: Store, slo: Slo) -> None:
    with pytest.raises(Invalid, match="It begins again at 2025") as raised:
        enter(store, exclusion("2025-01-01T00:00", "2025-01-02T01:00", recurrence="FREQ=DAILY"))
    assert raised.value.field == "recurrence"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"recurrence": "FREQ=HOURLY"}, "recurrence"),
        ({"recurrence": "FREQ=DAILY", "zone": "Mars/Base"}, "zone"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"kind": EntryKind.CREDIT, "events": 1.0, "recurrence": "FREQ=DAILY"}, "recurrence"),
        ({"kind": EntryKind.REVERSAL, "reverses": 1}, "kind"),
    ],
)
def test_odd_entries_are_refused_at_their_field(store: Store, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as raised:
        enter(store, exclusion("2026-11-22T10:00", "2026-11-22T12:00", **change))
    assert raised.value.field == field
    with store.reading() as db:
        assert entries.every(db) == []


@pytest.mark.parametrize(
    "change", [{"author": " "}, {"reason": ""}, {"end_ms": 0}, {"kind": EntryKind.DEBIT, "events": 0.0}]
)
def test_no_entry_without_author_reason_and_extent(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as raised:
        exclusion("2026-11-22T10:00", "2026-11-22T12:00", **change)
    assert raised.value.field in {"author", "reason", "end", "events"}


def test_what_is_reversed_once_is_reversed(store: Store, slo: Slo) -> None:
    made = enter(store, correction(EntryKind.DEBIT, 5))
    back = reverse(store, made.id)
    assert (back.kind, back.reverses, back.author, back.scope) == (EntryKind.REVERSAL, made.id, "bob", made.scope)
    with pytest.raises(Invalid, match=f"bob has reversed entry {made.id} already: Wrong day"):
        reverse(store, made.id)
    with pytest.raises(Invalid, match="A reversal is not reversed"):
        reverse(store, back.id)
    with pytest.raises(Missing, match="no entry 999"):
        reverse(store, 999)
