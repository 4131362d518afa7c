"""OpenSLO v1: https://github.com/OpenSLO/OpenSLO (specification of v1). An SLO names its indicator or holds it."""

from collections.abc import Mapping
from typing import ClassVar

from app.domain.json_values import Value
from app.wire.openslo.documents import need, parts_of
from app.wire.openslo.slo_documents import CALENDAR_UNITS, UNITS, SloDocument, duration
from app.wire.yaml_nodes import Node

VERSION = "openslo/v1"
KINDS = ("SLO", "SLI", "Service", "AlertPolicy", "AlertCondition", "AlertNotificationTarget", "DataSource")


class Slo(SloDocument):
    """A document of v1, and of what came after it but for the names."""

    INDICATOR: ClassVar[str] = "indicator"
    REFERENCE: ClassVar[str] = "indicatorRef"

    def _window(self) -> Value:
        if "timeWindow" not in self.spec:
            return None
        windows = self.spec["timeWindow"].items()
        if len(windows) != 1:
            raise self.spec["timeWindow"].invalid("`timeWindow` has exactly one member.")
        parts = parts_of(windows[0])
        length = need(windows[0], "duration")
        self.places["window"] = length.place
        is_rolling = parts["isRolling"].flag() if "isRolling" in parts else "calendar" not in parts
        number, unit = duration(length)
        if is_rolling:
            if unit not in UNITS:
                raise length.invalid(
                    f"a rolling window is so many {', '.join(UNITS)}: {unit} has no fixed length.",
                    hint="Take 30d, or a calendar window.",
                )
            return {"kind": "rolling", "minutes": number * UNITS[unit]}
        if unit not in CALENDAR_UNITS:
            hint = "`m` is minutes; months are `M`." if unit == "m" else None
            raise length.invalid(f"a calendar window is so many of {', '.join(CALENDAR_UNITS)}.", hint=hint)
        return self._calendar(windows[0], unit=CALENDAR_UNITS[unit], count=number)

    def _indicator(self, objective: Node, parts: Mapping[str, Node]) -> Value:
        for holder in (parts, self.spec):
            if self.INDICATOR in holder:
                return self._sli(need(holder[self.INDICATOR], "spec"), objective, parts)
            if self.REFERENCE in holder:
                return self._sli(need(self.documents.sli(holder[self.REFERENCE]), "spec"), objective, parts)
        raise self.node.invalid(f"an SLO has an `{self.INDICATOR}` or an `{self.REFERENCE}`.")

    def _sli(self, node: Node, objective: Node, parts: Mapping[str, Node]) -> Value:
        spec = parts_of(node)
        if "thresholdMetric" in spec:
            return self._threshold(spec["thresholdMetric"], objective)
        return self._ratio(need(node, "ratioMetric"), parts)

    def _query(self, metric: Node) -> Node:
        return _promql(need(self._source(metric), "spec"))

    def _source(self, metric: Node) -> Node:
        """What holds the query of a metric."""
        return need(metric, "metricSource")


def _promql(spec: Node) -> Node:
    parts = parts_of(spec)
    if "query" not in parts:
        raise spec.invalid("a metric has a Prometheus `query`; nothing else is read.")
    return parts["query"]
