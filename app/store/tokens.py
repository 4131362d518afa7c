"""Tokens of machines and people: what they may do, not what they are."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.domain.people import Scope
from app.store import revisions
from app.store.people_schema import api_tokens


@dataclass(frozen=True, slots=True)
class Token:
    """`person_id` is None for one of the installation's own; a `source` is stamped on what it sends."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    source: str
    person_id: int | None
    author: str
    created_ms: int
    expires_ms: int | None
    used_ms: int | None = None
    revoked_ms: int | None = None

    def is_good(self, now_ms: int) -> bool:
        """Whether it holds at a time."""
        return self.revoked_ms is None and (self.expires_ms is None or now_ms < self.expires_ms)


def add(db: sa.Connection, token: Token, digest: bytes) -> None:
    """A new one. An id is random: that another has it already is an error of the database."""
    db.execute(
        api_tokens.insert().values(
            id=token.id,
            digest=digest,
            name=token.name,
            scopes=" ".join(token.scopes),
            source=token.source,
            person_id=token.person_id,
            author=token.author,
            created_ms=token.created_ms,
            expires_ms=token.expires_ms,
        )
    )


def find(db: sa.Connection, token_id: str) -> tuple[Token, bytes] | None:
    """A token with the digest of its secret."""
    row = db.execute(sa.select(api_tokens).where(api_tokens.c.id == token_id)).first()
    return None if row is None else (_token(row), bytes(row.digest))


def every(db: sa.Connection, *, person_id: int | None = None) -> list[Token]:
    """All, or a person's: the newest first, revoked ones last."""
    wanted = sa.true() if person_id is None else api_tokens.c.person_id == person_id
    order = (api_tokens.c.revoked_ms.is_not(None), api_tokens.c.created_ms.desc(), api_tokens.c.id)
    return [_token(row) for row in db.execute(sa.select(api_tokens).where(wanted).order_by(*order))]


def revoke(db: sa.Connection, token_id: str, *, now_ms: int) -> bool:
    """It is good no more; False when it was not any more, or never was."""
    good = (api_tokens.c.id == token_id) & api_tokens.c.revoked_ms.is_(None)
    done = db.execute(api_tokens.update().where(good).values(revoked_ms=now_ms)).rowcount == 1
    revisions.raised(db, revisions.PEOPLE)
    return done


def note_use(db: sa.Connection, token_id: str, *, hour_ms: int) -> None:
    """Remember the hour it was last used in."""
    db.execute(api_tokens.update().where(api_tokens.c.id == token_id).values(used_ms=hour_ms))


def _token(row: sa.Row[tuple[object, ...]]) -> Token:
    return Token(
        row.id,
        row.name,
        tuple(Scope(one) for one in row.scopes.split()),
        row.source,
        row.person_id,
        row.author,
        row.created_ms,
        row.expires_ms,
        row.used_ms,
        row.revoked_ms,
    )
