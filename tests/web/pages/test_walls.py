"""`/wall/NAME`: what is wrong in huge type, the rest as cells, counts that sum, and nothing that only scripts show."""

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from app.domain.board import Board, ServiceRef
from app.domain.slos import Slo
from app.store import services
from app.store.engine import Store
from app.store.services import Described
from app.web.deps import App
from tests.reports import cast
from tests.reports.cast import Member
from tests.reports.slo_cast import SloCast
from tests.web.conftest import Clock
from tests.web.pages.conftest import Look, words


@pytest.fixture
def objectives(burnline: App) -> None:
    burnline.slos = SloCast()


def rows(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<article class="row [^"]*" data-state="([^"]+)" data-key="([^"]+)"', html)


def cells(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<li data-state="([^"]+)" data-key="([^"]+)"', html)


def test_what_is_wrong_has_rows_worst_first_and_the_rest_has_cells(look: Look) -> None:
    html = look("/wall/all")
    assert rows(html) == [("crit", "ledger"), ("crit", "checkout"), ("warn", "search")]
    assert cells(html) == [
        ("no-data", "mailer"),
        *(("ok", name) for name in ("batch", "catalog", "legacy", "quiet@staging")),
    ]
    assert "CRIT errors 7.12 %, 5 % is critical, since 14:14 (18 min) 7.12 % errors" in words(html)
    assert "+1 more NO DATA mailer" in words(html)


def test_the_count_line_sums_to_what_is_shown(look: Look) -> None:
    html = look("/wall/all")
    counted = [int(one) for one in re.findall(r'data-count="(\d+)"', html)]
    assert counted == [2, 1, 1, 4]
    assert sum(counted) == len(rows(html)) + len(cells(html)) == 8


def test_the_page_says_what_the_json_says(look: Look, client: TestClient) -> None:
    told = client.get("/api/walls/all").json()
    html = words(look("/wall/all"))
    for one in told["rows"]:
        assert (
            f"{one['name']} {one['state'].upper()} {one['detail']} {one['value']} {one['unit']}".replace("\u2009", " ")
            in html
        )
    assert sum(told["counts"].values()) == told["services"] == len(told["rows"]) + len(told["cells"]) + told["hidden"]
    overview = client.get("/api/services").json()
    assert told["critical"] == [one["service"] for one in overview if one["state"] == "crit"]


@pytest.mark.usefixtures("objectives")
def test_a_burning_budget_is_the_number_of_its_row(look: Look) -> None:
    """checkout: 730 of 50 000 in the hour is 14.6 times the thousandth that may fail."""
    html = words(look("/wall/all"))
    assert "checkout CRIT" in html
    assert "SLOs: 6 of 9 met, 2 without data" in html


@pytest.mark.usefixtures("objectives")
def test_an_owner_has_a_wall_at_once(look: Look, client: TestClient) -> None:
    names = [one["wall"] for one in client.get("/api/walls").json()]
    assert names == ["all", "payments", "shop"]
    assert rows(look("/wall/payments")) == [("crit", "checkout")]
    both = client.get("/api/walls/payments+shop").json()
    assert both["title"] == "payments + shop"
    assert {one["key"] for one in both["rows"] + both["cells"]} == {"checkout", "search", "mailer", "catalog"}


def test_a_service_that_names_its_team_is_on_the_teams_wall(look: Look, store: Store, board: Board) -> None:
    with store.writing() as db:
        services.ensure(db, [(one.name, one.environment) for one in cast.CAST], now_ms=1)
        found = {one.slug: one.id for one in services.all_services(db)}
        services.describe(db, found["ledger"], Described("Ledger", labels={"team": ("Team Money!",)}))
    assert rows(look("/wall/team-money")) == [("crit", "ledger")]


def test_an_unknown_wall_says_which_there_are(client: TestClient) -> None:
    answer = client.get("/wall/nowhere")
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error["message"] == "There is no wall named nowhere."
    assert "all" in error["hint"]


def healthy(board: Board, names: list[str]) -> Board:
    return cast.board(tuple(Member(name) for name in names))


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a"], "a is ok"),
        (["a", "b"], "Both services are ok"),
        (["a", "b", "c"], "All 3 services are ok"),
    ],
)
def test_all_well_is_one_sentence(burnline: App, look: Look, names: list[str], sentence: str) -> None:
    burnline.board = healthy(burnline.board, names)
    html = look("/wall/all")
    assert sentence in words(html)
    assert not rows(html)
    assert not cells(html)


