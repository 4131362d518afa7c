"""Who spent a budget: shares that add to 1, whatever was excluded, corrected or counted by slices."""

from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import spending
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.spending import Share

DAY = 1_440
HOUR_MS = 3_600_000


def minutes(*rows: tuple[int, float, float]) -> SliMinutes:
    """(minute, bad, total) events."""
    minute, bad, total = (np.array(column) for column in zip(*rows, strict=True))
    bad, total = (np.rint(column * EVENT).astype(np.int64) for column in (bad, total))
    return SliMinutes(minute, bad, total, np.full(len(rows), 60_000))


def told(shares: tuple[Share, ...]) -> dict[str, float]:
    return {one.name: round(one.bad, 6) for one in shares}


def test_values_stand_by_what_they_spent_with_the_share_of_all() -> None:
    raw = {"/pay": minutes((1, 6, 100), (2, 3, 100)), "/cart": minutes((1, 1, 800)), "/list": minutes((2, 0, 50))}
    counted = minutes((1, 7, 900), (2, 3, 150))
    found = spending.by_value(counted, raw)
    assert [(one.name, one.bad, one.total, one.share) for one in found] == [
        ("/pay", 9.0, 200.0, 0.9),
        ("/cart", 1.0, 800.0, 0.1),
        ("/list", 0.0, 50.0, 0.0),
    ]


def test_nobody_is_blamed_for_excluded_minutes() -> None:
    raw = {"a": minutes((1, 6, 10), (2, 1, 10)), "b": minutes((1, 4, 10), (2, 1, 10))}
    counted = minutes((2, 2, 20))  # minute 1 is left out
    assert told(spending.by_value(counted, raw)) == {"a": 1.0, "b": 1.0}


def test_a_bad_slice_is_blamed_on_those_who_failed_in_it() -> None:
    raw = {"a": minutes((5, 3, 10), (9, 3, 10)), "b": minutes((7, 2, 10), (12, 5, 10))}
    counted = minutes((9, 5, 5), (14, 0, 5))  # the first slice of 5 min is bad, the second is good
    assert told(spending.by_value(counted, raw, slice_minutes=5)) == {"a": 3.75, "b": 1.25}


def test_what_the_series_do_not_tell_is_others() -> None:
    raw = {"a": minutes((1, 6, 10))}
    counted = minutes((1, 6, 10), (2, 4, 4))  # a debit of 4
    assert told(spending.by_value(counted, raw)) == {"a": 6.0, "others": 4.0}


def test_without_a_bad_event_nobody_has_a_share() -> None:
    found = spending.by_value(minutes((1, 0, 10)), {"a": minutes((1, 0, 10))})
    assert [(one.name, one.share) for one in found] == [("a", None)]


def test_a_deploy_spends_what_failed_beyond_the_background() -> None:
    # 1 of 100 fails in every minute, 11 of 100 in the 30 minutes after the deploy at minute 600.
    rows = [(at, 11.0 if 600 <= at < 630 else 1.0, 100.0) for at in range(DAY)]
    found = spending.by_change(minutes(*rows), [(600 * 60_000, "v2")])
    assert told(found) == {"v2": 300.0, "background": 1440.0}
    assert sum(one.share or 0 for one in found) == pytest.approx(1.0)


def test_a_deploy_is_blamed_until_the_next_one_or_for_two_hours() -> None:
    # Everything fails from minute 600 on; v2 at 600, v3 at 660 which nothing follows.
    rows = [(at, 10.0 if 600 <= at < 900 else 0.0, 10.0) for at in range(DAY)]
    found = spending.by_change(minutes(*rows), [(600 * 60_000, "v2"), (660 * 60_000, "v3")])
    # Outside of the three hours 120 of 1 260 minutes fail: the background is 2/21 of the events.
    background = Fraction(120, 1_260)
    assert told(found) == {
        "v3": round(float(1_200 * (1 - background)), 6),
        "v2": round(float(600 * (1 - background)), 6),
        "background": round(float(1_200 + 1_800 * background), 6),
    }


def test_hours_are_those_on_the_wall() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before, after = 1_793_487_600_000 // 60_000 - 8 * DAY, 1_793_487_600_000 // 60_000 + DAY
    # 24 October 2026 00:30 and 2 November 2026 00:30 in Berlin: 22:30 and 23:30 in UTC.
    rows = spending.by_hour_of_day(minutes((before - 60 + 30, 3, 10), (after + 30, 5, 10)), berlin)
    assert {one.name: one.bad for one in rows if one.bad} == {"00:00": 8.0}
    assert len(rows) == 24


@given(
    st.lists(
        st.tuples(st.integers(0, 300), st.sampled_from("abc"), st.integers(0, 50), st.integers(0, 50)), max_size=40
    ),
    st.sampled_from([1, 5, 60]),
    st.lists(st.integers(0, 400), max_size=4),
)
def test_shares_add_to_one(cells: list[tuple[int, str, int, int]], size: int, deploys: list[int]) -> None:
    raw = {}
    for name in "abc":
        mine = {minute: (bad, bad + good) for minute, whose, bad, good in cells if whose == name}
        raw[name] = minutes(*((minute, *two) for minute, two in sorted(mine.items()))) if mine else minutes((0, 0, 0))
    whole: dict[int, list[int]] = {}
    for one in raw.values():
        for minute, bad, total in zip(one.minute.tolist(), one.bad.tolist(), one.total.tolist(), strict=True):
            sums = whole.setdefault(minute, [0, 0])
            sums[0], sums[1] = sums[0] + bad, sums[1] + total
    counted = minutes(*((minute, bad / EVENT, total / EVENT) for minute, (bad, total) in sorted(whole.items())))
    bad = sum(pair[0] for pair in whole.values())
    for shares in (
        spending.by_value(counted, raw, slice_minutes=size),
        spending.by_change(counted, [(at * 60_000, f"v{at}") for at in deploys]),
        spending.by_hour_of_day(counted, ZoneInfo("Asia/Kathmandu")),
    ):
        assert sum(one.bad for one in shares) * EVENT == pytest.approx(bad)
        if bad:
            assert sum(one.share or 0 for one in shares) == pytest.approx(1.0)
