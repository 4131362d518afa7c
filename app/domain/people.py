"""Who may do what: roles of people, scopes of tokens, and the one rule that both come to.

Whoever asks is an Actor. What it may do is said by its scopes, and what it may change by the teams it answers for: an
editor changes what belongs to one of their teams or to nobody, an admin everything.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.errors import Invalid
from app.domain.series import clip

LONGEST_NAME = 64
NAME = re.compile(r"[a-z0-9][a-z0-9._+@-]*")


class Role(StrEnum):
    """What a person is, from least to most."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a request needs, and what a token may be given."""

    INGEST = "ingest"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Kind(StrEnum):
    """How it is known who asks."""

    LOCAL = "local"  # there are no accounts: everybody who can reach the server is the same somebody
    ANONYMOUS = "anonymous"
    PERSON = "person"
    TOKEN = "token"  # noqa: S105  # a word, no secret
    SCREEN = "screen"


SCOPES_OF = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.EDITOR: frozenset({Scope.READ, Scope.WRITE}),
    Role.ADMIN: frozenset({Scope.READ, Scope.WRITE, Scope.ADMIN}),
}
ROLE_FOR = {Scope.READ: Role.VIEWER, Scope.WRITE: Role.EDITOR, Scope.ADMIN: Role.ADMIN}
EVERYTHING = frozenset(Scope)
IMPLIED = {
    Scope.INGEST: frozenset({Scope.INGEST}),
    Scope.READ: frozenset({Scope.READ}),
    Scope.WRITE: frozenset({Scope.READ, Scope.WRITE}),
    Scope.ADMIN: EVERYTHING,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `teams` are those it answers for, None when that is all of them; `source` is stamped on what it sends.

    `extras` are pages it sees besides its scopes: those an operator opened to everybody, or the wall of a screen.
    """

    name: str
    kind: Kind = Kind.LOCAL
    role: Role | None = None
    scopes: frozenset[Scope] = EVERYTHING
    teams: frozenset[str] | None = None
    person_id: int = 0
    session_id: int = 0
    source: str = ""
    extras: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_known(self) -> bool:
        return self.kind is not Kind.ANONYMOUS

    def answers_for(self, owner: str) -> bool:
        """Whether what belongs to `owner` ("" is nobody) is theirs to change."""
        return answer(self.teams, owner)

    def signs(self, author: str) -> str:
        """Whom a record names: whoever they say where everybody is the same somebody, else who asks, and for whom."""
        if self.kind is Kind.LOCAL:
            return author or self.name
        return self.name if author in ("", self.name) else f"{author} (by {self.name})"


LOCAL = Actor("local", role=Role.ADMIN)


def answer(teams: frozenset[str] | None, owner: str) -> bool:
    """Whether members of these teams (None: of all) change what belongs to `owner`."""
    return teams is None or not owner.strip() or team(owner) in teams


def may(actor: Actor, scope: Scope, *, owner: str = "") -> bool:
    """The one rule: the scope, and for changes also the thing."""
    return scope in actor.scopes and (scope is not Scope.WRITE or actor.answers_for(owner))


def person(name: str, role: Role, teams: Iterable[str], *, person_id: int, session_id: int = 0) -> Actor:
    """A person as an actor."""
    own = None if role is Role.ADMIN else frozenset(teams)
    return Actor(name, Kind.PERSON, role, SCOPES_OF[role], own, person_id, session_id)


def anonymous(opened: Iterable[str]) -> Actor:
    """Nobody in particular, who sees what an operator switched on: "read", "ingest", or single pages."""
    words = frozenset(opened)
    scopes = frozenset(scope for scope in (Scope.READ, Scope.INGEST) if scope in words)
    return Actor("anonymous", Kind.ANONYMOUS, None, scopes, frozenset(), extras=words)


def implied(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """The scopes with those they hold: who may write may read."""
    return frozenset(inner for scope in scopes for inner in IMPLIED[scope])


def person_name(text: str) -> str:
    """A name to sign in with, in lower case. Raises Invalid."""
    name = text.strip().lower()
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise Invalid(
            f"{clip(name, 40) or 'Nothing'} is no name: letters, digits and . _ + @ -, at most {LONGEST_NAME}.",
            code="name_invalid",
            field="name",
        )
    return name


def team(text: str) -> str:
    """A team's name as it is compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def teams_of(text: str) -> tuple[str, ...]:
    """Teams written with commas between them. Raises Invalid."""
    found = tuple(sorted({team(one) for one in text.split(",") if one.strip()}))
    if len(found) > 50 or any(len(one) > 100 or not one.isprintable() for one in found):
        raise Invalid("Teams are at most 50 names of at most 100 characters.", code="teams_invalid", field="teams")
    return found
