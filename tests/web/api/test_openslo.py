"""`/api/openslo`: objectives as files declare them, all or none, and as one file that says the same again."""

from typing import Any

import httpx2
import pytest
import yaml
from starlette.testclient import TestClient

from app.store import services
from app.store.engine import Store
from app.web.deps import App
from tests.wire.openslo.writing import ALPHA, SECOND_ALPHA, V1, changed

RATIO: dict[str, Any] = {"kind": "ratio", "fields": {"bad": 'a_total{code="5xx"}', "total": "a_total"}}
INDICATORS: dict[str, dict[str, Any]] = {
    "ratio": RATIO,
    "ratio-of-both": {"kind": "ratio", "fields": {"good": 'a_total{code="2xx"}', "bad": 'a_total{code="5xx"}'}},
    "latency": {"kind": "latency", "fields": {"series": "http_request_duration_seconds", "threshold": 0.4}},
    "threshold": {"kind": "threshold", "fields": {"series": "queue_depth", "side": "lt", "value": 100}},
    "threshold-of-sum": {
        "kind": "threshold",
        "fields": {"series": "queue_depth", "side": "lte", "value": 100, "across": "sum"},
    },
    "freshness": {"kind": "freshness", "fields": {"series": "backup_time_seconds", "tells": "time", "within": 3600}},
    "saturation": {
        "kind": "saturation",
        "fields": {"series": "disk_used_bytes", "limit": "disk_size_bytes", "tells": "used", "at_most": 0.9},
    },
    "synthetic": {"kind": "synthetic", "fields": {"series": "probe_success", "quorum": 0.5}},
    "all": {"kind": "composite", "fields": {"rule": "all_of", "of": [{"slo": "ratio"}, {"slo": "latency"}]}},
}
SETTINGS: list[dict[str, Any]] = [
    {"window": "28d", "labels": {"team": ["a", "b"]}, "annotations": {"example.com/folder": "./a"}, "owner": "mira"},
    {"window": {"kind": "calendar", "unit": "month", "count": 1, "anchor": "2026-01-01", "zone": "Europe/Berlin"}},
    {"budgeting": {"method": "ratio_time_slices", "slice_minutes": 5}, "description": "Größer, wenn's geht"},
    {"budgeting": {"method": "time_slices", "slice_target": 0.95, "no_data": "bad"}},
    {
        "policy": {"exhausted": {"deploys": "block", "actions": ["tell #shop"]}},
        "credits": [{"below": 0.99, "credit": 0.1}],
    },
    {"alerting": {"pairs": [{"name": "p", "severity": "page", "long_minutes": 60, "factor": 10}], "least_events": 9}},
]


@pytest.fixture
def burnline(burnline: App, store: Store) -> App:
    with store.writing() as db:
        services.ensure(db, [("web", ""), ("api", "")], now_ms=0)
    return burnline


def put(client: TestClient, *texts: str, **flags: bool) -> httpx2.Response:
    """Files are called a.yaml, b.yaml and so on."""
    files = [{"name": f"{name}.yaml", "text": text} for name, text in zip("abcdef", texts, strict=False)]
    query = {"unseen": True, **flags}
    return client.put("/api/openslo", json={"files": files, "author": "mira"}, params=query)


def actions(found: httpx2.Response) -> list[tuple[str, str]]:
    assert found.status_code == 200, found.text
    return [(one["action"], one["slo"]) for one in found.json()["changes"]]


def exported(client: TestClient, **query: str) -> str:
    found = client.get("/api/openslo", params=query)
    assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (200, "application/yaml")
    return found.text


def slugs(client: TestClient) -> list[str]:
    return [one["metadata"]["name"] for one in yaml.safe_load_all(exported(client))]


