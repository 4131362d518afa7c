"""The status page in a real browser: on every screen, without scripts, without colour, and when nobody answers."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Page, ViewportSize, expect

from app.reports.status_keeper import Keeper
from app.store import services
from app.web.status_export import Exporter
from tests.journeys.pages import Stage, staged
from tests.reports.slo_cast import SloCast
from tests.statuses import NOW_MS
from tests.web.conftest import NOW

WATCH = """
window.wrong = [];
addEventListener('securitypolicyviolation', (e) => wrong.push(`${e.violatedDirective} ${e.blockedURI}`));
addEventListener('error', (e) => wrong.push(String(e.message)));
"""
LOOKS = [((1366, 768), "light"), ((390, 844), "dark"), ((360, 640), "light")]
PATHS = ["/status", "/settings/status"]
UNCONFIRMED = "We cannot confirm the present state; last known 2026-11-23 14:31 UTC."
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The cast of objectives, an incident, maintenance to come."""
    with staged(tmp_path_factory.mktemp("status"), objectives=True) as stage:
        yield stage


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """A page in a browser whose clock stands at the time of the cast."""
    contexts = []

    def made(url: str, *, size: tuple[int, int] = (1366, 768), theme: str = "light", script: bool = True) -> Page:
        viewport: ViewportSize = {"width": size[0], "height": size[1]}
        context = browser.new_context(
            viewport=viewport,
            color_scheme=theme,  # type: ignore[arg-type]
            timezone_id="UTC",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        if script:
            context.add_init_script(WATCH)
            page.clock.install(time=NOW)
        page.goto(url)
        return page

    yield made
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=str)
@pytest.mark.parametrize("path", PATHS)
def test_the_page_fits_and_breaks_no_rule(
    opened: Opened, stage: Stage, path: str, size: tuple[int, int], theme: str
) -> None:
    page = opened(stage.url + path, size=size, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert light == (theme == "light")
    assert page.evaluate("wrong") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_keeps_anybody_out(opened: Opened, stage: Stage, path: str, theme: str) -> None:
    page = opened(stage.url + path, theme=theme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    found = Axe().run(page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []


def test_the_page_says_the_same_without_a_script(opened: Opened, stage: Stage) -> None:
    headlines = [opened(f"{stage.url}/status", script=script).locator("h1").inner_text() for script in (True, False)]
    assert headlines[0] == headlines[1]


def test_states_are_told_apart_by_shape_word_and_height(opened: Opened, stage: Stage) -> None:
    page = opened(f"{stage.url}/status")
    told = page.eval_on_selector_all(
        ".component .state", "all => all.map((one) => [one.textContent.trim(), one.querySelector('use').href.baseVal])"
    )
    shapes = dict(told)
    assert len(set(shapes.values())) == len(shapes) > 1
    heights = page.eval_on_selector_all(
        ".legend li",
        """all => all.map((one) => {
            const bar = one.querySelector('path, rect');
            const style = getComputedStyle(bar);
            return [bar.getBBox().height, style.stroke.includes('#lines'), style.fill.includes('#hatch')].join();
        })""",
    )
    assert len(set(heights)) == len(heights) == 6


def test_an_open_page_turns_when_nobody_answers_any_more(opened: Opened, stage: Stage) -> None:
    page = opened(f"{stage.url}/status")
    before = page.locator("h1").inner_text()
    page.route("**/status", lambda route: route.abort())
    page.clock.fast_forward(timedelta(minutes=1).seconds * 1000)
    expect(page.locator("h1")).to_have_text(before)
    page.clock.fast_forward(timedelta(minutes=2).seconds * 1000)
    expect(page.locator("h1")).to_have_text(UNCONFIRMED)
    expect(page.locator("[data-headline]")).to_have_attribute("data-state", "no-data")
    assert page.title() == UNCONFIRMED


def test_a_copy_is_read_without_anybody_and_tells_its_age(opened: Opened, stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    assert Exporter(stage.store, Keeper(stage.store, SloCast()), folder, base="").export(now_ms=NOW_MS)
    page = opened(f"file://{folder}/index.html")
    headline = page.locator("h1").inner_text()
    assert headline != UNCONFIRMED
    assert page.locator("h1").evaluate("one => getComputedStyle(one).fontSize") == "28px"
    page.clock.fast_forward(timedelta(minutes=4).seconds * 1000)
    expect(page.locator("h1")).to_have_text(UNCONFIRMED)
    plain = opened(f"file://{folder}/index.html", script=False)
    expect(plain.locator("h1")).to_have_text(headline)
    expect(plain.locator(".as-of")).to_have_text("As of 2026-11-23 14:31 UTC")
    assert plain.locator("form").count() == 0


def test_an_incident_is_told_with_the_keyboard(opened: Opened, tmp_path: Path) -> None:
    with staged(tmp_path, objectives=True) as stage:
        with stage.store.writing() as db:
            services.ensure(db, [("payments", "")], now_ms=NOW_MS)
        page = opened(f"{stage.url}/settings/status")
        page.get_by_label("What it does").select_option("Partial outage")
        page.get_by_label("Title, a sentence").fill("Some payments are failing")
        page.get_by_label("Payments", exact=True).press("Space")
        page.get_by_label("What is known").first.fill("We are looking into it.")
        page.get_by_label("What is known").first.press("Tab")
        page.get_by_role("button", name="Publish", exact=True).press("Enter")
        expect(page.get_by_text("Some payments are failing")).to_be_visible()
        page.goto(f"{stage.url}/status")
        expect(page.locator("h1")).to_have_text("Some payments are failing")
