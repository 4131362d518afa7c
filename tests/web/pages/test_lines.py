"""The overview's lines are kept between looks: each look sees its own links, times and budgets all the same."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from app.domain.board import Board
from app.reports import overview, slos
from app.store.engine import Store
from app.web import lines
from app.web.deps import App
from app.web.view import View
from tests.reports import cast, slo_boards, slo_past
from tests.web.conftest import Clock
from tests.web.pages.conftest import Look, words

VIEW = View(
    path="/",
    now_ms=cast.NOW_MS,
    range="6h",
    start_ms=cast.NOW_MS - 6 * 3_600_000,
    end_ms=cast.NOW_MS,
    tz="",
    zone=ZoneInfo("UTC"),
    zone_choice="UTC",
    theme="",
    look="auto",
)


def test_links_carry_the_view_of_each_look(look: Look) -> None:
    plain, dark, again = look("/"), look("/", theme="dark"), look("/", theme="auto")
    links = [re.findall(r'<th scope="row"><a href="/services/catalog([^"]*)"', html) for html in (plain, dark, again)]
    assert links == [[""], ["?theme=dark"], ["?theme=auto"]]


def test_times_are_in_the_zone_of_each_look(look: Look) -> None:
    found = [words(look("/", tz=zone)) for zone in ("UTC", "Europe/Berlin", "UTC")]
    assert ["no data since 13:58" in text for text in found] == [True, False, True]
    assert "no data since 14:58" in found[1]


def test_an_age_grows_while_figures_stand(look: Look, clock: Clock) -> None:
    clock.move(20)
    assert "critical since 14:14 ( 18 min )" in words(look("/"))
    clock.move(10)
    assert "critical since 14:14 ( 19 min )" in words(look("/"))


def test_a_frozen_look_tells_no_age(client: TestClient, burnline: App) -> None:
    now = datetime.fromtimestamp(cast.NOW_MS / 1000, UTC)
    row = next(one for one in overview.page(burnline.board, now).rows if one.service.slug == "checkout")
    frozen = replace(VIEW, range=None)
    drawn = [lines.under(view, has_budgets=False)(row) for view in (VIEW, frozen, VIEW)]
    assert ["data-age" in text for text in drawn] == [True, False, True]


def test_a_service_that_is_called_otherwise_is(board: Board, look: Look) -> None:
    assert ">catalog</a>" in look("/")
    board.learn([replace(board.find("catalog"), name="Catalogue")])
    assert ">Catalogue</a>" in look("/")


@pytest.mark.usefixtures("migrated")
def test_a_budget_that_moved_is_shown_beside_figures_that_did_not(board: Board, store: Store) -> None:
    with store.writing() as db:
        slo_past.store(db)
        told = slos.listed(slo_boards.loaded(db), db).rows[0]
    now = datetime.fromtimestamp(cast.NOW_MS / 1000, UTC)
    draw = lines.under(VIEW, has_budgets=True)
    shown = []
    for left in (0.5, 0.25, None):
        budget = replace(told, now=replace(told.now, budget_left=left))
        rows = overview.page(board, now, budgets={"catalog": budget}).rows
        shown.append(words(draw(next(one for one in rows if one.service.slug == "catalog"))))
    assert ["50 %" in shown[0], "25 %" in shown[1], "50 %" in shown[1], "%" in shown[2]] == [True, True, False, True]
