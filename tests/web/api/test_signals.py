"""`/api/services/{service}/signals`: one object a value; every bad question gets a friendly sentence."""

import pytest
from starlette.testclient import TestClient

from app.web.models import SignalPoint

PATH = "/api/services/checkout/signals"


def test_an_hour_is_sixty_points_of_every_series(client: TestClient) -> None:
    rows = client.get(PATH, params={"start": "2026-11-23T13:00:00Z", "end": "2026-11-23T14:00:00Z"}).json()
    assert len(rows) == 60 * 7
    SignalPoint.model_validate(rows[0])
    assert {(one["signal"], one["series"], one["unit"]) for one in rows} == {
        ("latency", "p50", "s"),
        ("latency", "p95", "s"),
        ("latency", "p99", "s"),
        ("traffic", "requests", "1/s"),
        ("errors", "failed", "1/s"),
        ("error_ratio", "ratio", "ratio"),
        ("saturation", "cpu", "ratio"),
    }
    assert (rows[0]["time"], rows[-1]["time"]) == ("2026-11-23T13:00:00Z", "2026-11-23T13:59:00Z")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-23T13:00:00Z", "2026-11-23T13:10:00Z"),
        ("2026-11-23T14:00:00+01:00", "2026-11-23T14:10:00+01:00"),
        ("2026-11-23T14:00:00 01:00", "2026-11-23 13:10Z"),
        ("1795438800", "1795439400.0"),
    ],
)
def test_times_are_rfc_3339_or_epoch_seconds(client: TestClient, start: str, end: str) -> None:
    rows = client.get(PATH, params={"start": start, "end": end}).json()
    assert (rows[0]["time"], rows[-1]["time"]) == ("2026-11-23T13:00:00Z", "2026-11-23T13:09:00Z")


@pytest.mark.parametrize(("step", "points"), [("60", 60), ("5m", 12), ("1h", 1), ("600s", 6)])
def test_a_step_may_be_chosen(client: TestClient, step: str, points: int) -> None:
    asked = {"start": "2026-11-23T12:00:00Z", "end": "2026-11-23T13:00:00Z", "step": step}
    rows = client.get(PATH, params=asked).json()
    assert len({one["time"] for one in rows}) == points


def test_the_same_rows_come_as_csv(client: TestClient) -> None:
    lines = client.get(PATH, params={"format": "csv"}).text.splitlines()
    assert lines[0] == "time,service,signal,series,unit,value"
    assert len(lines) == 1 + len(client.get(PATH).json())


def test_charts_come_as_plotly_figures(client: TestClient) -> None:
    figures = client.get(PATH, params={"format": "plotly", "theme": "dark"}).json()
    assert list(figures) == ["latency", "traffic", "errors", "saturation"]
    assert all({"data", "layout"} == set(one) for one in figures.values())


@pytest.mark.parametrize(
    ("question", "code", "field"),
    [
        pytest.param({"start": "abc"}, "time_invalid", "start", id="no time"),
        pytest.param({"start": ""}, "time_invalid", "start", id="empty"),
        pytest.param({"end": "nan"}, "time_invalid", "end", id="nan"),
        pytest.param({"end": "1e999"}, "time_invalid", "end", id="1e999"),
        pytest.param({"start": "-5"}, "time_invalid", "start", id="before 1970"),
        pytest.param({"end": "9999-12-31T23:59:59Z"}, "time_invalid", "end", id="year 9999"),
        pytest.param({"end": "9999-12-31T23:59:59-14:00"}, "time_invalid", "end", id="beyond the year 9999"),
        pytest.param({"start": "0001-01-01T00:00:00+14:00"}, "time_invalid", "start", id="before the year 1"),
        pytest.param({"start": "2026-02-30T00:00:00Z"}, "time_invalid", "start", id="30 February"),
        pytest.param({"start": "2026-11-23T24:00:00Z"}, "time_invalid", "start", id="24:00"),
        pytest.param({"start": "2026-11-23T12:00:60Z"}, "time_invalid", "start", id="leap second"),
        pytest.param({"start": "2026-W47-1T00:00:00Z"}, "time_invalid", "start", id="week date"),
        pytest.param({"start": "1795438800000"}, "time_invalid", "start", id="milliseconds"),
        pytest.param({"start": "2026-11-23T13:00:00"}, "timezone_missing", "start", id="no zone"),
        pytest.param({"start": "1795439000", "end": "1795438000"}, "range_invalid", "start", id="backwards"),
        pytest.param({"start": "1795439000", "end": "1795439000"}, "range_invalid", "start", id="empty range"),
        pytest.param({"start": "2016-01-01T00:00:00Z"}, "range_invalid", "start", id="ten years"),
        pytest.param({"step": "0"}, "step_invalid", "step", id="step 0"),
        pytest.param({"step": "-1"}, "step_invalid", "step", id="step -1"),
        pytest.param({"step": "1e-9"}, "step_invalid", "step", id="step 1e-9"),
        pytest.param({"step": "nan"}, "step_invalid", "step", id="step nan"),
        pytest.param({"step": "90"}, "step_invalid", "step", id="step of a minute and a half"),
        pytest.param({"step": "999999999d"}, "step_invalid", "step", id="step of a million years"),
        pytest.param({"step": "٣m"}, "step_invalid", "step", id="step in other digits"),
        pytest.param({"start": "2026-01-01T00:00:00Z", "step": "60"}, "query_too_large", "step", id="too many points"),
        pytest.param({"tz": "../../etc/passwd"}, "timezone_unknown", "tz", id="zone as a path"),
        pytest.param({"tz": "a\0b"}, "timezone_unknown", "tz", id="zone with a NUL"),
        pytest.param({"tz": "EST5EDT"}, "timezone_unknown", "tz", id="zone as an abbreviation"),
        pytest.param({"tz": "utc"}, "timezone_unknown", "tz", id="zone in lower case"),
        pytest.param({"tz": ""}, "timezone_unknown", "tz", id="no zone at all"),
        pytest.param({"tz": "x" * 5_000}, "invalid", "tz", id="zone of 5 000 characters"),
        pytest.param({"format": "xml"}, "invalid", "format", id="unknown format"),
    ],
)
def test_a_bad_question_is_refused_in_a_sentence(
    client: TestClient, question: dict[str, str], code: str, field: str
) -> None:
    answer = client.get(PATH, params=question)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, code, field)
    assert error["message"].endswith(".")
    assert len(error["message"]) < 200


def test_too_many_points_are_refused_with_a_step_that_would_do(client: TestClient) -> None:
    asked = {"start": "2026-10-01T00:00:00Z", "end": "2026-11-01T00:00:00Z"}
    error = client.get(PATH, params={**asked, "step": "60"}).json()["error"]
    assert error["hint"] == "Use step=300, or a shorter range."
    assert client.get(PATH, params={**asked, "step": "300"}).status_code == 200


def test_a_parameter_given_twice_is_refused(client: TestClient) -> None:
    answer = client.get(f"{PATH}?step=60&step=300")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "duplicate_param")
