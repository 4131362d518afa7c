"""A recipe as data: how one kind of program is read. `recipe_claims` applies it, `recipes` chooses among them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.domain.assignments import COUNTED, Role
from app.domain.errors import Invalid
from app.domain.recipe_labels import NameChoice, Template, Tests
from app.domain.series import Kind, SeriesKey, Shape


class Head(StrEnum):
    """What kind of metric a rule claims."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    IGNORE = "ignore"


# what each kind of metric can give
ROLES: dict[Head, tuple[Role, ...]] = {
    Head.COUNTER: (Role.REQUESTS, Role.ERRORS, Role.DURATION_SUM, Role.DURATION_COUNT, Role.BUSY, Role.IDLE),
    Head.GAUGE: (Role.DURATION_MEAN, Role.USED, Role.LIMIT, Role.FREE, Role.RATIO),
    Head.HISTOGRAM: (Role.REQUESTS, Role.DURATION),
    Head.IGNORE: (),
}


class Part(StrEnum):
    """Which of a metric's series a name is; the value is what it ends in."""

    WHOLE = ""
    BUCKET = "_bucket"
    SUM = "_sum"
    COUNT = "_count"
    MAX = "_max"
    CREATED = "_created"
    QUANTILE = "{quantile}"


EXTRAS = frozenset({Part.MAX, Part.CREATED, Part.QUANTILE})  # belong to the metric and feed nothing


@dataclass(frozen=True, slots=True)
class Rule:
    """One metric of a recipe (or several that mean the same): by exact names, or by a pattern of the whole name.

    A pattern's group `family` keeps metrics of different families apart, as sources of their own. `unit` is what the
    metric is in unless its sender declares another. `errors` are alternatives, each a set of tests that all must hold.
    """

    head: Head
    metrics: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    gives: tuple[Role, ...] = ()
    unit: str = "s"
    when: Tests = ()
    errors: tuple[Tests, ...] = ()
    resource: Template | None = None
    instance: Template | None = None
    note: str = ""

    def __post_init__(self) -> None:
        strange = [role for role in self.gives if role not in ROLES[self.head]]
        if strange:
            raise Invalid(f"A {self.head} cannot give {strange[0]}.", code="recipe_invalid", field="gives")

    @property
    def counted(self) -> bool:
        """Whether it speaks of requests, and not of how full something is."""
        return not COUNTED.isdisjoint(self.gives)

    def has(self, part: Part, key: SeriesKey) -> bool:
        """Whether this kind of metric has such a part in the shape of this series."""
        if self.head is Head.IGNORE:
            return True
        if part in EXTRAS:
            return key.shape is Shape.VALUE and (self.head is Head.HISTOGRAM or part is Part.CREATED)
        if self.head is Head.HISTOGRAM:
            return _grows(key) if part is not Part.WHOLE else key.shape in (Shape.HISTOGRAM, Shape.DELTA_HISTOGRAM)
        if part is not Part.WHOLE:
            return False
        return _grows(key) if self.head is Head.COUNTER else key.shape is Shape.VALUE and key.kind is not Kind.COUNTER


def _grows(key: SeriesKey) -> bool:
    return key.shape is Shape.DELTA or (key.shape is Shape.VALUE and key.kind is not Kind.GAUGE)


@dataclass(frozen=True, slots=True)
class Example:
    """A series as a real program writes it, and what its recipe makes of it (`str(assignment)`)."""

    key: SeriesKey
    gives: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one kind of program is read. Of two recipes that know a series the one of lower rank has it."""

    name: str
    title: str
    rank: int
    service: NameChoice
    environment: NameChoice
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Requests that are no user's (probes, scrapes), told by the handler they went to."""

    names: tuple[str, ...]
    pattern: re.Pattern[str]
    note: str
