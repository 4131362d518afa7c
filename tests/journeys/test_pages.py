"""What people see, in a real browser: nothing forbidden, nothing cut off, and a zoom that stays."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.journeys.pages import Stage, staged
from tests.reports import cast

WATCH = """
window.wrong = [];
addEventListener('securitypolicyviolation', (e) => wrong.push(`${e.violatedDirective} ${e.blockedURI}`));
addEventListener('error', (e) => wrong.push(String(e.message)));
window.alert = () => wrong.push('alert');
"""
CHARTS = ("latency", "traffic", "errors", "saturation")
RANGES = """[...document.querySelectorAll('[data-chart]')].map(
    (one) => one._fullLayout.xaxis.range.map((at) => String(at).replace(' ', 'T')))"""
NEWEST = "document.querySelector('#chart-traffic').data.at(-1).x.at(-1)"
HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for all tests that only look."""
    with staged(tmp_path_factory.mktemp("shared")) as stage:
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


def is_clean(page: Page) -> None:
    assert page.evaluate("wrong") == []


def has_charts(page: Page) -> None:
    for name in CHARTS:
        expect(page.locator(f"#chart-{name} .main-svg").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1366, 768), (390, 844), (360, 640), (1920, 1080)], ids=str)
@pytest.mark.parametrize("path", ["/", "/services/checkout", "/settings", "/settings/recipes", "/api/docs", "/nowhere"])
def test_a_page_fits_and_breaks_no_rule(
    browser: Browser, shared: Stage, path: str, size: tuple[int, int], theme: str
) -> None:
    viewport: ViewportSize = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=theme, timezone_id="UTC")  # type: ignore[arg-type]
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(shared.url + path)
    if path.startswith("/services"):
        has_charts(page)
    if path == "/":
        expect(page.locator("tr[data-service]")).to_have_count(8)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert light == (theme == "light")
    is_clean(page)
    context.close()


def test_targets_are_large_enough_for_a_thumb(browser: Browser, shared: Stage) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    for path in ("/", "/services/checkout"):
        page.goto(shared.url + path)
        small = page.evaluate(
            """[...document.querySelectorAll('header a, header select, nav a, .counts a, tbody th a, summary')]
            .filter((one) => one.offsetParent && Math.min(one.offsetWidth, one.offsetHeight) < 24)
            .map((one) => one.outerHTML)"""
        )
        assert small == []
    context.close()


def test_a_zoom_is_shared_and_outlives_an_update(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.url}/services/catalog")
    has_charts(page)
    whole = page.evaluate(RANGES)
    plot = page.locator("#chart-traffic .nsewdrag").bounding_box()
    assert plot
    page.mouse.move(plot["x"] + 100, plot["y"] + 60)
    page.mouse.down()
    page.mouse.move(plot["x"] + 300, plot["y"] + 70, steps=8)
    page.mouse.up()
    page.wait_for_function(f"whole => {RANGES}.every(([from]) => from > whole)", arg=whole[0][0])
    zoomed = page.evaluate(RANGES)
    assert len({tuple(one) for one in zoomed}) == 1
    assert zoomed[0] != whole[0]

    newest = page.evaluate(NEWEST)
    stage.pass_minute("catalog", replace(cast.CAST[0], ratio=lambda age: 0.2 + 0 * age))
    page.wait_for_function(f"newest => {NEWEST} > newest", arg=newest, timeout=20_000)
    assert page.evaluate(RANGES) == zoomed

    page.locator("#chart-latency").hover()
    page.locator("#chart-latency [data-title='Reset zoom']").click()
    page.wait_for_function(f"zoomed => {RANGES}.every(([from]) => from < zoomed)", arg=zoomed[0][0])
    assert page.evaluate(RANGES)[0][1] >= whole[0][1]
    is_clean(page)


