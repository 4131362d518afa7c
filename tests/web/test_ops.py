import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from app.domain.errors import Unavailable
from app.store.engine import Store
from app.web import ops
from app.web.deps import App
from tests.web.conftest import NullIngest


@pytest.fixture
def trouble(burnline: App, monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What the next write transaction raises."""
    raised: list[Exception] = []
    writing = Store.writing

    @contextmanager
    def troubled(store: Store) -> Iterator[Any]:
        if raised:
            raise raised[0]
        with writing(store) as db:
            yield db

    monkeypatch.setattr(Store, "writing", troubled)
    return raised


def test_a_process_is_alive_whatever_its_database_does(client: TestClient, trouble: list[Exception]) -> None:
    trouble.append(Unavailable("The database is away."))
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"alive": True})


def test_it_is_ready_while_writes_are_taken(client: TestClient) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "trouble": []})


def test_it_is_not_ready_without_its_database_and_says_why(client: TestClient, trouble: list[Exception]) -> None:
    trouble.append(Unavailable("The database is away."))
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"ready": False, "trouble": ["The database is away."]})
    assert response.headers["retry-after"] == "2"
    trouble.clear()
    assert client.get("/readyz").status_code == 200


def test_a_stuck_database_holds_one_thread_and_no_answer(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops, "PROBE_SECONDS", 0.05)
    before = threading.active_count()
    with store.writing():
        for _ in range(3):
            response = client.get("/readyz")
            assert response.status_code == 503
            assert response.json()["trouble"] == ["The database took no write within 0.05 s."]
        assert threading.active_count() <= before + 1
    monkeypatch.setattr(ops, "PROBE_SECONDS", 5)
    assert client.get("/readyz").status_code == 200


def test_it_is_not_ready_when_nothing_writes_the_journal(client: TestClient, ingest: NullIngest) -> None:
    ingest.is_alive = False
    assert client.get("/readyz").json()["trouble"] == [
        "The journal's writer has stopped: no samples are taken. Restart Burnline."
    ]


@pytest.mark.parametrize(("lag", "status"), [(0.2, 200), (61.0, 503), (None, 200)])
def test_it_is_not_ready_when_signals_fall_behind(
    client: TestClient, burnline: App, lag: float | None, status: int
) -> None:
    burnline.counters.measure("burnline_fold_lag_seconds", lambda: lag)
    assert client.get("/readyz").status_code == status


@pytest.mark.parametrize(("age", "status"), [(10.0, 200), (60.0, 200), (61.0, 503), (None, 200)])
def test_it_is_not_ready_when_objectives_are_not_evaluated_where_they_should_be(
    client: TestClient, burnline: App, age: float | None, status: int
) -> None:
    burnline.counters.measure("burnline_evaluation_age_seconds", lambda: age)
    response = client.get("/readyz")
    assert response.status_code == status
    assert response.json()["trouble"] == (
        ["Objectives were evaluated 61 s ago: alerts are neither raised nor resolved."] if status == 503 else []
    )


def test_our_own_metrics_read_as_prometheus_text(client: TestClient, burnline: App) -> None:
    burnline.counters.add("burnline_odd_total", reason='a "quoted"\nline \\ more')
    client.get("/healthz")
    response = client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    assert families["burnline_odd"].samples[0].labels == {"reason": 'a "quoted"\nline \\ more'}
    assert families["burnline_build_info"].samples[0].labels == {"build": "test"}
    assert families["burnline_live_streams"].samples[0].value == 0
    assert families["process_resident_memory_bytes"].samples[0].value > 1 << 20
    requests = families["http_request_duration_seconds"]
    assert requests.type == "histogram"
    counts = [sample for sample in requests.samples if sample.name.endswith("_count")]
    assert [(one.labels["handler"], one.labels["status_code"], one.value) for one in counts] == [("ops", "200", 1)]
    buckets = [sample.value for sample in requests.samples if sample.name.endswith("_bucket")]
    assert buckets == sorted(buckets)


def test_every_explained_metric_is_explained_in_a_sentence() -> None:
    assert all(text.endswith(".") for text in ops.HELP.values())


def test_the_demo_tells_how_far_its_history_is(client: TestClient, burnline: App) -> None:
    burnline.demo = True
    assert client.put("/api/demo/progress", json={"fraction": 0.254, "note": "7 days"}).status_code == 204
    assert burnline.progress is not None
    assert (burnline.progress.percent, burnline.progress.note) == (25, "7 days")
    assert client.put("/api/demo/progress", json={"fraction": 1}).status_code == 204
    assert burnline.progress is None


def test_what_the_demo_tells_several_times_a_second_is_no_line_of_the_log(
    client: TestClient, burnline: App, caplog: pytest.LogCaptureFixture
) -> None:
    burnline.demo = True
    with caplog.at_level(logging.INFO, "burnline.web"):
        client.put("/api/demo/progress", json={"fraction": 0.5})
        client.put("/api/demo/progress", json={"fraction": 2})
    assert [record.fields["status"] for record in caplog.records] == [422]  # type: ignore[attr-defined]


def test_nobody_tells_progress_where_there_is_no_demo(client: TestClient, burnline: App) -> None:
    assert client.put("/api/demo/progress", json={"fraction": 0.5}).status_code == 404
    assert burnline.progress is None


@pytest.mark.parametrize("body", [{}, {"fraction": 2}, {"fraction": "0.5"}, {"fraction": 0.5, "note": "x" * 201}, []])
def test_odd_progress_is_refused(client: TestClient, burnline: App, body: object) -> None:
    burnline.demo = True
    assert client.put("/api/demo/progress", json=body).status_code == 422
