"""`/api/changes`: deploys are told once and known from then on."""

import pytest
from starlette.testclient import TestClient

DEPLOY = {"service": "checkout", "version": "v2.43", "time": "2026-11-23T14:11:00Z", "link": "https://ci.example/1"}


def test_a_deploy_is_told_and_listed(client: TestClient) -> None:
    answer = client.post("/api/changes", json=DEPLOY)
    assert answer.status_code == 201
    assert answer.json() == {**DEPLOY, "title": ""}
    assert client.get("/api/changes").json() == [answer.json()]


def test_a_deploy_without_a_time_is_now(client: TestClient) -> None:
    told = client.post("/api/changes", json={"service": "checkout", "version": "v1"}).json()
    assert told["time"] == "2026-11-23T14:32:05Z"
    assert client.get("/api/changes").json() == [told]


def test_telling_it_again_changes_nothing(client: TestClient) -> None:
    first, again = (client.post("/api/changes", json=DEPLOY) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert len(client.get("/api/changes").json()) == 1
    (noted,) = client.get("/api/audit").json()
    assert (noted["by"], noted["verb"], noted["subject"], noted["after"]) == (
        "local",
        "change_told",
        "checkout",
        "v2.43",
    )


def test_changes_of_one_service_in_a_range(client: TestClient) -> None:
    client.post("/api/changes", json=DEPLOY)
    client.post("/api/changes", json={**DEPLOY, "service": "catalog"})
    client.post("/api/changes", json={**DEPLOY, "time": "2026-11-01T00:00:00Z", "version": "v1"})
    assert [one["version"] for one in client.get("/api/changes?service=checkout").json()] == ["v2.43"]
    long = client.get("/api/changes", params={"service": "checkout", "start": "2026-10-30T00:00:00Z"}).json()
    assert [one["version"] for one in long] == ["v1", "v2.43"]
    assert client.get("/api/changes?format=csv").text.splitlines()[0] == "time,service,version,title,link"


def test_a_deploy_marks_the_services_page(client: TestClient) -> None:
    before = client.get("/services/checkout").headers["etag"]
    client.post("/api/changes", json=DEPLOY)
    after = client.get("/services/checkout", headers={"if-none-match": before})
    assert after.status_code == 200
    assert "v2.43" in after.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"version": "v1"}, "missing", id="no service"),
        pytest.param({"service": "checkout"}, "missing", id="no version"),
        pytest.param({"service": " ", "version": "v1"}, "field_missing", id="blank service"),
        pytest.param({**DEPLOY, "vaule": 1}, "unknown_field", id="unknown field"),
        pytest.param({**DEPLOY, "version": "v" * 201}, "too_long", id="long version"),
        pytest.param({**DEPLOY, "link": "javascript:alert(1)"}, "link_invalid", id="script as a link"),
        pytest.param({**DEPLOY, "time": "yesterday"}, "time_invalid", id="no time"),
        pytest.param({**DEPLOY, "time": "2026-11-23T14:11:00"}, "timezone_missing", id="no zone"),
        pytest.param({**DEPLOY, "time": 1e300}, "time_invalid", id="a time beyond all years"),
        pytest.param({**DEPLOY, "version": None}, "invalid", id="null"),
        pytest.param([], "invalid", id="no object"),
    ],
)
def test_what_is_no_change_is_refused(client: TestClient, body: object, code: str) -> None:
    answer = client.post("/api/changes", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert client.get("/api/changes").json() == []
