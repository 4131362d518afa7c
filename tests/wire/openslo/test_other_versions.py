"""v1alpha as Sloth reads it, and v2alpha; what they share with v1 is tested there."""

import pytest

from app.domain import slo_fields
from app.domain.errors import Invalid
from app.wire import openslo
from tests.wire.openslo.writing import ALPHA, SECOND_ALPHA, V1, changed, only, read

RATIO = ALPHA[ALPHA.index("    ratioMetrics:") : ALPHA.index("  timeWindows:")]
CALENDAR = "{unit: %s, count: 1, isRolling: false, calendar: {startTime: 2021-05-01 00:00:00, timeZone: UTC}}"
WINDOW = "{count: 30, unit: Day}"
GAUGE = "  indicator: {thresholdMetric: {source: prometheus, queryType: promql, query: latency_ms}}\n  objectives:"


def test_v1alpha_is_read() -> None:
    found = only(ALPHA)
    assert found.fields == {
        "slo": "api-latency",
        "name": "Latency of the API",
        "service": "api",
        "labels": {},
        "annotations": {},
        "window": {"kind": "rolling", "minutes": 43_200},
        "budgeting": {},
        "target": "0.99",
        "indicator": {"kind": "ratio", "fields": {"good": 'seconds_bucket{le="0.4"}', "total": "seconds_count"}},
    }
    assert slo_fields.read(found.fields, unseen=True).slug == "api-latency"


def test_a_threshold_of_v1alpha_stands_in_the_slo_and_its_value_in_the_objective() -> None:
    told = changed(ALPHA, ("  objectives:", GAUGE), (RATIO, "    op: lte\n    value: 200.0\n"))
    fields = {"series": "latency_ms", "side": "lte", "value": "200.0"}
    assert only(told).fields["indicator"] == {"kind": "threshold", "fields": fields}


@pytest.mark.parametrize(
    ("window", "minutes"), [("{count: 2, unit: Week}", 20_160), ("{count: 600, unit: Second}", 10)]
)
def test_a_rolling_window_of_v1alpha(window: str, minutes: int) -> None:
    assert only(changed(ALPHA, (WINDOW, window))).fields["window"] == {"kind": "rolling", "minutes": minutes}


@pytest.mark.parametrize("unit", ["Day", "Week", "Month", "Quarter", "Year"])
def test_a_calendar_window_of_v1alpha(unit: str) -> None:
    assert only(changed(ALPHA, (WINDOW, CALENDAR % unit))).fields["window"] == {
        "kind": "calendar",
        "unit": unit.lower(),
        "count": 1,
        "anchor": "2021-05-01T00:00",
        "zone": "UTC",
    }


@pytest.mark.parametrize(
    ("changes", "line", "words"),
    [
        pytest.param([(WINDOW, "{count: 1, unit: Month}")], 13, "so many days or weeks", id="a rolling month"),
        pytest.param([(WINDOW, "{count: 61, unit: Second}")], 13, "whole minutes", id="no whole minutes"),
        pytest.param([(WINDOW, CALENDAR % "Second")], 13, "a calendar window is so many of", id="calendar seconds"),
        pytest.param(
            [(f"  - {WINDOW}\n", f"  - {WINDOW}\n  - {WINDOW}\n")], 13, "one window is read", id="two windows"
        ),
        pytest.param([(RATIO, "")], 7, "an objective has `ratioMetrics`", id="nothing measured"),
        pytest.param([("kind: SLO", "kind: SLI")], 2, "`SLI` is no kind of openslo/v1alpha", id="a kind of v1"),
        pytest.param(
            [("'sum(rate(seconds_count", "'1 - sum(rate(seconds_count")], 11, "more than a series", id="a sum"
        ),
    ],
)
def test_what_v1alpha_cannot_say_is_refused_at_its_line(changes: list[tuple[str, str]], line: int, words: str) -> None:
    with pytest.raises(Invalid, match=rf"^web\.yaml, line {line}, column ") as caught:
        read(changed(ALPHA, *changes))
    assert words in str(caught.value)


@pytest.mark.parametrize("service", ["serviceRef", "service"])
def test_v2alpha_is_read(service: str) -> None:
    found = only(changed(SECOND_ALPHA, ("serviceRef", service)))
    assert found.fields == {
        "slo": "web-availability",
        "name": "web-availability",
        "service": "web",
        "labels": {"env": ["prod"]},
        "annotations": {},
        "window": {"kind": "rolling", "minutes": 40_320},
        "budgeting": {"method": "occurrences"},
        "target": "0.995",
        "indicator": {
            "kind": "ratio",
            "fields": {"bad": 'requests_total{code=~"5.."}', "total": "requests_total"},
        },
    }


@pytest.mark.parametrize(
    ("changes", "line", "words"),
    [
        pytest.param([("sliRef: web-successful", "sliRef: nobody")], 8, "there is no SLI `nobody`", id="no such SLI"),
        pytest.param([("sliRef", "indicatorRef")], 7, "an SLO has an `sli` or an `sliRef`", id="the name of v1"),
        pytest.param([("  serviceRef: web\n", "")], 7, "`service` is missing", id="no service"),
    ],
)
def test_what_v2alpha_cannot_say_is_refused_at_its_line(changes: list[tuple[str, str]], line: int, words: str) -> None:
    with pytest.raises(Invalid, match=rf"^web\.yaml, line {line}, column ") as caught:
        read(changed(SECOND_ALPHA, *changes))
    assert words in str(caught.value)


def test_versions_stand_side_by_side_and_their_slis_apart() -> None:
    found = openslo.read(
        [("a.yaml", V1), ("b.yaml", ALPHA), ("c.yaml", SECOND_ALPHA.replace("web-avail", "own-avail"))]
    )
    assert [one.slug for one in found.objectives] == ["web-availability", "api-latency", "own-availability"]
    referring = changed(ALPHA, ("openslo/v1alpha", "openslo/v1"), (RATIO, "    indicatorRef: web-successful\n"))
    with pytest.raises(Invalid, match="there is no SLI `web-successful`"):
        openslo.read(
            [
                ("a.yaml", referring.replace("  timeWindows:\n  - {count: 30, unit: Day}\n", "")),
                ("c.yaml", SECOND_ALPHA),
            ]
        )
