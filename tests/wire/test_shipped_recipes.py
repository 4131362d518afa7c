"""What every shipped recipe promises, and that docs/recipes.md lists them all."""

import re
from pathlib import Path

import pytest

from app.domain.assignments import Role
from app.domain.recipe_rules import Example, Head, Recipe, Rule
from app.wire import recipes

DOCS = Path(__file__).parents[2] / "docs" / "recipes.md"
SHIPPED = recipes.load([recipes.shipped()])

each_recipe = pytest.mark.parametrize("recipe", SHIPPED.recipes, ids=lambda recipe: recipe.name)
each_example = pytest.mark.parametrize(
    ("recipe", "example"),
    [
        pytest.param(recipe, example, id=f"{recipe.name}, line {example.line}")
        for recipe in SHIPPED.recipes
        for example in recipe.examples
    ],
)


@each_recipe
def test_a_recipe_has_a_title_a_rank_and_examples(recipe: Recipe) -> None:
    assert recipe.title
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", recipe.name)
    assert 6 <= recipe.rank <= 61, "below are people's own recipes"
    assert recipe.examples


@each_example
def test_an_example_is_taken_by_its_recipe_and_gives_what_it_says(recipe: Recipe, example: Example) -> None:
    assignment = SHIPPED.assign(example.key)
    assert assignment is not None
    assert SHIPPED.recipe(assignment.source) is recipe
    assert str(assignment) == example.gives


@each_example
def test_no_other_recipe_of_the_same_rank_wants_an_example(recipe: Recipe, example: Example) -> None:
    rivals = {claim.recipe.name for claim in SHIPPED.accepted(example.key) if claim.recipe.rank == recipe.rank}
    assert rivals == {recipe.name}


@each_recipe
def test_every_rule_that_gives_something_is_shown_by_an_example(recipe: Recipe) -> None:
    shown = {id(claim.rule) for example in recipe.examples for claim in SHIPPED.accepted(example.key)[:1]}
    assert [rule for rule in recipe.rules if rule.gives and id(rule) not in shown] == []


@each_recipe
def test_a_recipe_counts_requests_by_one_metric(recipe: Recipe) -> None:
    """Two would be added up; families and spellings are sources of their own."""
    counting = [rule for rule in recipe.rules if Role.REQUESTS in rule.gives]
    assert len({name for rule in counting for name in rule.metrics}) <= 1
    assert all(rule.pattern is None or "family" in rule.pattern.groupindex for rule in counting)


@each_recipe
def test_a_recipe_that_sees_failures_also_sees_requests(recipe: Recipe) -> None:
    given = {role for rule in recipe.rules for role in rule.gives}
    if Role.ERRORS in given:
        assert Role.REQUESTS in given


BEGIN, END = "<!-- shipped: begin -->", "<!-- shipped: end -->"
COLUMNS = {
    "requests": {Role.REQUESTS},
    "errors": {Role.ERRORS},
    "durations": {Role.DURATION, Role.DURATION_MEAN},
    "fills up": {Role.USED, Role.LIMIT, Role.FREE, Role.RATIO, Role.BUSY, Role.IDLE},
}


def test_the_documented_table_of_recipes_is_the_shipped_one() -> None:
    assert DOCS.read_text(encoding="utf-8") == documented(), f"write it: PYTHONPATH=. python {Path(__file__).name}"


def documented() -> str:
    """docs/recipes.md as it should be."""
    head, rest = DOCS.read_text(encoding="utf-8").split(BEGIN)
    return f"{head}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


def table() -> str:
    lines = [f"| rank | recipe | {' | '.join(COLUMNS)} |", "|---" * (2 + len(COLUMNS)) + "|"]
    for recipe in SHIPPED.recipes:
        cells = [_cell(recipe, roles) for roles in COLUMNS.values()]
        lines.append(f"| {recipe.rank} | **{recipe.title}** `{recipe.name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(recipe: Recipe, roles: set[Role]) -> str:
    told = [rule for rule in recipe.rules if rule.head is not Head.IGNORE]
    rules = [rule for rule in told if roles & {*rule.gives, *([Role.ERRORS] if rule.errors else [])}]
    resources = [rule.resource.text for rule in rules if rule.resource is not None]
    names = resources or [name for rule in rules for name in _names(rule)]
    return "<br>".join(f"`{name}`".replace("|", "\\|") for name in dict.fromkeys(names)) or "–"


def _names(rule: Rule) -> list[str]:
    return [f"/{rule.pattern.pattern}/"] if rule.pattern else list(rule.metrics)


if __name__ == "__main__":
    DOCS.write_text(documented(), encoding="utf-8")
