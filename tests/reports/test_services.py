"""One service: its state with the evidence, its charts with their marks, the same numbers as a table."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.board import Board
from app.domain.changes import Change
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.domain.states import State
from app.reports import overview, services
from app.reports.services import Page
from app.store import changes
from app.store.engine import Store
from tests.reports import cast

UTC = ZoneInfo("UTC")
BEGAN_MS = (cast.NOW_MS // MINUTE_MS - 18) * MINUTE_MS


def page(board: Board, store: Store, now: datetime, slug: str = "checkout", *, hours: int = 6) -> Page:
    start_ms = cast.NOW_MS - hours * HOUR_MS
    return services.page(board, store, board.find(slug), now, start_ms=start_ms, end_ms=cast.NOW_MS, zone=UTC)


def deploy(store: Store, version: str, at_ms: int, service: str = "checkout") -> None:
    with store.writing() as db:
        changes.record(db, Change(service, at_ms, version), now_ms=cast.NOW_MS)


def plain(text: str) -> str:
    return text.replace("\u2009", " ")


def test_the_head_says_what_the_overview_says(board: Board, store: Store, now: datetime) -> None:
    rows = {one.service.slug: one for one in overview.page(board, now).rows}
    assert page(board, store, now).detail.head.row == rows["checkout"]


def test_a_deploy_shortly_before_is_named_as_evidence(board: Board, store: Store, now: datetime) -> None:
    deploy(store, "v1", BEGAN_MS - 20 * MINUTE_MS)
    deploy(store, "v2", BEGAN_MS - 3 * MINUTE_MS)
    deploy(store, "v3", BEGAN_MS + 5 * MINUTE_MS)
    deploy(store, "other", BEGAN_MS - MINUTE_MS, service="catalog")
    head = page(board, store, now).detail.head
    assert head.after is not None
    assert (head.after.version, head.after_seconds) == ("v2", 180)


def test_a_deploy_long_before_is_not_blamed(board: Board, store: Store, now: datetime) -> None:
    deploy(store, "v1", BEGAN_MS - 16 * MINUTE_MS)
    assert page(board, store, now).detail.head.after is None


def test_a_healthy_service_blames_nobody(board: Board, store: Store, now: datetime) -> None:
    deploy(store, "v1", cast.NOW_MS - MINUTE_MS, service="catalog")
    head = page(board, store, now, "catalog").detail.head
    assert (head.after, head.reasons) == (None, ())


def test_deploys_in_the_range_are_marked(board: Board, store: Store, now: datetime) -> None:
    deploy(store, "old", cast.NOW_MS - 7 * HOUR_MS)
    deploy(store, "v2", cast.NOW_MS - HOUR_MS)
    deploy(store, "v1", cast.NOW_MS - 2 * HOUR_MS)
    assert [one.version for one in page(board, store, now).shown.deploys] == ["v1", "v2"]


def test_captions_say_what_a_chart_shows(board: Board, store: Store, now: datetime) -> None:
    captions = {name: plain(text) for name, text in page(board, store, now).shown.captions.items()}
    assert captions["errors"].startswith("7.12 % now, highest 7.1")
    assert captions["errors"][-5:] >= "14:14"
    assert captions["latency"].startswith("p99 ")
    assert ", usually 2" in captions["latency"]
    assert captions["saturation"].startswith("cpu 35")
    assert captions["saturation"].endswith(" now")


def test_captions_of_an_ended_range_speak_of_its_end(board: Board, store: Store, now: datetime) -> None:
    end_ms = cast.NOW_MS - HOUR_MS
    service = board.find("checkout")
    found = services.page(board, store, service, now, start_ms=end_ms - HOUR_MS, end_ms=end_ms, zone=UTC).shown
    assert plain(found.captions["errors"]).startswith("0.04 % at the end, highest 0.05 % at 13:")


def test_captions_of_a_silent_range_say_so(board: Board, store: Store, now: datetime) -> None:
    captions = page(board, store, now, "batch").shown.captions
    assert captions["traffic"] == "no data in this range"


def test_resources_stand_fullest_first_with_their_state(board: Board, store: Store, now: datetime) -> None:
    found = page(board, store, now, "search").detail.resources
    assert [(one.name, one.state) for one in found] == [("disk /data", State.WARN), ("cpu", State.OK)]
    assert found[0].full_seconds is not None
    assert 2.5 * 3600 < found[0].full_seconds < 3.5 * 3600


def test_the_table_holds_the_newest_buckets_of_the_charts(board: Board, store: Store, now: datetime) -> None:
    found = page(board, store, now)
    table, columns = found.table, found.shown.columns
    assert table.headings == (
        "Latency p50", "Latency p95", "Latency p99", "Traffic", "Failed", "Errors", "cpu",
    )  # fmt: skip
    assert [one.at_ms for one in table.rows] == columns.times_ms[: -services.TABLE_ROWS - 1 : -1]
    assert plain(table.rows[0].texts[5]) == "7.11 %"
    assert len(table.rows) == 60


def test_what_is_not_known_is_a_dash_in_the_table(board: Board, store: Store, now: datetime) -> None:
    table = page(board, store, now, "quiet@staging", hours=1).table
    assert dict(zip(table.headings, table.rows[0].texts, strict=True)) == {
        "Latency mean": "–",
        "Traffic": "0/s",
        "Failed": "0/s",
        "Errors": "–",
        "cpu": "35.1 %".replace(" ", "\u2009"),
    }
