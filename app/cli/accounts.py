"""Commands about people and tokens: they work on the database itself, whether or not a Burnline runs on it."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.actions import backups, passwords, tokens
from app.actions import people as acting
from app.cli.common import USAGE_ERROR, Text, fail, friendly, settings_of
from app.config import parse_duration
from app.domain import passwords as rules
from app.domain import people as roles
from app.domain.errors import AppError, Invalid
from app.domain.people import Role, Scope
from app.store import migrate, people
from app.store import tokens as store_of_tokens
from app.store.engine import Store, open_store

BY = "command line"

Name = Annotated[str, typer.Argument()]
PasswordFile = Annotated[str | None, typer.Option(help="a file with the password in its first line; - reads the input")]
NewRole = Annotated[Role, typer.Option(help="what they may do")]
Scopes = Annotated[list[Scope], typer.Option(help="what it may do; may be given several times")]


def create_user(
    name: Name,
    role: NewRole = Role.VIEWER,
    team: Annotated[list[str] | None, typer.Option(help="a team they answer for; may be given several times")] = None,
    password_file: PasswordFile = None,
    data_dir: Text = None,
    database_url: Text = None,
) -> None:
    """Create an account NAME; asks for the password."""
    with friendly(), _opened(data_dir, database_url) as store:
        name = roles.person_name(name)
        hashed = passwords.hashed(_password(name, password_file))
        with store.writing() as db:
            made = acting.create(db, name, role, teams=roles.teams_of(",".join(team or ())), by=BY, now_ms=_now_ms())
            acting.set_password(db, made, hashed, by=BY)
    typer.echo(f"{made.name} can sign in as {made.role.value}.")


def list_users(data_dir: Text = None, database_url: Text = None) -> None:
    """Every account."""
    with friendly(), _opened(data_dir, database_url) as store, store.reading() as db:
        for one in people.every(db):
            state = "disabled" if one.disabled_ms else "" if one.has_password else "no password yet"
            typer.echo(f"{one.name:24} {one.role.value:8} {', '.join(one.teams):30} {state}".rstrip())


def set_password(
    name: Name, password_file: PasswordFile = None, data_dir: Text = None, database_url: Text = None
) -> None:
    """Give NAME another password. Every session of theirs ends."""
    with friendly(), _opened(data_dir, database_url) as store:
        with store.reading() as db:
            person = acting.named(db, name)
        hashed = passwords.hashed(_password(person.name, password_file))
        with store.writing() as db:
            acting.set_password(db, person, hashed, by=BY)
    typer.echo(f"{person.name} has another password; every session has ended.")


def set_role(
    name: Name, role: Annotated[Role, typer.Argument()], data_dir: Text = None, database_url: Text = None
) -> None:
    """Make NAME a viewer, editor or admin. Every session of theirs ends."""
    with friendly(), _opened(data_dir, database_url) as store, store.writing() as db:
        acting.set_role(db, acting.named(db, name), role, by=BY)
    typer.echo(f"{name} is {role.value} now.")


def disable_user(
    name: Name,
    *,
    undo: Annotated[bool, typer.Option(help="let them in again")] = False,
    data_dir: Text = None,
    database_url: Text = None,
) -> None:
    """Let NAME in no more: every session ends, their own tokens hold no more."""
    with friendly(), _opened(data_dir, database_url) as store, store.writing() as db:
        person = acting.named(db, name)
        if undo:
            acting.enable(db, person, by=BY)
        else:
            acting.disable(db, person, by=BY, now_ms=_now_ms())
    typer.echo(f"{person.name} may {'sign in again' if undo else 'sign in no more'}.")


def create_token(
    name: Name,
    scope: Scopes,
    source: Annotated[str, typer.Option(help="stamped on every series it sends")] = "",
    expires: Annotated[str | None, typer.Option(help="how long it holds, such as 90d; for ever when left out")] = None,
    data_dir: Text = None,
    database_url: Text = None,
) -> None:
    """Create a token for NAME, a program, and print it: this once."""
    with friendly(), _opened(data_dir, database_url) as store:
        now_ms = _now_ms()
        asked = tokens.Asked(name, tuple(scope), source, _until(expires, now_ms))
        with store.writing() as db:
            _, text = tokens.create(db, asked, by=BY, now_ms=now_ms)
    typer.echo(str(text))
    typer.echo("It is shown this once. Send it as Authorization: Bearer ...", err=True)


def list_tokens(data_dir: Text = None, database_url: Text = None) -> None:
    """Every token: its id, never itself."""
    with friendly(), _opened(data_dir, database_url) as store, store.reading() as db:
        for one in store_of_tokens.every(db):
            state = "revoked" if one.revoked_ms else "" if one.is_good(_now_ms()) else "expired"
            used = "never used" if one.used_ms is None else f"used {_day(one.used_ms)}"
            scopes = ",".join(one.scopes)
            typer.echo(f"{one.id}  {one.name:24} {scopes:20} {one.source:16} {used:18} {state}".rstrip())


def revoke_token(token: Name, data_dir: Text = None, database_url: Text = None) -> None:
    """Revoke the token with the id TOKEN; within seconds it opens nothing."""
    with friendly(), _opened(data_dir, database_url) as store, store.writing() as db:
        revoked = tokens.revoke(db, token, by=BY, now_ms=_now_ms())
    typer.echo(f"{revoked.name} ({revoked.id}) is revoked.")


@contextmanager
def _opened(data_dir: str | None, database_url: str | None) -> Iterator[Store]:
    """The database, whether or not a Burnline runs on it. Raises AppError when it cannot be used."""
    settings = settings_of({"data_dir": data_dir, "database_url": database_url})
    url = settings.database_url
    try:
        store = open_store(url)
    except AppError as error:
        if error.code != "database_in_use":
            raise
        store = open_store(url, claiming=False)  # whoever runs there has brought it to their release's schema
    else:
        backups.upgrade(store, url, settings.data_dir / "backups", now=datetime.now(UTC))
    try:
        with store.reading() as db:
            if migrate.known_revision(db) != migrate.newest():
                raise AppError("A Burnline of another release is running on this database.", code="release_differs")
        yield store
    finally:
        store.close()


def _password(name: str, file: str | None) -> str:
    """Asked for twice, or the first line of a file."""
    if file is not None:
        text = (sys.stdin.readline() if file == "-" else Path(file).read_text(encoding="utf-8")).partition("\n")[0]
        text = text.rstrip("\r")
    elif sys.stdin.isatty():
        text = getpass.getpass(f"Password for {name} ({rules.ADVISED} characters or more are advised): ")
        if getpass.getpass("Once more: ") != text:
            fail("The two are not the same.", USAGE_ERROR)
    else:
        fail("There is no terminal to ask for a password. Give --password-file FILE, or - for the input.", USAGE_ERROR)
    try:
        rules.check(text, name=name)
    except Invalid as error:
        fail(str(error), USAGE_ERROR)
    return text


def _until(expires: str | None, now_ms: int) -> int | None:
    if expires is None:
        return None
    try:
        return now_ms + round(parse_duration(expires).total_seconds() * 1000)
    except ValueError:
        fail("--expires is a whole number and one of s, m, h, d, w, such as 90d.", USAGE_ERROR)


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d")
