"""Choosing what the status page shows, and under which names."""

from collections.abc import Container, Mapping
from dataclasses import asdict

from app.actions.noting import noted
from app.domain.errors import Missing
from app.domain.status_choices import PageChoice, Shown
from app.store import status
from app.store.audit import Deed
from app.store.engine import Connection


def choose_page(db: Connection, choice: PageChoice, *, author: str, now_ms: int) -> None:
    noted(db, Deed(author, "status_page_changed", "status page", _said(status.page(db)), _said(choice)))
    status.choose_page(db, choice, author=author, now_ms=now_ms)


def choose_services(
    db: Connection, chosen: Mapping[str, Shown], *, known: Container[str], author: str, now_ms: int
) -> None:
    """Raises Missing for a service that there is not."""
    before = status.components(db)
    for service, choice in chosen.items():
        if service not in known:
            raise Missing(f"There is no service named {service[:80]}.", code="service_unknown", field="service")
        was = before.get(service)
        if choice == was:
            continue
        noted(db, Deed(author, "status_page_changed", service, "" if was is None else _said(was), _said(choice)))
        status.choose_component(db, service, choice, author=author, now_ms=now_ms)


def _said(choice: PageChoice | Shown) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(choice).items() if value != "")
