"""Who does the work that only one process on a database may do.

A lease runs out by itself, and every taking of it has a higher epoch. Its holder renews it inside the transaction that
writes, so that one who was stopped and overtaken cannot write any more. PostgreSQL only: a SQLite file belongs to one
process (see `engine`).
"""

from dataclasses import dataclass

import sqlalchemy as sa

from app.domain.errors import Unavailable
from app.store import dialect
from app.store.schema import leases

LEASE_MS = 10_000


@dataclass(frozen=True, slots=True)
class Lease:
    """A name held by someone since its epoch-th taking."""

    name: str
    holder: str
    epoch: int


def take(db: sa.Connection, name: str, holder: str) -> Lease | None:
    """The lease if it is free, has run out or is the holder's own already; None while another has it."""
    now_ms = dialect.shared_now_ms(db)
    db.execute(dialect.insert_or_ignore(db, leases), {"name": name, "holder": "", "epoch": 0, "until_ms": 0})
    free = (leases.c.until_ms < now_ms) | (leases.c.holder == holder)
    taken = db.execute(
        leases.update()
        .where(leases.c.name == name, free)
        .values(holder=holder, epoch=leases.c.epoch + 1, until_ms=now_ms + LEASE_MS)
    )
    if taken.rowcount != 1:
        return None
    epoch = db.execute(sa.select(leases.c.epoch).where(leases.c.name == name)).scalar_one()
    return Lease(name, holder, epoch)


def renew(db: sa.Connection, lease: Lease) -> bool:
    """Whether the lease is still held; it then runs on from now."""
    renewed = db.execute(
        leases.update()
        .where(leases.c.name == lease.name, leases.c.holder == lease.holder, leases.c.epoch == lease.epoch)
        .values(until_ms=dialect.shared_now_ms(db) + LEASE_MS)
    )
    return renewed.rowcount == 1


def hold(db: sa.Connection, lease: Lease | None) -> None:
    """Keep a lease to the end of the transaction that writes; None: nobody else can write. Raises Unavailable."""
    if lease is not None and not renew(db, lease):
        raise Unavailable(f"Another process has taken over ({lease.name}).", code="not_leader")


def let_go(db: sa.Connection, lease: Lease) -> None:
    """Leave the lease to whoever wants it."""
    held = (leases.c.name == lease.name) & (leases.c.epoch == lease.epoch)
    db.execute(leases.update().where(held).values(until_ms=0))
