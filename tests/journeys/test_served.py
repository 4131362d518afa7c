"""What comes to an open page by itself, from the board through the hub to the screen."""

from pathlib import Path

from playwright.sync_api import Page, expect

from app.domain.board import ServiceRef
from tests.journeys.pages import staged
from tests.reports import cast


def test_a_new_service_appears_by_itself(page: Page, tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        page.goto(stage.url)
        expect(page.locator("[data-live-chip]")).to_contain_text("Live")
        page.evaluate("window.same = true")
        stage.board.learn([ServiceRef(99, "newcomer", "newcomer", "")])
        stage.board.changed({99: cast.NOW_MS}, now_ms=cast.NOW_MS)
        expect(page.locator("[data-service=newcomer]").first).to_be_visible(timeout=20_000)
        assert page.evaluate("window.same") is True, "without a reload"
