"""Every window's sums from rings, against the same minutes added up one by one."""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.domain import burning, counting
from app.domain.errors import Missing
from app.domain.ledger import NO_EFFECTS, Correction, Effects, Exclusion, Treatment
from app.domain.sli_minutes import EVENT, SliMinutes, no_minutes, replaced
from app.domain.slo_board import SloBoard
from app.domain.slos import Budgeting, BurnPair, Method, Severity, Silence, Slo
from app.domain.windows import Calendar, Rolling, Unit
from tests.domain.slo_values import DAY, MONTH, NOW, in_hours, minutes, objective

HISTORY = 11 * DAY
MONDAYS = datetime(2024, 1, 1)  # noqa: DTZ001 - a wall-clock time


def pair(name: str, long: int, short: int) -> BurnPair:
    return BurnPair(name, Severity.PAGE, long, short, Decimal(2))


PAIRS = (pair("near", 60, 5), pair("either", 1_500, 120), pair("far", 4_320, 360))


class Tables:
    """Raw minutes of one SLI, and a meter that tells a board of them as `SloBoard` says it must."""

    def __init__(self, raw: SliMinutes, slos: list[Slo], effects: Effects = NO_EFFECTS, *, until: int = NOW) -> None:
        self.raw = raw
        self.slos = slos
        self.effects = {slo.id: effects for slo in slos}
        self.board = SloBoard()
        self.board.advance(until)
        self.load()

    def load(self) -> None:
        for slo_id in self.board.define(self.slos, self.effects):
            first = self.board.load_from(slo_id)
            self.board.load(slo_id, raw=self.between(first, self.board.until_minute), hours=in_hours(self.raw))
        self.advance(self.board.until_minute)

    def between(self, first: int, end: int) -> SliMinutes:
        return self.raw.between(first, end)

    def advance(self, until: int) -> None:
        for slo_id, hour in self.board.advance(until):
            self.board.put_edge(slo_id, hour, self.between(*self.board.edge_span(slo_id, hour)))

    def change(self, new: SliMinutes, *, first: int, end: int) -> None:
        self.raw = replaced(self.raw, new, touched=np.arange(first, end))
        for slo in self.slos:
            begin, stop = self.board.span_needed(slo.id, first=first, end=end)
            self.board.patch(slo.id, self.between(begin, stop), first=begin, end=stop)

    def check(self) -> None:
        """Every window of every objective is the sum of its counted minutes, to the last bit."""
        sums = self.board.sums()
        for row, slo_id in enumerate(sums.slo_ids.tolist()):
            slo = next(one for one in self.slos if one.id == slo_id)
            counted = counting.counted(
                self.raw,
                slo.budgeting,
                self.effects[slo_id],
                hold=slo.indicator.hold_minutes,
                first=NOW - 2 * HISTORY,
                end=sums.until_minute,
            )
            for column, length in enumerate(sums.window_minutes[row].tolist()):
                inside = counted.between(sums.until_minute - length, sums.until_minute)
                expected = [int(one.sum()) for one in (inside.bad, inside.total, inside.known_ms)]
                found = [int(one[row, column]) for one in (sums.bad, sums.total, sums.known_ms)]
                assert length < 0 or found == expected, (slo.budgeting, slo.window, length)


def slices(size: int) -> Budgeting:
    return Budgeting(Method.TIME_SLICES, size, Decimal("0.9"))


KINDS = {
    "events over ten days": objective(1, window=Rolling(10 * DAY + 7), pairs=PAIRS),
    "events over a day and a half": objective(2, window=Rolling(2_000), pairs=PAIRS),
    "weeks of Lord Howe": objective(3, window=Calendar(Unit.WEEK, MONDAYS, "Australia/Lord_Howe"), pairs=PAIRS),
    "slices of five minutes": objective(4, window=Rolling(7 * DAY), pairs=PAIRS, budgeting=slices(5)),
    "slices that cross hours": objective(
        5,
        target="0.9",
        window=Rolling(9 * DAY),
        pairs=PAIRS,
        budgeting=Budgeting(Method.TIME_SLICES, 45, Decimal("0.9"), Silence.GOOD, Silence.BAD),
    ),
    "ratio slices across two hours": objective(
        6, window=Rolling(5 * DAY), pairs=PAIRS, budgeting=Budgeting(Method.RATIO_TIME_SLICES, 96, no_data=Silence.GOOD)
    ),
    "freshness held seven minutes": objective(7, window=Rolling(8 * DAY), pairs=PAIRS, hold=7),
    "held, in slices": objective(8, window=Rolling(8 * DAY), pairs=PAIRS, hold=50, budgeting=slices(10)),
}
LEDGERS = {
    "an empty ledger": NO_EFFECTS,
    "a ledger": Effects(
        (
            Exclusion(1, NOW - 3_000, NOW - 2_900, Treatment.REMOVED),
            Exclusion(2, NOW - 500, NOW - 333, Treatment.GOOD),
            Exclusion(5, NOW + 30, NOW + 40, Treatment.REMOVED),
        ),
        (Correction(3, NOW - 4_000, -5 * EVENT, 0), Correction(4, NOW + 20, 3 * EVENT, 3 * EVENT)),
    ),
}


