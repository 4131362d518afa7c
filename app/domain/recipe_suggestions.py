"""A recipe to start from, for a metric that none knows: ready to paste, to be corrected by someone who knows it."""

import json
import re
from collections.abc import Iterable

from app.domain.series import Kind, Shape

_STATUS = ("status", "code", "status_code", "http_status_code", "http.status_code", "http_response_status_code")
_PLACES = ("service.name", "service", "service_name", "application", "app", "job")
_PART = re.compile(r"(?P<stem>.+)_(?:bucket|sum|count)")
_TIME = re.compile(r"duration|latency|_time|time_|seconds|millis|_ms$")
_MILLISECONDS = re.compile(r"(?:.*[._])?(?:ms|millis|milliseconds)")


def suggest(metric: str, label_names: Iterable[str], kind: Kind | None, shape: Shape) -> str:
    """YAML text of one recipe that takes this metric: a guess at what it means, with what to check said beside it."""
    labels = sorted(label_names)
    listed = ", ".join(labels) if all(label.isprintable() for label in labels) else "not printable"
    lines = [
        "recipes:",
        f"  - name: {_name(metric)}",
        f"    title: {_quoted(metric)}",
        f"    service: [{_quoted(_place(labels))}, default]  # its labels: {listed or 'none'}",
        "    series:",
        *(f"      {line}" for line in _series(metric, labels, kind, shape)),
    ]
    return "\n".join(lines) + "\n"


def _series(metric: str, labels: list[str], kind: Kind | None, shape: Shape) -> list[str]:
    part = _PART.fullmatch(metric)
    if shape in (Shape.HISTOGRAM, Shape.DELTA_HISTOGRAM):
        return _histogram(metric, labels)
    if part and ("le" in labels or _TIME.search(part["stem"])) and kind is not Kind.GAUGE:
        return _histogram(part["stem"], labels)
    if shape is Shape.DELTA or kind is Kind.COUNTER or metric.endswith("_total"):
        return _counter(metric, labels)
    return _gauge(metric)


def _histogram(metric: str, labels: list[str]) -> list[str]:
    unit = "ms" if _MILLISECONDS.fullmatch(metric) else "s"
    lines = [f"- histogram: {_quoted(metric)}", f"  unit: {unit}  # s or ms", "  gives: [requests, duration]"]
    return lines + _errors(labels)


def _counter(metric: str, labels: list[str]) -> list[str]:
    if re.search(r"error|fail", metric):
        return [f"- counter: {_quoted(metric)}", "  gives: errors  # or `ignore:` instead of `counter:` and no gives"]
    return [f"- counter: {_quoted(metric)}", "  gives: requests", *_errors(labels)]


def _gauge(metric: str) -> list[str]:
    if _TIME.search(metric):
        unit = "ms" if _MILLISECONDS.fullmatch(metric) else "s"
        return [f"- gauge: {_quoted(metric)}", f"  unit: {unit}", "  gives: duration_mean"]
    unit = "percent" if "percent" in metric else '"1"'
    return [
        f"- gauge: {_quoted(metric)}",
        f"  unit: {unit}  # what full is: percent = 100, 1 = 1",
        "  gives: ratio  # or used, limit, free: then a second rule gives the other half",
        f"  resource: {_name(metric)}",
    ]


def _errors(labels: list[str]) -> list[str]:
    if any(label in _STATUS for label in labels):
        return ["  errors: status  # the status label says 5xx"]
    if "error.type" in labels or "error_type" in labels:
        return ["  errors: {error.type: true}"]
    return ['  # errors: {status: "5.."}  # which label says that a request failed?']


def _place(labels: list[str]) -> str:
    return next((place for place in _PLACES if place in labels), "job")


def _name(metric: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", metric.lower()).strip("-") or "mine"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
