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
    expect(page.locator("#table tbody tr")).to_have_count(60)
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
    page.get_by_label("Name", exact=True).fill("Checkout latency")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".wrong")).to_have_count(1)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Checkout latency")
    assert page.evaluate("wrong") == []
    page.context.close()
