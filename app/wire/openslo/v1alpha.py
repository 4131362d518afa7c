"""OpenSLO v1alpha, the version that Sloth reads: what is measured stands in the SLO, a ratio in each objective."""

from collections.abc import Mapping

from app.domain.json_values import Value
from app.wire.openslo.documents import need, parts_of
from app.wire.openslo.slo_documents import SloDocument
from app.wire.yaml_nodes import Node

VERSION = "openslo/v1alpha"
KINDS = ("SLO", "Service")
MINUTES = {"Day": 1_440, "Week": 10_080}
CALENDAR_UNITS = {"Day": "day", "Week": "week", "Month": "month", "Quarter": "quarter", "Year": "year"}


class Slo(SloDocument):
    """One document being read."""

    def _window(self) -> Value:
        if "timeWindows" not in self.spec:
            return None
        windows = self.spec["timeWindows"].items()
        if len(windows) != 1:
            raise self.spec["timeWindows"].invalid("one window is read; `timeWindows` has to have one member.")
        parts = parts_of(windows[0])
        unit, count = need(windows[0], "unit"), need(windows[0], "count").number(example="30")
        self.places["window"] = unit.place
        is_rolling = parts["isRolling"].flag() if "isRolling" in parts else "calendar" not in parts
        if is_rolling:
            return {"kind": "rolling", "minutes": _minutes(unit, count)}
        if unit.text() not in CALENDAR_UNITS:
            raise unit.invalid(f"a calendar window is so many of {', '.join(CALENDAR_UNITS)}.")
        return self._calendar(windows[0], unit=CALENDAR_UNITS[unit.text()], count=count)

    def _indicator(self, objective: Node, parts: Mapping[str, Node]) -> Value:
        if "ratioMetrics" in parts:
            return self._ratio(parts["ratioMetrics"], parts)
        if "indicator" not in self.spec:
            raise objective.invalid("an objective has `ratioMetrics`, or its SLO an `indicator`.")
        return self._threshold(need(self.spec["indicator"], "thresholdMetric"), objective)

    def _query(self, metric: Node) -> Node:
        return need(metric, "query")


def _minutes(unit: Node, count: int) -> int:
    if unit.text() == "Second" and count % 60 == 0:
        return count // 60
    if unit.text() not in MINUTES:
        raise unit.invalid(
            "a rolling window is so many days or weeks, or seconds that make whole minutes.",
            hint="Take 30 of Day instead of a month.",
        )
    return count * MINUTES[unit.text()]
