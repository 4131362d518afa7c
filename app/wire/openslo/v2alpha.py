"""OpenSLO v2alpha: v1 with other names, and with a metric's query beside its data source instead of inside it."""

from typing import ClassVar

from app.wire.openslo import v1
from app.wire.yaml_nodes import Node

VERSION = "openslo.com/v2alpha"
KINDS = v1.KINDS


class Slo(v1.Slo):
    """One document being read. The specification's prose says `service`, its own library `serviceRef`."""

    SERVICE: ClassVar[tuple[str, ...]] = ("service", "serviceRef")
    INDICATOR: ClassVar[str] = "sli"
    REFERENCE: ClassVar[str] = "sliRef"

    def _source(self, metric: Node) -> Node:
        return metric
