"""Objectives as lists show them: every number from literal counts, the worst first, and all places agree."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from pytest import approx  # noqa: PT013  # reads like a number

from app.domain.ledger import Treatment
from app.domain.slos import Health
from app.domain.states import State
from app.reports import badges, slo_budgets, slo_burns, slo_explained, slo_gates, slos
from app.reports.slos import Listed, SloRow
from app.store import burn_alerts
from app.store.engine import Connection, open_store
from tests.reports import slo_boards, slo_cast, slo_past
from tests.reports.slo_cast import UNTIL_MS, SloCast

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def db(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """Minutes and alerts behind the cast; no test here writes."""
    path = tmp_path_factory.mktemp("slos") / "burnline.db"
    shutil.copy(migrated, path)
    store = open_store(f"sqlite:///{path}")
    with store.writing() as writing:
        slo_past.store(writing)
        slo_cast.open_alerts(writing)
    with store.reading() as reading:
        yield reading
    store.close()


@pytest.fixture
def queries(db: Connection) -> Iterator[list[str]]:
    """Every statement sent to read."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def listed(db: Connection) -> Listed:
    return slos.listed(SloCast(), db)


@pytest.fixture
def rows(listed: Listed) -> dict[str, SloRow]:
    return {one.slo.slug: one for one in listed.rows}


def test_every_objective_has_the_health_its_counts_give(rows: dict[str, SloRow]) -> None:
    assert {slug: one.now.health for slug, one in rows.items()} == {one.slug: one.health for one in slo_cast.ROLES}


def test_the_worst_stands_first_and_of_equals_the_soonest_spent(listed: Listed) -> None:
    assert [one.slo.slug for one in listed.rows] == [
        "payments-availability",
        "checkout-availability",
        "search-latency",
        "legacy-cart-availability",
        "orders-availability",
        "quiet-availability",
        "mailer-freshness",  # 80.8 min at 0.12 an hour
        "catalog-availability",  # 19 200 at 1.1 an hour
        "inventory-availability",  # not before its month ends
    ]


def test_counts_are_of_all_whatever_is_selected(db: Connection) -> None:
    found = slos.listed(SloCast(), db, health="at_risk")
    assert [one.slo.slug for one in found.rows] == ["checkout-availability"]
    assert found.counts == (("exhausted", 1), ("at_risk", 1), ("watch", 1), ("no_data", 3), ("healthy", 3))
    assert (found.total, sum(number for _, number in found.counts)) == (9, 9)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({"service": "search"}, ["search-latency"], id="a service"),
        pytest.param({"search": " FRESH "}, ["mailer-freshness"], id="a part of the name"),
        pytest.param({"search": "payments"}, ["payments-availability", "checkout-availability"], id="an owner"),
        pytest.param({"service": "nobody"}, [], id="nobody"),
    ],
)
def test_a_list_is_narrowed_by(db: Connection, asked: dict[str, str], found: list[str]) -> None:
    assert [one.slo.slug for one in slos.listed(SloCast(), db, **asked).rows] == found


def test_the_numbers_are_those_of_the_counts(rows: dict[str, SloRow]) -> None:
    now = rows["checkout-availability"].now
    assert now.compliance == approx(1 - 30_888 / 35_100_000)
    assert now.budget_events == approx(35_100)
    assert now.budget_left == approx(0.12)
    assert now.budget_left_events == approx(4_212)
    assert now.budget_left_seconds == approx(4_212 / (50_000 / 3_600))
    assert [(one.name, one.state) for one in now.pairs] == [
        ("page-fast", "firing"),
        ("page-slow", "firing"),
        ("ticket-fast", "inactive"),
        ("ticket-slow", "firing"),
    ]
    assert [one.long.rate for one in now.pairs] == [approx(14.6), approx(6.1), approx(1.8), approx(1.3)]
    # 4 212 events at 730 an hour; at 1 830 in six hours; at 2 160 a day.
    assert (now.exhaustion.at_ms or 0) - UNTIL_MS == approx(4_212 / 730 * 3_600_000, abs=1)
    assert (now.exhaustion.earliest_ms or 0) - UNTIL_MS == approx(4_212 / 730 * 3_600_000, abs=1)
    assert (now.exhaustion.latest_ms or 0) - UNTIL_MS == approx(4_212 / 2_160 * DAY_MS, abs=1)
    assert now.excluded_seconds == 2_400


def test_what_is_overspent_is_not_clamped_but_the_bar_is(rows: dict[str, SloRow]) -> None:
    one = rows["payments-availability"]
    assert one.now.budget_left == approx(-0.08)
    assert one.now.budget_left_events == approx(-800)
    assert (one.budget_bar, one.state, one.word) == (0.0, State.CRIT, "EXHAUSTED")


def test_slices_are_counted_in_minutes(rows: dict[str, SloRow]) -> None:
    now = rows["mailer-freshness"].now
    assert now.budget_events == approx(100.8)
    assert now.budget_left_events == approx(80.8)
    assert now.budget_left_seconds == approx(80.8 * 60)


def test_a_calendar_is_told_to_date_and_ends_with_its_period(rows: dict[str, SloRow]) -> None:
    now = rows["inventory-availability"].now
    assert now.budget_left == approx(0.8)
    assert now.window.start_ms == 1_793_487_600_000  # midnight of the first in Berlin
    # At the rate of the last hour the month's budget, some 6 600 events, outlasts the month.
    assert now.exhaustion.at_ms is None


