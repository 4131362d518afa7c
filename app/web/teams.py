"""Whose services a page shows: a team that the address names, or the browser remembers."""

from contextlib import suppress
from dataclasses import dataclass

from app.domain.errors import Unavailable
from app.reports import walls
from app.store import services as store
from app.web import deps
from app.web.view import View


@dataclass(frozen=True, slots=True)
class Chosen:
    """`every` are the teams to choose from, by the name addresses use; `services` None: all, as no team was chosen."""

    every: dict[str, str]
    name: str = ""
    services: frozenset[str] | None = None


def chosen(burnline: deps.App, view: View) -> Chosen:
    """The team of a view. Raises Missing when the address names none there is; one that was remembered and is gone is
    forgotten. While the database does not answer, teams are those of before.
    """
    with suppress(Unavailable), burnline.store.reading() as db:
        burnline.described = store.described(db)
    found = walls.listed(burnline.slos.slos(), burnline.described)
    every = {name: wall.title for name, wall in found.items() if wall.services is not None}
    if not view.team or (view.team_asked is None and view.team not in found):
        return Chosen(every)
    wall = walls.find(found, view.team)
    return Chosen(every, wall.name if wall.services is not None else "", wall.services)
