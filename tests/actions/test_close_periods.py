"""Calendar periods are closed once, some time after their end, as they stood then.

October 2026 in Berlin is from 30 September 22:00 to 31 October 23:00 UTC.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.actions import close_periods
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slos import Slo
from app.domain.windows import Calendar, Period, Unit
from app.store import sli_rollups, slo_periods, slos
from app.store.engine import Store
from app.store.slo_periods import Closed
from tests.domain.slo_values import minutes
from tests.objectives import failures, objective, stored

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


OCTOBER = Period(ms("2026-09-30T22:00"), ms("2026-10-31T23:00"))
CREATED_MS = ms("2026-10-15T00:00")


@pytest.fixture
def slo(store: Store) -> Slo:
    """By the calendar month of Berlin; its history has been read from the first of September on."""
    month = Calendar(Unit.MONTH, datetime(2026, 1, 1), "Europe/Berlin")  # noqa: DTZ001
    with store.writing() as db:
        made = stored(db, objective(failures(), window=month), now_ms=CREATED_MS)
        slos.note_filled(db, slos.slis(db), at_ms=ms("2026-09-01T00:00"))
    return made


def put(store: Store, slo: Slo, at: str, bad: Sequence[float]) -> None:
    found: SliMinutes = minutes(ms(at) // MINUTE_MS, bad)
    with store.writing() as db:
        sli_rollups.write(db, sli_rollups.merged(db, {slo.sli_id: found}, {slo.sli_id: found.minute}))


def close(store: Store, at_ms: int) -> list[Closed]:
    """What there is after closing what is due."""
    close_periods.close(store, None, now_ms=at_ms)
    with store.reading() as db:
        return [one for slo in slos.every(db) for one in slo_periods.of_slo(db, slo.id)]


def test_a_month_is_closed_two_hours_after_its_end_on_the_wall(store: Store, slo: Slo) -> None:
    put(store, slo, "2026-09-30T21:50", [7.0] * 10)  # September there, of which not all has been read
    put(store, slo, "2026-09-30T22:00", [1.0] * 100)
    put(store, slo, "2026-10-31T22:50", [2.0] * 10 + [9.0] * 10)  # the last ten minutes, and ten of November
    assert close(store, OCTOBER.end_ms + 2 * HOUR_MS - 1) == []
    (october,) = close(store, OCTOBER.end_ms + 2 * HOUR_MS)
    assert october == Closed(
        slo_id=slo.id,
        start_ms=OCTOBER.start_ms,
        end_ms=OCTOBER.end_ms,
        target=Decimal("0.999"),
        bad=120 * EVENT,
        total=110_000 * EVENT,
        known_seconds=110 * 60.0,
        closed_ms=OCTOBER.end_ms + 2 * HOUR_MS,
    )


def test_what_comes_later_and_a_new_target_leave_a_closed_period_as_it_was(store: Store, slo: Slo) -> None:
    put(store, slo, "2026-10-01T00:00", [1.0] * 10)
    before = close(store, OCTOBER.end_ms + 3 * HOUR_MS)
    assert [one.bad for one in before] == [10 * EVENT]
    put(store, slo, "2026-10-02T00:00", [1.0] * 5)
    with store.writing() as db:
        changed = stored(db, replace(slo, target=Decimal("0.99")), now_ms=OCTOBER.end_ms)
    assert close(store, OCTOBER.end_ms + 9 * HOUR_MS) == before
    with store.reading() as db:
        today = close_periods.counted(db, changed, OCTOBER, now_ms=OCTOBER.end_ms + 9 * HOUR_MS)
    assert (today.bad, today.target) == (15 * EVENT, Decimal("0.99"))


def test_a_period_whose_history_has_not_been_read_to_its_beginning_stays_open(store: Store, slo: Slo) -> None:
    put(store, slo, "2026-10-20T00:00", [1.0] * 10)
    with store.writing() as db:
        slos.note_filled(db, slos.slis(db), at_ms=OCTOBER.start_ms + 1)
    assert close(store, OCTOBER.end_ms + 3 * HOUR_MS) == []
    with store.writing() as db:
        slos.note_filled(db, slos.slis(db), at_ms=OCTOBER.start_ms)
    assert [one.start_ms for one in close(store, OCTOBER.end_ms + 3 * HOUR_MS)] == [OCTOBER.start_ms]


def test_an_older_period_is_closed_when_its_history_has_been_read_after_that_of_a_newer_one(
    store: Store, slo: Slo
) -> None:
    put(store, slo, "2026-10-20T00:00", [1.0] * 10)
    with store.writing() as db:
        slos.note_filled(db, slos.slis(db), at_ms=OCTOBER.start_ms)
    assert len(close(store, OCTOBER.end_ms + 3 * HOUR_MS)) == 1
    put(store, slo, "2026-09-20T00:00", [1.0] * 20)
    with store.writing() as db:
        slos.note_filled(db, slos.slis(db), at_ms=ms("2026-08-31T22:00"))
    found = close(store, OCTOBER.end_ms + 4 * HOUR_MS)
    assert [(one.start_ms, one.bad) for one in found] == [
        (OCTOBER.start_ms, 10 * EVENT),
        (ms("2026-08-31T22:00"), 20 * EVENT),
    ]


def test_of_a_period_of_which_nothing_is_known_nothing_is_closed(store: Store, slo: Slo) -> None:
    assert close(store, OCTOBER.end_ms + 3 * HOUR_MS) == []
