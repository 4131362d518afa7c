"""What every page holds to: no finding of axe-core that counts, nothing forbidden, nothing wider than a small phone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Page

from tests.journeys.every_page import PAGES, WITH_CHARTS, WITHOUT_BAR
from tests.journeys.pages import Stage, staged
from tests.journeys.test_pages import WATCH

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("every"), objectives=True) as made:
        yield made


def opened(browser: Browser, *, theme: str = "light", width: int = 1366, height: int = 768) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    context.add_init_script(WATCH)
    return context.new_page()


@pytest.fixture(scope="module")
def walker(browser: Browser) -> Iterator[Page]:
    page = opened(browser)
    yield page
    page.context.close()


def visit(page: Page, stage: Stage, path: str) -> None:
    page.goto(stage.url + path)
    if path in WITH_CHARTS:
        page.locator(".plot .main-svg").first.wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, stage: Stage, theme: str) -> None:
    page, axe, found = opened(browser, theme=theme), Axe(), {}
    for path in PAGES:
        visit(page, stage, path)
        violations = axe.run(page).response["violations"]
        serious = [
            (one["id"], [node["target"] for node in one["nodes"]][:3]) for one in violations if one["impact"] in SERIOUS
        ]
        if serious:
            found[path] = serious
    page.context.close()
    assert found == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wider_than_a_small_phone_and_no_rule_is_broken(browser: Browser, stage: Stage, theme: str) -> None:
    page, found = opened(browser, theme=theme, width=360, height=640), {}
    for path in PAGES:
        visit(page, stage, path)
        if page.evaluate(WIDER) > 0 or page.evaluate("wrong") != []:
            found[path] = (page.evaluate(WIDER), page.evaluate("wrong"))
    page.context.close()
    assert found == {}


WALK = """() => {
    window.reached = new Set();
    window.ringless = [];
    const every = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
    window.wanted = every.filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled
        && one.tabIndex >= 0 && one.type !== 'radio');
    document.addEventListener('focusin', ({ target }) => {
        reached.add(target);
        const { outlineStyle, outlineWidth } = getComputedStyle(target);
        if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) ringless.push(target.outerHTML.slice(0, 120));
    });
    document.activeElement.blur();
    return wanted.length;
}"""
MISSED = "wanted.filter((one) => one.isConnected && !reached.has(one)).map((one) => one.outerHTML.slice(0, 120))"


@pytest.mark.parametrize("path", [one for one in PAGES if one not in WITHOUT_BAR])
def test_the_keyboard_alone_reaches_everything(walker: Page, stage: Stage, path: str) -> None:
    """Tab goes through every link, field and button in view, each with a ring."""
    visit(walker, stage, path)
    for _ in range(walker.evaluate(WALK) + 8):
        walker.keyboard.press("Tab")
    assert walker.evaluate(MISSED) == []
    assert walker.evaluate("ringless") == []


def test_motion_is_left_out_for_those_who_ask(browser: Browser, stage: Stage) -> None:
    page = opened(browser)
    visit(page, stage, "/")
    page.evaluate("document.querySelector('td b').classList.add('changed')")
    assert page.evaluate("getComputedStyle(document.querySelector('td b')).animationName") == "none"
    page.context.close()


def test_paper_is_light_and_holds_the_numbers(browser: Browser, stage: Stage) -> None:
    page = opened(browser, theme="dark")
    visit(page, stage, "/")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    for hidden in ("nav", ".tools", ".find"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator("table.services").is_visible()
    page.context.close()
