"""What Burnline says of itself: in the banner of every page, on its health page, and as JSON."""

import pytest
from starlette.testclient import TestClient

from app.store import migrate
from app.store.engine import Store
from app.web.deps import App
from tests.web.conftest import NOW


@pytest.fixture(autouse=True)
def migrated(store: Store) -> None:
    migrate.upgrade(store)


def test_every_page_says_at_its_top_what_does_not_work(burnline: App, client: TestClient) -> None:
    burnline.counters.measure("burnline_disk_full", lambda: 1.0)
    burnline.counters.measure("burnline_disk_free_bytes", lambda: 150.0 * 2**20)
    for path in ("/", "/settings", "/settings/recipes", "/slos", "/troubles"):
        assert "The disk is almost full (150 MiB left): no samples are taken." in client.get(path).text


def test_nothing_is_said_while_everything_works(client: TestClient) -> None:
    assert 'class="trouble"' not in client.get("/").text
    assert "Everything works." in client.get("/settings/health").text


def test_a_lag_and_a_late_evaluation_are_troubles_and_old_ones_are_not_ready(burnline: App, client: TestClient) -> None:
    burnline.counters.measure("burnline_fold_lag_seconds", lambda: 61.0)
    burnline.counters.measure("burnline_evaluation_age_seconds", lambda: 61.0)
    found = client.get("/api/settings/health").json()
    assert found["troubles"] == [
        "The signals are 61 s behind the samples.",
        "Objectives were evaluated 61 s ago: alerts are neither raised nor resolved.",
    ]
    assert client.get("/readyz").json()["trouble"] == found["troubles"]


def test_each_way_in_is_told_with_what_it_brought_and_what_was_refused(burnline: App, client: TestClient) -> None:
    counters, now = burnline.counters, NOW.timestamp()
    counters.add("burnline_samples_accepted_total", 2_000, source="remote_write")
    counters.add("burnline_samples_repeated_total", 30, source="remote_write")
    counters.add("burnline_samples_refused_total", 4, source="remote_write", reason="timestamp_future")
    counters.add("burnline_samples_refused_total", 1, source="remote_write", reason="label_invalid")
    counters.put("burnline_ingest_last_seconds", now - 10, source="remote_write")
    counters.put("burnline_ingest_clock_difference_seconds", 45, source="remote_write")
    counters.add("burnline_ingest_refused_requests_total", 2, source="otlp", reason="proto_decode")
    found = client.get("/api/settings/health").json()
    assert [
        (one["source"], one["accepted"], one["repeated"], one["refused"], one["refused_requests"], one["remark"])
        for one in found["sources"]
    ] == [
        ("otlp", 0, 0, 0, 2, "Nothing of it was ever taken."),
        ("remote_write", 2_000, 30, 5, 0, "Its clock is 45\u2009s ahead of ours."),
    ]
    assert [(one["reason"], one["samples"], one["requests"]) for one in found["refused"]] == [
        ("timestamp_future", 4, 0),
        ("label_invalid", 1, 0),
        ("proto_decode", 0, 2),
    ]
    assert found["sources"][1]["last"] == "2026-11-23T14:31:55Z"


@pytest.mark.parametrize(
    ("seconds_ago", "difference", "remark"),
    [
        (10, -2, ""),
        (301, -2, "Silent for 5\u2009min 1\u2009s."),
        (10, -301, "Its newest sample was 5\u2009min 1\u2009s old when it came."),
    ],
)
def test_a_way_in_that_is_silent_or_late_is_remarked(
    burnline: App, client: TestClient, seconds_ago: int, difference: int, remark: str
) -> None:
    counters = burnline.counters
    counters.add("burnline_samples_accepted_total", 1, source="json")
    counters.put("burnline_ingest_last_seconds", NOW.timestamp() - seconds_ago, source="json")
    counters.put("burnline_ingest_clock_difference_seconds", difference, source="json")
    (source,) = client.get("/api/settings/health").json()["sources"]
    assert source["remark"] == remark


def test_who_has_begun_too_many_series_in_this_hour_is_told_with_the_label_that_grew(
    burnline: App, client: TestClient
) -> None:
    burnline.counters.put(
        "burnline_series_refused_last_seconds", NOW.timestamp() - 60, source="payments", label="user_id"
    )
    burnline.counters.put("burnline_series_refused_last_seconds", NOW.timestamp() - 3600, source="otlp", label="path")
    parts = {one["part"]: one for one in client.get("/api/settings/health").json()["parts"]}
    assert parts["New series"] == {
        "part": "New series",
        "is_well": False,
        "figure": "over the budget of this hour and refused: payments, label user_id",
    }
