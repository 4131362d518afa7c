"""OpenSLO documents to read, written out once; tests change what they are about."""

from app.wire import openslo
from app.wire.openslo import Declared, Read

V1 = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: web-availability
  displayName: Availability of web
  labels:
    env: prod
    team: [search, web]
  annotations:
    example.com/folder: ./web
    burnline.dev/owner: '"search"'
spec:
  description: 99.5 % of requests succeed
  service: web
  indicator:
    metadata: {name: web-successful}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(requests_total{code!~"5.."}[5m]))'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'sum(rate(requests_total[5m]))'}}}
  timeWindow:
  - duration: 1w
    isRolling: false
    calendar:
      startTime: 2022-01-01 12:00:00
      timeZone: America/New_York
  budgetingMethod: Timeslices
  objectives:
  - target: 0.995
    timeSliceTarget: 0.95
    timeSliceWindow: 5m
"""

ALPHA = """\
apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: api-latency, displayName: Latency of the API}
spec:
  service: api
  objectives:
  - target: 0.99
    ratioMetrics:
      incremental: true
      good: {source: prometheus, queryType: promql, query: 'sum(rate(seconds_bucket{le="0.4"}[{{.window}}]))'}
      total: {source: prometheus, queryType: promql, query: 'sum(rate(seconds_count[{{.window}}]))'}
  timeWindows:
  - {count: 30, unit: Day}
"""

SECOND_ALPHA = """\
apiVersion: openslo.com/v2alpha
kind: SLO
metadata:
  name: web-availability
  labels: {env: prod}
spec:
  serviceRef: web
  sliRef: web-successful
  timeWindow:
  - {duration: 4w, isRolling: true}
  budgetingMethod: Occurrences
  objectives:
  - {target: 0.995}
---
apiVersion: openslo.com/v2alpha
kind: SLI
metadata: {name: web-successful}
spec:
  ratioMetric:
    bad: {dataSourceRef: ours, spec: {query: 'requests_total{code=~"5.."}'}}
    total: {dataSourceSpec: {type: Prometheus}, spec: {query: requests_total}}
"""


def read(text: str) -> Read:
    return openslo.read([("web.yaml", text)])


def only(text: str) -> Declared:
    (found,) = read(text).objectives
    return found


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A document with pieces replaced, each of which has to be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
