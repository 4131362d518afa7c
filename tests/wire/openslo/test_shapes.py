"""Every shape that examples of v1 have in its specification, in words of our own: read, kept, or refused."""

import pytest

from app.domain.errors import Invalid
from app.wire import openslo
from app.wire.openslo import Read
from tests.wire.openslo.writing import read

HEAD = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: tickets
  displayName: Selling tickets
spec:
  description: Whoever wants a ticket gets one
  service: box-office
"""
SOLD = "{metricSource: {metricSourceRef: ours, type: Prometheus, spec: {query: 'sold_total{result=\"ok\"}'}}}"
ASKED = "{metricSource: {metricSourceRef: ours, type: Prometheus, spec: {query: sold_total}}}"
RATIO = f"""\
  indicator:
    metadata: {{name: sold, displayName: Sold}}
    spec:
      description: Sold of asked for
      ratioMetric:
        counter: true
        good: {SOLD}
        total: {ASKED}
"""
WAIT = "{type: Prometheus, spec: {query: wait_seconds}}"
GAUGE = f"""\
  indicator:
    metadata: {{name: wait}}
    spec:
      thresholdMetric:
        metricSource: {WAIT}
"""
ROLLING = "  timeWindow:\n  - duration: 28d\n    isRolling: true\n"
CALENDAR = """\
  timeWindow:
  - duration: 1M
    isRolling: false
    calendar:
      startTime: 2024-03-01 00:00:00
      timeZone: Europe/Lisbon
"""
OCCURRENCES = "  budgetingMethod: Occurrences\n  objectives:\n  - displayName: Most\n    target: 0.98\n"
SLICES = (
    "  budgetingMethod: Timeslices\n  objectives:\n  - {target: 0.97, timeSliceTarget: 0.9, timeSliceWindow: 10m}\n"
)
RATIO_SLICES = "  budgetingMethod: RatioTimeslices\n  objectives:\n  - {targetPercent: 97.5, timeSliceWindow: 1h}\n"
ABOVE = """\
  budgetingMethod: Timeslices
  objectives:
  - {op: lte, value: 4, target: 0.9, timeSliceTarget: 1, timeSliceWindow: 5m}
"""
SLI = f"""\
---
apiVersion: openslo/v1
kind: SLI
metadata: {{name: sold}}
spec:
  ratioMetric:
    counter: true
    good: {SOLD}
    total: {ASKED}
"""
BY_NAME = "  indicatorRef: sold\n"
WEIGHTED = f"""\
  budgetingMethod: Occurrences
  objectives:
  - displayName: Sold
    target: 0.98
    compositeWeight: 2
    indicatorRef: sold
  - displayName: Waiting
    target: 0.9
    op: lt
    value: 4
    indicator:
      metadata: {{name: wait}}
      spec: {{thresholdMetric: {{metricSource: {WAIT}}}}}
"""
POLICIES = """\
  alertPolicies:
  - nights
  - kind: AlertPolicy
    metadata: {name: days}
    spec: {alertWhenBreaching: true, conditions: [{conditionRef: fast}], notificationTargets: [{targetRef: desk}]}
"""

READ = {
    "a ratio over a rolling window": (HEAD + RATIO + ROLLING + OCCURRENCES, ["tickets"]),
    "a ratio over a calendar month": (HEAD + RATIO + CALENDAR + OCCURRENCES, ["tickets"]),
    "a ratio in slices": (HEAD + RATIO + ROLLING + SLICES, ["tickets"]),
    "a ratio in slices by their share": (HEAD + RATIO + ROLLING + RATIO_SLICES, ["tickets"]),
    "a gauge": (HEAD + GAUGE + ROLLING + ABOVE, ["tickets"]),
    "an indicator of its own": (HEAD + BY_NAME + ROLLING + OCCURRENCES + SLI, ["tickets"]),
    "objectives with indicators and weights": (HEAD + ROLLING + WEIGHTED + SLI, ["tickets", "tickets-2"]),
    "alert policies by name and inside": (HEAD + RATIO + ROLLING + OCCURRENCES + POLICIES, ["tickets"]),
    "no window": (HEAD + RATIO + OCCURRENCES, ["tickets"]),
}


@pytest.mark.parametrize("name", READ)
def test_what_says_an_objective_is_read(name: str) -> None:
    text, slugs = READ[name]
    found = read(text)
    assert [one.slug for one in found.objectives] == slugs
    assert found.kept == ()


KEPT = {
    "Service": "spec:\n  description: Sells tickets\n",
    "DataSource": "spec:\n  type: Prometheus\n  connectionDetails:\n    url: http://metrics.example\n",
    "AlertCondition": """\
