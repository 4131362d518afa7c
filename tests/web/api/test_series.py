"""`/api/series`: the samples of a metric, and its steps."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.actions.ingest import Ingest
from app.domain.counters import Counters
from app.store.engine import Store
from tests.pipeline import DAY_MS, Book, One, batch, counter, gauge
from tests.reports.cast import NOW_MS

MINUTE_MS = 60_000
HOUR = {"start": "2026-11-23T13:33:00Z", "end": "2026-11-23T14:33:00Z"}
A = {"code": "200", "instance": "a", "job": "shop"}


@pytest.fixture(autouse=True)
def sent(store: Store) -> Iterator[None]:
    """A counter at 14:28, :29 and :30 and a half, and a gauge that is no number, then one."""
    ingest = Ingest(store, Book(), raw_retention_ms=DAY_MS, counters=Counters(), committed=lambda *_: None)
    ingest.start()
    at_ms = NOW_MS // MINUTE_MS * MINUTE_MS - 4 * MINUTE_MS
    samples = [
        One(counter(), at_ms, 10.0),
        One(counter(), at_ms + MINUTE_MS, 12.5),
        One(counter(), at_ms + 150_500, 20.0),
        One(gauge("pool_ratio"), at_ms, float("nan")),
        One(gauge("pool_ratio"), at_ms + MINUTE_MS, 0.5),
    ]
    ingest.write(batch(samples), source="test", now_ms=NOW_MS)
    yield
    ingest.stop()


def test_every_sample_of_a_metric_without_a_step(client: TestClient) -> None:
    assert client.get("/api/series?match=requests_total").json() == [
        {"time": "2026-11-23T14:28:00Z", "metric": "requests_total", "labels": A, "value": 10.0},
        {"time": "2026-11-23T14:29:00Z", "metric": "requests_total", "labels": A, "value": 12.5},
        {"time": "2026-11-23T14:30:30.500Z", "metric": "requests_total", "labels": A, "value": 20.0},
    ]


def test_what_is_no_number_is_null(client: TestClient) -> None:
    assert [row["value"] for row in client.get("/api/series?match=pool_ratio").json()] == [None, 0.5]


def test_increases_with_a_step(client: TestClient) -> None:
    found = client.get("/api/series", params={"match": "requests_total", "step": "1m", **HOUR}).json()
    assert [(row["time"], row["value"]) for row in found] == [
        ("2026-11-23T14:29:00Z", 2.5),
        ("2026-11-23T14:30:00Z", 7.5),
    ]
    (whole,) = client.get("/api/series", params={"match": "requests_total", "step": "1h", **HOUR}).json()
    assert (whole["time"], whole["value"]) == ("2026-11-23T14:00:00Z", 10.0)


def test_both_as_csv_with_labels_as_json(client: TestClient) -> None:
    answer = client.get("/api/series?match=requests_total&format=csv&end=2026-11-23T14:28:30Z")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.splitlines() == [
        "time,metric,labels,value",
        '2026-11-23T14:28:00Z,requests_total,"{""code"":""200"",""instance"":""a"",""job"":""shop""}",10.0',
    ]
    nothing = client.get("/api/series?match=pool_ratio&format=csv").text.splitlines()[1]
    assert nothing.endswith(","), "null is an empty field"


@pytest.mark.parametrize(
    ("query", "status", "code", "field"),
    [
        ("", 422, "missing", "match"),
        ("match=", 422, "invalid", "match"),
        ("match=requests", 404, "metric_unknown", "match"),
        ("match=requests_total&step=90", 422, "step_invalid", "step"),
        ("match=requests_total&start=yesterday", 422, "time_invalid", "start"),
        ("match=requests_total&start=1700000000&end=1600000000", 422, "range_invalid", "start"),
        ("match=requests_total&step=60&start=1790000000", 422, "query_too_large", "step"),
        ("match=requests_total&format=xml", 422, "invalid", "format"),
    ],
)
def test_a_bad_question_is_told_what_is_wrong(
    client: TestClient, query: str, status: int, code: str, field: str
) -> None:
    answer = client.get(f"/api/series?{query}")
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == (code, field)


def test_too_much_names_a_step_that_is_taken(client: TestClient) -> None:
    asked = {"match": "requests_total", "start": "2026-05-01T00:00:00Z", "step": "1m"}
    hint = client.get("/api/series", params=asked).json()["error"]["hint"]
    step = hint.removeprefix("Use step=").split(",")[0]
    assert client.get("/api/series", params={**asked, "step": step}).status_code == 200
