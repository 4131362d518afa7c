"""Which walls there are, without anybody making one: everything, and one an owner or team that is named anywhere.

A service belongs to the owner of an objective of it, and to whoever its own `owner` and `team` labels name.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.errors import Missing
from app.domain.slos import Slo
from app.store.services import Described

EVERYTHING = "all"
JOINED = "+"
MOST_JOINED = 12
OWNING_LABELS = ("owner", "team")
UNNAMED = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Wall:
    """`name` is how addresses say it; `services` None: every one, those that are still to come as well."""

    name: str
    title: str
    services: frozenset[str] | None = None

    def holds(self, service: str) -> bool:
        return self.services is None or service in self.services


ALL = Wall(EVERYTHING, "All services")


def listed(slos: Iterable[Slo], said: Mapping[str, Described]) -> dict[str, Wall]:
    """Every wall by name, everything first."""
    services: defaultdict[str, set[str]] = defaultdict(set)
    titles: dict[str, str] = {}
    for owner, service in (*_by_objectives(slos), *_by_labels(said)):
        name = name_of(owner)
        if name and name != EVERYTHING:
            titles.setdefault(name, owner)
            services[name].add(service)
    return {EVERYTHING: ALL} | {name: Wall(name, titles[name], frozenset(services[name])) for name in sorted(services)}


def find(every: Mapping[str, Wall], name: str) -> Wall:
    """The wall of a name, or of several joined by "+". Raises Missing, which says what walls there are."""
    parts = list(dict.fromkeys(name.split(JOINED)))[:MOST_JOINED]
    for part in parts:
        if part not in every:
            known = ", ".join(list(every)[:30])
            raise Missing(
                f"There is no wall named {part[:80]}.",
                code="wall_unknown",
                field="wall",
                hint=f"Walls there are: {known}. An owner of an objective or of a service has one at once.",
            )
    chosen = [every[part] for part in parts]
    if len(chosen) == 1:
        return chosen[0]
    if any(one.services is None for one in chosen):
        return ALL
    services = frozenset(slug for one in chosen for slug in one.services or ())
    return Wall(JOINED.join(parts), " + ".join(one.title for one in chosen), services)


def name_of(owner: str) -> str:
    """An owner as addresses name it: "Team Payments" is team-payments."""
    return UNNAMED.sub("-", owner.casefold()).strip("-")


def _by_objectives(slos: Iterable[Slo]) -> Iterable[tuple[str, str]]:
    return ((slo.owner, slo.service) for slo in slos if slo.owner)


def _by_labels(said: Mapping[str, Described]) -> Iterable[tuple[str, str]]:
    return (
        (owner, service)
        for service, described in said.items()
        for label in OWNING_LABELS
        for owner in described.labels.get(label, ())
    )