spec:
  severity: page
  condition: {kind: burnrate, op: lte, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}
""",
    "AlertPolicy": """\
spec:
  alertWhenBreaching: true  # and when it is over
  alertWhenResolved: true
  conditions:
  - conditionRef: fast
  notificationTargets:
  - targetRef: desk
""",
    "AlertNotificationTarget": "spec:\n  target: mail\n  description: The desk\n",
    "SLI": "spec:\n  ratioMetric: {rawType: success, raw: {metricSource: {type: elsewhere, spec: {path: a/b}}}}\n",
}


@pytest.mark.parametrize("kind", KEPT)
def test_what_says_nothing_to_us_is_kept_to_the_letter(kind: str) -> None:
    body = f"apiVersion: openslo/v1\nkind: {kind}\nmetadata:\n  name: one  # by name\n{KEPT[kind]}".rstrip()
    (alone,) = read(f"# a file of mine\n---\n{body}\n---\n").kept
    assert (alone.kind, alone.name, alone.api_version, alone.body) == (kind, "one", "openslo/v1", body)
    listed = "\n".join(f"{'- ' if at == 0 else '  '}{line}" for at, line in enumerate(body.splitlines()))
    assert read(f"{listed}\n{listed.replace('name: one', 'name: two')}\n").kept[0] == alone


def test_of_json_the_object_is_kept() -> None:
    one = '{"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"is": "é \\u00fc"}}'
    found: Read = openslo.read(
        [("all.json", f"[\n\t{one},\n\t{one.replace(': ' + chr(34) + 'a', ': ' + chr(34) + 'b')}]")]
    )
    assert [kept.body for kept in found.kept] == [one, one.replace('"a"', '"b"')]


QUERY = "{metricSource: {type: %s, spec: %s}}"
REFUSED = {
    "a ratio computed elsewhere": (
        HEAD
        + "  indicator:\n    metadata: {name: a}\n    spec:\n      ratioMetric:\n        rawType: success\n"
        + f"        raw: {ASKED}\n"
        + ROLLING
        + OCCURRENCES,
        (14, 14),
        "a ratio computed beforehand has no events",
    ),
    "a query of another system": (
        HEAD + RATIO.replace(SOLD, QUERY % ("Datadog", "{metricsQuery: 'sum:sold{*}'}")) + ROLLING + OCCURRENCES,
        (15, 52),
        "a metric has a Prometheus `query`",
    ),
    "a quotient": (
        HEAD + RATIO.replace("query: sold_total}", "query: sold_total / asked_total}") + ROLLING + OCCURRENCES,
        (16, 87),
        "this query is more than a series and its rate",
    ),
    "a quantile": (
        HEAD + GAUGE.replace("wait_seconds", "'histogram_quantile(0.9, wait_bucket)'") + ROLLING + ABOVE,
        (13, 56),
        "this query is more than a gauge",
    ),
    "an indicator that is not there": (HEAD + BY_NAME + ROLLING + OCCURRENCES, (9, 17), "there is no SLI `sold`"),
    "no indicator": (HEAD + ROLLING + OCCURRENCES, (7, 3), "an SLO has an `indicator` or an `indicatorRef`"),
    "a rolling month": (
        HEAD + RATIO + ROLLING.replace("28d", "1M") + OCCURRENCES,
        (18, 15),
        "M has no fixed length",
    ),
    "a window of two": (
        HEAD + RATIO + ROLLING + ROLLING.split("\n", 1)[1] + OCCURRENCES,
        (18, 3),
        "exactly one member",
    ),
    "a gauge without a side": (
        HEAD + GAUGE + ROLLING + ABOVE.replace("op: lte, ", ""),
        (19, 5),
        "`op` is missing",
    ),
    "another kind": ("apiVersion: openslo/v1\nkind: Team\nmetadata: {name: a}\n", (2, 7), "`Team` is no kind"),
    "another version": ("apiVersion: openslo/v9\nkind: SLO\n", (1, 13), "`apiVersion` has to be one of"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_measured_is_refused_with_its_place_and_reason(name: str) -> None:
    text, (line, column), reason = REFUSED[name]
    with pytest.raises(Invalid) as caught:
        read(text)
    assert reason in str(caught.value)
    assert str(caught.value).startswith(f"web.yaml, line {line}, column {column}: "), caught.value
