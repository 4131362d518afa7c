"""What the board takes over, asks for and tells of objectives."""

from random import Random

import pytest

from app.domain.errors import Missing
from app.domain.ledger import NO_EFFECTS, Effects
from app.domain.sli_minutes import EVENT, no_minutes
from app.domain.slo_board import SloBoard
from app.domain.slos import Slo
from app.domain.windows import Calendar, Rolling, Unit
from tests.domain.slo_tables import HISTORY, KINDS, LEDGERS, MONDAYS, PAIRS, Tables, random_minutes
from tests.domain.slo_values import DAY, MONTH, NOW, minutes, objective, slices

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


# --- stamps


def test_whenever_the_board_says_otherwise_the_stamp_is_another() -> None:
    chance = Random(11)
    slos = list(KINDS.values())
    tables = Tables(random_minutes(5, first=NOW - HISTORY, end=NOW), slos)
    others = 0
    for seed in range(60):
        before, stamps = told(tables), tables.board.stamps(slos)
        until = tables.board.until_minute
        match seed % 4:
            case 0:
                tables.advance(until + chance.randrange(2))
            case 1:
                filled = until - chance.randrange(HISTORY)
                tables.board.note_filled(slos[0].sli_id, wanted_minute=until - HISTORY, filled_minute=filled)
            case _:
                first = until - chance.choice((-1, 0, 1, 2, 60, 90, 3_000))
                new = random_minutes(seed, first=first, end=first + chance.choice((1, 2, 40)))
                tables.change(new, first=first, end=first + 40)
        for was, now, stamp, other in zip(before, told(tables), stamps, tables.board.stamps(slos), strict=True):
            assert was == now or stamp != other
            others += was != now
    assert others > 60


def test_minutes_to_come_leave_stamps_alone() -> None:
    slo = objective(1, pairs=PAIRS)
    tables = Tables(random_minutes(5, first=NOW - HISTORY, end=NOW), [slo])
    stamps = tables.board.stamps([slo])
    tables.change(random_minutes(6, first=NOW, end=NOW + 1), first=NOW, end=NOW + 1)
    assert tables.board.stamps([slo]) == stamps
    tables.change(random_minutes(6, first=NOW - 1, end=NOW), first=NOW - 1, end=NOW)
    assert tables.board.stamps([slo]) != stamps


def told(tables: Tables) -> list[object]:
    """All the board says of each objective."""
    ids = [slo.id for slo in tables.slos]
    sums, hour = tables.board.sums(ids), tables.board.hour(ids)
    columns = (sums.window_minutes, sums.bad, sums.total, sums.known_ms, sums.newest_known, *hour)
    return [
        (sums.until_minute, tables.board.backfilled(slo_id), *(column[at].tolist() for column in columns))
        for at, slo_id in enumerate(ids)
    ]
