"""The evaluator writes down what pages show: the same health for the same reason, alerts with the same burns."""

from datetime import datetime
from decimal import Decimal

import pytest

from app.domain.slos import Budgeting, Method, Slo
from app.domain.windows import Calendar, Rolling, Unit
from app.reports import slos
from app.store import burn_alerts, slo_healths
from app.store.engine import Store
from tests.actions.evaluating import Watch
from tests.domain.slo_values import DAY, WORKBOOK, objective

MONTH = Calendar(Unit.MONTH, datetime(2026, 1, 1), "Europe/Berlin")  # noqa: DTZ001
QUARTER = Calendar(Unit.QUARTER, datetime(2026, 4, 1), "America/New_York")  # noqa: DTZ001
SLICES = Budgeting(Method.TIME_SLICES, 5, Decimal("0.99"))


def every_kind() -> list[Slo]:
    return [
        objective(1),
        objective(2, target="0.99", window=Rolling(7 * DAY)),
        objective(3, window=MONTH),
        objective(4, target="0.9999", window=QUARTER, pairs=WORKBOOK[2:]),
        objective(5, target="0.99", budgeting=SLICES, pairs=WORKBOOK[1:]),
        objective(6, target="0.995", window=MONTH, pairs=()),
        objective(7, target="0.95", least_failures=5_000, pairs=WORKBOOK[3:]),
    ]


@pytest.mark.parametrize(
    "course", [[0.0] * 3, [2.0] * 8, [40.0] * 12, [1_000.0] * 7, [900.0, *[None] * 12], [None] * 3, [5.0, 0.0] * 4]
)
def test_health_reason_and_burns_are_those_of_the_page(store: Store, course: list[float | None]) -> None:
    watch = Watch(store, *every_kind())
    watch.live([0.0])
    for bad in course:
        watch.live([bad])
        with store.reading() as db:
            shown = slos.now(watch.board, db, watch.board.slos())
            written = slo_healths.newest(db)
            opened = burn_alerts.opened(db)
        assert {key: (one.health, one.reason) for key, one in shown.items()} == {
            key: (one.health, one.reason) for key, one in written.items()
        }
        for alert in opened:
            (pair,) = [one for one in shown[alert.slo_id].pairs if one.name == alert.pair]
            assert (pair.state, pair.since_ms is not None) == (alert.state, True)
            if alert.fired_ms == watch.now * 60_000:
                assert (pair.long.rate, pair.short.rate) == (alert.long_burn, alert.short_burn)
                assert shown[alert.slo_id].budget_left == alert.budget_left
