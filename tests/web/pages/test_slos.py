"""`/slos` and one of them: every number of the cast in words, nothing hidden, nothing made up."""

import json
import re

import pytest

from app.store.engine import Store
from app.web.deps import App
from tests.reports import slo_cast, slo_past
from tests.reports.slo_cast import SloCast
from tests.web.pages.conftest import Look, words


@pytest.fixture
def burnline(burnline: App, store: Store) -> App:
    with store.writing() as db:
        slo_past.store(db)
        slo_past.enter(db)
        slo_cast.open_alerts(db)
    burnline.slos = SloCast()
    return burnline


def row(html: str, slug: str) -> str:
    found = re.search(rf'<tr data-state="[a-z-]+" data-slo="{slug}">.*?</tr>', html, re.DOTALL)
    assert found
    return found[0]


def test_the_worst_stands_first_and_the_counts_sum_to_the_total(look: Look) -> None:
    html = look("/slos")
    assert re.findall(r'data-slo="([a-z-]+)"', html)[:3] == [
        "payments-availability",
        "checkout-availability",
        "search-latency",
    ]
    assert "1 exhausted 1 at risk 1 watch 3 no data 3 healthy = 9 objectives" in words(html)
    assert "<title>(3) SLOs" in html


def test_percent_and_events_stand_side_by_side(look: Look) -> None:
    text = words(row(look("/slos"), "checkout-availability"))
    assert "12 % 4 212 of 35 100 bad events" in text
    assert "14.6x 1 h 6.1x 6 h" in text
    assert "99.91 %" in text


def test_an_overspent_budget_is_not_clamped_and_its_bar_is_empty(look: Look) -> None:
    found = row(look("/slos"), "payments-availability")
    assert "-8 % -800 of 10 000 bad events" in words(found)
    assert '<rect class="left" width="0.0" height="1"/>' in found
    assert 'data-state="crit"' in found


@pytest.mark.parametrize("slug", ["legacy-cart-availability", "orders-availability", "quiet-availability"])
def test_no_data_is_never_drawn_as_well(look: Look, slug: str) -> None:
    found = row(look("/slos"), slug)
    assert '<tr data-state="no-data"' in found
    assert "NO DATA" in found
    assert "#ok" not in found
    html = look(f"/slos/{slug}")
    head = html.split('<div id="head"')[1].split("</header>")[0]
    assert 'data-state="no-data"' in head
    assert "#ok" not in head


def test_what_never_came_is_a_dash_and_no_number(look: Look) -> None:
    text = words(row(look("/slos"), "orders-availability"))
    assert "history read: 40 %" in text
    assert "– no events" in text
    assert "100 %" not in text
    assert "nothing has ever been heard of it" in words(look("/slos/orders-availability"))


@pytest.mark.parametrize("role", slo_cast.ROLES, ids=lambda one: one.slug)
def test_every_objective_has_a_page(look: Look, role: slo_cast.Role) -> None:
    text = words(look(f"/slos/{role.slug}"))
    assert "Why this number" in text
    assert "Burn policies" in text


def test_a_page_says_all_of_a_budget(look: Look) -> None:
    text = words(look("/slos/checkout-availability"))
    assert "1 − 30 888 bad / 35 100 000 events = 99.91 %" in text
    assert "(1 − 99.9 %) × 35 100 000 events = 35 100 bad events" in text
    assert "14.6x = the whole 30-day budget in 2 d 1 h" in text
    assert "5 min + 1 h page 14.4x 14.6x 15x FIRING since 14:13" in text
    assert "2 h + 1 d ticket 3x 1.8x 10x quiet" in text


def test_the_ledger_names_who_and_why_and_what_was_taken_back(look: Look) -> None:
    text = words(look("/slos/checkout-availability").split('id="ledger"')[1])
    assert "Exclusion: 40 min left out this objective Database moved mira" in text
    assert "Credit: 500 bad events taken to be good taken back by 3" in text
    assert "Reversal: takes back entry 2 this objective It was not ours mira" in text


def test_every_point_of_the_chart_is_there_without_it(look: Look) -> None:
    html = look("/slos/checkout-availability")
    found = re.search(r'<script type="application/json" id="budget">(.*?)</script>', html, re.DOTALL)
    assert found
    shown = json.loads(found[1])
    assert len(shown["times"]) == len(shown["left"]) == 361
    assert all(left is not None for left in shown["left"])
    assert html.split('id="table"')[1].split("</details>")[0].count("<tr>") == 31


def test_the_regions_have_their_own_addresses(look: Look) -> None:
    head = look("/slos/checkout-availability/head").strip()
    assert head.startswith("{#") is False
    assert head in look("/slos/checkout-availability")
    listed = look("/slos/list").strip()
    assert listed in look("/slos")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"health": "no_data"}, ["legacy-cart-availability", "orders-availability", "quiet-availability"]),
        ({"q": "PAYMENTS"}, ["payments-availability", "checkout-availability"]),
        ({"service": "search"}, ["search-latency"]),
    ],
    ids=["by health", "by name or owner", "by service"],
)
def test_the_list_is_narrowed_by_its_address(look: Look, query: dict[str, str], expected: list[str]) -> None:
    assert sorted(re.findall(r'data-slo="([a-z-]+)"', look("/slos", **query))) == sorted(expected)


def test_only_the_page_of_one_loads_what_draws_charts(look: Look) -> None:
    assert "plotly" not in look("/slos")
    assert "plotly" in look("/slos/checkout-availability")


def test_a_service_shows_its_objectives_in_a_strip(look: Look) -> None:
    strip = look("/services/checkout").split('class="panel strip"')[1].split("</section>")[0]
    assert (
        "AT RISK Checkout availability 99.9 %, rolling 30 d: 99.91 % budget 12 % 4 212 of 35 100 bad events"
        in words(f"<{strip}")
    )
    assert "None yet." in words(look("/services/ledger"))


def test_the_overview_shows_the_worst_budget_and_burn_of_each_service(look: Look) -> None:
    html = look("/")
    checkout = html.split('<tr data-service="checkout"')[1].split("</tr>")[0]
    assert '<a href="/slos/checkout-availability">' in checkout
    assert "12 % AT RISK 14.6x" in words(f"<tr {checkout}")
    assert "Budget left" in words(html)


def test_pages_ask_the_database_a_handful_of_questions(look: Look, queries: list[str]) -> None:
    look("/slos")
    assert len([one for one in queries if one.startswith("SELECT")]) <= 3
    queries.clear()
    look("/slos/checkout-availability")
    assert len([one for one in queries if one.startswith("SELECT")]) <= 14


def test_who_spent_the_budget_is_told_by_deploy_and_by_hour_with_and_without_scripts(look: Look) -> None:
    region = look("/slos/checkout-availability/spending/list").strip()
    assert region in look("/slos/checkout-availability/spending")
    by_hour = words(look("/slos/checkout-availability/spending/list", by="hour"))
    assert "Hour of the day Bad Of all bad Of the budget" in by_hour
    assert 'href="/slos/checkout-availability/spending"' in look("/slos/checkout-availability")
