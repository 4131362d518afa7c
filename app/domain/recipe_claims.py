"""A rule applied to one metric name: looks at labels, says yes or no, and what the series feeds."""

from dataclasses import dataclass
from functools import lru_cache

from app.domain import recipe_labels, recipe_patterns, recipe_units
from app.domain.assignments import Assignment, Feed, Role
from app.domain.recipe_labels import LabelMap
from app.domain.recipe_rules import EXTRAS, Head, Part, Recipe, Rule, Uncounted
from app.domain.series import SeriesKey

_TIMED = (Role.DURATION, Role.DURATION_SUM, Role.DURATION_MEAN)


@dataclass(frozen=True, slots=True)
class Claim:
    """What one rule of one recipe makes of the series of one metric name. `uncounted` requests are left out."""

    recipe: Recipe
    rule: Rule
    source: str
    part: Part
    uncounted: tuple[Uncounted, ...]

    def accepts(self, labels: LabelMap) -> bool:
        if self.part is Part.QUANTILE and "quantile" not in labels:
            return False
        return recipe_labels.all_hold(self.rule.when, labels)

    def assignment(self, key: SeriesKey, labels: LabelMap) -> Assignment:
        """The assignment of a series that was accepted."""
        note = self._left_out(labels)
        if note:
            return self._nothing(note)
        service = self.recipe.service.name(labels)
        if not service:
            return self._nothing("None of its labels names a service.")
        feeds = self._feeds(key, labels)
        if not feeds:
            return self._nothing("Its bound (`le`) is no number.")
        return Assignment(service, self.recipe.environment.name(labels), self.source, self.recipe.rank, feeds)

    def _left_out(self, labels: LabelMap) -> str:
        if self.rule.head is Head.IGNORE:
            return self.rule.note
        if self.part in EXTRAS:
            return "It adds nothing to the rest of its metric."
        if self.rule.counted:
            for requests in self.uncounted:
                if labels.keys().isdisjoint(requests.names):
                    continue
                value = recipe_labels.first(labels, requests.names)
                if value and recipe_patterns.matches(requests.pattern, value):
                    return requests.note
        return ""

    def _nothing(self, note: str) -> Assignment:
        return Assignment("", "", self.source, self.recipe.rank, (), note)

    def _feeds(self, key: SeriesKey, labels: LabelMap) -> tuple[Feed, ...]:
        rule = self.rule
        divisor = _divisor(key.unit, assumed=rule.unit)
        if rule.resource is not None:
            resource = rule.resource.render(labels)
            instance = rule.instance.render(labels) if rule.instance else ""
            return tuple(Feed(role, 1 / divisor, None, resource, instance) for role in rule.gives)
        if self.part is Part.BUCKET:
            return _bucket_feeds(labels.get("le", ""), divisor)
        failed = bool(rule.errors) and recipe_labels.any_holds(rule.errors, labels)
        return _request_feeds(rule.gives, self.part, divisor, failed=failed)


def _divisor(declared: str, *, assumed: str) -> float:
    """A sender that declares a unit knows best, as long as it is one of the same thing."""
    for family in (recipe_units.PER_SECOND, recipe_units.PER_WHOLE):
        if assumed in family and declared in family and declared != "1":
            return family[declared]
    return recipe_units.divisor(assumed)


@lru_cache(maxsize=4096)
def _bucket_feeds(le: str, divisor: float) -> tuple[Feed, ...]:
    """Bounds are divided, never multiplied by 0.001: 35 ms must be the same float as 0.035 s."""
    try:
        return (Feed(Role.BUCKET, bound=float(le) / divisor),)
    except ValueError:
        return ()


@lru_cache(maxsize=4096)
def _request_feeds(gives: tuple[Role, ...], part: Part, divisor: float, *, failed: bool) -> tuple[Feed, ...]:
    """Cached, so that the 100 000 series of a rule share a handful of feeds."""
    roles: list[Role] = []
    for role in gives:
        if role is Role.REQUESTS and part is not Part.SUM:
            roles += [Role.REQUESTS, Role.ERRORS] if failed else [Role.REQUESTS]
        elif role is Role.DURATION and part in (Part.SUM, Part.COUNT):
            roles.append(Role.DURATION_SUM if part is Part.SUM else Role.DURATION_COUNT)
        elif role is not Role.REQUESTS:
            roles.append(role)
    return tuple(Feed(role, 1 / divisor if role in _TIMED else 1.0) for role in roles)
