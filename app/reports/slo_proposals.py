"""Objectives that services could have, from what they have sent: computed when looked at, adopted by a click."""

from collections.abc import Iterable
from typing import NamedTuple

from app.domain import proposals
from app.domain.assignments import Role
from app.domain.errors import Missing
from app.domain.minutes import SignalMinutes, SourceMinutes
from app.domain.proposals import Proposal
from app.domain.signals import HOUR_MS, SignalSpan
from app.domain.slo_fields import Draft
from app.store import series, services, signals, slos
from app.store.engine import Connection
from app.store.signals import SignalRow

FEW_SERVICES = 40
DAYS, DAYS_OF_MANY = 30, 7
MOST_USES = 20_000


class Found(NamedTuple):
    service: str
    source: str


def proposed(db: Connection, *, now_ms: int) -> list[Proposal]:
    """By service; those left out whose service has an objective of that kind already."""
    taken = {(one.service, one.indicator.kind) for one in slos.every(db)}
    slugs = {one.id: one.slug for one in services.all_services(db)}
    wanted = [number for number, slug in slugs.items() if not {(slug, "ratio"), (slug, "latency")} <= taken]
    days = DAYS if len(wanted) <= FEW_SERVICES else DAYS_OF_MANY
    end_ms = (now_ms // HOUR_MS + 1) * HOUR_MS
    start_ms = end_ms - days * 24 * HOUR_MS
    by_service: dict[int, list[SignalRow]] = {}
    for row in signals.hours(db, start_ms=start_ms, end_ms=end_ms, of=wanted) if wanted else ():
        by_service.setdefault(row.service_id, []).append(row)
    roles = _roles(db)
    found: list[Proposal] = []
    for number, rows in by_service.items():
        span = _span(rows, start_ms=start_ms, end_ms=end_ms)
        slug = slugs[number]
        found += proposals.proposed(slug, span.source, roles.get(Found(slug, span.source), frozenset()), span)
    known = {one.slug for one in slos.every(db)}
    free = [one for one in found if (one.service, one.indicator.kind) not in taken and one.key not in known]
    return sorted(free, key=lambda one: one.key)


def find(db: Connection, key: str, *, now_ms: int) -> Proposal:
    """Raises Missing when nothing of that name is proposed (any more)."""
    for one in proposed(db, now_ms=now_ms):
        if one.key == key:
            return one
    raise Missing(f"Nothing is proposed as {key[:80]}, or it has been adopted.", code="proposal_unknown", field="key")


def draft(of: Proposal) -> Draft:
    """What is adopted: everything else is as usual."""
    return Draft(
        slug=of.key,
        name=of.name,
        service=of.service,
        indicator=of.indicator,
        target=of.target,
        description=f"Proposed from history: {of.why}.",
    )


def _roles(db: Connection) -> dict[Found, frozenset[Role]]:
    """What each source of a service sends."""
    roles: dict[Found, frozenset[Role]] = {}
    for one in series.uses(db, limit=MOST_USES):
        key = Found(one.service, one.source)
        roles[key] = roles.get(key, frozenset()) | frozenset(one.roles)
    return roles


def _span(rows: Iterable[SignalRow], *, start_ms: int, end_ms: int) -> SignalSpan:
    """Hours of one service, of the source that its signals are shown from."""
    sources: dict[str, SourceMinutes] = {}
    for row in rows:
        if row.source not in sources:
            length = (end_ms - start_ms) // HOUR_MS
            sources[row.source] = SourceMinutes(row.source, rank=row.rank, length=length)
        sources[row.source].put(
            row.bucket_ms // HOUR_MS,
            row.scalars,
            bounds=row.bounds,
            counts=row.counts,
            exponential=row.exponential,
            resources=row.resources,
        )
    kept = SignalMinutes(list(sources.values()), unit_ms=HOUR_MS)
    return kept.span(start_ms=start_ms, end_ms=end_ms, step_ms=HOUR_MS)