def test_the_crosshair_is_shared(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/services/checkout")
    has_charts(page)
    page.locator("#chart-latency .nsewdrag").hover(position={"x": 200, "y": 80})
    for name in CHARTS:
        expect(
            page.locator(f"#chart-{name} .hoverlayer .legendtext, #chart-{name} .hoverlayer text").first
        ).to_be_attached()
    is_clean(page)


def test_charts_are_drawn_as_the_figures_of_the_api_are(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/services/search")
    has_charts(page)
    query = "start=2026-11-23T08:32:05Z&end=2026-11-23T14:32:05Z&format=plotly&compare=week"
    figures = page.evaluate(
        "(url) => fetch(url).then((answer) => answer.json())", f"/api/services/search/signals?{query}"
    )
    for name in CHARTS:
        drawn = page.evaluate(f"document.querySelector('#chart-{name}').data.map((one) => [one.name, one.x])")
        assert drawn == [[one["name"], one["x"]] for one in figures[name]["data"]]


def test_a_gap_is_a_gap_and_named_by_a_hatch(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/services/mailer")
    has_charts(page)
    hatch = page.evaluate("document.querySelector('#chart-traffic').data.find((one) => one.fillpattern)")
    assert [hatch["x"][0], hatch["x"][2]] == ["2026-11-23T13:58:00", "2026-11-23T14:32:05"]


def test_charts_change_with_the_theme_and_without_the_server(page: Page, shared: Stage) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{shared.url}/services/checkout")
    has_charts(page)
    colour = "document.querySelector('#chart-latency').data.find((one) => one.name === 'p99').line.color"
    assert page.evaluate(colour) == "rgb(11, 46, 102)"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(2):
        page.locator("#theme").click()
    page.wait_for_function(f"{colour} === 'rgb(227, 240, 255)'")
    assert [one for one in asked if "/static/" not in one and "/live" not in one] == []
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_cells_are_patched_and_the_order_follows(page: Page, stage: Stage) -> None:
    page.goto(stage.url)
    row = page.locator("tr[data-service='catalog']")
    expect(row).to_have_attribute("data-state", "ok")
    expect(page.locator("[data-live-chip]")).to_have_attribute("data-state", "live")
    stage.pass_minute("catalog", replace(cast.CAST[0], ratio=lambda age: 0.2 + 0 * age))
    expect(row.locator("[data-cell=errors]")).to_have_text("20\u2009%", timeout=10_000)
    expect(row).to_have_attribute("data-state", "crit")
    expect(row.locator("use")).to_have_attribute("href", "#crit")
    expect(page.locator("[data-count=crit]")).to_have_text("3")
    expect(page).to_have_title("(4) Overview · Burnline")
    expect(page.locator("tr[data-service]").first).to_have_attribute("data-service", "catalog", timeout=10_000)
    expect(page.locator("tr[data-service='catalog'] [data-cell=reason]")).to_have_text(
        "errors 20\u2009%, 5\u2009% is critical, for more than a day"
    )
    is_clean(page)


def test_rows_do_not_jump_under_the_pointer(page: Page, stage: Stage) -> None:
    page.goto(stage.url)
    expect(page.locator("[data-live-chip]")).to_have_attribute("data-state", "live")
    page.locator("tr[data-service='catalog']").hover()
    stage.pass_minute("catalog", replace(cast.CAST[0], ratio=lambda age: 0.2 + 0 * age))
    expect(page.locator("tr[data-service='catalog']")).to_have_attribute("data-state", "crit", timeout=10_000)
    page.locator("tr[data-service='legacy']").hover()
    page.wait_for_timeout(2_000)
    assert page.locator("tr[data-service]").first.get_attribute("data-service") != "catalog"
    page.mouse.move(5, 5)
    expect(page.locator("tr[data-service]").first).to_have_attribute("data-service", "catalog", timeout=10_000)


def test_without_scripts_the_pages_are_complete(browser: Browser, shared: Stage) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shared.url}/services/checkout")
    expect(page.get_by_text("not live")).to_be_visible()
    expect(page.locator(".plot").first).to_be_hidden()
    page.get_by_text("Numbers of these charts as a table").click()
    expect(page.locator("#table tbody tr")).to_have_count(60)
    page.get_by_label("Time zone").select_option("UTC")
    page.get_by_role("button", name="Set").click()
    expect(page.locator("h1")).to_contain_text("checkout")
    assert "tz=UTC" in page.url
    page.goto(shared.url)
    page.get_by_label("Find a service").fill("ledger")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("tr[data-service]")).to_have_count(1)
    context.close()


def test_hostile_names_are_shown_and_never_run(page: Page, tmp_path: Path) -> None:
    members = (
        replace(
            cast.CAST[0],
            name=HOSTILE,
            resources=((HOSTILE, lambda age: 0.97 + 0 * age), ("<b>cpu", lambda age: 0.2 + 0 * age)),
        ),
    )
    with staged(tmp_path, members) as stage:
        page.goto(stage.url)
        expect(page.locator("tr[data-service] a")).to_have_text(HOSTILE)
        page.locator("tr[data-service] a").click()
        has_charts(page)
        expect(page.locator("h1")).to_have_text(HOSTILE)
        page.locator("#chart-saturation .nsewdrag").hover()
        expect(page.locator("#chart-saturation")).to_contain_text("<b>cpu")
        stage.pass_minute(HOSTILE, replace(members[0], ratio=lambda age: 0.3 + 0 * age))
        expect(page.locator("[data-cell=errors]")).to_have_text("30\u2009%", timeout=10_000)
        assert page.locator("img").count() == 0
        is_clean(page)


def test_one_key_freezes_what_is_shown(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/services/checkout")
    has_charts(page)
    page.keyboard.press("f")
    page.wait_for_url("**from=2026-11-23T08:32:05Z*")
    expect(page.locator(".chip")).to_have_text("Frozen")
    has_charts(page)
    is_clean(page)


def test_the_browsers_zone_is_used_from_the_first_visit_on(browser: Browser, shared: Stage) -> None:
    context = browser.new_context(timezone_id="Europe/Berlin")
    page = context.new_page()
    page.goto(f"{shared.url}/services/checkout")
    expect(page.locator("main")).to_contain_text("Times in Europe/Berlin (UTC+1)")
    has_charts(page)
    assert page.evaluate(NEWEST) == "2026-11-23T15:30:00"
    context.close()