@pytest.mark.usefixtures("objectives")
def test_all_well_is_within_its_objectives_only_when_all_are_kept(burnline: App, look: Look) -> None:
    """catalog keeps its one, with 96 % of its budget left; payments has overspent by 8 %."""
    burnline.board = healthy(burnline.board, ["catalog"])
    html = words(look("/wall/shop"))
    assert "catalog is ok" in html
    assert "Payments availability has overspent its budget by 8 %" in html


class CatalogAlone(SloCast):
    """The only objective there is, and it is kept."""

    def slos(self) -> list[Slo]:
        return [one for one in super().slos() if one.service == "catalog"]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [(["catalog"], "catalog is within SLO"), (["catalog", "search"], "Both services are ok")],
)
def test_a_service_without_an_objective_is_within_none(
    burnline: App, look: Look, names: list[str], sentence: str
) -> None:
    burnline.board = healthy(burnline.board, names)
    burnline.slos = CatalogAlone()
    assert sentence in words(look("/wall/all"))


def test_nothing_at_all_is_said_and_is_not_well(burnline: App, look: Look) -> None:
    burnline.board = Board()
    assert "No service has sent anything yet" in words(look("/wall/all"))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("inch=0", "inch"),
        ("inch=nan", "inch"),
        ("m=-1", "m"),
        ("pages=secrets", "pages"),
        ("dwell=1", "dwell"),
        ("dim=25:00-06:00", "dim"),
        ("dim=night", "dim"),
    ],
)
def test_what_cannot_hang_is_refused_by_name(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/wall/all?{query}")
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


def test_a_further_screen_has_larger_type_and_fewer_rows(look: Look) -> None:
    near, far = look("/wall/all", inch="75", m="5"), look("/wall/all", inch="43", m="12")
    assert len(rows(near)) > len(rows(far))


def test_the_clock_has_a_zone(look: Look) -> None:
    assert "15:32 CET" in words(look("/wall/all", tz="Europe/Berlin"))


def test_a_wall_loads_no_charts_and_carries_no_styles_of_its_own(look: Look) -> None:
    html = look("/wall/all")
    assert "plotly" not in html
    assert "htmx" not in html
    assert " style=" not in html
    assert "<style" not in html


def test_hostile_names_are_text(burnline: App, look: Look) -> None:
    burnline.board = cast.board((replace(cast.CAST[1], name="<img src=x onerror=alert(1)>"),))
    html = look("/wall/all")
    assert "<img" not in html
    assert "<img src=x onerror=alert(1)>" in words(html)


def test_a_wall_of_many_hides_nothing(burnline: App, client: TestClient) -> None:
    burnline.board = cast.board((*cast.CAST[1:5], *(Member(f"service-{n}") for n in range(196))))
    told = client.get("/api/walls/all").json()
    assert len(told["rows"]) + len(told["cells"]) == 200
    assert told["hidden"] == 0


def test_objectives_are_a_page_of_their_own(look: Look, objectives: None) -> None:
    html = look("/wall/all/screen", page="slos")
    assert rows(html)[0] == ("crit", "payments-availability")
    assert "-8 % budget left" in words(html)


def test_one_service_large_shows_its_four_signals(look: Look) -> None:
    html = words(look("/wall/all/screen", focus="checkout"))
    assert all(name in html for name in ("latency p99", "traffic", "errors", "saturation"))


def test_a_stream_of_a_wall_tells_of_its_services_alone(
    client: TestClient, burnline: App, board: Board, clock: Clock, objectives: None
) -> None:
    since = client.get("/wall/payments/live/poll").json()["id"]
    board.changed({one.id: cast.NOW_MS for one in board.services()}, now_ms=cast.NOW_MS)
    told = client.get("/wall/payments/live/poll", params={"since": since}).json()
    assert list(told["services"]) == ["checkout"]
    assert "counts" not in told
    everything = client.get("/wall/all/live/poll", params={"since": since}).json()
    assert len(everything["services"]) == 8


def test_a_new_service_is_on_the_wall_of_everything(look: Look, board: Board) -> None:
    board.learn([ServiceRef(99, "newcomer", "newcomer", "")])
    board.changed({99: cast.NOW_MS}, now_ms=cast.NOW_MS)
    assert ("ok", "newcomer") in cells(look("/wall/all"))
