"""The audit log as people read it: some entries at a time, newest first."""

from dataclasses import dataclass

from app.store import audit
from app.store.audit import Entry
from app.store.engine import Store

ENTRIES_A_PAGE = 100
MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: whole names, a part of the subject; `before` is where the page goes on, 0 at the newest."""

    by: str = ""
    verb: str = ""
    subject: str = ""
    before: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """`older` is where the next page goes on; None: there is nothing older."""

    entries: tuple[Entry, ...]
    older: int | None


def page(store: Store, wanted: Wanted) -> Page:
    found = entries(store, wanted, limit=ENTRIES_A_PAGE + 1)
    shown = tuple(found[:ENTRIES_A_PAGE])
    return Page(shown, shown[-1].number if len(found) > len(shown) else None)


def entries(store: Store, wanted: Wanted, *, limit: int = MOST_ENTRIES) -> list[Entry]:
    """At most `limit`, newest first."""
    with store.reading() as db:
        return audit.newest(
            db, before=wanted.before or None, by=wanted.by, verb=wanted.verb, subject=wanted.subject, limit=limit
        )
