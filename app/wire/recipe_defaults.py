"""What holds for every recipe unless it says otherwise: the `defaults` of a recipe file."""

import re
from dataclasses import dataclass

from app.domain import recipe_labels, recipe_patterns
from app.domain.errors import Invalid
from app.domain.recipe_labels import Expects, LabelTest, NameSource, Template, Tests
from app.domain.recipe_rules import Uncounted
from app.wire.yaml_nodes import Node

FIELDS = ("service", "ignored_names", "environment", "instance", "status", "failed", "uncounted")
STATUS = "$status"  # in place of a label: any of the names a status goes by


@dataclass(frozen=True, slots=True)
class Defaults:
    """Where names, instances and statuses are looked for; which handlers serve no user."""

    service: tuple[NameSource, ...]
    ignored_names: re.Pattern[str]
    environment: tuple[NameSource, ...]
    instance: Template
    status: tuple[str, ...]
    failed: re.Pattern[str]
    uncounted: tuple[Uncounted, ...]

    @property
    def failed_status(self) -> tuple[Tests, ...]:
        return ((LabelTest(self.status, Expects.MATCH, self.failed),),)


def defaults(fields: dict[str, Node], root: Node) -> Defaults:
    """Defaults of fields that come from any layer; all must be there."""
    missing = [name for name in FIELDS if name not in fields]
    if missing:
        raise root.invalid(f"`defaults` misses `{missing[0]}`.")
    return Defaults(
        service=name_sources(fields["service"], ()),
        ignored_names=pattern(fields["ignored_names"]),
        environment=name_sources(fields["environment"], ()),
        instance=recipe_labels.template(fields["instance"].text()),
        status=tuple(name for one in fields["status"].items() for name in recipe_labels.spellings(one.text())),
        failed=pattern(fields["failed"]),
        uncounted=tuple(_uncounted(one) for one in fields["uncounted"].items()),
    )


def name_sources(node: Node, default: tuple[NameSource, ...]) -> tuple[NameSource, ...]:
    """Where a name comes from, best first: labels, `{label, take}`, `{text}`, and `default` for all the usual ones."""
    sources: list[NameSource] = []
    for one in node.items(example="[exported_service, service, default]"):
        if one.is_mapping:
            sources.append(_name_source(one))
        elif one.text() == "default":
            sources += default
        else:
            sources.append(NameSource(recipe_labels.spellings(one.text())))
    return tuple(sources)


def pattern(node: Node) -> re.Pattern[str]:
    return pattern_of(node.text(example='"5.."'), node)


def pattern_of(text: str, node: Node) -> re.Pattern[str]:
    """The compiled text of (a part of) a value."""
    try:
        return recipe_patterns.compiled(text)
    except Invalid as error:
        raise node.invalid(str(error), hint=error.hint) from error


def _name_source(node: Node) -> NameSource:
    example = "{label: job, take: '[^/]+/(.+)'}"
    fields = node.fields(("label", "take", "text"), example=example)
    if ("text" in fields) == ("label" in fields):
        raise node.invalid("A place of a name has either a `label` or a `text`.", hint=f"For example: {example}")
    if "text" in fields:
        return NameSource(text=fields["text"].text())
    take = pattern(fields["take"]) if "take" in fields else None
    if take is not None and take.groups < 1:
        raise fields["take"].invalid("`take` needs a group around what to take.", hint=f"For example: {example}")
    return NameSource(recipe_labels.spellings(fields["label"].text()), take)


def _uncounted(node: Node) -> Uncounted:
    fields = node.fields(("labels", "match", "why"), example="{labels: [path], match: /ping, why: A probe.}")
    missing = [name for name in ("labels", "match", "why") if name not in fields]
    if missing:
        raise node.invalid(f"`uncounted` misses `{missing[0]}`.")
    names = tuple(name for one in fields["labels"].items() for name in recipe_labels.spellings(one.text()))
    return Uncounted(names, pattern(fields["match"]), fields["why"].text())
