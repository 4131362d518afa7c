"""Objectives in a real browser: nothing forbidden, nothing cut off, and a form that works without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.journeys.pages import Stage, staged
from tests.journeys.test_pages import WATCH

LISTED = ["/slos", "/slos/new", "/slos/proposals"]
ONES = ["checkout-availability", "payments-availability", "orders-availability", "inventory-availability"]
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("shared"), objectives=True) as stage:
        yield stage


def opened(browser: Browser, size: tuple[int, int], theme: str = "light", *, scripts: bool = True) -> Page:
    viewport: ViewportSize = {"width": size[0], "height": size[1]}
    context = browser.new_context(
        viewport=viewport,
        color_scheme=theme,  # type: ignore[arg-type]
        timezone_id="UTC",
        java_script_enabled=scripts,
    )
    context.add_init_script(WATCH)
    return context.new_page()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1366, 768), (390, 844), (360, 640)], ids=str)
def test_a_page_fits_and_breaks_no_rule(browser: Browser, shared: Stage, size: tuple[int, int], theme: str) -> None:
    page = opened(browser, size, theme)
    for path in [*LISTED, *(f"/slos/{one}" for one in ONES), "/", "/services/checkout"]:
        page.goto(shared.url + path)
        if path.removeprefix("/slos/") in ONES:
            expect(page.locator("#chart-budget .main-svg").first).to_be_visible()
        assert page.evaluate(WIDER) <= 0, path
        assert page.evaluate("wrong") == [], path
    page.context.close()


def test_pages_are_complete_without_scripts(browser: Browser, shared: Stage) -> None:
    page = opened(browser, (1366, 768), scripts=False)
    page.goto(f"{shared.url}/slos")
    expect(page.locator("tr[data-slo]")).to_have_count(9)
    page.get_by_role("link", name="Checkout availability").click()
    expect(page.locator("h1")).to_have_text("Checkout availability")
    expect(page.get_by_text("its numbers stand")).to_be_visible()
    page.get_by_text("Numbers of this chart as a table").click()
    expect(page.locator("#table tbody tr")).to_have_count(30)
    page.context.close()


def test_the_chart_says_where_the_budget_goes_and_what_comes_back(browser: Browser, shared: Stage) -> None:
    page = opened(browser, (1366, 768))
    page.goto(f"{shared.url}/slos/checkout-availability")
    chart = page.locator("#chart-budget")
    expect(chart.get_by_text("out in 5 h 46 min (20:17)")).to_be_visible()
    expect(chart.get_by_text("+38 % on 6 Dec")).to_be_visible()
    page.goto(f"{shared.url}/slos/payments-availability")
    expect(page.locator("#chart-budget .main-svg").first).to_be_visible()
    lowest = page.evaluate("document.querySelector('#chart-budget')._fullLayout.yaxis.range[0]")
    assert lowest < -8
    page.context.close()


def test_a_form_shows_the_fields_of_its_kind_and_keeps_what_was_typed(browser: Browser, shared: Stage) -> None:
    page = opened(browser, (1366, 768))
    page.goto(f"{shared.url}/slos/new")
    expect(page.get_by_label("Bad events")).to_be_visible()
    expect(page.get_by_label("Histogram")).to_be_hidden()
    page.get_by_label("Kind").select_option("latency")
    expect(page.get_by_label("Histogram")).to_be_visible()
    expect(page.get_by_label("Bad events")).to_be_hidden()
    page.locator("#f-name").fill("Checkout latency")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".wrong")).to_have_count(1)
    expect(page.locator("#f-name")).to_have_value("Checkout latency")
    assert page.evaluate("wrong") == []
    page.context.close()


def drawn(page: Page) -> None:
    """Both charts are there."""
    expect(page.locator("#chart-budget .main-svg").first).to_be_visible()
    expect(page.locator("#chart-burns .main-svg").first).to_be_visible()


def test_a_replay_is_drawn_over_the_range_that_is_chosen(browser: Browser, shared: Stage) -> None:
    page = opened(browser, (1366, 768))
    page.goto(f"{shared.url}/slos/checkout-availability")
    drawn(page)
    chart = page.locator("#chart-burns")
    for label in ("page 14.4x: 5 min + 1 h", "page 6x: 30 min + 6 h", "ticket 3x: 2 h + 1 d", "ticket 1x: 6 h + 3 d"):
        expect(chart.get_by_text(label)).to_be_visible()
    page.locator("#replay").get_by_role("link", name="7d").click()
    expect(page.locator("#replay [aria-current]")).to_have_text("7d")
    expect(page.locator("#replay tbody").first).to_contain_text("2026-11-18 14:36")
    blocks = "document.querySelector('#chart-burns').layout.shapes.filter(({ type }) => type === 'rect')"
    page.wait_for_function(f"{blocks}.length >= 4")
    assert page.evaluate("wrong") == []
    page.context.close()


def test_regions_come_in_anew_and_keep_a_zoom_and_what_was_opened(browser: Browser, shared: Stage) -> None:
    page = opened(browser, (1366, 768))
    page.goto(f"{shared.url}/slos/checkout-availability")
    drawn(page)
    page.get_by_text("Numbers of this chart as a table").click()
    page.evaluate("Plotly.relayout('chart-budget', {'xaxis.range': ['2026-11-01', '2026-11-10']})")
    page.evaluate("document.querySelector('#pairs').textContent = 'old'")
    page.evaluate("htmx.trigger('#body', 'refresh')")
    expect(page.locator("#pairs")).to_have_text("Burn policies")
    assert page.evaluate("document.querySelector('#chart-budget').layout.xaxis.range[0]").startswith("2026-11-01")
    expect(page.locator("#table tbody tr").first).to_be_visible()
    drawn(page)
    page.context.close()


def test_a_region_somebody_writes_in_is_left_alone(browser: Browser, shared: Stage) -> None:
    page = opened(browser, (1366, 768))
    page.goto(f"{shared.url}/slos/checkout-availability")
    page.get_by_text("Leave out or correct something").click()
    page.locator("#l-reason").fill("Load test")
    page.evaluate("document.querySelector('#pairs').textContent = 'old'")
    page.evaluate("htmx.trigger('#body', 'refresh')")
    page.wait_for_timeout(300)
    expect(page.locator("#pairs")).to_have_text("old")
    expect(page.locator("#l-reason")).to_have_value("Load test")
    page.context.close()


def test_budgets_and_burns_are_patched_where_they_are_listed(browser: Browser, shared: Stage) -> None:
    page = opened(browser, (1366, 768))
    cells = {
        "state": "warn",
        "word": "WATCH",
        "measured": "99.97 %",
        "budget": "41 %",
        "events": "14 391 of 35 100 bad events",
        "bar": 0.41,
        "burn": "2.5x",
        "slow": "1.1x",
    }
    service = {"worst": "checkout-availability", "slos": {"checkout-availability": cells}}
    for path, row in (
        ("/", "tr[data-service=checkout]"),
        ("/slos", "tr[data-slo=checkout-availability]"),
        ("/services/checkout", "li[data-slo=checkout-availability]"),
    ):
        page.goto(shared.url + path)
        told = {"services": {"checkout": service}, "held": "Alerts are held: a test."}
        # The stream tells its own truth every now and then: what is made of ours is read in the same breath.
        held = page.evaluate(
            "detail => { document.dispatchEvent(new CustomEvent('burnline:patch', { detail }));"
            " return document.querySelector('[data-held]')?.textContent.trim() }",
            told,
        )
        found = page.locator(row)
        expect(found).to_contain_text("41 %")
        expect(found).to_contain_text("2.5x")
        expect(found).to_contain_text("WATCH")
        expect(found.locator("svg.budget .left")).to_have_attribute("width", "0.41")
        if path != "/services/checkout":
            assert held == "Alerts are held: a test."
    page.context.close()
