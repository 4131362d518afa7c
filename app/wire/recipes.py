"""Recipe files: YAML texts, laid over one another, to the book that recognises series.

The shipped file is `app/recipes.yaml`; `docs/recipes.md` says how to write one's own. In a later file a recipe of the
same name takes the place of the earlier, `disabled: true` takes it away, and `defaults` replace those of the same name.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.domain.recipe_rules import Recipe
from app.domain.recipes import RecipeBook
from app.wire import recipe_defaults, recipe_nodes, yaml_nodes
from app.wire.yaml_nodes import Node, Place

SHIPPED = Path(__file__).resolve().parent.parent / "recipes.yaml"


@dataclass(frozen=True, slots=True)
class Layer:
    """One recipe file: what to call it in messages, and its text. `proven` files had their examples tested before."""

    file: str
    text: str
    proven: bool = False


def shipped() -> Layer:
    """The recipes that come with the program."""
    return Layer(SHIPPED.name, SHIPPED.read_text(encoding="utf-8"), proven=True)


def load(layers: Iterable[Layer]) -> RecipeBook:
    """The book of all layers, a later over an earlier. Raises Invalid, with file and line, for the first mistake."""
    layers = list(layers)
    recipes: dict[str, Node] = {}
    fields: dict[str, Node] = {}
    root = None
    for layer in layers:
        root = _lay(layer, recipes, fields) or root
    if root is None:
        return RecipeBook(())
    defaults = recipe_defaults.defaults(fields, root)
    book = RecipeBook(
        (recipe_nodes.recipe(node, defaults) for node in recipes.values()),
        uncounted=defaults.uncounted,
        version=_version(layers),
    )
    proven = {layer.file for layer in layers if layer.proven}
    for recipe in book.recipes:
        if recipe.file not in proven:
            _check_examples(book, recipe)
    return book


def _lay(layer: Layer, recipes: dict[str, Node], fields: dict[str, Node]) -> Node | None:
    root = yaml_nodes.read(layer.text, file=layer.file, name="the file")
    if root is None:
        return None
    sections = root.fields(("defaults", "recipes"), example="recipes: [...]")
    if "defaults" in sections:
        fields.update(sections["defaults"].fields(recipe_defaults.FIELDS))
    mine: set[str] = set()
    for node in sections["recipes"].items() if "recipes" in sections else []:
        given = node.fields(recipe_nodes.FIELDS, example="{name: shop, series: [...]}")
        if "name" not in given:
            raise node.invalid("A recipe needs a `name`.", hint="For example: name: shop-api")
        name = given["name"].text()
        if name in mine:
            raise given["name"].invalid(f"There are two recipes `{name}` in this file.")
        mine.add(name)
        if "disabled" in given and given["disabled"].flag():
            recipes.pop(name, None)
        else:
            recipes[name] = node
    return root


def _check_examples(book: RecipeBook, recipe: Recipe) -> None:
    for example in recipe.examples:
        assignment = book.assign(example.key)
        found = "not recognised" if assignment is None else f"{assignment}, by {assignment.source}"
        if str(assignment) != example.gives:
            message = f"the example {example.key} is {found}; expected: {example.gives}."
            raise yaml_nodes.mistake(recipe.file, Place(example.line), message)


def _version(layers: list[Layer]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for layer in layers:
        digest.update(layer.text.encode())
        digest.update(b"\x00")
    return digest.hexdigest()
