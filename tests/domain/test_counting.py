"""What raw minutes count as: methods, silence, freshness and the ledger, by hand."""

from collections.abc import Sequence

import pytest

from app.domain import budgets
from app.domain.counting import affected, counted, reach
from app.domain.ledger import NO_EFFECTS, Correction, Effects, Treatment
from app.domain.sli_minutes import EVENT, SliMinutes, no_minutes
from app.domain.slos import Budgeting, Silence
from tests.domain.slo_values import DAY, OCCURRENCES, compliance, exclusion, minutes, ratio_slices, slices

WEEK = 7 * DAY


def rows(found: SliMinutes) -> list[tuple[int, float, float]]:
    """(minute, bad, total), in events or minutes."""
    return [
        (minute, bad / EVENT, total / EVENT)
        for minute, bad, total in zip(found.minute.tolist(), found.bad.tolist(), found.total.tolist(), strict=True)
    ]


# --- methods


def test_occurrences_stand_as_they_are() -> None:
    raw = minutes(100, [1, None, 3], [10, 10, 30])
    assert rows(counted(raw, OCCURRENCES, NO_EFFECTS, first=100, end=102)) == [(100, 1, 10)]
    assert rows(counted(raw, OCCURRENCES, NO_EFFECTS, first=101, end=110)) == [(102, 3, 30)]


def test_a_slice_is_judged_as_a_whole_and_stands_at_its_last_minute() -> None:
    """4 of 30 events are more than a tenth, 3 are just a tenth."""
    raw = minutes(100, [0, 0, 4, 1, 1, 1], 10)
    found = counted(raw, slices(3), NO_EFFECTS, first=99, end=105)
    assert rows(found) == [(100, 0, 0), (101, 0, 3), (102, 0, 0), (103, 0, 0), (104, 3, 3)]


def test_a_share_that_just_reaches_the_slice_target_is_good() -> None:
    raw = minutes(0, [1, 2], 1_000)
    assert [row[1] for row in rows(counted(raw, slices(1, "0.999"), NO_EFFECTS, first=0, end=2))] == [0, 1]


def test_the_bad_share_of_a_ratio_slice_is_bad() -> None:
    raw = minutes(0, [0, 3, 0, 0], [90, 10, 5, 5])
    assert rows(counted(raw, ratio_slices(2), NO_EFFECTS, first=0, end=4))[1::2] == [
        (1, pytest.approx(0.06), 2),
        (3, 0, 2),
    ]


def test_a_bad_night_and_an_honest_day_are_one_in_a_thousand_events_and_one_in_twenty_slices() -> None:
    """The night: 10 requests a minute, a tenth fail. The day: 1 000 a minute, none fails."""
    raw = minutes(0, [1] * 720 + [0] * 720, [10] * 720 + [1_000] * 720)
    assert 1 - compliance(raw, OCCURRENCES, first=0, end=DAY) == pytest.approx(1 / 1_010)
    assert 1 - compliance(raw, ratio_slices(5), first=0, end=DAY) == pytest.approx(0.05)
    assert 1 - compliance(raw, slices(5, "0.99"), first=0, end=DAY) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("method", "baseline", "outage", "most"),
    [
        pytest.param(slices(1, "0.95"), 0.0, 1_000.0, 1_008, id="slices: a twentieth of 20 160 minutes"),
        pytest.param(ratio_slices(1), 10.0, 990.0, 822, id="ratio slices: 0.04 of 20 160 over 0.98 is 822.857"),
    ],
)
def test_two_weeks_at_95_percent_allow_so_many_minutes_of_outage(
    method: Budgeting, baseline: float, outage: float, most: int
) -> None:
    """OpenSLO's example: a budget of 1 008 minutes; where 1 % always fails and 99 % in an outage, of 822.857."""
    found = [
        compliance(minutes(0, [outage] * down + [baseline] * (2 * WEEK - down)), method, first=0, end=2 * WEEK)
        for down in (most, most + 1)
    ]
    assert found[0] >= 0.95 > found[1]


# --- silence: a minute without traffic (0 of 0), a minute without data (None)


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        pytest.param({}, [(1, 0, 2), (9, 2, 2)], id="left out unless said otherwise"),
        pytest.param({"no_traffic": Silence.GOOD}, [(1, 0, 2), (3, 0, 2), (9, 2, 2)], id="no traffic is good"),
        pytest.param({"no_data": Silence.GOOD}, [(1, 0, 2), (5, 0, 2), (7, 0, 2), (9, 2, 2)], id="no data is good"),
        pytest.param({"no_data": Silence.BAD}, [(1, 0, 2), (5, 2, 2), (7, 2, 2), (9, 2, 2)], id="no data is bad"),
    ],
)
def test_silent_slices_are(silence: dict[str, Silence], expected: list[tuple[int, float, float]]) -> None:
    raw = minutes(0, [0, 0, 0, 0, None, None, None, None, None, 5], [10, 10, 0, 0, 0, 0, 0, 0, 0, 10])
    found = rows(counted(raw, slices(2, **silence), NO_EFFECTS, first=0, end=10))
    assert [row for row in found if row[2]] == expected


def test_a_minute_without_traffic_was_observed_and_one_without_data_was_not() -> None:
    raw = minutes(0, [0, None], 0)
    for method in (OCCURRENCES, slices(1), ratio_slices(1)):
        found = counted(raw, method, NO_EFFECTS, first=0, end=2)
        assert (found.minute.tolist(), found.known_ms.tolist(), found.total.tolist()) == ([0], [60_000], [0])


def test_an_idle_ratio_slice_leaves_the_others_what_they_are() -> None:
    assert compliance(minutes(0, [5, 0], [10, 0]), ratio_slices(1), first=0, end=2) == 0.5


