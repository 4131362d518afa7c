"""Accounts: made, changed and closed. Whatever changes what somebody may do ends their sessions."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.actions.noting import noted
from app.domain import people as rules
from app.domain.errors import Forbidden, Invalid, Missing
from app.domain.people import Role
from app.store import people, revisions, sessions
from app.store.audit import Deed
from app.store.engine import Connection
from app.store.people import Person

LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Voucher:
    """What somebody who is trusted says of a person: the issuer's own name for them is all that counts.

    `role` is None when nothing says which; `teams` likewise.
    """

    issuer: str
    subject: str
    name: str
    role: Role | None = None
    teams: tuple[str, ...] | None = None


def create(db: Connection, name: str, role: Role, *, teams: Iterable[str] = (), by: str, now_ms: int) -> Person:
    """A new account nobody can sign in to yet. Raises Invalid when the name is taken or none, or nobody is admin."""
    if role is not Role.ADMIN and not people.admins(db):
        text = "The first account is an admin's: nobody could let others in."
        raise Invalid(text, code="admin_first", field="role")
    return _made(db, name, role, teams, by=by, now_ms=now_ms)


def _made(db: Connection, name: str, role: Role, teams: Iterable[str], *, by: str, now_ms: int) -> Person:
    revisions.raised(db, revisions.PEOPLE)  # others who create wait: a name that is free stays so until it is taken
    name = rules.person_name(name)
    if people.by_name(db, name) is not None:
        raise Invalid(f"There is an account {name} already.", code="name_taken", field="name")
    person_id = people.add(db, name, role, now_ms=now_ms)
    people.set_teams(db, person_id, teams)
    noted(db, Deed(by, "person_created", name, after=role.value))
    return find(db, person_id)


def create_first(db: Connection, name: str, password_hash: str, *, now_ms: int) -> Person:
    """The first account, an admin's. Raises Forbidden when there is one already."""
    revisions.raised(db, revisions.PEOPLE)
    if people.exist(db):
        raise Forbidden("There is an account already.", code="set_up", hint="Sign in, or ask an admin for an account.")
    made = create(db, name, Role.ADMIN, by="setup", now_ms=now_ms)
    set_password(db, made, password_hash, by=made.name)
    sessions.tear_all(db, "setup")
    return made


def set_password(db: Connection, person: Person, password_hash: str, *, by: str, but: int = 0) -> None:
    """Replace the password; links to choose one and every session but that number end."""
    people.set_password(db, person.id, password_hash)
    sessions.tear_of(db, person.id)
    ended = sessions.end(db, person.id, but=but)
    noted(db, Deed(by, "password_changed", person.name, after=f"{ended} sessions ended"))


def set_role(db: Connection, person: Person, role: Role, *, by: str) -> None:
    """Raises Invalid when nobody could administer any more."""
    if role is person.role:
        return
    if role is not Role.ADMIN:
        _leave_an_admin(db, person)
    people.set_role(db, person.id, role)
    sessions.end(db, person.id)
    noted(db, Deed(by, "role_changed", person.name, person.role.value, role.value))


def set_teams(db: Connection, person: Person, teams: Iterable[str], *, by: str) -> None:
    """What they answer for. Sessions go on: it holds for them at once."""
    wanted = tuple(sorted(set(teams)))
    if wanted == person.teams:
        return
    people.set_teams(db, person.id, wanted)
    noted(db, Deed(by, "teams_changed", person.name, ", ".join(person.teams), ", ".join(wanted)))


def disable(db: Connection, person: Person, *, by: str, now_ms: int) -> None:
    """Nobody signs in as them any more, and their tokens hold no more. Raises Invalid for the last admin."""
    if person.disabled_ms is not None:
        return
    _leave_an_admin(db, person)
    people.set_disabled(db, person.id, now_ms)
    sessions.tear_of(db, person.id)
    sessions.end(db, person.id)
    noted(db, Deed(by, "person_disabled", person.name))


def enable(db: Connection, person: Person, *, by: str) -> None:
    """They may sign in again."""
    if person.disabled_ms is not None:
        people.set_disabled(db, person.id, None)
        noted(db, Deed(by, "person_enabled", person.name))


def vouched(db: Connection, voucher: Voucher, *, usual: Role | None, now_ms: int) -> Person:
    """Whom somebody trusted means; an account is made when they come for the first time and `usual` says as what.

    Raises Forbidden when they may not come in, Invalid for a subject that is none.
    """
    if not 0 < len(voucher.subject) <= LONGEST_SUBJECT or not voucher.subject.isprintable():
        raise Invalid("The sign-in names nobody.", code="subject_invalid")
    person = people.by_identity(db, voucher.issuer, voucher.subject)
    if person is None:
        role = voucher.role or usual
        if role is None:
            hint = "An admin can map one of your groups to a role, or set a role for everybody who signs in so."
            raise Forbidden("Nobody has given you a role here yet.", code="no_role", hint=hint)
        person = _made(db, _free_name(db, voucher.name), role, (), by=voucher.issuer, now_ms=now_ms)
        people.vouch(db, voucher.issuer, voucher.subject, person.id, now_ms=now_ms)
    if person.disabled_ms is not None:
        raise Forbidden("This account is disabled.", code="account_disabled")
    if voucher.role is not None:
        set_role(db, person, voucher.role, by=voucher.issuer)
    if voucher.teams is not None:
        set_teams(db, person, voucher.teams, by=voucher.issuer)
    return find(db, person.id)


def find(db: Connection, person_id: int) -> Person:
    """Raises Missing."""
    found = people.by_id(db, person_id)
    if found is None:
        raise Missing("There is no such account.", code="person_unknown")
    return found


def named(db: Connection, name: str) -> Person:
    """Raises Missing."""
    found = people.by_name(db, name.strip().lower())
    if found is None:
        raise Missing(f"There is no account {name[:40]}.", code="person_unknown", field="name")
    return found


def _leave_an_admin(db: Connection, person: Person) -> None:
    if people.admins(db) == {person.id}:
        hint = "Make somebody else an admin first."
        raise Invalid(f"{person.name} is the last admin.", code="last_admin", field="role", hint=hint)


def _free_name(db: Connection, wanted: str) -> str:
    """A name of their own for somebody who comes from elsewhere: it joins nobody to an account there is."""
    kept = "".join(sign for sign in wanted.strip().lower() if sign.isascii() and (sign.isalnum() or sign in "._+@-"))
    stem = kept.lstrip("._+@-")[: rules.LONGEST_NAME - 5] or "person"
    taken = {one.name for one in people.every(db)}
    if stem not in taken:
        return stem
    return next(name for number in range(2, 10_000) if (name := f"{stem}-{number}") not in taken)