def test_applied_twice_is_created_and_then_unchanged(client: TestClient) -> None:
    assert actions(put(client, V1, ALPHA)) == [("create", "web-availability"), ("create", "api-latency")]
    assert actions(put(client, V1, ALPHA)) == [("unchanged", "web-availability"), ("unchanged", "api-latency")]
    (edit,) = client.get("/api/slos/web-availability/edits").json()
    assert (edit["origin"], edit["author"]) == ("apply", "mira")


def test_a_change_is_told_by_field(client: TestClient) -> None:
    put(client, V1)
    (change,) = put(client, changed(V1, ("- target: 0.995", "- target: 0.99"))).json()["changes"]
    assert (change["action"], change["line"]) == ("change", 1)
    assert {"field": "target", "before": '"0.995"', "after": '"0.99"'} in change["diff"]
    assert client.get("/api/slos/web-availability").json()["target"] == 0.99


def test_a_dry_run_tells_the_same_and_writes_nothing(client: TestClient) -> None:
    put(client, V1)
    stricter = changed(V1, ("- target: 0.995", "- target: 0.999"))
    before = exported(client)
    dry = put(client, stricter, ALPHA, dry_run=True)
    assert dry.json()["dry_run"] is True
    assert actions(dry) == [("change", "web-availability"), ("create", "api-latency")]
    assert exported(client) == before
    assert put(client, stricter, ALPHA).json()["changes"] == dry.json()["changes"]


def test_only_pruning_archives_what_is_not_declared(client: TestClient) -> None:
    put(client, V1, ALPHA)
    assert actions(put(client, V1)) == [("unchanged", "web-availability")]
    assert actions(put(client, V1, prune=True)) == [("unchanged", "web-availability"), ("archive", "api-latency")]
    assert slugs(client) == ["web-availability"]


def test_one_fault_and_nothing_is_applied(client: TestClient) -> None:
    found = put(client, V1, changed(ALPHA, ("target: 0.99", "target: 99")))
    error = found.json()["error"]
    assert (found.status_code, error["code"], error["field"]) == (422, "target_invalid", "b.yaml:7:13")
    assert error["message"].startswith("b.yaml, line 7, column 13: api-latency: The target lies between 0 and 1")
    assert slugs(client) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param([("service: web", "service: nobody")], 14, id="a service nobody has sent"),
        pytest.param([("'sum(rate(requests_total[5m]))'", "nothing_total")], 20, id="series nobody has sent"),
        pytest.param([("2022-01-01 12", "2022-01-31 12"), ("1w", "1M")], 23, id="a month from the 31st"),
        pytest.param([("America/New_York", "Mars/Olympus")], 23, id="no zone"),
        pytest.param([("timeSliceTarget: 0.95", "timeSliceTarget: 95")], 28, id="a slice's target above 1"),
        pytest.param([("  name: web-availability", "  name: Web!")], 1, id="no name for an address"),
    ],
)
def test_what_cannot_be_stands_at_its_line(client: TestClient, changes: list[tuple[str, str]], line: int) -> None:
    found = put(client, changed(V1, *changes), unseen=not changes[0][1].startswith(("service", "nothing")))
    assert found.status_code == 422
    assert found.json()["error"]["field"].startswith(f"a.yaml:{line}:"), found.text


def test_what_is_not_used_is_named(client: TestClient) -> None:
    source = "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: ours}\nspec: {type: Prometheus}\n"
    assert put(client, V1, source).json()["kept"] == [{"action": "create", "name": "DataSource ours"}]


@pytest.fixture
def every_kind(client: TestClient) -> list[str]:
    """Objectives over every kind of SLI, each with other settings."""
    for number, (name, indicator) in enumerate(INDICATORS.items()):
        settings = {} if name == "ratio-of-both" else SETTINGS[number % len(SETTINGS)]
        body = {"slo": name, "name": f"Of {name}", "service": "web", "target": "99.5 %", "indicator": indicator}
        found = client.post("/api/slos?unseen=true", json={**body, **settings})
        assert found.status_code == 201, found.text
    return list(INDICATORS)