# --- freshness: raw minutes are one event each, bad without a success


def hold(successes: Sequence[int | None], minutes_held: int) -> list[tuple[int, float]]:
    raw = minutes(0, [None if one is None else 1 - one for one in successes], 1)
    found = counted(raw, OCCURRENCES, NO_EFFECTS, hold=minutes_held, first=0, end=len(successes))
    return [(minute, bad) for minute, bad, _ in rows(found)]


def test_a_success_is_good_for_its_minutes() -> None:
    assert hold([1, 0, 0, 0, 1, 0], 3) == [(0, 0), (1, 0), (2, 0), (3, 1), (4, 0), (5, 0)]


def test_without_a_success_nothing_is_known_until_it_has_been_watched_for_long_enough() -> None:
    assert hold([0, 0, 0, 0, 0], 3) == [(3, 1), (4, 1)]


def test_a_gap_in_what_is_known_neither_ends_a_success_nor_hides_a_failure() -> None:
    assert hold([1, None, 0, 0, 0, None, 0], 3) == [(0, 0), (2, 0), (3, 1), (4, 1), (6, 1)]


def test_freshness_looks_back_far_enough_to_know_that_it_was_watched() -> None:
    raw = minutes(0, [1] * 12, 1)
    begin, _ = reach(OCCURRENCES, 3, first=8, end=12)
    found = counted(raw.between(begin, 12), OCCURRENCES, NO_EFFECTS, hold=3, first=8, end=12)
    assert [row[1] for row in rows(found)] == [1, 1, 1, 1]
    assert affected(OCCURRENCES, 3, first=8, end=9) == (8, 14)  # minute 13 looks back to 8, for somebody watching


# --- the ledger


@pytest.mark.parametrize("method", [OCCURRENCES, slices(1), ratio_slices(1)])
@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        pytest.param(Treatment.REMOVED, 60 / 8_640, id="removed: 0.69 %"),
        pytest.param(Treatment.GOOD, 60 / 10_080, id="good: 0.60 %"),
    ],
)
def test_a_day_of_maintenance_in_a_week_with_an_hour_of_outage(
    method: Budgeting, treatment: Treatment, expected: float
) -> None:
    raw = minutes(0, [1_000] * 60 + [0] * (WEEK - DAY - 60) + [900] * DAY)
    effects = Effects((exclusion(WEEK - DAY, WEEK, treatment),))
    assert 1 - compliance(raw, method, effects, first=0, end=WEEK) == pytest.approx(expected)


def test_what_is_removed_was_not_observed_and_what_is_good_was() -> None:
    raw = minutes(0, [5] * 4, 10)
    effects = Effects((exclusion(1, 2), exclusion(3, 9, Treatment.GOOD)))
    found = counted(raw, OCCURRENCES, effects, first=0, end=4)
    assert rows(found) == [(0, 5, 10), (2, 5, 10), (3, 0, 10)]
    assert found.known_ms.sum() == 180_000


def test_a_slice_that_is_partly_removed_is_as_long_as_its_rest() -> None:
    raw = minutes(0, [1, 1, 1, 10, 10], 10)
    before, after = (
        counted(raw, slices(5), Effects((one,)), first=0, end=5) for one in (exclusion(3, 5), exclusion(0, 2))
    )
    assert rows(before)[-1] == (4, 0, 3)
    assert rows(after)[-1] == (4, 3, 3)


def test_minutes_taken_to_be_good_are_good_in_a_bad_slice_too() -> None:
    raw = minutes(0, [10] * 5, 10)
    found = counted(raw, slices(5), Effects((exclusion(0, 2, Treatment.GOOD),)), first=0, end=5)
    assert (found.bad.sum(), found.total.sum()) == (3 * EVENT, 5 * EVENT)


def test_minutes_taken_to_be_good_are_good_where_silence_is_bad_too() -> None:
    effects = Effects((exclusion(0, 2, Treatment.GOOD), exclusion(4, 5)))
    found = counted(no_minutes(), slices(5, no_data=Silence.BAD), effects, first=0, end=5)
    assert rows(found) == [(4, 2, 4)]


def test_a_debit_adds_failed_events_and_a_credit_takes_them() -> None:
    raw = minutes(0, [5] * 4, 10)
    debit, credit = Correction(1, 1, 3 * EVENT, 3 * EVENT), Correction(2, 2, -4 * EVENT, 0)
    effects = Effects(corrections=(debit, credit))
    assert rows(counted(raw, OCCURRENCES, effects, first=0, end=4)) == [(0, 5, 10), (1, 8, 13), (2, 1, 10), (3, 5, 10)]


def test_a_credit_corrects_the_window_wherever_in_it_the_failures_were() -> None:
    raw = minutes(0, [5] * 4, 10)
    effects = Effects(corrections=(Correction(2, 0, -12 * EVENT, 0),))
    found = counted(raw, OCCURRENCES, effects, first=0, end=4)
    assert float(budgets.left_events(found.bad.sum(), found.total.sum(), 0.5)) == 12


def test_a_debit_counts_where_nothing_was_observed() -> None:
    effects = Effects(corrections=(Correction(1, 7, 3 * EVENT, 3 * EVENT),))
    found = counted(no_minutes(), OCCURRENCES, effects, first=0, end=10)
    assert (rows(found), found.known_ms.tolist()) == ([(7, 3, 3)], [0])


def test_a_correction_of_slices_is_in_minutes_and_stands_where_its_slice_does() -> None:
    effects = Effects(corrections=(Correction(1, 1, -2 * EVENT, 0),))
    raw = minutes(0, [10] * 5, 10)
    assert rows(counted(raw, slices(5), effects, first=0, end=5))[-1] == (4, 3, 5)