def random_minutes(*seed: int, first: int, end: int) -> SliMinutes:
    """Nine in ten minutes have data, some of them no traffic; counts are no whole events."""
    random = np.random.default_rng(seed)
    minute = np.flatnonzero(random.random(end - first) < 0.9) + first
    total = random.choice([0, 1, 30, 4_000], len(minute)) * EVENT // 3
    bad = np.where(random.random(len(minute)) < 0.3, random.random(len(minute)) * total, 0).astype(np.int64)
    return SliMinutes(minute, bad, total, random.integers(1, 60_001, len(minute)))


STEPS = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 3, 59, 70, 700]),  # minutes that go by
        st.sampled_from([None, 2, 10, 300, 1_470, 1_500, 1_560, 5_000, 9_000]),  # how late other samples come
        st.sampled_from([1, 3, 100]),  # of how many minutes
        st.booleans(),  # whether the new minutes have data
    ),
    max_size=12,
)


@pytest.mark.parametrize("effects", LEDGERS.values(), ids=LEDGERS)
@settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # shrinking takes minutes
@given(seed=st.integers(0, 2**32), steps=STEPS)
def test_windows_are_the_sums_of_their_minutes_whatever_came_when(
    effects: Effects, seed: int, steps: list[tuple[int, int | None, int, bool]]
) -> None:
    tables = Tables(random_minutes(seed, first=NOW - HISTORY, end=NOW), list(KINDS.values()), effects)
    tables.check()
    for number, (minutes_on, late, length, heard) in enumerate(steps):
        now = tables.board.until_minute
        if heard:
            tables.change(
                random_minutes(seed, number, first=now, end=now + minutes_on), first=now, end=now + minutes_on
            )
        if late is not None:
            first = now - late
            end = min(first + length, now)
            tables.change(random_minutes(seed, number, late, first=first, end=end), first=first, end=end)
        tables.advance(now + minutes_on)
    tables.check()


