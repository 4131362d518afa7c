"""The live link in a real browser, through every way it fails.

EventSource alone fails four of the five; `fickle.py` plays them. Hours pass by the browser's clock, not by ours.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.fickle import Fickle

LIVE = re.compile("^Live, data [0-9]+ s$")
PATCH = {"services": {"checkout": {"latency": "2 ms"}}}


@pytest.fixture
def fickle() -> Iterator[Fickle]:
    made = Fickle()
    yield made
    made.stop()


@pytest.fixture
def page(page: Page) -> Page:
    page.clock.install()
    return page


def is_live(page: Page) -> None:
    expect(page.locator("body")).to_have_attribute("data-link", "live")
    expect(page.locator("[data-live-chip]")).to_have_text(LIVE)


def told(page: Page, name: str) -> list[object]:
    found: list[object] = page.evaluate("name => told.filter(one => one[0] === name).map(one => one[1])", name)
    return found


def hears_patches(page: Page, fickle: Fickle) -> None:
    before = len(told(page, "patch"))
    fickle.tell("patch", PATCH)
    page.wait_for_function("before => told.filter(one => one[0] === 'patch').length > before", arg=before)
    assert told(page, "patch")[-1] == PATCH


def test_a_page_says_how_old_its_data_is(page: Page, fickle: Fickle) -> None:
    page.goto(fickle.url)
    is_live(page)
    hears_patches(page, fickle)
    assert fickle.asked == ["boot.1"]


def test_1_a_dropped_stream_comes_back_and_asks_for_what_it_missed(page: Page, fickle: Fickle) -> None:
    page.goto(fickle.url)
    is_live(page)
    hears_patches(page, fickle)
    fickle.drop()
    fickle.waits_for(lambda: not fickle.open)
    page.clock.fast_forward(2_000)
    fickle.waits_for(lambda: len(fickle.asked) == 2)
    assert fickle.asked[1] == "boot.2"
    hears_patches(page, fickle)


@pytest.mark.parametrize("mode", ["bad gateway", "login"])
def test_2_a_first_connection_that_fails_is_tried_again(page: Page, fickle: Fickle, mode: str) -> None:
    fickle.mode = mode
    page.goto(fickle.url)
    fickle.waits_for(lambda: len(fickle.asked) == 1)
    expect(page.locator("[data-live-chip]")).to_have_text("connecting")
    page.clock.fast_forward(2_000)
    fickle.waits_for(lambda: len(fickle.asked) == 2)
    fickle.mode = "streaming"
    page.clock.fast_forward(4_000)
    is_live(page)
    hears_patches(page, fickle)


@pytest.mark.parametrize("mode", ["bad gateway", "login"])
def test_3_and_4_a_reconnection_that_fails_is_tried_again_ever_more_slowly(
    page: Page, fickle: Fickle, mode: str
) -> None:
    page.goto(fickle.url)
    is_live(page)
    fickle.mode = mode
    fickle.drop()
    for tries in range(2, 9):
        fickle.waits_for(lambda tries=tries: len(fickle.asked) == tries)  # type: ignore[misc]
        page.wait_for_timeout(100)
        assert len(fickle.asked) == tries, "one try after each wait, however long the wait"
        page.clock.fast_forward(40_000)
    expect(page.locator("body")).to_have_attribute("data-link", "stale")
    fickle.mode = "streaming"
    page.clock.fast_forward(40_000)
    is_live(page)
    hears_patches(page, fickle)


def test_5_a_silent_stream_is_late_then_stale_and_is_opened_anew(page: Page, fickle: Fickle) -> None:
    page.goto(fickle.url)
    is_live(page)
    page.clock.fast_forward(21_000)
    expect(page.locator("body")).to_have_attribute("data-link", "late")
    expect(page.locator("[data-live-chip]")).to_have_text(re.compile("^late 2[0-9] s$"))
    fickle.mode = "silent"
    page.clock.fast_forward(11_000)
    page.clock.fast_forward(3_000)
    fickle.waits_for(lambda: len(fickle.asked) == 2)
    page.clock.fast_forward(30_000)
    expect(page.locator("body")).to_have_attribute("data-link", "stale")
    expect(page.locator("[data-live-chip]")).to_have_text(re.compile("^NOT LIVE, last sign 6[0-9] s ago$"))
    fickle.mode = "streaming"
    page.clock.fast_forward(5_000)
    page.clock.fast_forward(5_000)
    is_live(page)


def test_after_five_failures_it_polls_until_a_stream_beats_again(page: Page, fickle: Fickle) -> None:
    fickle.mode = "login"
    fickle.poll = "answering"
    fickle.services = PATCH["services"]
    page.goto(fickle.url)
    for tries in range(1, 6):
        fickle.waits_for(lambda tries=tries: len(fickle.asked) == tries)  # type: ignore[misc]
        page.wait_for_timeout(50)
        page.clock.fast_forward(22_000)
    expect(page.locator("body")).to_have_attribute("data-link", "polling")
    expect(page.locator("[data-live-chip]")).to_have_text(re.compile("^Polling, data [0-9]+ s$"))
    assert told(page, "patch")[-1] == PATCH
    fickle.mode = "streaming"
    page.clock.fast_forward(40_000)
    is_live(page)
    polls = len(fickle.polled)
    page.clock.fast_forward(16_000)
    page.wait_for_timeout(100)
    assert len(fickle.polled) == polls


def test_a_server_that_says_bye_is_asked_again_soon(page: Page, fickle: Fickle) -> None:
    page.goto(fickle.url)
    is_live(page)
    fickle.tell("bye", {})
    fickle.waits_for(lambda: not fickle.open)
    page.clock.fast_forward(5_100)
    fickle.waits_for(lambda: len(fickle.asked) == 2)
    is_live(page)


@pytest.mark.parametrize(
    ("age_ms", "words"),
    [(None, "Link ok, no data yet"), (240_000, "Link ok, no samples for 4 min"), (30_000, "Live, data 30 s")],
)
def test_a_link_without_samples_is_not_called_live(page: Page, fickle: Fickle, age_ms: int | None, words: str) -> None:
    fickle.data_age_ms = age_ms
    page.clock.pause_at(4_000_000_000_000)
    page.goto(fickle.url)
    expect(page.locator("[data-live-chip]")).to_have_text(words)
    silent = expect(page.locator("body[data-silent]"))
    silent.to_have_count(1 if age_ms == 240_000 else 0)


def test_going_online_asks_at_once(page: Page, fickle: Fickle, context: BrowserContext) -> None:
    page.goto(fickle.url)
    is_live(page)
    fickle.mode = "bad gateway"
    fickle.drop()
    fickle.waits_for(lambda: len(fickle.asked) == 1 and not fickle.open)
    context.set_offline(True)
    context.set_offline(False)
    fickle.waits_for(lambda: len(fickle.asked) >= 2)


def test_another_build_is_told_to_the_page(page: Page, fickle: Fickle) -> None:
    page.goto(fickle.url)
    is_live(page)
    assert told(page, "build") == []
    fickle.tell("beat", {**fickle.sign(), "build": "b2"})
    page.wait_for_function("told.some(one => one[0] === 'build')")


# --- many tabs


def tabs(context: BrowserContext, url: str, number: int) -> list[Page]:
    opened = [context.new_page() for _ in range(number)]
    for tab in opened:
        tab.goto(url)
    return opened


def test_ten_tabs_hold_one_stream_and_all_are_live(context: BrowserContext, fickle: Fickle) -> None:
    opened = tabs(context, fickle.url, 10)
    fickle.beat()
    for tab in opened:
        is_live(tab)
    assert len(fickle.asked) == 1
    fickle.tell("patch", PATCH)
    for tab in opened:
        tab.wait_for_function("told.some(one => one[0] === 'patch')")
    assert len(fickle.open) == 1


def test_when_the_leading_tab_closes_another_leads_from_where_it_was(context: BrowserContext, fickle: Fickle) -> None:
    leader, *others = tabs(context, fickle.url, 3)
    fickle.tell("patch", PATCH)
    others[0].wait_for_function("told.some(one => one[0] === 'patch')")
    leader.close()
    fickle.waits_for(lambda: len(fickle.asked) == 2)
    assert fickle.asked[1] == "boot.2"
    for tab in others:
        is_live(tab)
        hears_patches(tab, fickle)


def test_a_later_tab_catches_up_with_what_was_told_before_it_listened(context: BrowserContext, fickle: Fickle) -> None:
    (leader,) = tabs(context, fickle.url, 1)
    is_live(leader)
    fickle.poll = "answering"
    fickle.tell("patch", PATCH)
    (late,) = tabs(context, fickle.url, 1)
    late.wait_for_function("told.some(one => one[0] === 'patch')")
    assert fickle.polled == ["boot.1"]
    assert len(fickle.asked) == 1


def test_without_a_secure_context_tabs_still_share_one_stream(context: BrowserContext, fickle: Fickle) -> None:
    context.clock.install()
    url = fickle.url.replace("127.0.0.1", "burnline.test")
    leader, other = tabs(context, url, 2)
    assert leader.evaluate("navigator.locks === undefined")
    fickle.waits_for(lambda: len(fickle.open) == 1)
    for _ in range(3):
        context.clock.fast_forward(3_000)
    fickle.beat()
    is_live(leader)
    is_live(other)
    assert len(fickle.asked) == 1
    leader.close()
    context.clock.fast_forward(12_000)
    fickle.waits_for(lambda: len(fickle.asked) == 2)
    is_live(other)


def test_the_way_back_restores_the_page_with_one_stream(context: BrowserContext, fickle: Fickle) -> None:
    page = context.new_page()
    page.goto(fickle.url)
    is_live(page)
    page.evaluate("window.kept = true")
    page.click("text=elsewhere")
    page.wait_for_url("**/elsewhere")
    is_live(page)
    page.go_back(wait_until="commit")  # a restored page loads nothing
    page.wait_for_function("location.pathname === '/'")
    is_live(page)
    fickle.waits_for(lambda: len(fickle.open) == 1)
    assert page.evaluate("window.kept") is True, "from the back/forward cache"
    hears_patches(page, fickle)
