"""What an objective was: its burns replayed, its periods, its edits, and why its number is what it is."""

import json
import re

import pytest
from pytest import approx  # noqa: PT013  # reads like a number
from starlette.testclient import TestClient

from app.domain.signals import MINUTE_MS
from app.domain.sli_minutes import EVENT
from app.domain.slos import Slo
from app.reports import formats
from app.store import services, slo_periods, slo_schema
from app.store.engine import Store
from app.store.slo_periods import Closed
from app.web.deps import App
from tests.reports import slo_boards, slo_cast, slo_past
from tests.reports.slo_cast import DAY, MONTH_STARTS, UNTIL_MS
from tests.web.pages.conftest import Look, words

CHECKOUT, INVENTORY = "/slos/checkout-availability", "/slos/inventory-availability"


@pytest.fixture
def burnline(burnline: App, store: Store) -> App:
    with store.writing() as db:
        slo_past.store(db)
        slo_past.enter(db)
        slo_cast.open_alerts(db)
    with store.reading() as db:
        burnline.slos = slo_boards.loaded(db)
    return burnline


def objective(burnline: App, slug: str) -> Slo:
    return burnline.slos.find(slug)


def drawn(html: str, name: str) -> dict[str, object]:
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


def test_a_replay_has_its_own_address_and_says_what_would_have_fired(look: Look) -> None:
    html = look(f"{CHECKOUT}/burns", replay="7d")
    text = words(html)
    # The newest bad night began five days before 14:31 and lasted 50 minutes.
    assert "2026-11-18 14:36 page 5 min + 1 h 15:26 50 min 151x" in text
    assert '<a href="/slos/checkout-availability/burns?replay=7d"' in html
    assert look(f"{CHECKOUT}/burns/replay", replay="7d").strip() in html
    shown = drawn(html, "burns-drawn")
    assert [one["factor"] for one in shown["pairs"]] == [14.4, 6, 3, 1]  # type: ignore[attr-defined]
    assert {len(one["long"]) for one in shown["pairs"]} == {len(shown["times"])}  # type: ignore[attr-defined,arg-type]


def test_a_replay_links_to_the_same_numbers_as_csv(look: Look) -> None:
    html = look(f"{CHECKOUT}/burns", replay="24h")
    link = re.search(r'href="(/api/slos/checkout-availability/burn\?[^"]*format=csv)"', html)
    assert link
    rows = look(link[1].replace("&amp;", "&")).splitlines()
    newest = html.split('id="burn-table"')[1].split("<tbody>")[1].split("</tr>")[0]
    assert rows[0].startswith("time,pair,severity,factor,long_burn")
    assert rows[-4].startswith("2026-11-23T14:31:00Z,page-fast,page,14.4,")
    assert "2026-11-23 14:31 0.293x 0.293x" in words(newest)


@pytest.mark.parametrize("role", slo_cast.ROLES, ids=lambda one: one.slug)
def test_every_objective_can_be_replayed_and_explained(look: Look, role: slo_cast.Role) -> None:
    for name in ("burns", "burns/replay", "why", "periods", "periods/list", "head", "body"):
        assert look(f"/slos/{role.slug}/{name}")


def test_the_regions_of_a_page_have_their_own_addresses(look: Look) -> None:
    html = look(CHECKOUT)
    for name in ("head", "body"):
        assert look(f"{CHECKOUT}/{name}").strip() in html
    assert 'hx-get="/slos/checkout-availability/body" hx-trigger="every 60s, refresh"' in html


def test_a_frozen_page_asks_for_nothing_again(look: Look) -> None:
    html = look(CHECKOUT, **{"from": "2026-11-18T12:00:00Z", "to": "2026-11-18T18:00:00Z"})
    assert "every 60s" not in html
    replay = look(f"{CHECKOUT}/burns", **{"from": "2026-11-18T12:00:00Z", "to": "2026-11-18T18:00:00Z"})
    assert "every 60s" not in replay
    assert "2026-11-18 14:36 page 5 min + 1 h 15:26 50 min" in words(replay)
    assert "Range of the replay" not in replay


@pytest.mark.parametrize("slug", ["checkout-availability", "payments-availability", "mailer-freshness"])
def test_the_chart_is_the_budget_of_the_api_at_every_point(look: Look, client: TestClient, slug: str) -> None:
    shown = drawn(look(f"/slos/{slug}"), "budget")
    times, left = list(shown["times"]), list(shown["left"])  # type: ignore[call-overload]
    span = f"start={times[0] // 1000 - (times[1] - times[0]) // 1000}&end={times[-1] // 1000}"
    rows = client.get(f"/api/slos/{slug}/budget?{span}&step={(times[1] - times[0]) // 1000}").json()
    assert [one["time"] for one in rows] == [formats.iso(at_ms) for at_ms in times]
    assert [one["budget_left"] for one in rows] == approx(left, rel=1e-4)


