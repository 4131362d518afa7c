"""Minutes that an SLI had before it was made, and those that nobody asks for any more."""

from collections.abc import Iterator

import pytest

from app.actions.backfill import Backfill
from app.actions.condense import condense
from app.actions.retain import Retention, retain
from app.domain.errors import Unavailable
from app.domain.sli_minutes import EVENT
from app.domain.slos import Slo
from app.domain.windows import Rolling
from app.store import sli_rollups, slos
from app.store.engine import Connection
from tests.actions.test_meter import traffic
from tests.databases import Databases
from tests.objectives import DAY, FORM, failures, objective
from tests.pipeline import DAY_MS, NOW_MS, Pipeline

NOW = NOW_MS // 60_000
MIDNIGHT = NOW // DAY * DAY
MONTH = Rolling(30 * DAY)


@pytest.fixture(params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty(str(request.param)), now_ms=NOW_MS + 20_000)
    yield made
    made.close()


def sums(pipeline: Pipeline, slo: Slo, *, first: int, end: int) -> tuple[float, float, float]:
    """Bad, total and known minutes."""
    with pipeline.store.reading() as db:
        found = sli_rollups.minutes(db, slo.sli_id, first=first, end=end)
    return (found.bad.sum() / EVENT, found.total.sum() / EVENT, found.known_ms.sum() / 60_000)


def test_where_only_hours_are_left_history_is_filled_in_by_the_hour(pipeline: Pipeline) -> None:
    """A day of ten requests a minute, a minute with three failures in each of its hours."""
    old = MIDNIGHT - 40 * DAY
    pipeline.now_ms = (old + DAY + 300) * 60_000
    pipeline.send(traffic(old, old + DAY, bad=range(old + 7, old + DAY, 60)))
    pipeline.sealer.seal(now_ms=pipeline.now_ms, lag_ms=0)
    while condense(pipeline.store, now_ms=pipeline.now_ms + DAY_MS, keep_lead=pipeline.sealer.keep_lead):
        pass
    pipeline.now_ms = NOW_MS + 20_000
    kept = Retention(raw_ms=7 * DAY_MS, minute_ms=30 * DAY_MS, hour_ms=400 * DAY_MS)
    retain(pipeline.store, kept, now_ms=pipeline.now_ms, keep_lead=pipeline.sealer.keep_lead)
    (slo,) = pipeline.define(objective(failures(), window=Rolling(60 * DAY)))
    backfill = Backfill(pipeline.store, keep_lead=pipeline.sealer.keep_lead, minutes_kept_ms=30 * DAY_MS)
    while backfill.step(now_ms=pipeline.now_ms):
        pass
    with pipeline.store.reading() as db:
        hours = sli_rollups.hours(db, slo.sli_id, first=old, end=old + DAY)
    assert hours.bad.tolist() == [3 * EVENT] * 24
    assert hours.total.tolist() == [600 * EVENT] * 24
    assert hours.known_ms.tolist() == [3_600_000] * 24
    assert sums(pipeline, slo, first=old, end=old + 90) == (4.5, 900, 90)
    pipeline.follow()
    found = pipeline.slos.sums([slo.id])
    assert (found.bad[0, 0] / EVENT, found.total[0, 0] / EVENT) == (72, 14_400)


def test_backfill_goes_back_as_far_as_is_wanted_and_on_from_where_it_was(pipeline: Pipeline) -> None:
    pipeline.send(traffic(NOW - 3 * DAY, NOW))
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    (slo,) = pipeline.define(objective(failures(), window=Rolling(2 * DAY)))
    assert pipeline.fill_a_day()
    assert sums(pipeline, slo, first=MIDNIGHT, end=NOW) == (0, (NOW - MIDNIGHT) * 10, NOW - MIDNIGHT)
    assert sums(pipeline, slo, first=MIDNIGHT - DAY, end=MIDNIGHT) == (0, 0, 0)
    pipeline.crash()
    days = 0
    while pipeline.fill_a_day():
        days += 1
    assert days == 2  # yesterday, and the day that two days ago lies in
    begun = MIDNIGHT - 2 * DAY
    assert sums(pipeline, slo, first=begun - DAY, end=NOW) == (0, (NOW - begun) * 10, NOW - begun)
    pipeline.define(objective(failures(), slug="month", window=MONTH))
    assert pipeline.backfill.days_left() == 0
    pipeline.fill()
    assert sums(pipeline, slo, first=begun - DAY, end=begun)[1] == ((begun - (NOW - 3 * DAY)) * 10)


def test_a_process_that_does_not_seal_any_more_fills_nothing_in(pipeline: Pipeline) -> None:
    def another(_: Connection) -> None:
        raise Unavailable("Another process has taken over sealing.", code="not_leader")

    pipeline.send(traffic(NOW - 60, NOW))
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    (slo,) = pipeline.define(objective(failures()))
    overtaken = Backfill(pipeline.store, keep_lead=another, minutes_kept_ms=30 * DAY_MS)
    with pytest.raises(Unavailable):
        overtaken.step(now_ms=NOW_MS)
    assert sums(pipeline, slo, first=NOW - 60, end=NOW) == (0, 0, 0)


def test_minutes_nobody_asks_for_go_after_a_month(pipeline: Pipeline) -> None:
    pipeline.send(traffic(NOW - 60, NOW))
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    kept, gone = pipeline.define(
        objective(failures(), slug="kept"), objective(failures(code="404"), slug="gone"), now_ms=NOW_MS
    )
    pipeline.fill()
    with pipeline.store.writing() as db:
        slos.archive(db, gone, FORM, now_ms=NOW_MS)
    retention = Retention(raw_ms=90 * DAY_MS, minute_ms=90 * DAY_MS, hour_ms=400 * DAY_MS)
    for days, minutes in ((29, 60), (31, 0)):
        now_ms = NOW_MS + days * DAY_MS
        retain(pipeline.store, retention, now_ms=now_ms, keep_lead=pipeline.sealer.keep_lead)
        assert sums(pipeline, kept, first=NOW - 60, end=NOW)[2] == 60
        assert sums(pipeline, gone, first=NOW - 60, end=NOW)[2] == minutes


def test_a_day_that_is_stopped_half_written_is_filled_in_again(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are written, then the process dies before the transaction ends."""

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    pipeline.send(traffic(NOW - 60, NOW))
    pipeline.sealer.seal(now_ms=NOW_MS, lag_ms=0)
    (slo,) = pipeline.define(objective(failures()))
    with monkeypatch.context() as patch:
        patch.setattr(slos, "note_filled", dies)
        with pytest.raises(KeyboardInterrupt):
            pipeline.fill_a_day()
    assert sums(pipeline, slo, first=NOW - 60, end=NOW) == (0, 0, 0)
    pipeline.crash()
    pipeline.fill()
    assert sums(pipeline, slo, first=NOW - 60, end=NOW) == (0, 600, 60)
