"""A count is local: any part of history is counted like the whole, and a change reaches as far as it is said to."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.counting import affected, counted, reach
from app.domain.ledger import NO_EFFECTS, Correction, Effects, Treatment
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slos import Budgeting, Silence
from tests.domain.slo_values import OCCURRENCES, compliance, exclusion, minutes, ratio_slices, slices

COUNTS = st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 3), st.integers(0, 3))), min_size=30, max_size=60)
METHODS = st.sampled_from(
    [
        OCCURRENCES,
        slices(1),
        slices(5, no_data=Silence.BAD, no_traffic=Silence.GOOD),
        slices(6),
        ratio_slices(4, no_data=Silence.GOOD),
        ratio_slices(9),
    ]
)
EFFECTS = st.sampled_from(
    [
        NO_EFFECTS,
        Effects((exclusion(7, 13), exclusion(20, 22, Treatment.GOOD)), (Correction(3, 11, -EVENT, 0),)),
        Effects(corrections=(Correction(1, 25, EVENT, EVENT),)),
    ]
)


def random_minutes(counts: list[tuple[int, int] | None]) -> SliMinutes:
    bad = [None if one is None else float(min(one)) for one in counts]
    return minutes(0, bad, [0.0 if one is None else float(max(one)) for one in counts])


def columns(found: SliMinutes) -> list[list[int]]:
    return [column.tolist() for column in (found.minute, found.bad, found.total, found.known_ms)]


@settings(max_examples=60)
@given(COUNTS, METHODS, EFFECTS, st.integers(0, 5), st.integers(0, 60))
def test_any_part_is_counted_like_the_whole(
    counts: list[tuple[int, int] | None], method: Budgeting, effects: Effects, held: int, cut: int
) -> None:
    raw = random_minutes(counts)
    whole = counted(raw, method, effects, hold=held, first=0, end=70)
    parts = []
    for first, end in ((0, cut), (cut, 70)):
        begin, stop = reach(method, held, first=first, end=end)
        parts.append(counted(raw.between(begin, stop), method, effects, hold=held, first=first, end=end))
    assert columns(whole) == [a + b for a, b in zip(columns(parts[0]), columns(parts[1]), strict=True)]


@settings(max_examples=60)
@given(COUNTS, METHODS, EFFECTS, st.integers(0, 5), st.integers(0, 29), st.integers(1, 5))
def test_a_change_of_raw_minutes_changes_nothing_beyond_what_it_affects(
    counts: list[tuple[int, int] | None], method: Budgeting, effects: Effects, held: int, at: int, length: int
) -> None:
    changed = counts[:at] + [(1, 1)] * min(length, len(counts) - at) + counts[at + length :]
    first, end = affected(method, held, first=at, end=at + length)
    before, after = (
        counted(random_minutes(one), method, effects, hold=held, first=0, end=100) for one in (counts, changed)
    )
    for lo, hi in ((0, first), (end, 100)):
        assert columns(before.between(lo, hi)) == columns(after.between(lo, hi))


@settings(max_examples=60)
@given(COUNTS, METHODS, st.integers(0, 29), st.integers(1, 9))
def test_more_good_events_never_lower_what_is_left(
    counts: list[tuple[int, int] | None], method: Budgeting, at: int, more: int
) -> None:
    if counts[at] is None:
        return
    raw = random_minutes(counts)
    total = raw.total + np.where(raw.minute == at, more * EVENT, 0)
    better = SliMinutes(raw.minute, raw.bad, total, raw.known_ms)
    before, after = (compliance(one, method, first=0, end=180) for one in (raw, better))
    assert np.isnan(before) or after >= before
