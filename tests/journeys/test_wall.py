"""A wall in a real browser, through everything that happens to a screen nobody looks after.

Hours pass by the browser's clock. What is not live says so; whatever happens is over without a hand.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.walled import Walled, walled
from tests.reports import cast
from tests.reports.cast import Member

WELL = tuple(Member(f"service-{n}") for n in range(8))
BROKEN = (*cast.CAST[1:5], *WELL)
FAILING = Member("service-0", ratio=lambda age: np.where(age < 18, 0.0712, 0.0004))


@pytest.fixture
def wall(tmp_path: Path) -> Iterator[Walled]:
    with walled(tmp_path, BROKEN) as (made, _):
        yield made


@pytest.fixture
def page(page: Page) -> Page:
    page.clock.install()
    page.set_viewport_size({"width": 1920, "height": 1080})
    return page


def opened(page: Page, wall: Walled, query: str = "") -> None:
    page.goto(f"{wall.url}/wall/all{query}")
    expect(page.locator("body")).to_have_attribute("data-link", "live")
    expect(page.locator("[data-live-chip]")).to_contain_text("Live, data")


def pass_seconds(page: Page, seconds: int) -> None:
    """In steps, so that what one timer begins the next one can follow."""
    for _ in range(0, seconds, 8):
        page.clock.fast_forward(8_000)
        page.wait_for_timeout(60)


def pass_live(page: Page, wall: Walled, seconds: int) -> None:
    """The same while the server is well."""
    for _ in range(0, seconds, 8):
        wall.beat()
        pass_seconds(page, 8)


def changes(wall: Walled, service: str, state: str) -> None:
    """A patch on a stream that is open: after half a minute without a beat it is opened anew."""
    wall.waits_for(lambda: bool(wall.open))
    wall.beat()
    wall.tell("patch", {"services": {service: {"state": state}}})


def is_dead(page: Page) -> None:
    expect(page.locator("[data-banner]")).to_be_visible()
    expect(page.locator("[data-banner]")).to_contain_text("NOT LIVE")
    expect(page.locator("body")).to_have_attribute("data-dead", "")
    expect(page.locator(".row h2").first).to_be_visible()


def is_alive(page: Page, wall: Walled) -> None:
    wall.waits_for(lambda: bool(wall.open))
    wall.beat()
    expect(page.locator("[data-banner]")).to_be_hidden()
    expect(page.locator("body")).not_to_have_attribute("data-dead", "")
    expect(page.locator("[data-live-chip]")).to_contain_text("Live, data")


def test_nothing_is_outside_the_screen_and_nothing_breaks_the_policy(page: Page, wall: Walled) -> None:
    page.add_init_script(
        "window.broken = []; document.addEventListener('securitypolicyviolation', (e) => broken.push(e.blockedURI))"
    )
    opened(page, wall)
    for width, height in ((1920, 1080), (1366, 768), (1280, 1024), (3840, 2160)):
        page.set_viewport_size({"width": width, "height": height})
        outside = page.evaluate(
            "[...document.querySelectorAll('.hung *')].filter((one) => { const r = one.getBoundingClientRect();"
            " return r.width && (r.bottom > innerHeight + 1 || r.right > innerWidth + 1); }).length"
        )
        assert outside == 0, (width, height)
    assert page.evaluate("broken") == []


def test_names_are_as_large_as_the_distance_asks(page: Page, wall: Walled) -> None:
    """At 10 m a lower-case x of 10 arc minutes on 55 inches takes type of 7.8 hundredths of the height."""
    opened(page, wall)
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.row h2')).fontSize)")
    assert size >= 0.076 * 1080


@pytest.mark.parametrize("mode", ["bad gateway", "login"])
def test_1_and_2_a_dropped_stream_and_a_proxys_answers_end_by_themselves(page: Page, wall: Walled, mode: str) -> None:
    opened(page, wall)
    wall.mode = wall.screen = mode
    wall.drop()
    pass_seconds(page, 24)
    expect(page.locator("[data-live-chip]")).to_contain_text("late")
    assert "Sign in" not in page.inner_text("body")
    pass_seconds(page, 48)
    is_dead(page)
    wall.mode, wall.screen = "streaming", "real"
    pass_seconds(page, 64)
    is_alive(page, wall)


def test_3_a_first_connection_that_fails_is_tried_again(page: Page, wall: Walled) -> None:
    wall.mode = "bad gateway"
    page.goto(f"{wall.url}/wall/all")
    expect(page.locator(".row h2").first).to_be_visible()
    pass_seconds(page, 8)
    wall.mode = "streaming"
    pass_seconds(page, 40)
    is_alive(page, wall)


def test_4_a_silent_stream_is_not_live_and_is_opened_anew(page: Page, wall: Walled) -> None:
    opened(page, wall)
    wall.mode, wall.screen = "silent", "bad gateway"
    pass_seconds(page, 80)
    is_dead(page)
    wall.mode, wall.screen = "streaming", "real"
    pass_seconds(page, 64)
    is_alive(page, wall)


def test_5_many_tabs_of_one_wall_hold_one_stream(context: BrowserContext, wall: Walled) -> None:
    tabs = [context.new_page() for _ in range(4)]
    for tab in tabs:
        tab.goto(f"{wall.url}/wall/all")
    tabs[0].wait_for_timeout(500)
    wall.beat()
    for tab in tabs:
        expect(tab.locator("[data-live-chip]")).to_contain_text("Live")
    assert len(wall.open) == 1


def test_a_cut_cable_and_a_night_of_sleep_are_over_by_themselves(
    page: Page, wall: Walled, context: BrowserContext
) -> None:
    opened(page, wall)
    context.set_offline(True)
    pass_seconds(page, 72)
    is_dead(page)
    context.set_offline(False)
    pass_seconds(page, 40)
    is_alive(page, wall)
    page.clock.fast_forward(8 * 3_600_000)
    pass_seconds(page, 40)
    is_alive(page, wall)


def test_parts_that_do_not_come_are_not_live_although_the_stream_is(page: Page, wall: Walled) -> None:
    opened(page, wall)
    wall.screen = "bad gateway"
    for _ in range(10):
        pass_seconds(page, 8)
        wall.beat()
    is_dead(page)
    expect(page.locator("[data-banner]")).to_contain_text("the server answers 502")


def test_a_silent_collector_is_told_apart_from_a_dead_link(page: Page, wall: Walled) -> None:
    opened(page, wall)
    wall.data_age_ms = 240_000
    wall.beat()
    pass_seconds(page, 8)
    expect(page.locator("[data-line]")).to_contain_text(re.compile("Link ok, collector silent 4 min: last data"))
    expect(page.locator("[data-banner]")).to_be_hidden()


def test_a_revoked_link_says_whose_and_asks_again_slowly(page: Page, wall: Walled) -> None:
    opened(page, wall)
    wall.screen = "revoked"
    changes(wall, "checkout", "ok")
    pass_seconds(page, 16)
    expect(page.locator("[data-banner]")).to_contain_text("This screen's link was revoked. Screen: NOC-2")
    assert page.locator("form").count() == 0
    asked = len(wall.drawn)
    pass_seconds(page, 120)
    assert 1 <= len(wall.drawn) - asked <= 3
    wall.screen = "real"
    pass_seconds(page, 64)
    expect(page.locator("[data-banner]")).to_be_hidden()


def test_after_an_upgrade_it_loads_itself_once(page: Page, wall: Walled) -> None:
    opened(page, wall)
    assert wall.loaded == 1
    wall.build = "next"
    wall.beat()
    pass_seconds(page, 72)
    wall.waits_for(lambda: wall.loaded == 3)  # fetched to look, then loaded
    expect(page.locator("body")).to_have_attribute("data-build", "next")
    for _ in range(4):
        wall.beat()
        pass_seconds(page, 32)
    assert wall.loaded == 3


def test_what_repeats_fails_is_loaded_anew_and_not_for_ever(page: Page, wall: Walled) -> None:
    opened(page, wall)
    for _ in range(3):
        page.evaluate("for (let n = 0; n < 8; n++) dispatchEvent(new ErrorEvent('error'))")
        pass_seconds(page, 24)
    wall.waits_for(lambda: wall.loaded == 3)


def test_pages_take_turns_and_a_new_critical_holds_the_wall(page: Page, tmp_path: Path) -> None:
    with walled(tmp_path, WELL) as (wall, stage):
        opened(page, wall, "?pages=services,slos&dwell=30")
        expect(page.locator("[data-next]")).to_contain_text("next: Objectives in")
        pass_live(page, wall, 32)
        wall.waits_for(lambda: "page=slos" in wall.drawn[-1])
        expect(page.locator("[data-next]")).to_contain_text("next: Services in")
        stage.pass_minute("service-0", FAILING)
        changes(wall, "service-0", "crit")
        pass_live(page, wall, 8)
        expect(page.locator(".focus")).to_contain_text("service-0")
        expect(page.locator("[data-next]")).to_contain_text("the others in")
        pass_live(page, wall, 64)
        expect(page.locator(".row h2")).to_have_text(["service-0"])
        expect(page.locator("[data-next]")).to_have_text("held by service-0")
        pass_live(page, wall, 120)
        expect(page.locator(".row h2")).to_have_text(["service-0"])
        stage.pass_minute("service-0", WELL[0])
        stage.clock.move(10)
        changes(wall, "service-0", "ok")
        pass_live(page, wall, 24)
        expect(page.locator("[data-next]")).to_contain_text("next:")


def test_nothing_is_burnt_in_and_nights_are_dark(page: Page, wall: Walled) -> None:
    page.clock.pause_at("2027-03-01T21:58:00")
    page.goto(f"{wall.url}/wall/all?dim=22:00-06:30")
    expect(page.locator("body")).not_to_have_attribute("data-dimmed", "")
    places = set()
    for _ in range(9):
        page.clock.run_for(60_000)
        places.add(page.get_attribute("body", "data-orbit"))
    assert len(places) == 9
    expect(page.locator("body")).to_have_attribute("data-dimmed", "")
    expect(page.locator("body")).to_have_attribute("data-resting", "")


def test_reduced_motion_keeps_it_still(context: BrowserContext, wall: Walled) -> None:
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.clock.install()
    opened(page, wall)
    pass_seconds(page, 128)
    expect(page.locator("body[data-orbit]")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.querySelector('.hung')).transitionDuration") == "0s"


def test_states_are_told_apart_without_colour(page: Page, wall: Walled) -> None:
    opened(page, wall)
    shapes = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.counts li')].map((one) =>"
        " [one.textContent.trim().replace(/[0-9\\s]+/g, ' ').trim(), one.querySelector('use').getAttribute('href')]))"
    )
    assert shapes == {"CRIT": "#crit", "WARN": "#warn", "NO DATA": "#no-data", "OK": "#ok"}
    assert set(page.locator(".row .word").all_inner_texts()) == {"CRIT", "WARN"}


def test_two_thousand_patches_leave_no_memory_behind(page: Page, wall: Walled) -> None:
    opened(page, wall)
    session = page.context.new_cdp_session(page)

    def heap() -> int:
        session.send("HeapProfiler.collectGarbage")
        return int(session.send("Runtime.getHeapUsage")["usedSize"])

    def patches(number: int) -> None:
        page.evaluate(
            "async (number) => { for (let n = 0; n < number; n++) { document.dispatchEvent(new CustomEvent("
            "'burnline:patch', {detail: {services: {checkout: {state: 'crit', latency: `${n} ms`}}}}));"
            " if (n % 20 === 0) document.dispatchEvent(new CustomEvent('burnline:resync')); } }",
            number,
        )
        page.clock.fast_forward(1_000)
        page.wait_for_timeout(20)

    for _ in range(5):
        patches(20)
    before = heap()
    nodes = page.locator("*").count()
    for _ in range(100):
        patches(20)
    assert heap() - before < 10_000_000
    assert page.locator("*").count() == nodes
    assert len(wall.drawn) > 50
