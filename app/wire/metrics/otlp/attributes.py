"""Attributes become labels: every value as text, and the resource attributes that say where a series comes from."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import orjson

from app.domain.errors import Invalid

Plain: TypeAlias = "bool | int | float | str | Sequence[Plain] | Mapping[str, Plain] | None"
Pairs = tuple[tuple[str, str], ...]

MAX_NESTING = 32  # of arrays and maps in one value

PROMOTED = frozenset(
    {
        "service.name",
        "service.namespace",
        "service.instance.id",
        "deployment.environment.name",
        "deployment.environment",
        "host.name",
        "container.name",
        "k8s.namespace.name",
        "k8s.pod.name",
        "k8s.deployment.name",
        "k8s.node.name",
        "k8s.container.name",
        "k8s.cluster.name",
        "cloud.region",
        "telemetry.sdk.language",
    }
)


def too_deep() -> Invalid:
    return Invalid(f"An attribute nests arrays and maps more than {MAX_NESTING} deep.", code="attribute_depth")


def labels(attributes: Pairs, resource: Pairs) -> list[tuple[str, str]]:
    """A point's own attributes and its resource's; the point's own win, they are nearer to what was measured."""
    own = {name for name, _ in attributes}
    return [*attributes, *(pair for pair in resource if pair[0] not in own)]


def text(value: Plain) -> str:
    """A value as a label. The same number is the same text whether sent as int 200, as double 200.0 or in JSON."""
    if isinstance(value, str):
        return value
    settled = _settled(value)
    if settled is None:
        return ""
    return settled if isinstance(settled, str) else orjson.dumps(settled, option=orjson.OPT_SORT_KEYS).decode()


def _settled(value: Plain) -> Plain:
    if isinstance(value, float):
        return _settled_float(value)
    if isinstance(value, Mapping):
        return {name: _settled(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_settled(inner) for inner in value]
    return value


def _settled_float(value: float) -> int | float | str:
    """Whole numbers lose their ".0"; what JSON cannot say is named as proto3 JSON names it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