def test_periods_are_told_with_their_result_their_budget_and_why(look: Look, store: Store, burnline: App) -> None:
    slo = objective(burnline, "inventory-availability")
    october = MONTH_STARTS * MINUTE_MS
    month_ms = 31 * DAY * MINUTE_MS
    periods = [
        Closed(slo.id, october - month_ms, october, slo.target, 300 * EVENT, 100_000 * EVENT, 2.6e6, october),
        Closed(slo.id, october - 2 * month_ms, october - month_ms, slo.target, 900 * EVENT, 100_000 * EVENT, 2.6e6, 0),
        Closed(slo.id, october - 3 * month_ms, october - 2 * month_ms, slo.target, 0, 0, 0.0, 0),
    ]
    with store.writing() as db:
        slo_periods.close(db, periods)
    html = look(f"{INVENTORY}/periods")
    text = words(html)
    # 300 of 100 000 at 99.5 %: 60 % of the 500 that were allowed are spent.
    assert "met 99.7 % of 99.5 % 40 % 300 bad events of 100 000." in text
    assert "missed 99.1 % of 99.5 % -80 % 900 bad events of 100 000." in text
    assert "no data – of 99.5 % – Nothing was heard of it." in text
    assert "now: data came late, or the ledger was changed since." in text  # the minutes that are stored are others
    assert look(f"{INVENTORY}/periods/list").strip() in html
    assert 'hx-get="/slos/inventory-availability/periods/list"' in look(INVENTORY)
    assert "periods" not in look(CHECKOUT)


def test_edits_are_told_in_words_with_who_and_when_and_why(look: Look, store: Store, burnline: App) -> None:
    slo = objective(burnline, "checkout-availability")
    fields = json.dumps({"name": "Checkout", "target": "0.999", "window": {"kind": "rolling", "minutes": 30 * DAY}})
    after = json.dumps({"name": "Checkout", "target": "0.9995", "window": {"kind": "rolling", "minutes": 28 * DAY}})
    edits = slo_schema.slo_edits.insert()
    with store.writing() as db:
        for before, now, author, note in (("", fields, "mira", ""), (fields, after, "jan", "Agreed with sales")):
            values = {
                "slo_id": slo.id,
                "author": author,
                "origin": "form",
                "note": note,
                "before": before,
                "after": now,
            }
            db.execute(edits.values(at_ms=UNTIL_MS, **values))
    text = words(look(CHECKOUT).split('id="edits"')[1].split("</section>")[0])
    assert "2026-11-23 14:31 jan on its page Target: 99.9 % → 99.95 % Window: rolling 30 d → rolling 28 d" in text
    assert "Agreed with sales" in text
    assert "mira on its page Made: 99.9 %, rolling 30 d" in text


def test_an_edit_over_the_api_is_told_on_the_page(look: Look, client: TestClient, store: Store) -> None:
    with store.writing() as db:
        services.ensure(db, [("checkout", "")], now_ms=0)
    asked = {
        "name": "Checkout works",
        "service": "checkout",
        "target": "99.9 %",
        "indicator": {"kind": "ratio", "fields": {"bad": 'r{code="500"}', "total": "r"}},
    }
    assert client.post("/api/slos?unseen=true", json=asked).status_code == 201
    changed = {**asked, "target": "99 %", "owner": "payments", "budgeting": {"method": "ratio_time_slices"}}
    address = "/api/slos/checkout-works?unseen=true&note=Too%20strict"
    assert client.put(address, json=changed).status_code == 200
    text = words(look("/slos/checkout-works").split('id="edits"')[1].split("</section>")[0])
    assert "over the API" in text
    assert "Owner: nothing → payments" in text
    assert "Target: 99.9 % → 99 %" in text
    assert "Counted: by occurrences → by ratio time slices of 1 min" in text
    assert "Too strict" in text


def test_why_is_a_page_of_its_own_with_every_operand(look: Look) -> None:
    html = look(f"{CHECKOUT}/why")
    text = words(html)
    assert "Why Checkout availability has" in text
    assert "× " in text
    assert "2026-11-12 14:31 to 2026-11-12 15:11, left out by entry 1" in text
    assert 'href="/slos/checkout-availability/why"' in look(CHECKOUT)


def test_that_alerts_are_held_is_said_while_it_lasts(look: Look, burnline: App) -> None:
    burnline.counters.measure("burnline_fold_lag_seconds", lambda: 45.0)
    for path in ("/", "/slos", CHECKOUT):
        assert "Alerts are held: we are 45 s behind with what came in" in words(look(path))


def test_while_nobody_sends_it_is_said_that_alerts_are_held(look: Look) -> None:
    assert "Alerts are held: nobody has sent anything, so none is raised or resolved." in words(look("/slos"))
