"""The charts of a service: their grammar, a zoom through an hour of updates, and taking them away."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.domain.assignments import Role
from app.domain.changes import Change
from app.domain.selectors import SignalSelector
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.slis.ratio import Ratio
from app.store import changes
from tests.journeys.pages import Stage, staged
from tests.journeys.test_pages import NEWEST, RANGES, WATCH, has_charts, is_clean
from tests.reports import cast
from tests.reports.slo_cast import SloCast

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("charts"), objectives=True, slos=promising()) as stage:
        yield stage


def promising() -> SloCast:
    """The cast of objectives, one of which is measured by what a chart shows."""
    made = SloCast()
    errors, requests = (SignalSelector("checkout", "http", frozenset({one})) for one in (Role.ERRORS, Role.REQUESTS))
    for number, slo in made.made.items():
        if slo.slug == "checkout-availability":
            made.made[number] = replace(slo, indicator=Ratio(bad=errors, total=requests))
    return made


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1366, "height": 768}, timezone_id="UTC")
    made.add_init_script(WATCH)
    yield made
    made.close()


def drawn(page: Page, name: str, what: str) -> Any:
    """Something of a chart's figure: a list of its `data`, `layout.shapes` or `layout.annotations`."""
    return page.evaluate(f"document.querySelector('#chart-{name}').{what}")


def zoom(page: Page, start: str, end: str) -> None:
    change = {"xaxis.range[0]": f"2026-11-23 {start}", "xaxis.range[1]": f"2026-11-23 {end}"}
    page.evaluate("(change) => Plotly.relayout('chart-errors', change)", change)


def texts(page: Page, name: str) -> list[str]:
    return [one["text"].replace("\u2009", " ") for one in drawn(page, name, "layout.annotations")]


