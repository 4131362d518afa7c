"""Signed-in browsers, tickets that are good for one thing once, and how often somebody tried.

What a browser or a link holds is known here by its digest only.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from app.store import dialect, revisions
from app.store.people_schema import sessions, sign_in_attempts, tickets


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser; `address` and `agent` are what it said when it signed in."""

    id: int
    person_id: int
    created_ms: int
    seen_ms: int
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """Good once: to choose a password ("password"), to make the first account ("setup"), to come back signed in."""

    kind: str
    person_id: int | None
    body: str
    expires_ms: int


def begin(db: sa.Connection, digest: bytes, person_id: int, *, address: str, agent: str, now_ms: int) -> int:
    """The number of a new session."""
    values = {"digest": digest, "person_id": person_id, "created_ms": now_ms, "seen_ms": now_ms}
    added = sessions.insert().values(**values, address=address, agent=agent).returning(sessions.c.id)
    return int(db.execute(added).scalar_one())


def find(db: sa.Connection, digest: bytes) -> Session | None:
    row = db.execute(_columns.where(sessions.c.digest == digest)).first()
    return None if row is None else Session(*row)


def of_person(db: sa.Connection, person_id: int) -> list[Session]:
    """The newest first."""
    rows = db.execute(_columns.where(sessions.c.person_id == person_id).order_by(sessions.c.seen_ms.desc()))
    return [Session(*row) for row in rows]


def touch(db: sa.Connection, session_id: int, *, now_ms: int) -> None:
    """Remember that it is in use."""
    db.execute(sessions.update().where(sessions.c.id == session_id).values(seen_ms=now_ms))


def end(db: sa.Connection, person_id: int, *, session_id: int | None = None, but: int = 0) -> int:
    """End a person's sessions, or one of them, or all `but` one; gives how many that were."""
    which = (sessions.c.person_id == person_id) & (sessions.c.id != but)
    if session_id is not None:
        which &= sessions.c.id == session_id
    ended = db.execute(sessions.delete().where(which)).rowcount
    revisions.raised(db, revisions.PEOPLE)
    return ended


def forget(db: sa.Connection, *, created_before_ms: int, seen_before_ms: int) -> int:
    """Delete those that have run out anyway."""
    over = (sessions.c.created_ms < created_before_ms) | (sessions.c.seen_ms < seen_before_ms)
    return db.execute(sessions.delete().where(over)).rowcount


def issue(db: sa.Connection, digest: bytes, ticket: Ticket) -> None:
    """Remember a ticket; those of a person for the same thing that were given out before are good no more."""
    if ticket.person_id is not None:
        older = (tickets.c.person_id == ticket.person_id) & (tickets.c.kind == ticket.kind)
        db.execute(tickets.delete().where(older))
    db.execute(
        tickets.insert().values(
            digest=digest,
            kind=ticket.kind,
            person_id=ticket.person_id,
            body=ticket.body,
            expires_ms=ticket.expires_ms,
        )
    )


def ticket(db: sa.Connection, digest: bytes, kind: str, *, now_ms: int) -> Ticket | None:
    """A ticket that is still good."""
    good = (tickets.c.digest == digest) & (tickets.c.kind == kind) & (tickets.c.expires_ms > now_ms)
    columns = (tickets.c.kind, tickets.c.person_id, tickets.c.body, tickets.c.expires_ms)
    row = db.execute(sa.select(*columns).where(good)).first()
    return None if row is None else Ticket(*row)


def tear(db: sa.Connection, digest: bytes, *, now_ms: int) -> bool:
    """Use a ticket up, and clear away those that have run out; whether it was there to be used."""
    torn = db.execute(tickets.delete().where(tickets.c.digest == digest)).rowcount == 1
    db.execute(tickets.delete().where(tickets.c.expires_ms <= now_ms))
    return torn


def tear_all(db: sa.Connection, kind: str) -> None:
    """Use up every ticket of a kind."""
    db.execute(tickets.delete().where(tickets.c.kind == kind))


def tear_of(db: sa.Connection, person_id: int) -> None:
    """Use up every ticket of a person."""
    db.execute(tickets.delete().where(tickets.c.person_id == person_id))


def attempts(db: sa.Connection, who: str) -> tuple[float, int] | None:
    """How many tries were left to somebody, and when; None: they never tried."""
    columns = (sign_in_attempts.c.left, sign_in_attempts.c.at_ms)
    row = db.execute(sa.select(*columns).where(sign_in_attempts.c.who == who)).first()
    return None if row is None else (float(row.left), int(row.at_ms))


def note_attempts(db: sa.Connection, who: str, left: float, *, now_ms: int, full_before_ms: int) -> None:
    """Remember how many tries are left; of those who have all of them again nothing is remembered."""
    db.execute(dialect.upsert(db, sign_in_attempts), {"who": who, "left": left, "at_ms": now_ms})
    db.execute(sign_in_attempts.delete().where(sign_in_attempts.c.at_ms < full_before_ms))


def clear_attempts(db: sa.Connection, who: str) -> None:
    db.execute(sign_in_attempts.delete().where(sign_in_attempts.c.who == who))


_columns = sa.select(
    sessions.c.id,
    sessions.c.person_id,
    sessions.c.created_ms,
    sessions.c.seen_ms,
    sessions.c.address,
    sessions.c.agent,
)
