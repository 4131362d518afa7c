"""Keys, search, links, teams and visits: what people do all day, in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.domain.board import ServiceRef
from tests.journeys.pages import Stage, staged
from tests.journeys.test_pages import HOSTILE, WATCH, is_clean
from tests.reports import cast
from tests.reports.cast import Member
from tests.reports.slo_cast import SloCast

FAILING = replace(cast.CAST[0], ratio=lambda age: 0.2 + 0 * age)


def owned() -> SloCast:
    """The cast of objectives, some of them a team's."""
    made = SloCast()
    for number, slo in made.made.items():
        made.made[number] = replace(slo, owner="Payments" if slo.service in ("checkout", "payments") else "Search")
    return made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for all tests that only look."""
    with staged(tmp_path_factory.mktemp("habits"), objectives=True, slos=owned()) as stage:
        yield stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path) as stage:
        yield stage


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1366, "height": 768}, timezone_id="UTC")
    made.add_init_script(WATCH)
    yield made
    made.close()


def is_live(page: Page) -> None:
    expect(page.locator("[data-live-chip]")).to_have_attribute("data-state", "live")


def fails(stage: Stage, slug: str = "catalog", member: Member = FAILING) -> None:
    stage.pass_minute(slug, member)


# --- keys and search


def test_the_palette_goes_where_a_few_letters_say(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/settings?tz=UTC")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Find a service, an objective or a page")
    expect(box).to_be_focused()
    expect(page.locator("#hits [role=option]").first).to_contain_text("ledger")  # the worst, while nothing is typed
    box.fill("checkout av")
    expect(page.locator("#hits [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/slos/checkout-availability?tz=UTC")
    is_clean(page)


def test_the_palette_is_a_combobox_that_arrows_move_in(page: Page, shared: Stage) -> None:
    page.goto(shared.url)
    page.keyboard.press("Meta+k")
    box = page.get_by_role("combobox", name="Find a service, an objective or a page")
    box.fill("ch")
    options = page.locator("#hits [role=option]")
    expect(options.first).to_contain_text("checkout")
    expect(options.first).to_have_attribute("aria-selected", "true")
    first = box.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") not in (None, "", first)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.fill("nothing like it")
    expect(page.locator("#palette .nothing")).to_have_text("Nothing is called like “nothing like it”.")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_keys_lead_to_pages_and_to_their_own_list(page: Page, shared: Stage) -> None:
    page.goto(shared.url)
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/slos")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url(f"{shared.url}/")
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("?f")
    expect(page.locator("#q")).to_have_value("?f")  # what is typed into a field is no key
    page.locator("h1").first.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_search_is_a_page_for_those_without_scripts(browser: Browser, shared: Stage) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(shared.url)
    page.locator("#search").click()
    page.get_by_label("Find a service, an objective or a page").fill("search")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".hits li").first).to_contain_text("search")
    page.locator(".hits a").first.click()
    expect(page.locator("h1").first).to_have_text("search")
    context.close()


def test_hostile_names_are_shown_as_they_are_everywhere(page: Page, tmp_path: Path) -> None:
    with staged(tmp_path, (replace(FAILING, name=HOSTILE),)) as stage:
        page.goto(stage.url)
        page.keyboard.press("Control+k")
        expect(page.locator("#hits [role=option]").first.locator("b")).to_have_text(HOSTILE)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(HOSTILE)
        for path, shown in (("/search?q=img", ".hits b"), ("/changed", "h1"), ("/wall/all", "h2")):
            page.goto(stage.url + path)
            expect(page.locator(shown).first).to_be_visible()
            if path != "/changed":
                expect(page.locator(shown).first).to_have_text(HOSTILE)
            assert page.locator("img").count() == 0
            is_clean(page)


# --- ranges and links


def test_exact_times_are_those_of_the_readers_zone(browser: Browser, shared: Stage) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shared.url}/services/checkout?tz=Europe/Berlin")
    page.locator("#range summary").click()
    page.get_by_label("From", exact=True).fill("2026-11-23T13:00")
    page.get_by_label("To", exact=True).fill("2026-11-23T14:30")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#range summary")).to_contain_text("13:00 to 14:30")
    expect(page.locator("[data-charts]")).to_have_attribute(
        "aria-label", re.compile("2026-11-23 13:00 to 2026-11-23 14:30 Europe/Berlin")
    )
    context.close()


def test_a_link_is_frozen_unless_it_is_to_stay_live(page: Page, context: BrowserContext, shared: Stage) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{shared.url}/services/checkout?range=1h")
    is_live(page)
    page.get_by_label("Link to what is shown").click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_have_text("Copied, frozen.")
    frozen = page.evaluate("navigator.clipboard.readText()")
    assert frozen == f"{shared.url}/services/checkout?from=2026-11-23T13:32:05Z&to=2026-11-23T14:32:05Z"
    page.get_by_label("Keep live").check()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == f"{shared.url}/services/checkout?range=1h"
    page.goto(frozen)
    expect(page.locator(".chip")).to_have_text("Frozen")


# --- teams and visits


def test_a_team_is_chosen_once_and_kept_in_links(page: Page, context: BrowserContext, shared: Stage) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(shared.url)
    page.get_by_label("Team").select_option("Payments")
    page.wait_for_url("**/?team=payments*")
    expect(page.locator("tr[data-service]")).to_have_count(1)
    expect(page.locator(".total")).to_contain_text("1 services")
    page.goto(f"{shared.url}/slos")
    assert set(page.locator("tr[data-slo] small").all_inner_texts()) >= {"checkout · Payments"}
    expect(page.get_by_text("Search latency")).to_have_count(0)
    page.goto(shared.url)
    expect(page.locator("tr[data-service]")).to_have_count(1)
    page.get_by_label("Link to what is shown").click()
    page.get_by_label("Keep live").check()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == f"{shared.url}/?team=payments"
    page.get_by_label("Team").select_option("All teams")
    expect(page.locator("tr[data-service]")).to_have_count(8)


def test_what_changed_since_the_last_visit_is_counted(page: Page, stage: Stage) -> None:
    page.goto(stage.url)
    expect(page.locator("#changed")).to_have_count(0)  # a first visit
    stage.clock.move(40 * 60)
    fails(stage, member=replace(FAILING, ratio=lambda age: np.where(age < 10, 0.2, 0.0004)))
    page.goto(stage.url)
    link = page.locator("#changed")
    expect(link).to_contain_text("changed since your last visit (14:32)")
    expect(link.locator("b")).not_to_have_text("None")
    link.click()
    row = page.locator("tr", has_text="catalog")
    expect(row.locator("td").nth(0)).to_have_text("OK")
    expect(row.locator("td").nth(1)).to_have_text("CRIT")


# --- live, but only as much as people want


def test_a_paused_page_stands_still_and_then_catches_up(page: Page, stage: Stage) -> None:
    page.goto(stage.url)
    is_live(page)
    page.get_by_role("button", name="Pause updates").click()
    expect(page.locator(".chip")).to_contain_text("Paused")
    before = page.locator("#services").inner_text()
    fails(stage)
    page.wait_for_timeout(2_500)
    assert page.locator("#services").inner_text() == before
    page.get_by_role("button", name="Pause updates").click()
    expect(page.locator("tr[data-service]").first).to_have_attribute("data-service", "catalog", timeout=10_000)
    expect(page.locator(".chip")).to_have_attribute("data-state", "live")
    is_clean(page)


def test_changes_wait_for_the_pointer_or_a_click(page: Page, stage: Stage) -> None:
    page.goto(stage.url)
    is_live(page)
    row = page.locator("tr[data-service='legacy']")
    row.hover()
    fails(stage)
    button = page.locator("#apply")
    for _ in range(40):
        row.hover(position={"x": 300, "y": 8})
        row.hover(position={"x": 320, "y": 10})
        if button.is_visible():
            break
        page.wait_for_timeout(100)
    expect(button).to_have_text("1 change, apply")
    assert page.locator("tr[data-service]").first.get_attribute("data-service") != "catalog"
    button.click()
    expect(page.locator("tr[data-service]").first).to_have_attribute("data-service", "catalog")
    expect(button).to_be_hidden()


def test_title_and_icon_carry_the_state(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.url}/services/catalog")
    is_live(page)
    expect(page).to_have_title("catalog · Burnline")
    assert "/ok.svg" in str(page.locator("link[rel=icon]").get_attribute("href"))
    fails(stage)
    expect(page).to_have_title("CRIT catalog · Burnline", timeout=15_000)
    assert "/crit.svg" in str(page.locator("link[rel=icon]").get_attribute("href"))
    is_clean(page)


def test_ten_tabs_share_one_connection(context: BrowserContext, stage: Stage) -> None:
    tabs = [context.new_page() for _ in range(10)]
    for tab in tabs:
        tab.goto(f"{stage.url}/services/catalog", wait_until="commit")
    for tab in tabs:
        is_live(tab)
    ready = context.request.get(f"{stage.url}/metrics").text()
    assert re.search(r"^burnline_live_streams(\{\})? 1$", ready, re.MULTILINE), ready
    stage.board.learn([ServiceRef(99, "newcomer", "newcomer", "")])
    fails(stage)
    for tab in tabs[::3]:
        expect(tab.locator(".badge")).to_contain_text("CRIT", timeout=15_000)
