"""People, their teams, and by what others vouch for them."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.domain.people import Role
from app.store import dialect, revisions
from app.store.people_schema import identities, memberships, people


@dataclass(frozen=True, slots=True)
class Person:
    """One account. `has_password` is false for who signs in elsewhere, or has not chosen one yet."""

    id: int
    name: str
    role: Role
    teams: tuple[str, ...]
    has_password: bool
    created_ms: int
    signed_in_ms: int | None
    disabled_ms: int | None


def exist(db: sa.Connection) -> bool:
    """Whether there is an account at all."""
    return db.execute(sa.select(people.c.id).limit(1)).first() is not None


def every(db: sa.Connection) -> list[Person]:
    """All of them, by name."""
    return _people(db, sa.true())


def by_id(db: sa.Connection, person_id: int) -> Person | None:
    return next(iter(_people(db, people.c.id == person_id)), None)


def by_name(db: sa.Connection, name: str) -> Person | None:
    return next(iter(_people(db, people.c.name == name)), None)


def by_identity(db: sa.Connection, issuer: str, subject: str) -> Person | None:
    """Whom an issuer means by a subject. Nothing else joins accounts: names and addresses change hands."""
    held = sa.select(identities.c.person_id).where(identities.c.issuer == issuer, identities.c.subject == subject)
    return next(iter(_people(db, people.c.id == held.scalar_subquery())), None)


def add(db: sa.Connection, name: str, role: Role, *, now_ms: int) -> int:
    """The number of a new account; nobody can sign in to it yet."""
    added = people.insert().values(name=name, role=role.value, created_ms=now_ms).returning(people.c.id)
    made = int(db.execute(added).scalar_one())
    revisions.raised(db, revisions.PEOPLE)
    return made


def vouch(db: sa.Connection, issuer: str, subject: str, person_id: int, *, now_ms: int) -> None:
    """Remember whom an issuer means by a subject."""
    row = {"issuer": issuer, "subject": subject, "person_id": person_id, "created_ms": now_ms}
    db.execute(dialect.insert_or_ignore(db, identities), row)


def set_role(db: sa.Connection, person_id: int, role: Role) -> None:
    _change(db, person_id, role=role.value)


def set_password(db: sa.Connection, person_id: int, password: str) -> None:
    """Store the hash of a password."""
    _change(db, person_id, password=password)


def set_disabled(db: sa.Connection, person_id: int, at_ms: int | None) -> None:
    """From then on nobody signs in as them; None takes it back."""
    _change(db, person_id, disabled_ms=at_ms)


def note_sign_in(db: sa.Connection, person_id: int, *, now_ms: int) -> None:
    db.execute(people.update().where(people.c.id == person_id).values(signed_in_ms=now_ms))


def set_teams(db: sa.Connection, person_id: int, teams: Iterable[str]) -> None:
    """Make them the member of these teams and no other."""
    db.execute(memberships.delete().where(memberships.c.person_id == person_id))
    rows = [{"person_id": person_id, "team": team} for team in teams]
    if rows:
        db.execute(memberships.insert(), rows)
    revisions.raised(db, revisions.PEOPLE)


def password_of(db: sa.Connection, person_id: int) -> str | None:
    """The hash of a person's password."""
    found = db.execute(sa.select(people.c.password).where(people.c.id == person_id)).scalar()
    return None if found is None else str(found)


def admins(db: sa.Connection) -> set[int]:
    """Who can administer: one of them must be left."""
    active = (people.c.role == Role.ADMIN.value) & people.c.disabled_ms.is_(None)
    return set(db.execute(sa.select(people.c.id).where(active)).scalars())


def _change(db: sa.Connection, person_id: int, **values: object) -> None:
    db.execute(people.update().where(people.c.id == person_id).values(**values))
    revisions.raised(db, revisions.PEOPLE)


def _people(db: sa.Connection, which: sa.ColumnElement[bool]) -> list[Person]:
    rows = db.execute(sa.select(people).where(which).order_by(people.c.name)).all()
    teams: dict[int, list[str]] = {}
    held = sa.select(memberships).where(memberships.c.person_id.in_([row.id for row in rows]))
    for one in db.execute(held.order_by(memberships.c.team)):
        teams.setdefault(one.person_id, []).append(one.team)
    return [
        Person(
            row.id,
            row.name,
            Role(row.role),
            tuple(teams.get(row.id, ())),
            row.password is not None,
            row.created_ms,
            row.signed_in_ms,
            row.disabled_ms,
        )
        for row in rows
    ]
