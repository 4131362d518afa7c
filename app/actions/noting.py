"""What is noted of a change that somebody made: every action on people, tokens, screens and notices passes here.

Objectives and the ledger put theirs on record where they are stored, with what was before and after.
"""

from app import logs
from app.store import audit
from app.store.audit import Deed
from app.store.engine import Connection

log = logs.get("deeds")


def noted(db: Connection | None, deed: Deed) -> None:
    """Put it on record, in the transaction that does it; `db` is None where nothing was done."""
    log.info(deed.verb, by=deed.by, subject=deed.subject, before=deed.before, after=deed.after)
    if db is not None:
        audit.append(db, deed)