def test_what_was_promised_is_a_line_a_band_and_a_thicker_line_above_it(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/services/checkout")
    has_charts(page)
    assert "SLO 0.1 %" in texts(page, "errors")
    lines = [one for one in drawn(page, "errors", "layout.shapes") if one["type"] == "line"]
    assert 0.1 in [round(one["y0"], 6) for one in lines]
    band = next(one for one in drawn(page, "errors", "layout.shapes") if one["type"] == "rect")
    assert band["y0"] == pytest.approx(0.1)
    above = next(one for one in drawn(page, "errors", "data") if one["name"] == "above the SLO")
    assert above["line"]["width"] > 2
    known = [value for value in above["y"] if value is not None]
    assert sum(value > 0.1 for value in known) == 17  # of 18 minutes the newest is not complete yet
    caption = page.locator("[data-caption=errors]")
    expect(caption).to_contain_text("SLO 0.1\u2009%, above it for 17\u2009min")
    is_clean(page)


def test_the_page_says_in_a_sentence_what_is_wrong(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/services/checkout")
    sentence = "Errors 7.12\u2009% against 0.1\u2009% allowed, began 3\u2009min after deploy v2.43."
    expect(page.locator(".sentence")).to_have_text(sentence)


def test_more_than_five_deploys_are_counted_ticks(page: Page, tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        with stage.store.writing() as db:
            for nth in range(7):
                at_ms = cast.NOW_MS - 2 * HOUR_MS + nth * 2 * MINUTE_MS
                changes.record(db, Change("catalog", at_ms, f"v{nth}", "Deploy"), now_ms=cast.NOW_MS)
        page.goto(f"{stage.url}/services/catalog")
        has_charts(page)
        assert [one for one in texts(page, "traffic") if "▼" in one] == ["▼7"]
        page.goto(f"{stage.url}/services/checkout")
        has_charts(page)
        assert [one for one in texts(page, "traffic") if "▼" in one] == ["▼ v2.43"]


def test_announced_work_is_hatched_and_named(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/services/checkout")
    has_charts(page)
    page.evaluate(
        """async () => {
            const at = document.querySelector('script[src*="charts.js"]').src;
            const { figure } = await import(at.replace('charts.js', 'figures.js'));
            const { readColours } = await import(at.replace('charts.js', 'plots.js'));
            const columns = JSON.parse(document.querySelector('#columns').textContent);
            columns.maintenance = [[columns.end - 7200000, columns.end - 3600000]];
            window.made = figure('latency', { columns, colours: readColours(), zoom: null, width: 1318, log: false });
        }"""
    )
    hatch = page.evaluate("made.data.find((one) => one.fillpattern)")
    assert hatch["fillpattern"]["shape"] == "\\"
    assert [hatch["x"][0], hatch["x"][2]] == ["2026-11-23T12:32:05", "2026-11-23T13:32:05"]
    assert "maintenance" in page.evaluate("made.layout.annotations.map(({ text }) => text)")


def test_latency_can_be_drawn_by_powers_of_ten(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/services/ledger")
    has_charts(page)
    page.get_by_role("button", name="Log").click()
    page.wait_for_function("document.querySelector('#chart-latency').layout.yaxis.type === 'log'")
    assert drawn(page, "traffic", "layout.yaxis.type") != "log"
    is_clean(page)


def test_a_zoom_stays_through_an_hour_of_updates(page: Page, tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        page.clock.install()
        page.goto(f"{stage.url}/services/catalog?range=24h")
        has_charts(page)
        zoom(page, "10:00", "11:30")
        page.wait_for_function(f"{RANGES}.every(([from]) => from.startsWith('2026-11-23T10:00'))")
        zoomed = page.evaluate(RANGES)
        for _ in range(12):
            newest = page.evaluate(NEWEST)
            stage.clock.move(4 * 60)
            stage.pass_minute("catalog", replace(cast.CAST[0], ratio=lambda age: 0.002 + 0 * age))
            now_ms = round(stage.clock.now.timestamp() * 1000)
            page.evaluate(
                f"document.dispatchEvent(new CustomEvent('burnline:beat', {{ detail: {{ now: {now_ms} }} }}))"
            )
            page.evaluate("document.dispatchEvent(new CustomEvent('burnline:resync'))")
            page.clock.run_for(6_000)
            page.wait_for_function(f"newest => {NEWEST} > newest", arg=newest)
            assert page.evaluate(RANGES) == zoomed
        is_clean(page)


@pytest.mark.parametrize("name", ["latency", "saturation"])
def test_a_chart_is_taken_away_as_a_picture_without_breaking_a_rule(page: Page, shared: Stage, name: str) -> None:
    page.goto(f"{shared.url}/services/checkout")
    has_charts(page)
    with page.expect_download() as caught:
        page.locator(f"[data-figure={name}] [data-save=png]").click()
    assert caught.value.suggested_filename == f"checkout-{name}-20261123T1432Z.png"
    body = Path(caught.value.path()).read_bytes()
    assert body.startswith(PNG)
    assert (int.from_bytes(body[16:20]), int.from_bytes(body[20:24])) == (2400, 960)
    is_clean(page)


def test_the_picture_of_a_budget_breaks_no_rule_either(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/slos/checkout-availability")
    page.locator("#chart-budget .main-svg").first.wait_for()
    page.locator("#chart-budget").hover()
    with page.expect_download() as caught:
        page.locator("#chart-budget [data-title^='Download']").click()
    assert Path(caught.value.path()).read_bytes().startswith(PNG)
    is_clean(page)


def test_charts_on_paper_are_light(page: Page, shared: Stage) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{shared.url}/services/checkout")
    has_charts(page)
    colour = "document.querySelector('#chart-latency').data.find((one) => one.name === 'p99').line.color"
    assert page.evaluate(colour) == "rgb(227, 240, 255)"
    page.emulate_media(media="print")
    page.wait_for_function(f"() => {colour} === 'rgb(11, 46, 102)'")


def test_rows_taken_away_are_those_in_view(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/services/catalog")
    has_charts(page)
    zoom(page, "12:00", "12:29")
    page.wait_for_function(f"{RANGES}.every(([from]) => from.startsWith('2026-11-23T12:00'))")
    with page.expect_download() as caught:
        page.locator("[data-figure=latency] [data-save=csv]").click()
    rows = list(csv.DictReader(io.StringIO(Path(caught.value.path()).read_text())))
    assert {one["series"] for one in rows} == {"p50", "p95", "p99"}
    assert len(rows) == 3 * 30
    assert (rows[0]["time"], rows[29]["time"]) == ("2026-11-23T12:00:00.000Z", "2026-11-23T12:29:00.000Z")
    asked = "/api/services/catalog/signals?start=2026-11-23T12:00:00Z&end=2026-11-23T12:30:00Z&step=60"
    told = page.evaluate("(url) => fetch(url).then((answer) => answer.json())", asked)
    wanted = [one["value"] for one in told if one["series"] == "p99"]
    assert [float(one["seconds"]) for one in rows if one["series"] == "p99"] == pytest.approx(wanted, rel=1e-4)


def test_every_chart_has_its_table_also_without_scripts(browser: Browser, shared: Stage) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shared.url}/services/checkout")
    page.get_by_role("link", name="Errors as a table").click()
    expect(page.locator("#table-errors")).to_be_in_viewport()
    expect(page.locator("#table tbody tr").first).to_be_visible()
    href = page.get_by_role("link", name="Errors as CSV").get_attribute("href")
    assert href
    assert context.request.get(shared.url + href).text().startswith("time,service,signal,series,unit,value")
    context.close()
