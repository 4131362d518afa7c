"""`/api/services`: flat rows, null for what is not known."""

import csv
import io

import pytest
from starlette.testclient import TestClient

from app.web.models import ServiceDetail, ServiceNow


def test_services_are_listed_worst_first(client: TestClient) -> None:
    rows = client.get("/api/services").json()
    assert [one["service"] for one in rows][:4] == ["ledger", "checkout", "search", "mailer"]
    assert all(ServiceNow.model_validate(one) for one in rows)


def test_a_row_is_flat_and_says_why(client: TestClient) -> None:
    checkout = next(one for one in client.get("/api/services").json() if one["service"] == "checkout")
    assert checkout["state"] == "crit"
    assert checkout["reason"].replace("\u2009", " ") == "errors 7.12 %, 5 % is critical"
    assert checkout["since"] == "2026-11-23T14:14:00Z"
    assert checkout["until"] == "2026-11-23T14:31:00Z"
    assert checkout["error_ratio"] == pytest.approx(0.0712, rel=0.01)
    assert not any(isinstance(value, dict | list) for value in checkout.values())


def test_what_is_not_known_is_null_and_never_zero(client: TestClient) -> None:
    mailer = client.get("/api/services/mailer").json()
    names = ("latency_seconds", "traffic_per_second", "error_ratio", "saturation_ratio", "saturation_resource")
    assert [mailer[name] for name in names] == [None] * 5
    quiet = client.get("/api/services/quiet@staging").json()
    assert (quiet["traffic_per_second"], quiet["error_ratio"]) == (0.0, None)


def test_one_service_has_its_findings_and_resources(client: TestClient) -> None:
    found = client.get("/api/services/search").json()
    ServiceDetail.model_validate(found)
    assert [(one["state"], one["concern"]) for one in found["findings"]] == [("warn", "saturation")]
    assert [one["resource"] for one in found["resources"]] == ["disk /data", "cpu"]
    assert found["full_in_seconds"] == found["resources"][0]["full_in_seconds"] > 0


def test_the_same_rows_come_as_csv(client: TestClient) -> None:
    answer = client.get("/api/services?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    told = client.get("/api/services").json()
    assert [one["service"] for one in rows] == [one["service"] for one in told]
    assert float(rows[1]["error_ratio"]) == told[1]["error_ratio"]
    assert rows[3]["error_ratio"] == ""


@pytest.mark.parametrize(
    "service", ["nobody", "0", "-1", "9223372036854775808", "1;DROP", "%00", "x" * 5_000, "..%2f.."]
)
def test_a_service_that_is_not_there_is_missing(client: TestClient, service: str) -> None:
    answer = client.get(f"/api/services/{service}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "service_unknown"


def test_the_rows_are_described(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    schema = described["paths"]["/api/services"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["items"] == {"$ref": "#/components/schemas/ServiceNow"}
    named = described["components"]["schemas"]["ServiceNow"]["properties"]
    assert set(named) == set(client.get("/api/services").json()[0])
