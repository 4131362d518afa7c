"""The catalogue of services."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.domain.board import ServiceRef
from app.store import dialect
from app.store.schema import services

PRODUCTION = {"", "prod", "production"}


def slug_of(name: str, environment: str) -> str:
    """How URLs name a service: its name, with "@environment" unless that is production."""
    return name if environment.lower() in PRODUCTION else f"{name}@{environment}"


def ensure(db: sa.Connection, wanted: Iterable[tuple[str, str]], *, now_ms: int) -> dict[tuple[str, str], int]:
    """The ids of services by (name, environment); those not there yet are created."""
    slugs = {slug_of(*one): one for one in wanted}
    if not slugs:
        return {}
    known = _ids(db, slugs)
    new = [
        {"slug": slug, "name": name, "environment": environment, "created_ms": now_ms}
        for slug, (name, environment) in sorted(slugs.items())
        if slug not in known
    ]
    if new:
        db.execute(dialect.insert_or_ignore(db, services), new)
        known = _ids(db, slugs)
    return {pair: known[slug_of(*pair)] for pair in wanted}


@dataclass(frozen=True, slots=True)
class Described:
    """What people say of a service."""

    title: str = ""
    description: str = ""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


def describe(db: sa.Connection, service_id: int, said: Described) -> None:
    """Remember what is said of a service."""
    values = {
        "title": said.title,
        "description": said.description,
        "labels": json.dumps({name: list(many) for name, many in said.labels.items()}, sort_keys=True),
        "annotations": json.dumps(dict(said.annotations), sort_keys=True),
    }
    db.execute(services.update().where(services.c.id == service_id).values(**values))


def described(db: sa.Connection) -> dict[str, Described]:
    """What is said of services, by slug; those of which nothing is are left out."""
    columns = (services.c.slug, services.c.title, services.c.description, services.c.labels, services.c.annotations)
    rows = db.execute(sa.select(*columns).where(services.c.title.is_not(None)).order_by(services.c.slug))
    return {
        row.slug: Described(
            row.title,
            row.description,
            {name: tuple(many) for name, many in json.loads(row.labels).items()},
            json.loads(row.annotations),
        )
        for row in rows
    }


def all_services(db: sa.Connection) -> list[ServiceRef]:
    """Every service with the time of its newest sealed sample."""
    columns = (services.c.id, services.c.slug, services.c.name, services.c.environment, services.c.newest_ms)
    return [ServiceRef(*row) for row in db.execute(sa.select(*columns).order_by(services.c.slug))]


def note_newest(db: sa.Connection, newest: dict[int, int]) -> None:
    """Remember the newest sample's time of services; an older one changes nothing."""
    if newest:
        db.execute(
            services.update()
            .where(services.c.id == sa.bindparam("service"))
            .where(sa.func.coalesce(services.c.newest_ms, 0) < sa.bindparam("at"))
            .values(newest_ms=sa.bindparam("at")),
            [{"service": service, "at": at} for service, at in sorted(newest.items())],
        )


def _ids(db: sa.Connection, slugs: Iterable[str]) -> dict[str, int]:
    found = db.execute(sa.select(services.c.slug, services.c.id).where(services.c.slug.in_(list(slugs))))
    return dict(found.all())