def test_a_ring_that_was_followed_is_the_ring_that_is_rebuilt() -> None:
    followed = Tables(random_minutes(1, first=NOW - HISTORY, end=NOW), list(KINDS.values()), LEDGERS["a ledger"])
    for minute in range(NOW, NOW + 200):
        followed.change(random_minutes(minute, first=minute, end=minute + 1), first=minute, end=minute + 1)
        if minute % 50 == 0:
            followed.change(
                random_minutes(7, first=minute - 2_000, end=minute - 1_990), first=minute - 2_000, end=minute - 1_990
            )
        followed.advance(minute + 1)
    rebuilt = Tables(followed.raw, followed.slos, LEDGERS["a ledger"], until=NOW + 200)
    ours, theirs = followed.board.sums(), rebuilt.board.sums()
    for name in ("window_minutes", "bad", "total", "known_ms", "newest_known"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name


def test_two_days_on_every_hour_and_edge_is_one_that_was_made_on_the_way() -> None:
    tables = Tables(random_minutes(2, first=NOW - HISTORY, end=NOW), list(KINDS.values()))
    for now in range(NOW, NOW + 2 * DAY, 97):
        tables.change(random_minutes(now, first=now, end=now + 97), first=now, end=now + 97)
        tables.advance(now + 97)
    tables.check()


def test_no_partition_into_minutes_hours_and_edges_changes_a_sum() -> None:
    """The same window, counted by itself, ends in every minute of two hours."""
    slo = objective(1, window=Rolling(3 * DAY + 17))
    tables = Tables(random_minutes(3, first=NOW - HISTORY, end=NOW), [slo])
    for _ in range(120):
        now = tables.board.until_minute
        tables.change(random_minutes(now, first=now, end=now + 1), first=now, end=now + 1)
        tables.advance(now + 1)
        tables.check()


def test_until_an_edge_is_there_an_hour_is_taken_to_be_even() -> None:
    """40 minutes of the hour that the window starts in are before it: 800 of 1 200 bad events."""
    window = Rolling(3 * DAY)
    raw = minutes(NOW - 40 - 3 * DAY, [40.0] * 30 + [0.0] * 30 + [0.0] * (3 * DAY - 20))
    board = SloBoard()
    board.advance(NOW)
    board.define([objective(1, window=window, pairs=())], {})
    board.load(1, raw=raw.between(board.load_from(1), NOW), hours=in_hours(raw))
    assert board.sums().bad[0, 0] == 400 * EVENT
    hour = (NOW - 3 * DAY) // 60
    assert board.advance(NOW) == [(1, hour), (1, hour + 1)]  # the next is asked for in time
    board.put_edge(1, hour, raw)
    assert board.sums().bad[0, 0] == 0


def test_an_edge_that_is_asked_for_early_does_not_go_stale() -> None:
    """The window of 1 500 minutes starts beyond the minutes at times only; its next hour may still be near."""
    tables = Tables(random_minutes(4, first=NOW - HISTORY, end=NOW), [objective(1, pairs=(pair("either", 1_500, 5),))])
    for minute in range(NOW, NOW + 130, 2):
        first = minute - 1_460
        tables.change(random_minutes(minute, first=first, end=first + 1), first=first, end=first + 1)
        tables.advance(minute + 2)
        tables.check()


def test_a_slice_without_traffic_is_not_one_without_data() -> None:
    """Its only minute had no request: it is left out, though slices of which nothing is heard are good."""
    method = Budgeting(Method.TIME_SLICES, 10, Decimal("0.9"), no_data=Silence.GOOD)
    tables = Tables(no_minutes(), [objective(1, budgeting=method, pairs=())], until=NOW)
    before = int(tables.board.sums().total[0, 0])
    tables.change(minutes(NOW + 3, [0.0], 0), first=NOW, end=NOW + 10)
    tables.advance(NOW + 20)
    assert int(tables.board.sums().total[0, 0]) - before == -10 * EVENT  # two slices go at the far end, one comes


# --- calendars


def test_a_calendar_window_is_as_long_as_its_period_is_old_and_an_ended_one_is_seen_whole() -> None:
    day = DAY - NOW % DAY
    slo = objective(1, window=Calendar(Unit.DAY, MONDAYS), pairs=())
    tables = Tables(minutes(NOW - 3 * DAY, [1.0] * 3 * DAY), [slo])
    assert tables.board.sums().window_minutes[0, 0] == NOW % DAY
    tables.advance(NOW + day)
    assert tables.board.sums().window_minutes[0, 0] == DAY
    assert Tables(tables.raw, [slo], until=NOW + day).board.sums().window_minutes[0, 0] == DAY
    tables.advance(NOW + day + 1)
    assert tables.board.sums().window_minutes[0, 0] == 1
    tables.check()


# --- definitions


def test_definitions_come_and_go_and_a_target_reloads_nothing() -> None:
    raw = random_minutes(5, first=NOW - HISTORY, end=NOW)
    first, second = objective(1, pairs=PAIRS), objective(2, pairs=PAIRS, window=Rolling(DAY))
    tables = Tables(raw, [second, first])
    board = tables.board
    assert [slo.slug for slo in board.slos()] == ["objective-1", "objective-2"]
    assert board.find("objective-2") == second
    assert board.sums().slo_ids.tolist() == [1, 2]
    assert board.sums([2]).slo_ids.tolist() == [2]

    stricter = objective(1, pairs=PAIRS[:2], target="0.9999", window=Rolling(5 * DAY + 1))
    tables.slos = [stricter]
    assert board.define([stricter], {}) == []
    tables.advance(NOW)
    tables.check()
    with pytest.raises(Missing):
        board.find("objective-2")
    with pytest.raises(Missing):
        board.sums([2])


@pytest.mark.parametrize(
    ("changed", "effects"),
    [
        pytest.param(objective(1, sli_id=9), NO_EFFECTS, id="another indicator"),
        pytest.param(objective(1, budgeting=slices(5)), NO_EFFECTS, id="another method"),
        pytest.param(objective(1, window=Rolling(90 * DAY)), NO_EFFECTS, id="a longer window"),
        pytest.param(objective(1), LEDGERS["a ledger"], id="another ledger"),
    ],
)
def test_what_changes_the_counts_asks_to_be_loaded(changed: Slo, effects: Effects) -> None:
    tables = Tables(random_minutes(5, first=NOW - HISTORY, end=NOW), [objective(1)])
    version = tables.board.version
    assert tables.board.define([changed], {1: effects}) == [1]
    assert tables.board.sums().total.sum() == 0
    assert tables.board.version > version
    tables.slos, tables.effects = [changed], {1: effects}
    tables.load()
    tables.check()


def test_many_come_and_go_and_every_row_is_its_own() -> None:
    raw = random_minutes(6, first=NOW - HISTORY, end=NOW)
    tables = Tables(raw, [objective(at, window=Rolling(1_000 * at), pairs=()) for at in range(1, 13)])
    for kept in (range(3, 13), range(3, 9), [*range(3, 9), *range(20, 31)]):
        tables.slos = [objective(at, window=Rolling(400 * at), pairs=PAIRS[: at % 4]) for at in kept]
        tables.effects = {slo.id: NO_EFFECTS for slo in tables.slos}
        tables.load()
        tables.check()


# --- what is told beside the sums


def test_an_objective_without_data_has_sums_of_nothing_and_no_newest_minute() -> None:
    tables = Tables(no_minutes(), [objective(1)])
    sums = tables.board.sums()
    assert (sums.total.sum(), sums.known_ms.sum(), sums.newest_known.tolist()) == (0, 0, [-1])


def test_data_before_anybody_said_where_now_is_counts_from_then_on() -> None:
    board = SloBoard()
    assert board.define([objective(1)], {}) == [1]
    board.load(1, raw=no_minutes(), hours=no_minutes())
    board.patch(1, minutes(NOW, [3.0, 4.0]), first=NOW, end=NOW + 2)
    board.advance(NOW + 2)
    assert board.sums().bad[0, 0] == 7 * EVENT


def test_the_newest_minutes_are_those_that_are_over() -> None:
    tables = Tables(minutes(NOW - 300, [1.0] * 299 + [None]), [objective(1)])
    tables.change(minutes(NOW, [2.0, 3.0]), first=NOW, end=NOW + 2)
    tables.advance(NOW + 1)
    newest = tables.board.newest(1)
    assert newest.minute[-2:].tolist() == [NOW - 2, NOW]
    assert newest.bad[-2:].tolist() == [EVENT, 2 * EVENT]
    assert len(newest) > 200
    assert tables.board.sums().newest_known.tolist() == [NOW]
    assert len(tables.board.newest(77)) == 0


def test_the_traffic_now_is_that_of_the_last_hour() -> None:
    tables = Tables(minutes(NOW - 300, [0.0] * 240 + [None] * 10 + [0.0] * 50, 20), [objective(1)])
    total, known_ms = tables.board.hour()
    assert (total.tolist(), known_ms.tolist()) == ([1_000 * EVENT], [3_000_000])


def test_history_is_read_by_so_much_of_the_window_as_is_wanted() -> None:
    board = Tables(no_minutes(), [objective(1, window=MONTH)]).board
    assert board.backfilled(1) == 0
    board.note_filled(1, wanted_minute=0, filled_minute=NOW - 12 * DAY)
    assert board.backfilled(1) == pytest.approx(0.4)
    board.note_filled(1, wanted_minute=NOW - 24 * DAY, filled_minute=NOW - 12 * DAY)
    assert board.backfilled(1) == pytest.approx(0.5)
    board.note_filled(1, wanted_minute=0, filled_minute=NOW - 40 * DAY)
    assert board.backfilled(1) == 1


def test_effects_are_those_of_the_definition() -> None:
    tables = Tables(no_minutes(), [objective(1)], LEDGERS["a ledger"])
    assert tables.board.effects(1) == LEDGERS["a ledger"]
    assert tables.board.effects(2) == NO_EFFECTS


def test_a_clock_that_goes_back_moves_nothing() -> None:
    tables = Tables(random_minutes(5, first=NOW - HISTORY, end=NOW), [objective(1)])
    tables.advance(NOW - 5)
    assert tables.board.until_minute == NOW
    tables.check()


def test_a_replay_finds_at_every_minute_what_the_rings_found() -> None:
    """Of a minute's burn the same bits, for both divide the same whole numbers."""
    slo = objective(1, target="0.9", window=Rolling(4 * DAY), pairs=PAIRS)
    tables, watched = Tables(random_minutes(8, first=NOW - HISTORY, end=NOW), [slo]), burning.watched([slo])
    burns, breaches = [], []
    for minute in range(NOW, NOW + 100):
        tables.change(random_minutes(minute, first=minute, end=minute + 1), first=minute, end=minute + 1)
        tables.advance(minute + 1)
        sums = tables.board.sums()
        burns.append(burning.rates(sums.bad[0, 1:7], sums.total[0, 1:7], watched.allowed[0]).tolist())
        breaches.append(burning.breached(sums, watched)[0, :3].tolist())
    found = burning.replayed(tables.raw, slo, first=NOW, end=NOW + 100)
    for column, row in enumerate([row for pair in zip(found.long, found.short, strict=True) for row in pair]):
        assert np.array_equal(row, [burn[column] for burn in burns], equal_nan=True)
    assert found.breached.T.tolist() == breaches
    assert {breach for row in breaches for breach in row} >= {0, 1}