def test_what_is_exported_changes_nothing_when_it_is_applied(client: TestClient, every_kind: list[str]) -> None:
    text = exported(client)
    assert set(actions(put(client, text, prune=True))) == {("unchanged", name) for name in every_kind}


def test_an_export_applied_to_nothing_exports_the_same_bytes(client: TestClient, every_kind: list[str]) -> None:
    text = exported(client)
    objects = {name: client.get(f"/api/slos/{name}").json() for name in every_kind}
    for name in every_kind:
        assert client.delete(f"/api/slos/{name}").status_code == 204
    assert slugs(client) == []
    assert {action for action, _ in actions(put(client, text))} == {"create"}
    assert exported(client) == text
    for name, told in objects.items():
        again = client.get(f"/api/slos/{name}").json()
        assert {**again, "indicator": None} == {**told, "indicator": None}


def test_a_composite_names_its_parts_by_objective_and_may_stand_before_them(
    client: TestClient, every_kind: list[str]
) -> None:
    documents = list(yaml.safe_load_all(exported(client)))
    composite = documents[-1]
    assert composite["metadata"]["name"] == "all"
    assert '{"slo": "ratio"' in composite["metadata"]["annotations"]["burnline.dev/indicator"]
    for name in every_kind:
        client.delete(f"/api/slos/{name}")
    found = put(client, yaml.safe_dump_all([composite, *documents[:-1]]))
    assert actions(found)[-1] == ("create", "all")
    unknown = put(client, yaml.safe_dump(composite).replace("latency", "nobody"))
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "member_unknown")


def test_an_export_is_of_a_service_when_one_is_named(client: TestClient) -> None:
    put(client, V1, ALPHA)
    found = list(yaml.safe_load_all(exported(client, service="api")))
    assert [one["metadata"]["name"] for one in found] == ["api-latency"]


def test_what_was_read_as_v2alpha_is_written_as_v1(client: TestClient) -> None:
    put(client, SECOND_ALPHA)
    (found,) = yaml.safe_load_all(exported(client))
    assert (found["apiVersion"], found["spec"]["service"]) == ("openslo/v1", "web")
    assert found["spec"]["timeWindow"] == [{"duration": "28d", "isRolling": True}]
    assert found["spec"]["objectives"] == [{"target": 0.995}]
    assert found["spec"]["indicator"]["spec"]["ratioMetric"] == {
        "counter": True,
        "bad": {"metricSource": {"type": "Prometheus", "spec": {"query": 'requests_total{code=~"5.."}'}}},
        "total": {"metricSource": {"type": "Prometheus", "spec": {"query": "requests_total"}}},
    }


KEPT = """\
apiVersion: openslo/v1
kind: Service
metadata:
  name: web  # ours
spec:
  description: Search
"""


def test_what_is_not_used_is_kept_as_it_was_written_and_given_back(client: TestClient) -> None:
    put(client, V1, KEPT)
    exported = client.get("/api/openslo").text
    assert exported.endswith(f"---\n{KEPT}")
    assert put(client, exported).json()["kept"] == [{"action": "unchanged", "name": "Service web"}]
    assert client.get("/api/openslo").text == exported
    other = KEPT.replace("Search", "Search and find")
    assert put(client, other, dry_run=True).json()["kept"] == [{"action": "change", "name": "Service web"}]
    assert client.get("/api/openslo").text == exported
    put(client, other)
    assert client.get("/api/openslo").text.endswith(other)
    assert client.get("/api/openslo", params={"service": "web"}).text.count("kind: Service") == 0
    assert put(client, V1, prune=True).json()["kept"] == [{"action": "forget", "name": "Service web"}]
    assert "kind: Service" not in client.get("/api/openslo").text
    told = client.get("/api/audit", params={"subject": "Service web"}).json()
    assert [one["verb"] for one in told] == ["document_forgotten", "document_changed", "document_kept"]
    assert {one["by"] for one in told} == {"mira"}
