"""Burn alerts: one row from when a policy is breached until it is not; open rows are the evaluator's whole state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.domain.burn_states import AlertState
from app.store.slo_schema import burn_alerts

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Alert:
    """A policy of an objective, breached since `since_ms`; times are the ends of the windows that were looked at.

    `fired_ms` is None while it waits for as long as it has to be breached, `resolved_ms` while it is open, `ended` is
    "" then. The burns and what was left of the budget are those at the newest change of state.
    """

    id: int
    slo_id: int
    pair: str
    severity: str
    factor: float
    since_ms: int
    fired_ms: int | None
    resolved_ms: int | None
    long_burn: float
    short_burn: float
    budget_left: float | None
    ended: str

    @property
    def state(self) -> AlertState:
        if self.resolved_ms is not None:
            return AlertState.INACTIVE
        return AlertState.PENDING if self.fired_ms is None else AlertState.FIRING


def opened(db: sa.Connection, slo_ids: Sequence[int] | None = None) -> list[Alert]:
    """Those that wait or fire, of these objectives or of all."""
    query = sa.select(burn_alerts).where(burn_alerts.c.resolved_ms.is_(None))
    if slo_ids is not None:
        query = query.where(burn_alerts.c.slo_id.in_(list(slo_ids)))
    return [Alert(*row) for row in db.execute(query.order_by(burn_alerts.c.slo_id, burn_alerts.c.since_ms))]


def between(db: sa.Connection, slo_id: int, *, start_ms: int, end_ms: int) -> list[Alert]:
    """Those of an objective that were open at some time in [start_ms, end_ms), newest first, at most MOST."""
    table = burn_alerts.c
    query = (
        sa.select(burn_alerts)
        .where(table.slo_id == slo_id, table.since_ms < end_ms)
        .where(table.resolved_ms.is_(None) | (table.resolved_ms > start_ms))
        .order_by(table.since_ms.desc(), table.id.desc())
        .limit(MOST)
    )
    return [Alert(*row) for row in db.execute(query)]


def begin(db: sa.Connection, alerts: Sequence[Alert]) -> None:
    """Open these; their numbers are given by the table."""
    names = [column.name for column in burn_alerts.c if column.name != "id"]
    if alerts:
        db.execute(burn_alerts.insert(), [{name: getattr(one, name) for name in names} for one in alerts])


def fire(db: sa.Connection, alerts: Iterable[Alert]) -> None:
    """Those that waited fire now, as they are given."""
    _change(db, alerts, ("fired_ms", "long_burn", "short_burn", "budget_left"))


def end(db: sa.Connection, alerts: Sequence[Alert]) -> None:
    """Those that fired are resolved as they are given; those that never did are forgotten."""
    _change(db, [one for one in alerts if one.fired_ms is not None], ("resolved_ms", "ended"))
    waited = [one.id for one in alerts if one.fired_ms is None]
    if waited:
        db.execute(
            burn_alerts.delete().where(burn_alerts.c.id == sa.bindparam("alert")), [{"alert": n} for n in waited]
        )


def _change(db: sa.Connection, alerts: Iterable[Alert], names: tuple[str, ...]) -> None:
    rows = [{"alert": one.id} | {f"new_{name}": getattr(one, name) for name in names} for one in alerts]
    if rows:
        values: dict[str, sa.BindParameter[object]] = {name: sa.bindparam(f"new_{name}") for name in names}
        db.execute(burn_alerts.update().where(burn_alerts.c.id == sa.bindparam("alert")).values(**values), rows)
