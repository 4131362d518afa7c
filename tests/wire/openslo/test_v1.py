"""OpenSLO v1 as its specification has it: https://github.com/OpenSLO/OpenSLO."""

import json

import pytest
import yaml

from app.domain import slo_fields
from app.domain.errors import Invalid
from app.wire import openslo
from tests.wire.openslo.writing import V1, changed, only, read

RATIO = {"good": 'requests_total{code!~"5.."}', "total": "requests_total"}
METRIC = V1[V1.index("      ratioMetric:") : V1.index("  timeWindow:")]
INDICATOR = V1[V1.index("  indicator:") : V1.index("  timeWindow:")]
WINDOW = V1[V1.index("  - duration:") : V1.index("  budgetingMethod:")]
OBJECTIVE = "  - target: 0.995\n    timeSliceTarget: 0.95\n    timeSliceWindow: 5m\n"
SLI = f"---\napiVersion: openslo/v1\nkind: SLI\nmetadata: {{name: shared}}\nspec:\n{METRIC.replace('      ', '  ', 1)}"
GAUGE = "      thresholdMetric: {metricSource: {spec: {query: %s}}}\n"


def test_every_field_is_read() -> None:
    found = only(V1)
    assert found.fields == {
        "slo": "web-availability",
        "name": "Availability of web",
        "service": "web",
        "description": "99.5 % of requests succeed",
        "owner": "search",
        "labels": {"env": ["prod"], "team": ["search", "web"]},
        "annotations": {"example.com/folder": "./web"},
        "window": {
            "kind": "calendar",
            "unit": "week",
            "count": 1,
            "anchor": "2022-01-01T12:00",
            "zone": "America/New_York",
        },
        "budgeting": {"method": "time_slices", "slice_minutes": 5, "slice_target": "0.95"},
        "target": "0.995",
        "indicator": {"kind": "ratio", "fields": RATIO},
    }
    assert (found.file, found.place.line, found.warnings) == ("web.yaml", 1, ())


def test_what_is_read_makes_a_draft() -> None:
    draft = slo_fields.read(only(V1).fields, unseen=True)
    assert (draft.slug, str(draft.target), draft.owner) == ("web-availability", "0.995", "search")


def test_json_a_list_and_several_documents_say_the_same() -> None:
    plain = yaml.load(V1, Loader=yaml.BaseLoader)
    plain["metadata"]["labels"] = {"env": ["prod"], "team": ["search", "web"]}
    plain["spec"]["timeWindow"][0]["isRolling"] = False
    plain["spec"]["indicator"]["spec"]["ratioMetric"]["counter"] = True
    other = {**plain, "metadata": {**plain["metadata"], "name": "other"}}
    assert only(json.dumps(plain)).fields == only(V1).fields
    for text in (json.dumps([plain, other]), f"{json.dumps(plain)}\n---\n{json.dumps(other)}\n"):
        assert [one.slug for one in read(text).objectives] == ["web-availability", "other"]


@pytest.mark.parametrize("start", ["2022-01-01 12:00:00", "'2022-01-01 12:00:00'", "2022-01-01T12:00:00"])
def test_a_start_is_wall_time_quoted_or_not(start: str) -> None:
    window = only(changed(V1, ("2022-01-01 12:00:00", start))).fields["window"]
    assert isinstance(window, dict)
    assert window["anchor"] == "2022-01-01T12:00"


@pytest.mark.parametrize(("length", "minutes"), [("90m", 90), ("12h", 720), ("30d", 43_200), ("4w", 40_320)])
def test_a_rolling_window_is_so_many_minutes(length: str, minutes: int) -> None:
    found = only(changed(V1, (WINDOW, f"  - {{duration: {length}, isRolling: true}}\n")))
    assert found.fields["window"] == {"kind": "rolling", "minutes": minutes}


def test_an_indicator_of_another_file_is_found_by_its_name() -> None:
    referring = changed(V1, (INDICATOR, "  indicatorRef: shared\n"))
    found = openslo.read([("slo.yaml", referring), ("sli.yaml", SLI.removeprefix("---\n"))])
    assert found.objectives[0].fields["indicator"] == {"kind": "ratio", "fields": RATIO}


def test_several_targets_are_several_objectives() -> None:
    second = "  - targetPercent: 99.9\n    displayName: strict\n    timeSliceTarget: 0.99\n"
    first, other = read(changed(V1, (OBJECTIVE, OBJECTIVE + second))).objectives
    assert (first.fields["slo"], first.fields["name"], first.fields["target"]) == (
        "web-availability",
        "Availability of web",
        "0.995",
    )
    assert (other.fields["slo"], other.fields["name"], other.fields["target"]) == (
        "web-availability-2",
        "Availability of web: strict",
        "99.9%",
    )
    assert str(slo_fields.read(other.fields, unseen=True).target) == "0.999"
    assert other.fields["budgeting"] == {"method": "time_slices", "slice_target": "0.99"}


