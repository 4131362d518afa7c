"""Objectives written as OpenSLO v1; `v1` reads back what is written here, to the last field."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from app.domain.json_values import Fields
from app.wire.openslo import slo_documents, v1

METHODS = {ours: theirs for theirs, ours in slo_documents.METHODS.items()}
CALENDAR_UNITS = {ours: theirs for theirs, ours in slo_documents.CALENDAR_UNITS.items()}
Document = dict[str, Any]


def text(documents: Iterable[Document], as_written: Iterable[str] = ()) -> str:
    """Documents of YAML, one after the other, and then those that have been written by others."""
    ours = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=120, explicit_start=True)
    return ours + "".join(f"---\n{one}\n" for one in as_written)


def document(fields: Fields, *, own: Iterable[str], sentence: str) -> Document:
    """One objective from its fields (see domain.slo_fields); those in `own` are kept in annotations of ours."""
    told: Any = fields
    ours = {f"{slo_documents.OWN}{name}": json.dumps(told[name], ensure_ascii=False) for name in own}
    metadata: Document = {"name": told["slo"], "displayName": told["name"]}
    if told["labels"]:
        metadata["labels"] = {name: list(values) for name, values in told["labels"].items()}
    if told["annotations"] or ours:
        metadata["annotations"] = {**told["annotations"], **ours}
    indicator = _threshold(sentence) if "indicator" in own else _indicator(told["indicator"])
    spec: Document = {"description": told["description"]} if told["description"] else {}
    spec |= {
        "service": told["service"],
        "indicator": {"metadata": {"name": told["slo"]}, "spec": indicator},
        "timeWindow": [_window(told["window"])],
        "budgetingMethod": METHODS[told["budgeting"]["method"]],
        "objectives": [_objective(told)],
    }
    return {"apiVersion": v1.VERSION, "kind": "SLO", "metadata": metadata, "spec": spec}


def is_expressible(indicator: Mapping[str, Any]) -> bool:
    """Whether v1 has words for an indicator: ratios and thresholds of metrics that are named."""
    fields = indicator["fields"]
    if indicator["kind"] == "ratio":
        given = [name for name in ("good", "bad", "total") if fields.get(name) is not None]
        return "total" in given and all(isinstance(fields[name], str) for name in given)
    usual = {"series", "side", "value", "across"}
    is_plain = isinstance(fields.get("series"), str) and fields.get("across", "worst") == "worst"
    return indicator["kind"] == "threshold" and is_plain and set(fields) <= usual


def _indicator(indicator: Mapping[str, Any]) -> Document:
    fields = indicator["fields"]
    if indicator["kind"] == "threshold":
        return {"thresholdMetric": _metric(fields["series"])}
    ratio: Document = {"counter": True}
    ratio |= {name: _metric(fields[name]) for name in ("good", "bad", "total") if fields.get(name) is not None}
    return {"ratioMetric": ratio}


def _threshold(sentence: str) -> Document:
    """What v1 has no words for: the annotation holds it, and this says it to people."""
    return {"thresholdMetric": {"metricSource": {"type": "burnline", "spec": {"sentence": sentence}}}}


def _metric(selector: str) -> Document:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": selector}}}


def _window(window: Mapping[str, Any]) -> Document:
    if window["kind"] == "rolling":
        minutes = window["minutes"]
        unit = next(unit for unit in ("d", "h", "m") if minutes % slo_documents.UNITS[unit] == 0)
        return {"duration": f"{minutes // slo_documents.UNITS[unit]}{unit}", "isRolling": True}
    start = window["anchor"].replace("T", " ") + ":00"
    calendar = {"startTime": start, "timeZone": window["zone"]}
    return {"duration": f"{window['count']}{CALENDAR_UNITS[window['unit']]}", "isRolling": False, "calendar": calendar}


def _objective(told: Mapping[str, Any]) -> Document:
    objective: Document = {"target": float(told["target"])}
    budgeting = told["budgeting"]
    if budgeting["method"] != "occurrences":
        objective["timeSliceWindow"] = f"{budgeting['slice_minutes']}m"
    if budgeting["slice_target"] is not None:
        objective["timeSliceTarget"] = float(budgeting["slice_target"])
    if told["indicator"]["kind"] == "threshold":
        fields = told["indicator"]["fields"]
        objective |= {"op": fields["side"], "value": fields["value"]}
    return objective
