"""What stands in the ledger about an objective, or about a service: newest first, each with who took it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.ledger import Entry, Scope
from app.domain.slos import Slo
from app.store import ledger, services, slos
from app.store.engine import Connection


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """`scope` names whom it concerns: slo:NAME, service:NAME or all."""

    entry: Entry
    scope: str
    reversed_by: Entry | None


def of_slo(db: Connection, slo: Slo) -> list[LedgerRow]:
    """Entries of the objective, of its service and of all."""
    found = ledger.of_slo(db, slo.id, service_id=slo.service_id)
    return _rows(found, slos_by_id={slo.id: slo.slug}, services_by_id={slo.service_id: slo.service})


def of_service(db: Connection, service_id: int, slug: str) -> list[LedgerRow]:
    """Entries of the service and of all."""
    return _rows(ledger.of_service(db, service_id), slos_by_id={}, services_by_id={service_id: slug})


def every(db: Connection) -> list[LedgerRow]:
    names = {one.id: one.slug for one in slos.every(db)}
    homes = {one.id: one.slug for one in services.all_services(db)}
    return _rows(ledger.every(db), slos_by_id=names, services_by_id=homes)


def row(entry: Entry, *, slos_by_id: Mapping[int, str], services_by_id: Mapping[int, str]) -> LedgerRow:
    """One that was just entered."""
    return _rows([entry], slos_by_id=slos_by_id, services_by_id=services_by_id)[0]


def _rows(
    found: Sequence[Entry], *, slos_by_id: Mapping[int, str], services_by_id: Mapping[int, str]
) -> list[LedgerRow]:
    reversals = {one.reverses: one for one in found if one.reverses is not None}
    named = [LedgerRow(one, _scope(one.scope, slos_by_id, services_by_id), reversals.get(one.id)) for one in found]
    return sorted(named, key=lambda one: -one.entry.id)


def _scope(scope: Scope, slos_by_id: Mapping[int, str], services_by_id: Mapping[int, str]) -> str:
    if scope.slo_id is not None:
        return f"slo:{slos_by_id.get(scope.slo_id, f'#{scope.slo_id}')}"
    if scope.service_id is not None:
        return f"service:{services_by_id.get(scope.service_id, f'#{scope.service_id}')}"
    return "all"
