"""Every service on one page, worst first, with a reason for everything that is not well."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.domain.board import Board
from app.domain.signals import MINUTE_MS
from app.domain.states import State
from app.reports import overview
from app.reports.overview import Row
from tests.reports import cast


@pytest.fixture
def row(board: Board, now: datetime) -> Callable[[str], Row]:
    rows = {one.service.slug: one for one in overview.page(board, now).rows}
    return rows.__getitem__


def plain(text: str) -> str:
    return text.replace("\u2009", " ")


def test_the_worst_stand_first(board: Board, now: datetime) -> None:
    page = overview.page(board, now)
    assert [(one.service.slug, one.state) for one in page.rows] == [
        ("ledger", State.CRIT),
        ("checkout", State.CRIT),
        ("search", State.WARN),
        ("mailer", State.NO_DATA),
        ("batch", State.OK),
        ("catalog", State.OK),
        ("legacy", State.OK),
        ("quiet@staging", State.OK),
    ]
    assert page.bad == 3
    assert page.worst is State.CRIT


def test_the_counts_sum_to_the_total(board: Board, now: datetime) -> None:
    page = overview.page(board, now)
    assert {one.state: one.number for one in page.counts} == {
        State.CRIT: 2,
        State.WARN: 1,
        State.NO_DATA: 1,
        State.MAINT: 0,
        State.OK: 4,
    }
    assert sum(one.number for one in page.counts) == page.total == 8


def test_a_failing_service_says_why_and_since_when(row: Callable[[str], Row]) -> None:
    found = row("checkout")
    assert plain(found.reason) == "errors 7.12 %, 5 % is critical"
    assert found.since_ms == (cast.NOW_MS // MINUTE_MS - 18) * MINUTE_MS
    assert found.errors.state is State.CRIT
    assert found.latency.state is State.OK


def test_a_slow_service_names_the_limit(row: Callable[[str], Row]) -> None:
    assert "is critical" in row("ledger").reason
    assert row("ledger").reason.startswith("p99 ")
    assert row("ledger").latency.state is State.CRIT


def test_saturation_shows_the_resource_that_is_in_trouble(row: Callable[[str], Row]) -> None:
    found = row("search")
    assert plain(found.reason) == "disk /data 90.9 %, 85 % is a warning"
    assert (found.resource, found.saturation.note) == ("disk /data", "disk /data")
    assert found.saturation.state is State.WARN


def test_a_silent_service_shows_dashes_and_never_zeros(row: Callable[[str], Row]) -> None:
    found = row("mailer")
    assert found.reason == "no data"
    assert found.since_ms == cast.NOW_MS - 5_000 - 34 * MINUTE_MS
    assert {name: (one.value, one.text) for name, one in found.figures} == dict.fromkeys(overview.SIGNALS, (None, "–"))


def test_the_minute_a_service_fell_silent_in_is_not_drawn_as_a_drop(row: Callable[[str], Row]) -> None:
    start, steps = row("mailer").traffic.spark.path.removeprefix("M").split("l")
    numbers = [int(one) for one in steps.replace("-", " -").split()]
    end_x, end_y = int(start.split()[0]) + sum(numbers[::2]), int(start.split()[1]) + sum(numbers[1::2])
    assert end_x < 60
    assert end_y < 10


def test_a_service_without_histograms_is_labelled_mean(row: Callable[[str], Row]) -> None:
    assert row("legacy").latency.note == "mean"
    assert row("catalog").latency.note == "p99"


def test_a_service_without_requests_has_its_resources(row: Callable[[str], Row]) -> None:
    found = row("batch")
    assert found.traffic.text == found.errors.text == found.latency.text == "–"
    assert (plain(found.saturation.text), found.resource) == ("70 %", "memory")


def test_no_requests_are_no_errors_either_way(row: Callable[[str], Row]) -> None:
    assert row("quiet@staging").errors.text == "–"
    assert row("quiet@staging").traffic.text == "0/s"


def test_a_selection_keeps_the_counts_of_all(board: Board, now: datetime) -> None:
    chosen = overview.page(board, now, state=State.CRIT, search=" LEDG ")
    assert [one.service.slug for one in chosen.rows] == ["ledger"]
    assert chosen.total == 8
    assert chosen.counts == overview.page(board, now).counts


def test_a_company_without_services_has_an_empty_page(now: datetime) -> None:
    page = overview.page(Board(), now)
    assert (page.rows, page.total, page.until_ms, page.worst) == ((), 0, None, State.OK)


def test_a_patch_says_what_the_page_says(board: Board, now: datetime) -> None:
    shown = {one.service.slug: one for one in overview.page(board, now).rows}
    patch = overview.patch(board, ["checkout", "nobody"], now)
    services = patch["services"]
    assert isinstance(services, dict)
    assert list(services) == ["checkout"]
    cells, row = services["checkout"], shown["checkout"]
    assert {name: cells[name] for name in overview.SIGNALS} == {name: one.text for name, one in row.figures}
    assert (cells["state"], cells["word"], cells["reason"]) == ("crit", "CRIT", row.reason)
    assert cells["states"] == {"errors": "crit"}
    assert cells["spark"]["errors"] == row.errors.spark.path
    assert (patch["counts"], patch["total"]) == ({"crit": 2, "warn": 1, "no-data": 1, "maint": 0, "ok": 4}, 8)


def test_a_service_that_falls_silent_is_seen_without_a_new_sample(board: Board, now: datetime) -> None:
    assert overview.page(board, now).counts[0].number == 2
    later = overview.page(board, now + timedelta(minutes=6))
    assert {one.state for one in later.rows} == {State.NO_DATA}


def test_a_completed_minute_is_shown_at_once(board: Board, now: datetime) -> None:
    before = overview.page(board, now)
    calm = replace(cast.CAST[1], ratio=lambda age: 0 * age)
    cast.fill(board, 2, calm, newest_ms=cast.NOW_MS + MINUTE_MS)
    board.changed({2: cast.NOW_MS + MINUTE_MS}, now_ms=cast.NOW_MS + MINUTE_MS)
    after = overview.page(board, now + timedelta(seconds=71))
    states = [{one.service.slug: one.state for one in page.rows}["checkout"] for page in (before, after)]
    assert states == [State.CRIT, State.OK]


def test_late_samples_are_shown_within_seconds(board: Board, now: datetime) -> None:
    overview.page(board, now)
    cast.fill(board, 1, replace(cast.CAST[0], ratio=lambda age: 0.5 + 0 * age), newest_ms=cast.NOW_MS - 5_000)
    board.changed({1: cast.NOW_MS - 5_000}, now_ms=cast.NOW_MS)
    later = overview.page(board, now + timedelta(seconds=6))
    assert {one.service.slug: one.state for one in later.rows}["catalog"] is State.CRIT


def test_an_earlier_time_of_the_day_can_be_looked_at(board: Board, now: datetime) -> None:
    then = overview.page(board, now, at=now - timedelta(minutes=50))
    states = {one.service.slug: one.state for one in then.rows}
    assert states["checkout"] is State.OK
    assert states["mailer"] is State.OK