@pytest.mark.parametrize(
    ("query", "side", "series", "across"),
    [
        pytest.param("queue_depth", "lt", "queue_depth", None, id="a gauge"),
        pytest.param("'{__name__=\"queue_depth\"}'", "lt", "queue_depth", None, id="a gauge by its label"),
        pytest.param("sum(queue_depth)", "lte", "queue_depth", "sum", id="a sum"),
        pytest.param("avg(queue_depth)", "gt", "queue_depth", "mean", id="a mean"),
        pytest.param("max(queue_depth)", "lt", "queue_depth", None, id="the highest of what has to stay low"),
        pytest.param("min(queue_depth)", "gte", "queue_depth", None, id="the lowest of what has to stay high"),
        pytest.param("min(queue_depth)", "lt", "queue_depth", "best", id="the lowest of what has to be low once"),
    ],
)
def test_a_threshold_is_of_a_gauge(query: str, side: str, series: str, across: str | None) -> None:
    told = changed(V1, (METRIC, GAUGE % query), (OBJECTIVE, f"{OBJECTIVE}    op: {side}\n    value: 100\n"))
    fields = {"series": series, "side": side, "value": "100"} | ({} if across is None else {"across": across})
    assert only(told).fields["indicator"] == {"kind": "threshold", "fields": fields}


@pytest.mark.parametrize(
    "query",
    [
        "requests_total",
        "sum(requests_total)",
        "sum by (zone) (rate(requests_total[5m]))",
        "sum(increase(requests_total[1h])) without (pod)",
        "sum(irate(requests_total[{{.window}}]))",
    ],
)
def test_what_makes_a_rate_is_dropped_around_a_counter(query: str) -> None:
    told = changed(V1, ("'sum(rate(requests_total[5m]))'", f'"{query}"'))
    assert only(told).fields["indicator"] == {"kind": "ratio", "fields": RATIO}


def test_what_is_passed_over_is_said() -> None:
    told = changed(
        V1,
        (OBJECTIVE, f"{OBJECTIVE}    op: gt\n    compositeWeight: 2\n"),
        ("counter: true", "counter: false"),
        ("  objectives:", "  alertPolicies: [ours]\n  objectives:"),
    )
    assert [warning.split("`")[1] for warning in only(told).warnings] == [
        "compositeWeight",
        "alertPolicies",
        "op",
        "counter: false",
    ]


def test_no_alert_policies_are_nothing_to_say() -> None:
    assert only(changed(V1, ("  objectives:", "  alertPolicies: []\n  objectives:"))).warnings == ()


def test_objects_without_use_are_named() -> None:
    source = "---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: ours}\nspec: {type: Prometheus}\n"
    service = "---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: web}\nspec: {}\n"
    assert tuple(one.title for one in read(V1 + source + service).kept) == ("DataSource ours", "Service web")


def test_our_own_settings_override_what_is_written_beside_them() -> None:
    own = json.dumps({"kind": "freshness", "fields": {"series": "backup_time_seconds", "within": 3600}})
    told = changed(V1, ("    burnline.dev/owner: '\"search\"'", f"    burnline.dev/indicator: '{own}'"))
    assert only(told).fields["indicator"] == json.loads(own)


RAW = "      ratioMetric: {rawType: success, raw: {metricSource: {spec: {query: a}}}}\n"


