"""The recipe book: decides, once per new series, which service it belongs to and which golden signal it feeds.

Recipes are data (`app/recipes.yaml`, read by `wire.recipes`); this is the engine. A series goes to the recipe of lowest
rank that claims it. Exact metric names are looked up, patterns are tried once per distinct metric name, and only labels
are looked at for every series: a new series costs about ten microseconds.
"""

import re
from collections.abc import Iterable, Iterator

from app.domain import recipe_units
from app.domain.assignments import Assignment, Feed, Role
from app.domain.recipe_claims import Claim
from app.domain.recipe_rules import Head, Part, Recipe, Rule, Uncounted
from app.domain.recipe_suggestions import suggest
from app.domain.series import Kind, SeriesKey, Shape

__all__ = ["Assignment", "Feed", "RecipeBook", "Role", "suggest"]

MAX_REMEMBERED_METRICS = 20_000

_Entry = tuple[int, Recipe, Rule, str]  # position in the book, and which spelling of the rule's metric it is
_SUFFIXES = (Part.BUCKET, Part.SUM, Part.COUNT, Part.MAX, Part.CREATED)


class RecipeBook:
    """All recipes in force. `version` changes when any of them does, so that series can be looked at again."""

    def __init__(self, recipes: Iterable[Recipe], *, uncounted: tuple[Uncounted, ...] = (), version: str = "") -> None:
        self.recipes = tuple(sorted(recipes, key=lambda recipe: recipe.rank))
        self.version = version
        self._uncounted = uncounted
        self._exact: dict[str, list[_Entry]] = {}
        self._patterns: list[_Entry] = []
        self._remembered: dict[tuple[str, Shape, Kind | None], tuple[Claim, ...]] = {}
        for position, (recipe, rule) in enumerate(self._rules()):
            self._index(position, recipe, rule)

    def assign(self, key: SeriesKey) -> Assignment | None:
        """Where a series belongs; None when no recipe knows it; `ignored` when one knows it and leaves it out."""
        claims = self._claims(key)
        if not claims:
            return None
        labels = dict(key.labels)
        for claim in claims:
            if claim.accepts(labels):
                return claim.assignment(key, labels)
        return None

    def accepted(self, key: SeriesKey) -> tuple[Claim, ...]:
        """Every claim on the series whose labels will do, the one that has it first."""
        labels = dict(key.labels)
        return tuple(claim for claim in self._claims(key) if claim.accepts(labels))

    def recipe(self, source: str) -> Recipe | None:
        """The recipe an assignment's `source` speaks of."""
        name = re.split("[/:]", source, maxsplit=1)[0]
        return next((recipe for recipe in self.recipes if recipe.name == name), None)

    def _rules(self) -> Iterator[tuple[Recipe, Rule]]:
        for recipe in self.recipes:
            for rule in recipe.rules:
                yield recipe, rule

    def _index(self, position: int, recipe: Recipe, rule: Rule) -> None:
        if rule.pattern is not None:
            self._patterns.append((position, recipe, rule, ""))
        for metric in rule.metrics:
            self._exact.setdefault(metric, []).append((position, recipe, rule, ""))
        for metric in rule.metrics:
            if "." in metric:
                for name in recipe_units.translations(metric, rule.unit, counter=rule.head is Head.COUNTER):
                    if name not in rule.metrics:
                        self._exact.setdefault(name, []).append((position, recipe, rule, "prometheus"))

    def _claims(self, key: SeriesKey) -> tuple[Claim, ...]:
        """The claims on a metric name, best first."""
        wanted = (key.metric, key.shape, key.kind)
        claims = self._remembered.get(wanted)
        if claims is None:
            if len(self._remembered) >= MAX_REMEMBERED_METRICS:
                self._remembered.clear()
            claims = self._remembered[wanted] = self._find_claims(key)
        return claims

    def _find_claims(self, key: SeriesKey) -> tuple[Claim, ...]:
        found: list[tuple[int, Claim]] = []
        for name, part in _readings(key.metric):
            for position, recipe, rule, spelling in self._exact.get(name, ()):
                if rule.has(part, key):
                    source = _source(recipe, rule, key, spelling)
                    found.append((position, Claim(recipe, rule, source, part, self._uncounted)))
            for position, recipe, rule, _ in self._patterns:
                match = rule.pattern.fullmatch(name) if rule.pattern is not None and rule.has(part, key) else None
                if match:
                    family = match.groupdict().get("family") or ""
                    source = f"{recipe.name}:{family}" if family else recipe.name
                    found.append((position, Claim(recipe, rule, source, part, self._uncounted)))
        return tuple(claim for _, claim in sorted(found, key=lambda one: one[0]))


def _readings(metric: str) -> list[tuple[str, Part]]:
    """What a name may be: a metric, or one of the series a metric falls into."""
    readings = [(metric, Part.WHOLE), (metric, Part.QUANTILE)]
    for part in _SUFFIXES:
        stem = metric.removesuffix(part)
        if stem and stem != metric:
            readings.append((stem, part))
            if part is Part.CREATED:
                readings.append((f"{stem}_total", part))
    return readings


def _source(recipe: Recipe, rule: Rule, key: SeriesKey, spelling: str) -> str:
    """The recipe's name, and the spelling when the same requests may come in more than one.

    A program may send its metrics by OTLP and be scraped too, and Prometheus may send a histogram both native and
    classic: as sources of their own they are never added up.
    """
    if not rule.counted:
        return recipe.name
    native = key.shape is Shape.HISTOGRAM and Role.REQUESTS in rule.gives
    if native and (spelling or "." not in key.metric):
        return f"{recipe.name}/native"
    return f"{recipe.name}/{spelling}" if spelling else recipe.name
