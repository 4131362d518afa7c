"""Who changed what: appended in the transaction that changes it, never altered, forgotten only by age.

Each row's digest is over its own fields and the digest of the row before: one that was altered or taken out of the
middle shows. Old rows go from the front, in order; the chain holds from the first that is left.

From where a request came is known at the edge and of no interest in between: it is set once a request, see `whence`.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import astuple, dataclass

import sqlalchemy as sa

from app.store import dialect, revisions
from app.store.audit_schema import audit
from app.store.engine import Connection

ROWS_AT_ONCE = 1_000

_whence: ContextVar[str] = ContextVar("whence", default="")


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to what. `verb` is a word with underscores; `before` and `after` are short, and hold no secret."""

    by: str
    verb: str
    subject: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A deed on record: its number, when, and from where ("" from within)."""

    number: int
    at_ms: int
    by: str
    whence: str
    verb: str
    subject: str
    before: str
    after: str


def come_from(whence: str) -> None:
    """Say from where the deeds of this request, or of this command, come."""
    _whence.set(whence)


@contextmanager
def coming_from(whence: str) -> Iterator[None]:
    """For tests and commands: deeds within come from there."""
    token = _whence.set(whence)
    try:
        yield
    finally:
        _whence.reset(token)


def append(db: Connection, deed: Deed, *, now_ms: int | None = None) -> None:
    """Put a deed on record, now by the database's clock; durable when what was done is."""
    revisions.raised(db, revisions.AUDIT)  # one after the other, on PostgreSQL too
    newest = db.execute(sa.select(audit.c.number, audit.c.digest).order_by(audit.c.number.desc()).limit(1)).first()
    number, before = (newest.number + 1, bytes(newest.digest)) if newest else (1, b"")
    at_ms = dialect.shared_now_ms(db) if now_ms is None else now_ms
    entry = Entry(number, at_ms, deed.by, _whence.get(), deed.verb, deed.subject, deed.before, deed.after)
    values = {name: getattr(entry, name) for name in Entry.__slots__}
    db.execute(audit.insert().values(**values, digest=_digest(entry, before)))


def newest(
    db: Connection, *, before: int | None = None, by: str = "", verb: str = "", subject: str = "", limit: int = 100
) -> list[Entry]:
    """The newest entries first, before a number; `by` and `verb` are whole, `subject` is a part of it."""
    wanted = sa.select(*(audit.c[name] for name in Entry.__slots__)).order_by(audit.c.number.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(audit.c.number < before)
    if by:
        wanted = wanted.where(audit.c.by == by)
    if verb:
        wanted = wanted.where(audit.c.verb == verb)
    if subject:
        wanted = wanted.where(audit.c.subject.contains(subject, autoescape=True))
    return [Entry(*row) for row in db.execute(wanted)]


def broken_at(db: Connection) -> int | None:
    """The number of the first entry that was altered, or that stands where another was; None: the log is whole."""
    before: bytes | None = None
    last = 0
    while rows := _after(db, last):
        for entry, digest in rows:
            if entry.number == 1:
                before = b""
            if before is not None and (entry.number != last + 1 or digest != _digest(entry, before)):
                return entry.number
            before, last = digest, entry.number
    return None


def _after(db: Connection, number: int) -> list[tuple[Entry, bytes]]:
    wanted = sa.select(*(audit.c[name] for name in Entry.__slots__), audit.c.digest).where(audit.c.number > number)
    rows = db.execute(wanted.order_by(audit.c.number).limit(ROWS_AT_ONCE))
    return [(Entry(*row[:-1]), bytes(row[-1])) for row in rows]


def forget(db: Connection, *, before_ms: int) -> int:
    """Remove entries from the front that are older; gives how many. The newest stays: the chain goes on from it."""
    newest_number = sa.select(sa.func.max(audit.c.number)).scalar_subquery()
    first_kept = (
        sa.select(sa.func.coalesce(sa.func.min(audit.c.number), newest_number))
        .where(audit.c.at_ms >= before_ms)
        .scalar_subquery()
    )
    return db.execute(audit.delete().where(audit.c.number < first_kept)).rowcount


def _digest(entry: Entry, before: bytes) -> bytes:
    said = json.dumps(astuple(entry), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(before + said.encode()).digest()
