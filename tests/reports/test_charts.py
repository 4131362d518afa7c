"""Charts are drawn from plain columns; the same as Plotly figures hold to Plotly's own schema."""

from datetime import datetime
from zoneinfo import ZoneInfo

import orjson
import plotly.graph_objects as go  # type: ignore[import-untyped]  # it ships no types
import pytest

from app.domain.board import Board
from app.domain.changes import Change
from app.domain.signals import HOUR_MS, MINUTE_MS
from app.reports import charts, figures, services
from app.reports.services import Shown
from app.store import changes
from app.store.engine import Store
from tests.reports import cast

BERLIN = ZoneInfo("Europe/Berlin")
SLUGS = [cast.board().services()[at].slug for at in range(len(cast.CAST))]


def shown(board: Board, store: Store, now: datetime, slug: str) -> Shown:
    return services.shown(
        board,
        store,
        board.find(slug),
        now,
        start_ms=cast.NOW_MS - 6 * HOUR_MS,
        end_ms=cast.NOW_MS,
        step_ms=MINUTE_MS,
        zone=BERLIN,
        with_last_week=True,
    )


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("slug", SLUGS)
def test_plotly_accepts_every_figure(board: Board, store: Store, now: datetime, slug: str, look: figures.Look) -> None:
    with store.writing() as db:
        changes.record(db, Change(slug, cast.NOW_MS - HOUR_MS, "v<2> & co"), now_ms=cast.NOW_MS)
    for signal, figure in figures.all_four(shown(board, store, now, slug), look=look).items():
        drawn = go.Figure(orjson.loads(orjson.dumps(figure)))
        assert drawn.layout.title.text == f"{figures.TITLES[signal]} of {slug}"
        assert all(trace.connectgaps is False for trace in drawn.data)
        assert drawn.layout.annotations[0].text == "▼ v&lt;2&gt; &amp; co"


def test_figures_and_columns_hold_the_same_numbers(board: Board, store: Store, now: datetime) -> None:
    found = shown(board, store, now, "checkout")
    payload = orjson.loads(orjson.dumps(charts.payload(found, zone=BERLIN)))
    drawn = orjson.loads(orjson.dumps(figures.all_four(found)))
    for signal in ("latency", "traffic", "errors", "saturation"):
        lines = [(one["name"], one["values"]) for one in payload[signal]]
        assert lines == [(one["name"], one["y"]) for one in drawn[signal]["data"]]


def test_columns_say_where_and_when_they_are(board: Board, store: Store, now: datetime) -> None:
    payload = orjson.loads(orjson.dumps(charts.payload(shown(board, store, now, "mailer"), zone=BERLIN)))
    assert payload["t0"] == (cast.NOW_MS - 6 * HOUR_MS) // MINUTE_MS * MINUTE_MS
    assert (payload["step"], payload["end"], payload["span"]) == (
        MINUTE_MS,
        cast.NOW_MS,
        cast.NOW_MS - payload["t0"],
    )
    assert payload["zone"] == {"name": "Europe/Berlin (UTC+1)", "offsets": [[payload["t0"], HOUR_MS]]}
    assert len(payload["gaps"]) == 1
    assert {one["signal"] for one in payload["limits"]} == {"latency", "errors", "saturation"}


def test_clocks_that_change_inside_a_range_change_its_offset() -> None:
    before = int(datetime(2026, 10, 24, 12, tzinfo=BERLIN).timestamp() * 1000)
    after = int(datetime(2026, 10, 26, 12, tzinfo=BERLIN).timestamp() * 1000)
    changed = int(datetime(2026, 10, 25, 1, tzinfo=ZoneInfo("UTC")).timestamp() * 1000)
    assert charts.offsets(before, after, zone=BERLIN) == [[before, 2 * HOUR_MS], [changed, HOUR_MS]]


def test_the_fullest_resource_is_drawn_first(board: Board, store: Store, now: datetime) -> None:
    payload = charts.payload(shown(board, store, now, "search"), zone=BERLIN)
    lines = payload["saturation"]
    assert isinstance(lines, list)
    assert [one["name"] for one in lines] == ["disk /data", "cpu"]
