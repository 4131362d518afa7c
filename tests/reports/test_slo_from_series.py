"""What is read from series themselves: who spent a budget, objectives not saved yet, and those that are proposed."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pytest import approx  # noqa: PT013  # reads like a number

from app.actions import slos as acting
from app.domain.changes import Change
from app.domain.errors import Invalid, Missing
from app.domain.slos import Budgeting, Method
from app.domain.windows import Period, Rolling
from app.reports import slo_proposals, slo_spending, slo_what_if
from app.store import changes
from app.store.slos import Edit
from tests.databases import Databases
from tests.objectives import failures, objective
from tests.pipeline import NOW_MS, One, Pipeline, counter

MINUTE_MS = 60_000
NOW = NOW_MS // MINUTE_MS
FIRST = NOW - 300
UTC = ZoneInfo("UTC")
WITHIN = Period(FIRST * MINUTE_MS, NOW * MINUTE_MS)
EDIT = Edit("mira", "api")


def traffic() -> list[One]:
    """Five hours of ten requests a minute from each of two instances; b fails 6 and a 2 in the minutes 100 to 109."""
    found = []
    sums = {(instance, code): 0 for instance in "ab" for code in ("200", "500")}
    for minute in range(FIRST - 1, NOW):
        for instance, failed in (("a", 2), ("b", 6)):
            if minute >= FIRST:
                bad = failed if 100 <= minute - FIRST < 110 else 0
                sums[instance, "500"] += bad
                sums[instance, "200"] += 10 - bad
            for code in ("200", "500"):
                value = float(sums[instance, code])
                found.append(One(counter(code, instance=instance), minute * MINUTE_MS + 30_000, value))
    return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pipeline(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Pipeline]:
    made = Pipeline(databases.empty(str(request.param)), now_ms=NOW_MS + 20_000)
    made.send(traffic())
    made.sealer.seal(now_ms=NOW_MS + 20_000, lag_ms=0)
    made.define(objective(failures()))
    made.fill()
    made.follow()
    yield made
    made.close()


def spent(pipeline: Pipeline, by: str, method: Budgeting | None = None) -> slo_spending.Spending:
    slo = pipeline.slos.find("shop-availability")
    slo = slo if method is None else replace(slo, budgeting=method)
    with pipeline.store.reading() as db:
        return slo_spending.of(pipeline.slos, db, slo, by=by, within=WITHIN, zone=UTC)


def test_instances_are_ranked_by_what_they_failed(pipeline: Pipeline) -> None:
    found = spent(pipeline, "label:instance")
    assert [(one.name, one.bad, one.share) for one in found.shares] == [("b", 60.0, 0.75), ("a", 20.0, 0.25)]
    assert [one.total for one in found.shares] == [approx(3_000, abs=10)] * 2
    assert found.budget == approx(6, abs=0.02)  # of 6 000 requests at 99.9 %
    assert found.budget_share(found.shares[0]) == approx(10, abs=0.04)


def test_slices_are_blamed_on_those_who_failed_in_them(pipeline: Pipeline) -> None:
    slices = Budgeting(Method.TIME_SLICES, 1, Decimal("0.9"))
    found = spent(pipeline, "label:instance", slices)
    assert {one.name: one.bad for one in found.shares} == {"b": approx(7.5), "a": approx(2.5)}
    assert [one.total for one in found.shares] == [None, None]


def test_a_label_that_some_do_not_carry_is_said_and_one_that_nobody_carries_is_refused(pipeline: Pipeline) -> None:
    with pytest.raises(Invalid) as refused:
        spent(pipeline, "label:route")
    assert (refused.value.field, refused.value.hint) == ("by", "They have code, instance, job.")
    with pipeline.store.reading() as db:
        assert slo_spending.labels(db, pipeline.slos.find("shop-availability")) == ["code", "instance"]


def test_a_deploy_is_told_by_what_failed_after_it(pipeline: Pipeline) -> None:
    with pipeline.store.writing() as db:
        change = Change("shop", (FIRST + 95) * MINUTE_MS, "v2")
        changes.record(db, change, now_ms=NOW_MS)
    found = spent(pipeline, "deploy")
    assert [(one.name, one.bad, one.share) for one in found.shares] == [("v2", 80.0, 1.0), ("background", 0.0, 0.0)]


@pytest.mark.parametrize("measured", [True, False], ids=["minutes of an SLI", "series that nobody measures"])
def test_a_preview_is_what_the_objective_would_be(pipeline: Pipeline, measured: bool) -> None:
    indicator = failures() if measured else failures(job="shop")
    slo = replace(objective(indicator, slug="other", window=Rolling(300)), target=Decimal("0.98"))
    with pipeline.store.reading() as db:
        found = slo_what_if.preview(pipeline.slos, db, slo)
    assert found.bad == 80.0
    assert found.total == approx(6_000, abs=20)
    assert found.budget_left == approx(1 - 80 / 120, abs=0.003)
    # 8 of 20 fail in the minutes 100 to 109; 14.4x of 2 % is 28.8 %, which an hour with 80 of 1 200 never is.
    assert found.alerts == ()
    strict = replace(slo, target=Decimal("0.999"))
    with pipeline.store.reading() as db:
        (alert,) = slo_what_if.preview(pipeline.slos, db, strict).alerts
    # 1.44 % of an hour's 1 200 requests are 17.28: reached by the third bad minute's 24. Five minutes after the last
    # bad minute no failure is left in the short window.
    start = (FIRST + 103) * MINUTE_MS
    assert (alert.pair, alert.start_ms, alert.end_ms) == ("1h/5m", start, (FIRST + 115) * MINUTE_MS)


def test_a_proposal_is_adopted_once(pipeline: Pipeline) -> None:
    """The service has an objective of that kind already; its history without one proposes what it could have kept."""
    with pipeline.store.writing() as db:
        before = db.begin_nested()
        assert slo_proposals.proposed(db, now_ms=NOW_MS) == []
        slo = pipeline.slos.find("shop-availability")
        acting.archive(db, slo, EDIT, now_ms=NOW_MS)
        (one,) = slo_proposals.proposed(db, now_ms=NOW_MS)
        # 80 of 6 000 are 1.33 %: 67 % of the budget at 98 %, and more than 80 % of that at 99 %.
        assert (one.key, one.target) == ("shop-availability", Decimal("0.98"))
        found = slo_proposals.find(db, "shop-availability", now_ms=NOW_MS)
        made = acting.create(db, slo_proposals.draft(found), EDIT, now_ms=NOW_MS)
        assert (made.slug, made.target, len(made.alerting.pairs)) == ("shop-availability", Decimal("0.98"), 4)
        with pytest.raises(Missing):
            slo_proposals.find(db, "shop-availability", now_ms=NOW_MS)
        before.rollback()
