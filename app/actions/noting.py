"""What is noted of a change that somebody made: every action on people, sessions and tokens passes here."""

from dataclasses import dataclass

from app import logs

log = logs.get("people")


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to whom. `before` and `after` say what changed in a few words, and never hold a secret."""

    by: str
    verb: str
    subject: str
    before: str = ""
    after: str = ""


def noted(deed: Deed) -> None:
    """Put it on record."""
    log.info(deed.verb, by=deed.by, subject=deed.subject, before=deed.before, after=deed.after)