def test_silence_is_no_number_and_never_a_hundred_percent(rows: dict[str, SloRow]) -> None:
    for slug in ("quiet-availability", "orders-availability"):
        one = rows[slug]
        now = one.now
        assert (now.compliance, now.budget_left, now.budget_events, now.budget_left_seconds) == (None,) * 4
        assert (one.state, one.budget_bar, one.meaning) == (State.NO_DATA, 0.0, "")
    assert rows["orders-availability"].now.backfilled == 0.4
    assert rows["legacy-cart-availability"].now.newest_known_ms == UNTIL_MS - 3 * DAY_MS + 60_000


def test_a_list_reads_alerts_once(db: Connection, queries: list[str]) -> None:
    slos.listed(SloCast(), db)
    assert len(queries) == 1
    queries.clear()
    slos.one(SloCast(), db, "checkout-availability")
    assert len(queries) == 1


def test_every_place_tells_the_same(db: Connection) -> None:
    """Tile, row, gate, badge, newest point of the chart, replay and alerts, of a real board over stored minutes."""
    board = slo_boards.loaded(db)
    span = {"start_ms": UNTIL_MS - DAY_MS, "end_ms": UNTIL_MS, "step_ms": 3_600_000}
    opened = {(one.slo_id, one.pair): one.state.value for one in burn_alerts.opened(db)}
    for row in slos.listed(board, db).rows:
        slug, now = row.slo.slug, row.now
        assert slos.one(board, db, slug) == row
        gate = slo_gates.gate(board, db, slug)
        assert gate.row == row
        badge, of_service = badges.of_slo(board, db, slug), badges.of_service(board, db, row.slo.service)
        assert (badge.text, badge.state) == (of_service.text, of_service.state)
        assert (badge.state, badge.text.split(",")[0]) == (row.state, row.word.lower())
        *_, point = slo_budgets.between(board, db, row.slo, **span).points()
        assert (point.compliance, point.budget_left) == (now.compliance, now.budget_left), slug
        assert (point.bad, point.total, point.known_seconds) == (
            now.window.bad,
            now.window.total,
            now.window.known_seconds,
        )
        burns = list(slo_burns.between(board, db, row.slo, **span).points())[-len(now.pairs) :]
        assert [(one.long_burn, one.short_burn) for one in burns] == [
            (one.long.rate, one.short.rate) for one in now.pairs
        ]
        assert [one.state for one in now.pairs] == [opened.get((row.slo.id, one.name), "inactive") for one in now.pairs]
        explained = slo_explained.explained(board, db, row)
        assert {(one.name, one.unit): one.value for one in explained.operands}["compliance", "ratio"] == now.compliance


def test_why_names_gaps_and_exclusions(db: Connection) -> None:
    board = slo_boards.loaded(db)
    found = slo_explained.explained(board, db, slos.one(board, db, "legacy-cart-availability"))
    # The minute after the newest up to now.
    assert [(one.start_ms, one.end_ms) for one in found.gaps] == [(UNTIL_MS - 3 * DAY_MS + 60_000, UNTIL_MS)]
    row = slos.one(board, db, "checkout-availability")
    found = slo_explained.explained(board, db, row)
    assert (row.now.window.known_seconds, row.now.coverage) == (30 * 86_400 - 2_400, 1.0)  # all but what is left out
    assert [(one.entry_id, one.end_ms - one.start_ms, one.treatment) for one in found.exclusions] == [
        (1, 40 * 60_000, Treatment.REMOVED)
    ]


@pytest.mark.parametrize(
    ("slug", "allowed", "reason"),
    [
        pytest.param(
            "payments-availability",
            False,
            "payments-availability is exhausted: The budget is spent. -8 % of the budget is left.",
            id="exhausted blocks",
        ),
        pytest.param(
            "checkout-availability",
            True,
            "checkout-availability is at risk: A page is firing. 12 % of the budget is left.",
            id="at risk warns",
        ),
        pytest.param(
            "quiet-availability",
            True,
            "quiet-availability is no data: There was no event in the window.",
            id="no data warns",
        ),
    ],
)
def test_a_gate_says_whether_and_why(db: Connection, slug: str, allowed: bool, reason: str) -> None:
    found = slo_gates.gate(SloCast(), db, slug)
    assert (found.gate.allowed, found.reason) == (allowed, reason)


def test_a_badge_of_a_service_is_that_of_its_worst(db: Connection) -> None:
    found = badges.of_service(SloCast(), db, "payments")
    assert (found.text, found.state) == ("exhausted, -8 % of budget", State.CRIT)
    assert badges.of_service(SloCast(), db, "nobody").text == "no objective"


def test_health_orders_are_all_drawn(rows: dict[str, SloRow]) -> None:
    drawn = {one.now.health: one.state for one in rows.values()}
    assert drawn == {
        Health.EXHAUSTED: State.CRIT,
        Health.AT_RISK: State.CRIT,
        Health.WATCH: State.WARN,
        Health.NO_DATA: State.NO_DATA,
        Health.HEALTHY: State.OK,
    }
