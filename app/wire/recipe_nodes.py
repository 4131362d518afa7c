"""One recipe of a recipe file: YAML nodes to a domain Recipe, each mistake named with its line."""

import re

from app.domain import recipe_labels, recipe_units
from app.domain.assignments import Role
from app.domain.recipe_labels import Expects, LabelTest, NameChoice, NameSource, Template, Tests
from app.domain.recipe_rules import ROLES, Head, Recipe, Rule
from app.wire import recipe_defaults, recipe_examples
from app.wire.recipe_defaults import Defaults
from app.wire.yaml_nodes import Node

FIELDS = ("name", "title", "rank", "disabled", "service", "environment", "series", "examples")
RULE_FIELDS = (*Head, "gives", "unit", "when", "errors", "resource", "instance", "why")
RANKS = range(100)
DEFAULT_RANK = 5
DEFAULT_UNITS = {Head.COUNTER: "s", Head.HISTOGRAM: "s", Head.GAUGE: "", Head.IGNORE: ""}
RULE_EXAMPLE = "{counter: shop_orders_total, gives: requests, errors: status}"


def recipe(node: Node, defaults: Defaults) -> Recipe:
    """A recipe that is not disabled."""
    fields = node.fields(FIELDS)
    if "series" not in fields:
        raise node.invalid("A recipe needs `series`: which metrics it reads.", hint=f"For example: [{RULE_EXAMPLE}]")
    name = fields["name"].text()
    rank = fields["rank"].number(example="20") if "rank" in fields else DEFAULT_RANK
    if rank not in RANKS:
        raise fields["rank"].invalid("`rank` is from 0 (wins over all) to 99.")
    rules = tuple(_rule(one, defaults) for one in fields["series"].items(example=f"[{RULE_EXAMPLE}]"))
    examples = fields["examples"].items() if "examples" in fields else []
    return Recipe(
        name=name,
        title=fields["title"].text() if "title" in fields else name,
        rank=rank,
        service=NameChoice(_sources(fields.get("service"), defaults.service), defaults.ignored_names),
        environment=NameChoice(_sources(fields.get("environment"), defaults.environment)),
        rules=rules,
        examples=tuple(recipe_examples.example(one) for one in examples),
        file=node.file,
        line=node.line,
    )


def _sources(node: Node | None, default: tuple[NameSource, ...]) -> tuple[NameSource, ...]:
    return default if node is None else recipe_defaults.name_sources(node, default)


def _rule(node: Node, defaults: Defaults) -> Rule:
    fields = node.fields(RULE_FIELDS, example=RULE_EXAMPLE)
    heads = [head for head in Head if head in fields]
    if len(heads) != 1:
        raise node.invalid(f"A series is one of: {', '.join(Head)}.", hint=f"For example: {RULE_EXAMPLE}")
    head = heads[0]
    gives = tuple(_role(one, head) for one in fields["gives"].items()) if "gives" in fields else ()
    _check_whole(node, fields, head, gives)
    metrics, pattern = _metrics(fields[head])
    return Rule(
        head=head,
        metrics=metrics,
        pattern=pattern,
        gives=gives,
        unit=_unit(fields["unit"]) if "unit" in fields else DEFAULT_UNITS[head],
        when=_tests(fields["when"], defaults) if "when" in fields else (),
        errors=_alternatives(fields["errors"], defaults) if "errors" in fields else (),
        resource=recipe_labels.template(fields["resource"].text()) if "resource" in fields else None,
        instance=_instance(fields, defaults),
        note=fields["why"].text() if "why" in fields else "",
    )


def _check_whole(node: Node, fields: dict[str, Node], head: Head, gives: tuple[Role, ...]) -> None:
    counted = Rule(head, gives=gives).counted
    if head is Head.IGNORE and "why" not in fields:
        raise node.invalid("What is ignored says `why`.", hint="For example: {ignore: /tmp_.*/, why: Not a service.}")
    if head is not Head.IGNORE and not gives:
        raise node.invalid(f"A {head} needs `gives`: {', '.join(ROLES[head])}.", hint=f"For example: {RULE_EXAMPLE}")
    if head is Head.HISTOGRAM and Role.DURATION not in gives:
        raise fields["gives"].invalid("A histogram gives duration, or [requests, duration].")
    if gives and not counted and "resource" not in fields:
        raise node.invalid(f"`{gives[0]}` needs a `resource`: what it is that fills up.", hint="For example: memory")
    if "errors" in fields and Role.REQUESTS not in gives:
        raise fields["errors"].invalid("`errors` stands beside `gives: requests`: it says which of them failed.")


def _metrics(node: Node) -> tuple[tuple[str, ...], re.Pattern[str] | None]:
    texts = [one.text(example="http_requests_total") for one in node.items()]
    if len(texts) == 1 and len(texts[0]) > 2 and texts[0].startswith("/") and texts[0].endswith("/"):
        inner = node.items()[0]
        return (), recipe_defaults.pattern_of(texts[0][1:-1], inner)
    return tuple(texts), None


def _role(node: Node, head: Head) -> Role:
    text = node.text(example="requests")
    if text not in ROLES[head]:
        raise node.invalid(f"A {head} gives {' or '.join(ROLES[head]) or 'nothing'}, not {text}.")
    return Role(text)


def _unit(node: Node) -> str:
    text = node.text(example="ms")
    if text not in recipe_units.UNITS:
        known = ", ".join(unit for unit in recipe_units.UNITS if unit)
        raise node.invalid(f"The unit {text} is not known.", hint=f"Known are: {known}.")
    return text


def _instance(fields: dict[str, Node], defaults: Defaults) -> Template | None:
    if "resource" not in fields:
        return None
    return recipe_labels.template(fields["instance"].text()) if "instance" in fields else defaults.instance


def _alternatives(node: Node, defaults: Defaults) -> tuple[Tests, ...]:
    """`status`, one set of tests, or a list of sets of which one must hold."""
    if not node.is_mapping and not node.is_list:
        if node.text() == "status":
            return defaults.failed_status
        raise node.invalid("`errors` is `status` or tests of labels.", hint='For example: errors: {code: "5.."}')
    if node.is_mapping:
        return (_tests(node, defaults),)
    return tuple(tests for one in node.items() for tests in _alternatives(one, defaults))


def _tests(node: Node, defaults: Defaults) -> Tests:
    """`label: true`, it is there; `false`, it is not; `text`, all of it matches; `!text`, it is there and does not."""
    return tuple(_test(name, value, defaults) for name, value in node.pairs(example='{code: "5.."}'))


def _test(name: str, node: Node, defaults: Defaults) -> LabelTest:
    names = defaults.status if name == recipe_defaults.STATUS else recipe_labels.spellings(name)
    if node.is_flag:
        return LabelTest(names, Expects.PRESENT if node.flag() else Expects.ABSENT)
    text = node.text(example='"5.."')
    if text.startswith("!"):
        return LabelTest(names, Expects.OTHER, recipe_defaults.pattern_of(text[1:], node))
    return LabelTest(names, Expects.MATCH, recipe_defaults.pattern_of(text, node))
