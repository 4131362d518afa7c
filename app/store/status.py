"""What people chose for the status page: its title, and how services are shown there."""

from dataclasses import asdict

import sqlalchemy as sa

from app.domain.status_choices import PageChoice, Shown
from app.store import dialect
from app.store.notices_schema import status_components, status_pages

PAGE = "public"


def page(db: sa.Connection) -> PageChoice:
    """What was chosen, or what holds as long as nobody chose."""
    row = db.execute(sa.select(status_pages).where(status_pages.c.name == PAGE)).first()
    return PageChoice() if row is None else PageChoice(row.title, row.about, row.zone)


def choose_page(db: sa.Connection, choice: PageChoice, *, author: str, now_ms: int) -> None:
    values = {"name": PAGE, **asdict(choice), "author": author, "updated_ms": now_ms}
    db.execute(dialect.upsert(db, status_pages), values)


def components(db: sa.Connection) -> dict[str, Shown]:
    """How services are shown, by slug; those nobody chose anything for are left out."""
    rows = db.execute(sa.select(status_components))
    return {
        row.service: Shown(
            shown=bool(row.shown),
            name=row.public_name,
            group=row.group_name,
            description=row.description,
            position=row.position,
        )
        for row in rows
    }


def choose_component(db: sa.Connection, service: str, choice: Shown, *, author: str, now_ms: int) -> None:
    values = {
        "service": service,
        "shown": int(choice.shown),
        "public_name": choice.name,
        "group_name": choice.group,
        "description": choice.description,
        "position": choice.position,
        "author": author,
        "updated_ms": now_ms,
    }
    db.execute(dialect.upsert(db, status_components), values)
