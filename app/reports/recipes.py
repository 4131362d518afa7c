"""Which series feed which signal, and which no recipe recognised: the most voluminous first, with a recipe to paste."""

from dataclasses import dataclass

from app.store.engine import Store

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Feeding:
    """One metric of one service that a recipe knows; `gives` are the roles its series play."""

    service: str
    metric: str
    gives: tuple[str, ...]
    source: str
    series: int


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """One metric that no recipe knows."""

    metric: str
    services: tuple[str, ...]
    series: int
    suggestion: str


@dataclass(frozen=True, slots=True)
class Recipes:
    """At most MOST_ROWS of each; `known` and `services` are of all."""

    feeding: tuple[Feeding, ...]
    unrecognised: tuple[Unrecognised, ...]
    known: int
    services: int


def page(store: Store, *, search: str = "") -> Recipes:
    """The series found, a row a metric."""
    return Recipes((), (), 0, 0)
