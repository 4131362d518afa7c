"""What the versions of OpenSLO have in common in an SLO: names, annotations, budgeting, targets and what is measured.

A version is a class below this one that says where its window and its queries stand. Burnline's own settings, which no
version has fields for, stand in annotations. An objective of several targets becomes several objectives, numbered from
the second on.
"""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar

from app.domain.json_values import Value
from app.wire.openslo import queries
from app.wire.openslo.declared import Declared
from app.wire.openslo.documents import Documents, name_of, need, parts_of
from app.wire.yaml_nodes import Node, Place

OWN = "burnline.dev/"  # annotations of ours: the field's name follows, JSON is the value
METHODS = {"Occurrences": "occurrences", "Timeslices": "time_slices", "RatioTimeslices": "ratio_time_slices"}
UNITS = {"m": 1, "h": 60, "d": 1_440, "w": 10_080}
CALENDAR_UNITS = {"d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year"}
SETTINGS = ("owner", "alerting", "policy", "credits", "window", "budgeting", "indicator")
RATIO = ("good", "bad", "total")
_START = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)(?:[ T](?P<time>\d\d:\d\d)(?::00)?)?", re.ASCII)


class SloDocument(ABC):
    """One document being read."""

    SERVICE: ClassVar[tuple[str, ...]] = ("service",)

    def __init__(self, document: Node, documents: Documents) -> None:
        self.document = document
        self.documents = documents
        self.metadata = parts_of(need(document, "metadata"))
        self.node = need(document, "spec")
        self.spec = parts_of(self.node)
        self.places: dict[str, Place] = {"slo": document.place}
        self.warnings: list[str] = []

    @abstractmethod
    def _window(self) -> Value:
        """None: it says nothing of it."""

    @abstractmethod
    def _indicator(self, objective: Node, parts: Mapping[str, Node]) -> Value: ...

    @abstractmethod
    def _query(self, metric: Node) -> Node:
        """The query in a metric."""

    def declared(self) -> Iterator[Declared]:
        slug = name_of(self.document)
        objectives = need(self.node, "objectives").items()
        if not objectives:
            raise self.node.invalid(f"SLO `{slug}` has no objective.")
        common = self._common(slug)
        for number, objective in enumerate(objectives, start=1):
            self.warnings = []
            own = {"slo": slug if number == 1 else f"{slug}-{number}"}
            own["name"] = self._name(slug, objective, number=number, of=len(objectives))
            fields = {**common, **self._objective(objective), **own}
            warnings = tuple(dict.fromkeys(self.warnings))
            yield Declared(self.document.file, self.document.place, fields, {**self.places}, warnings)

    def _name(self, slug: str, objective: Node, *, number: int, of: int) -> str:
        """The whole's name; where there are several, the objective's own beside it, or its number."""
        told = [parts["displayName"].text() for parts in (self.metadata, parts_of(objective)) if "displayName" in parts]
        if of > 1 and len(told) > 1:
            return ": ".join(told)
        return (told[0] if told else slug) + (f" ({number})" if number > 1 else "")

    def _common(self, slug: str) -> dict[str, Value]:
        fields: dict[str, Value] = {"service": self._service()}
        if "description" in self.spec:
            self.places["description"] = self.spec["description"].place
            fields["description"] = self.spec["description"].text()
        fields["labels"] = self._labels()
        window = self._window()
        own, kept = self._annotations()
        if window is not None:
            fields["window"] = window
        return {**fields, "annotations": kept, **own}

    def _service(self) -> str:
        given = [name for name in self.SERVICE if name in self.spec]
        node = need(self.node, given[0] if given else self.SERVICE[0])
        self.places["service"] = node.place
        return node.text()

    def _labels(self) -> dict[str, Value]:
        if "labels" not in self.metadata:
            return {}
        self.places["labels"] = self.metadata["labels"].place
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
            self.places[setting] = node.place
            try:
                own[setting] = json.loads(node.text())
            except ValueError as error:
                raise node.invalid(f"`{name}` is no JSON: {error}.") from error
        return own, kept

    def _calendar(self, holder: Node, *, unit: str, count: int) -> Value:
        calendar = need(holder, "calendar")
        start = need(calendar, "startTime")
        minute = _START.fullmatch(start.text().strip())
        if minute is None:
            raise start.invalid("`startTime` is a minute of the wall clock, such as 2026-01-01 00:00:00.")
        zone = parts_of(calendar).get("timeZone")
        return {
            "kind": "calendar",
            "unit": unit,
            "count": count,
            "anchor": f"{minute['day']}T{minute['time'] or '00:00'}",
            "zone": "UTC" if zone is None else zone.text(),
        }

    def _objective(self, node: Node) -> dict[str, Value]:
        parts = parts_of(node)
        fields: dict[str, Value] = {"target": self._target(node, parts)}
        if "compositeWeight" in parts:
            self.warnings.append("`compositeWeight` was passed over: each target is an objective of its own.")
        if "alertPolicies" in self.spec and self.spec["alertPolicies"].items():
            self.warnings.append("`alertPolicies` was passed over: burn policies are the usual ones, or annotated.")
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
        self.places["target"] = parts[given[0]].place
        text = parts[given[0]].text()
        return text if given[0] == "target" else f"{text}%"

    def _budgeting(self, node: Node, parts: Mapping[str, Node]) -> Value:
        method = self.spec.get("budgetingMethod")
        if method is None:
            return {}
        self.places["budgeting"] = method.place
        if method.text() not in METHODS:
            raise method.invalid(f"`{method.text()}` is no budgeting method.", hint=f"Known are: {', '.join(METHODS)}.")
        fields: dict[str, Value] = {"method": METHODS[method.text()]}
        if method.text() == "Occurrences":
            return fields
        if "timeSliceWindow" in parts:
            number, unit = duration(parts["timeSliceWindow"])
            if unit not in UNITS:
                raise parts["timeSliceWindow"].invalid("A slice is so many minutes or hours.")
            fields["slice_minutes"] = number * UNITS[unit]
        if method.text() == "Timeslices":
            fields["slice_target"] = need(node, "timeSliceTarget").text()
        return fields

    def _ratio(self, ratio: Node, parts: Mapping[str, Node]) -> Value:
        self.places["indicator"] = ratio.place
        inside = parts_of(ratio)
        if "raw" in inside:
            raise inside["raw"].invalid("a ratio computed beforehand has no events: give `good` or `bad`, and `total`.")
        if "op" in parts:
            self.warnings.append("`op` of a ratio says nothing and was passed over.")
        for name in ("counter", "incremental"):
            if name in inside and not inside[name].flag():
                self.warnings.append(f"Ratios are of counters; `{name}: false` was passed over.")
        found = {name: self._query(inside[name]) for name in RATIO if name in inside}
        self.places |= {f"indicator.fields.{name}": query.place for name, query in found.items()}
        fields = {name: queries.selector(query) for name, query in found.items()}
        return {"kind": "ratio", "fields": fields}

    def _threshold(self, metric: Node, objective: Node) -> Value:
        self.places["indicator"] = metric.place
        side = need(objective, "op")
        if side.text() not in queries.SIDES:
            raise side.invalid(f"`op` is one of {', '.join(queries.SIDES)}.")
        value = need(objective, "value").text()
        series, across = queries.gauge(self._query(metric), side=side.text())
        fields: dict[str, Value] = {"series": series, "side": side.text(), "value": value}
        return {"kind": "threshold", "fields": fields if across == "worst" else {**fields, "across": across}}


def duration(node: Node) -> tuple[int, str]:
    """So many of a unit."""
    text = node.text(example="30d")
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit() and 0 < int(number[:5]) < 10_000 and unit in "mhdwMQY"):
        raise node.invalid(f"`{text}` is no duration.", hint="A whole number and one of m h d w M Q Y, such as 30d.")
    return int(number), unit
