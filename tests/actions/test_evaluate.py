"""Burn alerts and healths as the evaluator writes them: of 1 000 events a minute and 99.9 %, after 30 clean days.

When the Workbook's policies fire and resolve is computed by hand: a total outage burns 1 000 times the budget. In a
window of L minutes, n minutes of it are a burn of 1 000 n / L: 14.4 in 60 min from n = 1 (16.7), 6 in 360 from 3 (8.3),
3 in 1 440 from 5 (3.5), and 1 in 4 320 from 5 (1.16). Each resolves when the outage has left the short window.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from app.actions import evaluate
from app.domain import healths
from app.domain.errors import Unavailable
from app.domain.slos import BurnPair, Severity
from app.store import burn_alerts, schema
from app.store.engine import Store
from tests.actions.evaluating import Watch
from tests.domain.slo_values import WORKBOOK, objective
from tests.objectives import failures, stored
from tests.objectives import objective as measured

OUTAGE = [1_000.0] * 10
QUIET_SLO = objective(pairs=())


def rows(store: Store) -> dict[str, list[Any]]:
    with store.reading() as db:
        return {
            name: sorted(tuple(row) for row in db.execute(sa.select(schema.metadata.tables[name])))
            for name in ("burn_alerts", "slo_healths")
        }


@pytest.fixture
def server(store: Store) -> Iterator[Store]:
    """Where several processes may run."""
    if store.is_sqlite:
        pytest.skip("A SQLite file is one process' alone.")
    return iter([store])


def test_a_total_outage_fires_and_resolves_every_policy_at_the_minutes_of_the_arithmetic(store: Store) -> None:
    watch = Watch(store, objective())
    watch.live([*OUTAGE, *[0.0] * 361])
    assert watch.told() == [("1h/5m", 1, 15), ("6h/30m", 3, 40), ("1d/2h", 5, 130), ("3d/6h", 5, 370)]
    assert [one.ended for one in watch.alerts()] == ["recovered"] * 4
    first = watch.alerts()[0]
    assert (first.severity, first.factor, first.since_ms) == ("page", 14.4, first.fired_ms)
    assert first.long_burn == pytest.approx(1_000 / 60)
    assert first.short_burn == pytest.approx(200)
    assert first.budget_left == pytest.approx(1 - 1_000 / 43_200)


def test_a_round_in_which_nothing_changes_writes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(store, objective())
    watch.live([0.0, 1_000.0])
    before = rows(store)
    monkeypatch.setattr(burn_alerts, "begin", None)  # would fail if it were called
    watch.live([1_000.0])  # the page goes on; the second comes a minute later
    assert rows(store) == before


HELD = (BurnPair("held", Severity.PAGE, 60, 5, Decimal("14.4"), hold_minutes=3), *WORKBOOK[1:3])


@pytest.mark.parametrize("missed", range(1, 16))
def test_a_restart_at_any_evaluation_changes_firing_by_one_evaluation_at_most(store: Store, missed: int) -> None:
    """Uninterrupted: breached from minute 1, held for 3 fires at 4 and resolves at 15; the others as above."""
    watch = Watch(store, objective(pairs=HELD))
    for minute, bad in enumerate([*OUTAGE, *[0.0] * 7], start=1):
        watch.pass_minute(bad)
        if minute == missed:
            watch.evaluator.let_go()
            watch.evaluator = watch.another()  # and nobody evaluated meanwhile
        else:
            watch.evaluator.evaluate()
    told = {pair: (fired, resolved) for pair, fired, resolved in watch.told()}
    assert set(told) == {"held", "6h/30m", "1d/2h"}
    late = {
        pair: fired - expected
        for pair, expected in (("held", 4), ("6h/30m", 3), ("1d/2h", 5))
        if (fired := told[pair][0])
    }
    assert set(late.values()) <= {0, 1}
    assert len(late) == 3
    assert told["held"][1] in {15, 16}


def test_a_process_that_starts_anew_every_minute_tells_the_same(store: Store) -> None:
    watch = Watch(store, objective(pairs=HELD))
    for bad in [*OUTAGE, *[0.0] * 31]:
        watch.evaluator.let_go()
        watch.evaluator = watch.another()
        watch.live([bad])
    assert watch.told() == [("held", 4, 15), ("6h/30m", 3, 40), ("1d/2h", 5, None)]


def test_what_is_breached_shorter_than_it_has_to_be_leaves_no_trace(store: Store) -> None:
    watch = Watch(store, objective(pairs=(replace(HELD[0], hold_minutes=8),)))
    watch.live([20.0] * 2)  # two minutes of 20 in 1 000: a burn of 40/60 in an hour
    assert watch.alerts() == []
    watch.live([1_000.0])
    (waiting,) = watch.alerts()
    assert (waiting.state, waiting.fired_ms) == ("pending", None)
    watch.live([0.0] * 5)
    assert watch.alerts() == []


def test_silence_neither_resolves_nor_raises_an_alert(store: Store) -> None:
    watch = Watch(store, objective(pairs=WORKBOOK[:1]))
    watch.live([1_000.0] * 2)
    watch.live([None] * 30)
    assert watch.told() == [("1h/5m", 1, None)]
    watch.live([0.0])
    assert watch.told() == [("1h/5m", 1, 33)]


def test_while_we_are_behind_nothing_is_judged(store: Store) -> None:
    watch = Watch(store, objective())
    watch.live([0.0])
    before, lag = rows(store), [31.0]
    watch.counters.measure("burnline_fold_lag_seconds", lambda: lag[0])
    watch.live([1_000.0] * 5)
    assert rows(store) == before
    assert watch.counters.value("burnline_evaluations_total", held="yes") == 5
    assert watch.counters.value("burnline_evaluation_held") == 1
    lag[0] = 30.0
    watch.live([1_000.0])
    assert {pair for pair, _, _ in watch.told()} == {"1h/5m", "6h/30m", "1d/2h", "3d/6h"}
    assert watch.counters.value("burnline_evaluation_held") == 0


def test_while_nobody_sends_no_alert_changes_and_the_budget_has_no_data(store: Store) -> None:
    watch = Watch(store, objective(pairs=WORKBOOK[2:3]))
    watch.live([1_000.0] * 5)
    assert watch.told() == [("1d/2h", 5, None)]
    for _ in range(11):
        watch.pass_minute(None, heard=False)
        watch.evaluator.evaluate()
    assert watch.told() == [("1d/2h", 5, None)]
    assert watch.counters.value("burnline_evaluations_total", held="yes") >= 9
    assert watch.healths()[-1] == (15, "no_data", "Nothing has been heard of it for 10 minutes or longer.")


def test_health_is_told_when_it_changes_with_its_reason(store: Store) -> None:
    """The budget is 43 200 of 43.2 M events: 0.5 of it is 21 600 bad ones, which 22 minutes of outage are."""
    watch = Watch(store, QUIET_SLO)
    watch.live([0.0, *[1_000.0] * 45])
    assert watch.healths() == [
        (1, "healthy", ""),
        (23, "watch", "Less than 50 % of the budget is left."),
        (34, "at_risk", "Less than 25 % of the budget is left."),
        (45, "exhausted", "The budget is spent."),
    ]


def test_a_page_that_fires_puts_a_full_budget_at_risk(store: Store) -> None:
    """While the hour holds 1 000 failures, the 42 200 that are left last for 42 hours."""
    watch = Watch(store, objective(pairs=WORKBOOK[:1]))
    watch.live([0.0, 1_000.0, *[0.0] * 60])
    assert watch.healths() == [
        (1, "healthy", ""),
        (2, "at_risk", "A page is firing."),
        (7, "watch", "At the present rate the budget is gone in less than 3 days."),
        (62, "healthy", ""),
    ]


def test_one_without_any_data_has_no_data(store: Store) -> None:
    watch = Watch(store, objective(), clean=False)
    watch.live([None])
    assert watch.healths() == [(1, "no_data", "Nothing has been heard of it yet.")]
    assert watch.alerts() == []


def test_alerts_of_what_is_gone_end_as_changed(store: Store) -> None:
    one, other = objective(), objective(2, pairs=WORKBOOK[:2])
    watch = Watch(store, one, other)
    watch.live([1_000.0] * 3)
    assert [(alert.slo_id, alert.pair) for alert in watch.alerts()] == [
        (1, "1h/5m"),
        (2, "1h/5m"),
        (1, "6h/30m"),
        (2, "6h/30m"),
    ]
    watch.define(one, replace(other, alerting=replace(other.alerting, pairs=WORKBOOK[1:2])))
    watch.live([1_000.0])
    ended = [(alert.slo_id, alert.pair, alert.ended) for alert in watch.alerts() if alert.ended]
    assert ended == [(2, "1h/5m", "changed")]
    watch.define(one)
    watch.live([1_000.0])
    with store.reading() as db:
        assert {alert.slo_id for alert in burn_alerts.opened(db)} == {1}


def test_alerts_of_what_the_board_has_not_heard_of_yet_stay(store: Store) -> None:
    """Of two processes the other one may hear of a new objective first, and evaluate it first."""
    with store.writing() as db:
        slo = stored(db, measured(failures()), now_ms=1)
    known = replace(objective(slo.id, pairs=slo.alerting.pairs), slug=slo.slug)
    watch = Watch(store, known)
    watch.live([1_000.0])
    before = watch.told()
    assert before == [("1h/5m", 1, None)]
    watch.evaluator.let_go()
    watch.define(objective(slo.id + 1))
    watch.evaluator = watch.another()
    watch.live([1_000.0])
    watch.define(known)
    watch.live([1_000.0])
    assert watch.told() == before
    watch.evaluator.let_go()


def test_one_who_is_overtaken_in_the_middle_writes_nothing(
    server: Iterator[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    (store,) = server
    watch = Watch(store, objective())
    watch.live([0.0])
    other = watch.another()
    judged = healths.all_judged

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(healths, "all_judged", judged)
        with store.writing() as db:
            db.execute(schema.leases.update().values(until_ms=0))
        other.evaluate()
        return judged(*args, **kwargs)

    monkeypatch.setattr(healths, "all_judged", overtaken)
    watch.pass_minute(1_000.0)
    with pytest.raises(Unavailable, match="Another process has taken over"):
        watch.evaluator.evaluate()
    assert watch.told() == [("1h/5m", 1 + 1, None)]
    before = rows(store)
    with pytest.raises(Unavailable, match="Another process evaluates"):
        watch.evaluator.evaluate()
    assert not watch.evaluator.evaluate_if_due()
    assert rows(store) == before
    other.let_go()
    watch.evaluator.evaluate()
    watch.evaluator.let_go()


def test_it_is_due_every_ten_seconds_also_when_the_clock_is_set_back(store: Store) -> None:
    watch = Watch(store, QUIET_SLO)
    clock = [watch.now_ms]
    evaluator = evaluate.Evaluator(store, watch.board, counters=watch.counters, clock_ms=lambda: clock[0])
    due = []
    for passed_ms in (0, 9_000, 1_000, -3_600_000, 5_000, 5_000):
        clock[0] += passed_ms
        due.append(evaluator.evaluate_if_due())
    assert due == [True, False, True, True, False, True]
    evaluator.let_go()
