"""Tokens: made, looked up and revoked."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from app.actions.noting import noted
from app.domain import people as rules
from app.domain import tokens as texts
from app.domain.errors import Forbidden, Invalid, Missing
from app.domain.people import Actor, Kind, Role, Scope
from app.domain.tokens import TokenText
from app.store import people, tokens
from app.store.audit import Deed
from app.store.engine import Connection
from app.store.people import Person
from app.store.tokens import Token

LONGEST_NAME = 100
LONGEST_SOURCE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A token to be made; `person` when it is to act for somebody rather than for the installation."""

    name: str
    scopes: tuple[Scope, ...]
    source: str = ""
    expires_ms: int | None = None
    person: Person | None = None


def create(db: Connection, asked: Asked, *, by: str, now_ms: int) -> tuple[Token, TokenText]:
    """A new token and its text, which can be had now and never again. Raises Invalid at the field at fault."""
    name = _text(asked.name, "name", longest=LONGEST_NAME)
    source = _text(asked.source, "source", longest=LONGEST_SOURCE) if asked.source.strip() else ""
    if not name:
        raise Invalid("Say what it is for.", code="name_missing", field="name")
    if not asked.scopes:
        raise Invalid("A token without a scope can do nothing.", code="scopes_missing", field="scope")
    if asked.expires_ms is not None and asked.expires_ms <= now_ms:
        raise Invalid("It would have expired already.", code="expiry_past", field="expires")
    if asked.person is not None:
        _within(asked.person, asked.scopes)
    text = texts.mint(secrets.token_bytes(texts.ENTROPY_BYTES))
    owner = None if asked.person is None else asked.person.id
    made = Token(text.id, name, asked.scopes, source, owner, by, now_ms, asked.expires_ms)
    tokens.add(db, made, text.digest)
    noted(db, Deed(by, "token_created", f"{name} ({made.id})", after=" ".join(made.scopes)))
    return made, text


def revoke(db: Connection, token_id: str, *, person_id: int | None = None, by: str, now_ms: int) -> Token:
    """It is good no more; `person_id` when it has to be theirs. Raises Missing."""
    found = tokens.find(db, token_id)
    if found is None or (person_id is not None and found[0].person_id != person_id):
        raise Missing("There is no such token.", code="token_unknown", field="token")
    if tokens.revoke(db, token_id, now_ms=now_ms):
        noted(db, Deed(by, "token_revoked", f"{found[0].name} ({token_id})"))
    return found[0]


def actor(db: Connection, text: TokenText, *, now_ms: int) -> tuple[Actor, Token] | None:
    """Who shows a token; None when it does not hold."""
    found = tokens.find(db, text.id)
    if found is None or not texts.is_same(found[1], text.digest) or not found[0].is_good(now_ms):
        return None
    token = found[0]
    scopes = rules.implied(token.scopes)
    if token.person_id is None:
        return Actor(f"token {token.name}", Kind.TOKEN, None, scopes, source=token.source), token
    person = people.by_id(db, token.person_id)
    if person is None or person.disabled_ms is not None:
        return None
    teams = None if person.role is Role.ADMIN else frozenset(person.teams)
    name = f"{person.name} (token {token.name})"
    allowed = scopes & allowed_to(person.role)
    return Actor(name, Kind.TOKEN, None, allowed, teams, person.id, source=token.source), token


def allowed_to(role: Role) -> frozenset[Scope]:
    """What a person's own token may hold: no more than they may, and sending samples from editors on."""
    own = rules.SCOPES_OF[role]
    return own | {Scope.INGEST} if Scope.WRITE in own else own


def _within(person: Person, scopes: Iterable[Scope]) -> None:
    allowed = allowed_to(person.role)
    for scope in scopes:
        if scope not in allowed:
            raise Forbidden(
                f"A token of {person.name}, {person.role.value}, cannot hold the scope {scope.value}.",
                code="scope_too_wide",
                hint=f"It may hold {', '.join(sorted(allowed))}.",
            )


def _text(text: str, field: str, *, longest: int) -> str:
    found = text.strip()
    if len(found) > longest or not found.isprintable():
        raise Invalid(f"The {field} is a text of at most {longest} characters.", code=f"{field}_invalid", field=field)
    return found
