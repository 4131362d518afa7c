"""Telling the public: a notice, and one update after another."""

from collections.abc import Iterable

from app.actions.noting import noted
from app.domain import notices as rules
from app.domain.errors import Invalid, Missing
from app.domain.notices import LAST, Impact, Notice, NoticeKind, Update
from app.store import notices, services
from app.store.audit import Deed
from app.store.engine import Connection

AHEAD_MS = 60_000  # a clock may be that much ahead of ours


def post(db: Connection, notice: Notice, first: Update, *, now_ms: int) -> Notice:
    """Tell something new; the same key again is the same notice. Raises Invalid at the field at fault."""
    _check_services(db, notice.services)
    known = notices.by_key(db, notice.key)
    if known is not None:
        return known
    rules.check_next(notice, first)
    _check_time(first, now_ms=now_ms)
    if notice.kind is NoticeKind.INCIDENT and notice.start_ms > now_ms + AHEAD_MS:
        raise Invalid("An incident has begun already; maintenance is planned.", code="notice_invalid", field="start")
    made = notices.add(db, notice, now_ms=now_ms)
    notices.say(db, made, first)
    noted(db, Deed(notice.author, "notice_posted", f"notice {made.id}: {notice.title}", after=first.text))
    return one(db, made.id)


def say(db: Connection, notice_id: int, update: Update, *, now_ms: int, impact: Impact | None = None) -> Notice:
    """Tell how it goes on. Raises Missing, and Invalid when it is over or this cannot come next."""
    found = one(db, notice_id)
    if any(said.key == update.key for said in found.updates):
        return found
    if found.closed_ms is not None and update.phase not in LAST:
        text = "This notice is closed. What happens now is another one."
        raise Invalid(
            text, code="notice_closed", field="phase", hint="A closed notice takes corrections as its last phase."
        )
    if impact not in (None, Impact.NONE) and found.kind is NoticeKind.MAINTENANCE:
        raise Invalid("Maintenance is a state of its own: it has no impact.", code="notice_invalid", field="impact")
    rules.check_next(found, update)
    _check_time(update, now_ms=now_ms)
    notices.say(db, found, update, impact=impact)
    was = found.updates[-1].phase if found.updates else ""
    noted(db, Deed(update.author, "notice_updated", f"notice {found.id}: {found.title}", was, update.phase))
    return one(db, notice_id)


def one(db: Connection, notice_id: int) -> Notice:
    """Raises Missing."""
    found = notices.by_id(db, notice_id)
    if found is None:
        raise Missing(f"There is no notice {notice_id}.", code="notice_unknown", field="notice")
    return found


def _check_services(db: Connection, slugs: Iterable[str]) -> None:
    known = {one.slug for one in services.all_services(db)}
    for slug in slugs:
        if slug not in known:
            raise Invalid(f"There is no service named {slug[:80]}.", code="service_unknown", field="services")


def _check_time(update: Update, *, now_ms: int) -> None:
    if update.at_ms > now_ms + AHEAD_MS:
        raise Invalid("An update is of now or before.", code="notice_invalid", field="time")
