"""What recipes ask of labels: tests, names to show, and the name of the service.

A label may be written as alternatives (`exported_service|service`: the first that is there), and a dotted name stands
for its Prometheus spelling too (`http.route` is also `http_route`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain import recipe_patterns

LabelMap = Mapping[str, str]

MAX_NAME = 120  # characters of a service's or an environment's name


def spellings(label: str) -> tuple[str, ...]:
    """Every name a label of a recipe goes by, in the order they are looked for."""
    names: list[str] = []
    for name in label.split("|"):
        names.append(name)
        if "." in name:
            names.append(re.sub(r"[^a-zA-Z0-9_]", "_", name))
    return tuple(dict.fromkeys(names))


def first(labels: LabelMap, names: Iterable[str]) -> str:
    """The value of the first label that is there, "" when none is."""
    for name in names:
        value = labels.get(name, "")
        if value:
            return value
    return ""


class Expects(StrEnum):
    """What a label is tested for."""

    PRESENT = "present"
    ABSENT = "absent"
    MATCH = "match"
    OTHER = "other"  # it is there and does not match


@dataclass(frozen=True, slots=True)
class LabelTest:
    """One question about one label; `names` are its spellings, of which the first that is there counts."""

    names: tuple[str, ...]
    expects: Expects
    pattern: re.Pattern[str] | None = None

    def holds(self, labels: LabelMap) -> bool:
        value = first(labels, self.names)
        if self.pattern is None:
            return bool(value) is (self.expects is Expects.PRESENT)
        if not value:
            return False
        return recipe_patterns.matches(self.pattern, value) is (self.expects is Expects.MATCH)


Tests = tuple[LabelTest, ...]


def all_hold(tests: Tests, labels: LabelMap) -> bool:
    return all(test.holds(labels) for test in tests)


def any_holds(alternatives: tuple[Tests, ...], labels: LabelMap) -> bool:
    return any(all_hold(tests, labels) for tests in alternatives)


@dataclass(frozen=True, slots=True)
class Template:
    """Text with labels in braces: `db pool {pool|name}`. A label that is not there leaves nothing behind."""

    text: str
    parts: tuple[str | tuple[str, ...], ...]

    def render(self, labels: LabelMap) -> str:
        texts = [part if isinstance(part, str) else first(labels, part) for part in self.parts]
        return "".join(texts).strip()


def template(text: str) -> Template:
    pieces = re.split(r"\{([^{}]*)\}", text)
    parts = [spellings(piece) if at % 2 else piece for at, piece in enumerate(pieces)]
    return Template(text, tuple(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class NameSource:
    """One place a name may come from: a label, what a pattern's first group takes of it, or a fixed text."""

    names: tuple[str, ...] = ()
    take: re.Pattern[str] | None = None
    text: str = ""

    def name(self, labels: LabelMap) -> str:
        if self.text:
            return self.text
        value = first(labels, self.names)
        if not value or self.take is None:
            return value
        match = self.take.fullmatch(value[: recipe_patterns.MAX_SUBJECT])
        return (match.group(1) or "") if match else ""


@dataclass(frozen=True, slots=True)
class NameChoice:
    """The places a name may come from, best first; values that `ignored` matches say nothing."""

    sources: tuple[NameSource, ...]
    ignored: re.Pattern[str] | None = None

    def name(self, labels: LabelMap) -> str:
        """The first name that says something, "" when none does."""
        for source in self.sources:
            if not source.text and labels.keys().isdisjoint(source.names):
                continue
            name = source.name(labels)[:MAX_NAME].strip()
            if name and not (self.ignored and recipe_patterns.matches(self.ignored, name)):
                return name
        return ""
