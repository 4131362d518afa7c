"""OpenSLO v1: https://github.com/OpenSLO/OpenSLO (specification of v1).

An SLO names its indicator or holds it; Burnline's own settings, which v1 has no fields for, stand in annotations. An
objective of several targets becomes several objectives, numbered from the second on.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.domain.json_values import Value
from app.wire.openslo import queries
from app.wire.openslo.declared import Declared
from app.wire.yaml_nodes import Node

VERSION = "openslo/v1"
OWN = "burnline.dev/"  # annotations of ours: the field's name follows, JSON is the value
KINDS = ("SLO", "SLI", "Service", "AlertPolicy", "AlertCondition", "AlertNotificationTarget", "DataSource")
METHODS = {"Occurrences": "occurrences", "Timeslices": "time_slices", "RatioTimeslices": "ratio_time_slices"}
SIDES = ("lt", "lte", "gt", "gte")
UNITS = {"m": 1, "h": 60, "d": 1_440, "w": 10_080}
CALENDAR_UNITS = {"d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year"}
SETTINGS = ("owner", "alerting", "policy", "credits", "window", "budgeting", "indicator")


@dataclass(slots=True)
class Objects:
    """The documents of all texts, by kind and name."""

    found: dict[tuple[str, str], Node] = field(default_factory=dict)

    def add(self, document: Node) -> None:
        """Raises Invalid for a kind that v1 does not have, or a name that is there twice."""
        parts = dict(document.pairs())
        kind, name = _need(document, parts, "kind").text(), _name(document)
        if kind not in KINDS:
            raise parts["kind"].invalid(f"`{kind}` is no kind of {VERSION}.", hint=f"Known are: {', '.join(KINDS)}.")
        if (kind, name) in self.found:
            raise document.invalid(f"{kind} `{name}` stands here twice.")
        self.found[kind, name] = document

    def declared(self) -> Iterator[Declared]:
        for (kind, _), document in self.found.items():
            if kind == "SLO":
                yield from _Slo(document, self).declared()

    def unused(self) -> Iterator[str]:
        """The objects that say nothing to Burnline."""
        return (f"{kind} {name}" for kind, name in self.found if kind not in ("SLO", "SLI", "Service"))


class _Slo:
    """One document being read."""

    def __init__(self, document: Node, objects: Objects) -> None:
        self.document = document
        self.objects = objects
        self.metadata = dict(_need(document, dict(document.pairs()), "metadata").pairs())
        self.node = _need(document, dict(document.pairs()), "spec")
        self.spec = dict(self.node.pairs())
        self.lines: dict[str, int] = {}
        self.warnings: list[str] = []

    def declared(self) -> Iterator[Declared]:
        slug = _name(self.document)
        objectives = _need(self.node, self.spec, "objectives").items()
        if not objectives:
            raise self.node.invalid(f"SLO `{slug}` has no objective.")
        common = self._common(slug)
        for number, objective in enumerate(objectives, start=1):
            fields = {**common, **self._objective(objective)}
            if number > 1:
                fields["slo"] = f"{slug}-{number}"
                fields["name"] = f"{fields['name']} ({number})"
            yield Declared(
                self.document.file, self.document.line, fields, {**self.lines}, tuple(dict.fromkeys(self.warnings))
            )

    def _common(self, slug: str) -> dict[str, Value]:
        fields: dict[str, Value] = {"slo": slug, "name": slug, "service": self._text("service", needed=True)}
        self.lines["slo"] = self.document.line
        if "displayName" in self.metadata:
            fields["name"] = self.metadata["displayName"].text()
        if "description" in self.spec:
            fields["description"] = self._text("description")
        fields["labels"] = self._labels()
        self._window(fields)
        own, kept = self._annotations()
        return {**fields, "annotations": kept, **own}

    def _text(self, name: str, *, needed: bool = False) -> str:
        node = _need(self.node, self.spec, name) if needed else self.spec[name]
        self.lines[name] = node.line
        return node.text()

    def _labels(self) -> dict[str, Value]:
        if "labels" not in self.metadata:
            return {}
        return {name: [one.text() for one in node.items()] for name, node in self.metadata["labels"].pairs()}

    def _annotations(self) -> tuple[dict[str, Value], dict[str, Value]]:
        """Burnline's own settings, and everybody else's annotations."""
        own: dict[str, Value] = {}
        kept: dict[str, Value] = {}
        for name, node in self.metadata["annotations"].pairs() if "annotations" in self.metadata else ():
            setting = name.removeprefix(OWN)
            if setting == name or setting not in SETTINGS:
                kept[name] = node.text()
                continue
            self.lines[setting] = node.line
            try:
                own[setting] = json.loads(node.text())
            except ValueError as error:
                raise node.invalid(f"`{name}` is no JSON: {error}.") from error
        return own, kept

    def _window(self, fields: dict[str, Value]) -> None:
        if "timeWindow" not in self.spec:
            return
        windows = self.spec["timeWindow"].items()
        if len(windows) != 1:
            raise self.spec["timeWindow"].invalid("`timeWindow` has exactly one member.")
        parts = dict(windows[0].pairs())
        duration = _need(windows[0], parts, "duration")
        self.lines["window"] = duration.line
        is_rolling = parts["isRolling"].flag() if "isRolling" in parts else "calendar" not in parts
        number, unit = _duration(duration)
        if is_rolling:
            if unit not in UNITS:
                raise duration.invalid(f"A rolling window is so many {', '.join(UNITS)}: a {unit} has no fixed length.")
            fields["window"] = {"kind": "rolling", "minutes": number * UNITS[unit]}
            return
        if unit not in CALENDAR_UNITS:
            raise duration.invalid(f"A calendar window is so many of {', '.join(CALENDAR_UNITS)}.")
        calendar = dict(_need(windows[0], parts, "calendar").pairs())
        start = _need(windows[0], calendar, "startTime").text(example="2026-01-01 00:00:00")
        fields["window"] = {
            "kind": "calendar",
            "unit": CALENDAR_UNITS[unit],
            "count": number,
            "anchor": start.strip().replace(" ", "T")[:16],
            "zone": calendar["timeZone"].text() if "timeZone" in calendar else "UTC",
        }

    def _objective(self, node: Node) -> dict[str, Value]:
        parts = dict(node.pairs())
        fields: dict[str, Value] = {"target": self._target(node, parts)}
        if "displayName" in parts:
            fields["name"] = parts["displayName"].text()
        own, _ = self._annotations()
        if "budgeting" not in own:
            fields["budgeting"] = self._budgeting(node, parts)
        if "indicator" not in own:
            fields["indicator"] = self._indicator(node, parts)
        return fields

    def _target(self, node: Node, parts: Mapping[str, Node]) -> str:
        given = [name for name in ("target", "targetPercent") if name in parts]
        if len(given) != 1:
            raise node.invalid("an objective has a `target` or a `targetPercent`, one of them.")
        self.lines["target"] = parts[given[0]].line
        text = parts[given[0]].text()
        return text if given[0] == "target" else f"{text}%"

    def _budgeting(self, node: Node, parts: Mapping[str, Node]) -> Value:
        method = self.spec.get("budgetingMethod")
        if method is None:
            return {}
        self.lines["budgeting"] = method.line
        if method.text() not in METHODS:
            raise method.invalid(f"`{method.text()}` is no budgeting method.", hint=f"Known are: {', '.join(METHODS)}.")
        fields: dict[str, Value] = {"method": METHODS[method.text()]}
        if method.text() == "Occurrences":
            return fields
        if "timeSliceWindow" in parts:
            number, unit = _duration(parts["timeSliceWindow"])
            if unit not in UNITS:
                raise parts["timeSliceWindow"].invalid("A slice is so many minutes or hours.")
            fields["slice_minutes"] = number * UNITS[unit]
        if method.text() == "Timeslices":
            fields["slice_target"] = _need(node, parts, "timeSliceTarget").text()
        return fields

    def _indicator(self, node: Node, parts: Mapping[str, Node]) -> Value:
        for holder in (parts, self.spec):
            if "indicator" in holder:
                inside = dict(holder["indicator"].pairs())
                return self._sli(_need(holder["indicator"], inside, "spec"), node, parts)
            if "indicatorRef" in holder:
                name = holder["indicatorRef"].text()
                if ("SLI", name) not in self.objects.found:
                    raise holder["indicatorRef"].invalid(f"there is no SLI `{name}` in what was given.")
                document = self.objects.found["SLI", name]
                return self._sli(_need(document, dict(document.pairs()), "spec"), node, parts)
        raise self.node.invalid("an SLO has an `indicator` or an `indicatorRef`.")

    def _sli(self, node: Node, objective: Node, parts: Mapping[str, Node]) -> Value:
        self.lines["indicator"] = node.line
        spec = dict(node.pairs())
        if "thresholdMetric" in spec:
            return self._threshold(spec["thresholdMetric"], objective, parts)
        ratio = dict(_need(node, spec, "ratioMetric").pairs())
        if "raw" in ratio:
            raise ratio["raw"].invalid("a ratio computed beforehand has no events: give `good` or `bad`, and `total`.")
        if "op" in parts:
            self.warnings.append("`op` of a ratio says nothing and was passed over.")
        if "counter" in ratio and not ratio["counter"].flag():
            self.warnings.append("Ratios are of counters; `counter: false` was passed over.")
        return {"kind": "ratio", "fields": {name: self._metric(ratio[name]) for name in _RATIO if name in ratio}}

    def _threshold(self, metric: Node, objective: Node, parts: Mapping[str, Node]) -> Value:
        side = _need(objective, parts, "op")
        if side.text() not in SIDES:
            raise side.invalid(f"`op` is one of {', '.join(SIDES)}.")
        value = _need(objective, parts, "value").text()
        fields = {"series": self._metric(metric), "side": side.text(), "value": value}
        return {"kind": "threshold", "fields": fields}

    def _metric(self, metric: Node) -> str:
        source = _need(metric, dict(metric.pairs()), "metricSource")
        spec = _need(source, dict(source.pairs()), "spec")
        parts = dict(spec.pairs())
        if "query" not in parts:
            raise spec.invalid("a metric has a Prometheus `query`; nothing else is read.")
        return queries.selector(parts["query"])


_RATIO = ("good", "bad", "total")


def _need(holder: Node, parts: Mapping[str, Node], name: str) -> Node:
    if name not in parts:
        raise holder.invalid(f"`{name}` is missing.")
    return parts[name]


def _name(document: Node) -> str:
    metadata = _need(document, dict(document.pairs()), "metadata")
    return _need(metadata, dict(metadata.pairs()), "name").text()


def _duration(node: Node) -> tuple[int, str]:
    text = node.text(example="30d")
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 10_000 and unit in "mhdwMQY"):
        raise node.invalid(f"`{text}` is no duration.", hint="A whole number and one of m h d w M Q Y, such as 30d.")
    return int(number), unit