@pytest.mark.parametrize(
    ("changes", "line", "words"),
    [
        pytest.param([("openslo/v1", "openslo/v9")], 1, "`apiVersion` has to be one of", id="an unknown version"),
        pytest.param([("apiVersion: openslo/v1\n", "")], 1, "`apiVersion` has to be one of", id="no version"),
        pytest.param([("kind: SLO", "kind: SLA")], 2, "`SLA` is no kind of openslo/v1", id="an unknown kind"),
        pytest.param([("  name: web-availability\n", "")], 4, "`name` is missing", id="no name"),
        pytest.param([("  service: web\n", "")], 13, "`service` is missing", id="no service"),
        pytest.param([(INDICATOR, "")], 13, "an SLO has an `indicator` or an `indicatorRef`", id="no indicator"),
        pytest.param([(INDICATOR, "  indicatorRef: nobody\n")], 15, "there is no SLI `nobody`", id="no such SLI"),
        pytest.param([(METRIC, RAW)], 18, "a ratio computed beforehand has no events", id="a raw ratio"),
        pytest.param(
            [("sum(rate(requests_total[5m]))", "a_total / b_total")], 21, "more than a series", id="a quotient"
        ),
        pytest.param([("sum(rate(requests_total[5m]))", "sum(a) + sum(b)")], 21, "more than a series", id="two sums"),
        pytest.param(
            [("{query: 'sum(rate(requests_total[", "{path: 'sum(rate(requests_total[")],
            21,
            "a Prometheus `query`",
            id="no query",
        ),
        pytest.param([(WINDOW, "  - {duration: 1M, isRolling: true}\n")], 23, "no fixed length", id="a rolling month"),
        pytest.param([("duration: 1w", "duration: 1m")], 23, "a calendar window is so many of", id="a calendar minute"),
        pytest.param([("12:00:00", "12:00:00Z")], 26, "a minute of the wall clock", id="a start in another zone"),
        pytest.param([("12:00:00", "12:00:30")], 26, "a minute of the wall clock", id="a start in a minute"),
        pytest.param([("duration: 1w", "duration: soon")], 23, "`soon` is no duration", id="no duration"),
        pytest.param([("duration: 1w", "duration: 99999999w")], 23, "is no duration", id="a window beyond all"),
        pytest.param([("Timeslices", "Guesses")], 28, "`Guesses` is no budgeting method", id="an unknown method"),
        pytest.param([("    timeSliceTarget: 0.95\n", "")], 30, "`timeSliceTarget` is missing", id="no slice target"),
        pytest.param([("- target: 0.995", "- displayName: a")], 30, "a `target` or a `targetPercent`", id="no target"),
        pytest.param(
            [("  objectives:\n" + OBJECTIVE, "  objectives: []\n")], 13, "has no objective", id="no objectives"
        ),
        pytest.param([("'\"search\"'", "search")], 11, "is no JSON", id="a setting that is no JSON"),
        pytest.param([(METRIC, GAUGE % "a")], 27, "`op` is missing", id="a threshold without a side"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_line(changes: list[tuple[str, str]], line: int, words: str) -> None:
    with pytest.raises(Invalid, match=rf"^web\.yaml, line {line}, column ") as caught:
        read(changed(V1, *changes))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "query", ["rate(requests_total[5m])", "queue_depth[5m]", "sum by (zone) (queue_depth)", "sum(min_over_time(a[2m]))"]
)
def test_a_threshold_of_more_than_a_gauge_is_refused(query: str) -> None:
    told = changed(V1, (METRIC, GAUGE % f'"{query}"'), (OBJECTIVE, f"{OBJECTIVE}    op: lt\n    value: 1\n"))
    with pytest.raises(Invalid, match="line 18, column 54: this query is more than a gauge"):
        read(told)


def test_a_month_spelt_as_a_minute_is_told_how_months_are_spelt() -> None:
    with pytest.raises(Invalid) as caught:
        read(changed(V1, ("duration: 1w", "duration: 1m")))
    assert caught.value.hint == "`m` is minutes; months are `M`."


def test_the_same_object_twice_is_refused_at_the_second() -> None:
    with pytest.raises(Invalid, match=r"^again\.yaml, line 1, column 1: SLO `web-availability` stands here twice"):
        openslo.read([("web.yaml", V1), ("again.yaml", V1)])


def test_a_second_target_that_takes_anothers_name_is_refused() -> None:
    two = changed(V1, (OBJECTIVE, OBJECTIVE + OBJECTIVE))
    other = changed(V1, ("  name: web-availability\n", "  name: web-availability-2\n"))
    with pytest.raises(Invalid, match=r"^other\.yaml, line 1, column 1: the objective `web-availability-2` is"):
        openslo.read([("web.yaml", two), ("other.yaml", other)])


@pytest.mark.parametrize(
    ("field", "line", "column"),
    [
        ("target", 30, 13),
        ("window.anchor", 23, 15),
        ("indicator.fields.total", 21, 64),
        ("indicator.fields", 19, 9),
        ("service", 14, 12),
        ("slo", 1, 1),
        ("name", 1, 1),
    ],
)
def test_a_fault_found_later_is_placed_where_its_field_stands(field: str, line: int, column: int) -> None:
    placed = only(V1).placed(Invalid("No.", code="a", field=field, hint="Do."))
    assert str(placed) == f"web.yaml, line {line}, column {column}: web-availability: No."
    assert (placed.code, placed.field, placed.hint) == ("a", f"web.yaml:{line}:{column}", "Do.")
