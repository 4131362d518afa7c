"""Which series an SLI is measured by: by metric and labels, or by what a recipe says they are.

A metric selector is read and written as Prometheus does: `http_requests_total{code=~"5..",job="shop"}`. A metric whose
name is no word there is quoted inside the braces: `{"http.server.requests",code="500"}`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from app.domain.assignments import Feed, Role
from app.domain.errors import Invalid
from app.domain.series import Shape, canonical_bound, clip


class Match(StrEnum):
    """How a label is compared, in Prometheus' signs; patterns are anchored at both ends."""

    IS = "="
    IS_NOT = "!="
    LIKE = "=~"
    UNLIKE = "!~"


@dataclass(frozen=True)
class Matcher:
    """One condition on one label; a label that is not there has the value "". Raises Invalid for a bad pattern."""

    label: str
    match: Match
    value: str

    def __post_init__(self) -> None:
        if self.match in (Match.LIKE, Match.UNLIKE):
            try:
                _ = self.pattern
            except re.error as error:
                text = f"{clip(self.value)} is no pattern: {error}."
                raise Invalid(text, code="pattern_invalid", field=self.label) from error

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.value)

    @cached_property
    def expected(self) -> str:
        """The value as it is stored: a bound has one spelling, "1.0" is "1"."""
        return canonical_bound(self.value) if self.label in ("le", "quantile") else self.value

    def holds(self, labels: Mapping[str, str]) -> bool:
        found = labels.get(self.label, "")
        if self.match in (Match.IS, Match.IS_NOT):
            return (found == self.expected) is (self.match is Match.IS)
        return (self.pattern.fullmatch(found) is not None) is (self.match is Match.LIKE)

    def __str__(self) -> str:
        return f"{_named(self.label)}{self.match}{_quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored series, as a selector sees it."""

    id: int
    service_id: int
    service: str  # a slug, "" of a series no recipe knows
    metric: str
    labels: Mapping[str, str]
    shape: Shape
    kind: int
    unit: str
    source: str
    order: int
    feeds: tuple[Feed, ...]


@dataclass(frozen=True, slots=True)
class MetricSelector:
    """Series of one metric whose labels meet every condition, of whatever service they are."""

    metric: str
    matchers: tuple[Matcher, ...] = ()

    def selects(self, one: Candidate) -> bool:
        return one.metric == self.metric and all(matcher.holds(one.labels) for matcher in self.matchers)

    def __str__(self) -> str:
        inside = ",".join(str(one) for one in self.matchers)
        if not _METRIC.fullmatch(self.metric):
            return f"{{{_quoted(self.metric)}{',' if inside else ''}{inside}}}"
        return f"{self.metric}{{{inside}}}" if inside else self.metric


@dataclass(frozen=True, slots=True)
class SignalSelector:
    """Series of one service that one recipe source takes for a part of its golden signals."""

    service: str
    source: str
    roles: frozenset[Role]
    resource: str = ""

    def selects(self, one: Candidate) -> bool:
        return (
            one.service == self.service
            and one.source == self.source
            and any(feed.role in self.roles and feed.resource == self.resource for feed in one.feeds)
        )

    def __str__(self) -> str:
        return f"{' or '.join(sorted(self.roles))} of {self.service} by {self.source}"


Selector = MetricSelector | SignalSelector


_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _named(label: str) -> str:
    return label if _LABEL.fullmatch(label) else _quoted(label)
