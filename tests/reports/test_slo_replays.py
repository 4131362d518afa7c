"""Burns over stored history, what would have fired and what a deploy cost: from minutes that can be counted by hand."""

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pytest import approx  # noqa: PT013  # reads like a number

from app.domain.changes import Change
from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT, SliMinutes
from app.domain.slos import Alerting
from app.reports import slo_costs, slo_replays
from app.store.engine import Store
from tests.reports import slo_boards, slo_cast, slo_past
from tests.reports.slo_cast import DAY, UNTIL
from tests.web.filled import migrated, store

__all__ = ["migrated", "store"]

UTC = ZoneInfo("UTC")
HOUR_MS = 60 * MINUTE_MS
NIGHT = UNTIL - 5 * DAY
"""When the newest bad night of `slo_past` begins: 50 minutes."""


def replayed(store: Store, *, first: int, end: int, pairs: int = 4) -> slo_replays.Replay:
    with store.writing() as db:
        slo_past.store(db, slo_cast.ROLES[:1])
    with store.reading() as db:
        board = slo_boards.loaded(db, slo_cast.ROLES[:1])
        slo = replace(board.slos()[0], alerting=Alerting(slo_cast.PAIRS[:pairs]))
        return slo_replays.replay(board, db, slo, start_ms=first * MINUTE_MS, end_ms=end * MINUTE_MS)


def test_a_bad_night_fires_when_both_windows_have_reached_the_factor_and_ends_with_the_short_one(store: Store) -> None:
    found = replayed(store, first=NIGHT - 120, end=NIGHT + 240)
    # 35.1 M events in 30 days are 812.5 a minute. Two thirds of 30 888 bad ones lie in 140 minutes of night: 147.09 a
    # minute, a share of 0.18103; the other third is 0.00029 everywhere. A page at 14.4 x 0.001 needs 0.0144 in an hour:
    # after n minutes of night (n x 0.18103 + (60 - n) x 0.00029) / 60 >= 0.0144, n >= 4.69.
    fast = [one for one in found.fired if one.pair.name == "page-fast"]
    assert [one.start_ms for one in fast] == [(NIGHT + 5) * MINUTE_MS]
    # It resolves when the five-minute window is quiet enough: with one minute of night in it 0.0364, with none 0.0003.
    assert [one.end_ms for one in fast] == [(NIGHT + 50 + 5) * MINUTE_MS]
    assert fast[0].peak == approx((50 * 0.181034 + 10 * 0.000293) / 60 / 0.001, rel=1e-3)
    assert "1 page" not in slo_replays.caption(found, zone=UTC)
    assert "2 pages" in slo_replays.caption(found, zone=UTC)


def test_no_peak_is_lost_between_two_points(store: Store) -> None:
    found = replayed(store, first=NIGHT - 15 * DAY, end=NIGHT + 4 * DAY)
    assert found.step_ms >= HOUR_MS
    short = slo_replays.highest(found, found.burns.whole.short[0])
    assert len(short) == len(found.burns.ends)
    assert np.nanmax(short) == approx(0.181034 / 0.001, rel=1e-3)


def test_what_fires_at_the_end_of_the_past_is_told_to_go_on(store: Store) -> None:
    found = replayed(store, first=NIGHT - 120, end=NIGHT + 20)
    assert [one.end_ms for one in found.fired if one.pair.name == "page-fast"] == [None]
    payload = slo_replays.payload(found, zone=UTC)
    assert {one["to"] for one in payload["fired"]} == {None}  # type: ignore[attr-defined]


def test_without_a_policy_nothing_is_replayed(store: Store) -> None:
    found = replayed(store, first=NIGHT, end=NIGHT + 60, pairs=0)
    assert (found.fired, slo_replays.payload(found, zone=UTC)["pairs"]) == ((), [])
    assert slo_replays.caption(found, zone=UTC) == "Nobody is called for this objective."


def minutes(bad: list[float], *, total: float = 1_000.0) -> SliMinutes:
    """A minute each, one after the other from minute 0."""
    events = np.rint(np.array(bad) * EVENT).astype(np.int64)
    return SliMinutes(
        np.arange(len(bad)), events, np.full(len(bad), round(total * EVENT)), np.full(len(bad), MINUTE_MS)
    )


def test_a_deploy_costs_what_failed_beyond_the_background() -> None:
    slo = replace(slo_cast.slo_of(1, slo_cast.ROLES[0]), target=Decimal("0.99"))
    # Ten hours of 1 bad a minute; 300 minutes in, 50 a minute for ten minutes. The budget is 1 % of 600 000: 6 000.
    bad = [1.0] * 300 + [50.0] * 10 + [1.0] * 290
    deploys = [Change("checkout", at * MINUTE_MS, version) for at, version in ((20, "v1"), (300, "v2"))]
    assert slo_costs.of(slo, minutes(bad), deploys) == [None, approx(10 * 49 / 6_000)]


@pytest.mark.parametrize("deploys", [[], [Change("checkout", 0, "v1")]], ids=["no deploy", "no event"])
def test_where_nothing_was_spent_no_deploy_has_a_cost(deploys: list[Change]) -> None:
    slo = slo_cast.slo_of(1, slo_cast.ROLES[0])
    assert slo_costs.of(slo, minutes([]), deploys) == [None] * len(deploys)
